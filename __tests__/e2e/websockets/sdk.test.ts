import { GoogleGenAI, Modality, type LiveServerMessage } from '@google/genai';
import OpenAI from 'openai';
import { OpenAIRealtimeWS } from 'openai/realtime/ws';
import { ResponsesWS } from 'openai/resources/responses/ws';
import { SIMULATED_TEXT } from '../../../scripts/fakes/simulated-replies';
import { LIVE_PATH, startFakeGeminiLive } from '../../helpers/fake-gemini-live';
import { KEY_PROTOCOL, startFakeRealtime } from '../../helpers/fake-realtime';
import type { FakeSockets } from '../../helpers/fake-sockets';
import { until } from '../../helpers/http';
import { startBundle, type RunningBundle } from '../../helpers/proxies';
import { openSocket, startTlsFront } from '../../helpers/socket-client';
import { TEST_CA, TEST_CA_FILE, TEST_TLS } from '../../helpers/tls';

const OWN_KEYS = { openai: 'sk-own-1', gemini: 'AIza-own-1' };
const TOKEN = 'tok-laptop-1-0123456789';

let realtime: FakeSockets;
let live: FakeSockets;
const bundles: RunningBundle[] = [];
const fronts: { url: string; close(): Promise<void> }[] = [];

/** The official clients, against the built bundle, in front of upstreams that speak TLS. */
beforeAll(async () => {
  realtime = await startFakeRealtime({ tls: TEST_TLS, keys: ['sk-pool-1', 'sk-pool-2', OWN_KEYS.openai] });
  live = await startFakeGeminiLive({ tls: TEST_TLS, keys: ['AIza-pool-1', OWN_KEYS.gemini] });
  const shared = {
    OPENAI_UPSTREAM: realtime.origin,
    GEMINI_UPSTREAM: live.origin,
    NODE_EXTRA_CA_CERTS: TEST_CA_FILE,
  };
  const pool = {
    ACCESS_TOKENS: `laptop:${TOKEN}`,
    OPENAI_API_KEYS: 'sk-pool-1,sk-pool-2',
    GEMINI_API_KEYS: 'AIza-pool-1',
  };
  for (const environment of [{ ...shared, ...pool }, shared]) {
    const bundle = await startBundle(environment);
    bundles.push(bundle);
    fronts.push(await startTlsFront(bundle.port));
  }
});
afterAll(async () => {
  await Promise.all(fronts.map((front) => front.close()));
  await Promise.all(bundles.map((bundle) => bundle.stop()));
  await realtime.close();
  await live.close();
});
beforeEach(() => {
  realtime.reset();
  live.reset();
});

interface Client {
  readonly at: 0 | 1;
  readonly prefix: string;
  readonly openaiKey: string;
  readonly geminiKey: string;
  readonly sent: RegExp;
}
const withToken = { at: 0, openaiKey: TOKEN, geminiKey: TOKEN, sent: /^(?:sk|AIza)-pool-\d$/ } as const;
const ofTheirOwn = {
  at: 1,
  openaiKey: OWN_KEYS.openai,
  geminiKey: OWN_KEYS.gemini,
  sent: /^(?:sk|AIza)-own-1$/,
} as const;

describe.each<[string, Client]>([
  ['a token for the server’s keys', { ...withToken, prefix: '' }],
  ['a token, at a stage and a provider segment', { ...withToken, prefix: '/release/{provider}' }],
  [
    'a token in the path, and any key',
    { ...withToken, prefix: `/${TOKEN}`, openaiKey: 'any', geminiKey: 'any' },
  ],
  ['a key of their own', { ...ofTheirOwn, prefix: '' }],
  ['a key of their own, at a stage', { ...ofTheirOwn, prefix: '/test' }],
])('clients with %s', (_whose, { at, prefix, openaiKey, geminiKey, sent }) => {
  const path = (provider: string) => prefix.replace('{provider}', provider);
  const bundle = () => bundles[at]?.url ?? '';
  const openai = (base: string) => new OpenAI({ apiKey: openaiKey, baseURL: `${base}${path('openai')}/v1` });

  it('the openai client talks to the Realtime API', async () => {
    const connection = new OpenAIRealtimeWS(
      { model: 'gpt-realtime', options: { ca: TEST_CA } },
      openai(fronts[at]?.url ?? ''),
    );
    const types: string[] = [];
    let text = '';
    connection.on('event', (event) => types.push(event.type));
    connection.on('response.output_text.delta', ({ delta }) => (text += delta));
    await new Promise((resolve, reject) => {
      connection.on('error', reject);
      connection.on('session.created', () => {
        connection.send({
          type: 'conversation.item.create',
          item: { type: 'message', role: 'user', content: [{ type: 'input_text', text: 'Hi' }] },
        });
        connection.send({ type: 'response.create' });
      });
      connection.on('response.done', resolve);
    });
    connection.close({ code: 1000, reason: 'done' });
    expect(text).toBe(SIMULATED_TEXT);
    expect(types.slice(0, 4)).toEqual([
      'session.created',
      'conversation.item.added',
      'conversation.item.done',
      'response.created',
    ]);
    expect(realtime.keys()).toEqual([expect.stringMatching(sent)]);
    expect(realtime.seen[0]?.url).toBe('/v1/realtime?model=gpt-realtime');
    await until('the upstream saw it close', () => realtime.closes.length === 1);
    expect(realtime.closes[0]).toMatchObject({ code: 1000, reason: 'done' });
  });

  it('the openai client streams responses, several on one socket', async () => {
    const connection = new ResponsesWS(openai(bundle()));
    const texts: string[] = [];
    const types: string[] = [];
    for (const _turn of [1, 2]) {
      connection.send({ type: 'response.create', model: 'gpt-5', input: 'Hi' });
      let text = '';
      for await (const event of connection) {
        if (event.type === 'error') throw event.error;
        if (event.type !== 'message') continue;
        types.push(event.message.type);
        if (event.message.type === 'response.output_text.delta') text += event.message.delta;
        if (event.message.type === 'response.completed') break;
      }
      texts.push(text);
    }
    connection.close();
    expect(texts).toEqual([SIMULATED_TEXT, SIMULATED_TEXT]);
    expect([types[0], types[types.length - 1]]).toEqual(['response.created', 'response.completed']);
    expect(realtime.keys()).toEqual([expect.stringMatching(sent)]);
    expect(realtime.seen[0]?.url).toBe('/v1/responses');
  });

  it('Google’s client talks to the Live API', async () => {
    const ai = new GoogleGenAI({
      apiKey: geminiKey,
      httpOptions: { baseUrl: bundle() + path('gemini') },
    });
    const messages: LiveServerMessage[] = [];
    const closes: number[] = [];
    const session = await ai.live.connect({
      model: 'gemini-live',
      config: { responseModalities: [Modality.TEXT] },
      callbacks: {
        onmessage: (message) => messages.push(message),
        onclose: ({ code }) => closes.push(code),
      },
    });
    session.sendClientContent({ turns: 'Hi', turnComplete: true });
    await until('the turn is complete', () =>
      messages.some(({ serverContent }) => serverContent?.turnComplete === true),
    );
    const text = messages
      .map(({ serverContent }) => serverContent?.modelTurn?.parts?.[0]?.text ?? '')
      .join('');
    expect(text).toBe(SIMULATED_TEXT);
    session.close();
    await until('both sides saw it close', () => closes.length === 1 && live.closes.length === 1);
    expect(live.keys()).toEqual([expect.stringMatching(sent)]);
    // A key of the client's own is in the query, where the client had it; one of the server's never is.
    expect(/[?&]key=AIza-/.test(live.seen[0]?.url ?? '')).toBe(at === 1);
    expect(live.seen[0]?.headers).not.toHaveProperty('authorization');
  });

  it('a page opens the Realtime API with its key among the subprotocols', async () => {
    const { socket, texts, closed } = await openSocket(bundle(), `${path('openai')}/v1/realtime?model=m`, {
      origin: 'https://chat.example',
      subprotocols: ['realtime', KEY_PROTOCOL + openaiKey, 'openai-beta.realtime-v1'],
    });
    expect(socket.protocol).toBe('realtime');
    await until('the session began', () => texts().length === 1);
    expect(JSON.parse(texts()[0] ?? '')).toMatchObject({ type: 'session.created', session: { model: 'm' } });
    socket.close(1000);
    expect((await closed).code).toBe(1000);
    expect(realtime.keys()).toEqual([expect.stringMatching(sent)]);
    expect(realtime.seen[0]?.headers).not.toHaveProperty('origin');
    expect('authorization' in (realtime.seen[0]?.headers ?? {})).toBe(at === 0);
  });

  it('Codex opens a socket for responses, with its own headers', async () => {
    const headers = {
      authorization: `Bearer ${openaiKey}`,
      'openai-beta': 'responses_websockets=2026-02-06',
      originator: 'codex_cli_rs',
      'session-id': '0199a213-81c0-7800-8aa1-bbab2a035a53',
      'user-agent': 'codex_cli_rs/0.169.0',
      'x-codex-turn-metadata': '{}',
    };
    const { socket, texts, closed } = await openSocket(bundle(), `${path('openai')}/v1/responses`, {
      headers,
      perMessageDeflate: true,
    });
    socket.send('{"type":"response.create","model":"gpt-5-codex","input":[]}');
    await until('the response is complete', () =>
      texts().some((text) => text.includes('response.completed')),
    );
    socket.close();
    await closed;
    const { authorization, ...others } = headers;
    expect(realtime.seen[0]?.headers).toMatchObject(others);
    expect(realtime.seen[0]?.headers.authorization === authorization).toBe(openaiKey === OWN_KEYS.openai);
  });
});

it('a Live API socket opens with LIVE_PATH as documented, and with the two slashes of Google’s client', async () => {
  const base = bundles[1]?.url ?? '';
  for (const path of [LIVE_PATH, `/${LIVE_PATH}`]) {
    const { socket, closed } = await openSocket(base, `${path}?key=${OWN_KEYS.gemini}`);
    socket.close();
    await closed;
  }
  expect(live.seen).toHaveLength(2);
});
