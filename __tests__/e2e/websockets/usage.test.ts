import { LIVE_PATH, startFakeGeminiLive } from '../../helpers/fake-gemini-live';
import { startFakeRealtime } from '../../helpers/fake-realtime';
import type { FakeSockets } from '../../helpers/fake-sockets';
import { send, until } from '../../helpers/http';
import { startProxy, type LogLine, type RunningProxy } from '../../helpers/proxies';
import { openSocket, type OpenSocket } from '../../helpers/socket-client';

const TOKEN = 'tok-laptop-1-0123456789';
const ADMIN = 'admin-0123456789abcdef';
/** What both simulated providers say of each turn. */
const TURN = { input: 14, output: 18 };
const SETUP = {
  setup: { model: 'models/gemini-live-x', generationConfig: { responseModalities: ['TEXT'] } },
};
const LIVE_TURN = { clientContent: { turns: [], turnComplete: true } };
const RESPOND = { type: 'response.create' };

let realtime: FakeSockets;
let live: FakeSockets;
let proxy: RunningProxy;

beforeAll(async () => {
  realtime = await startFakeRealtime();
  live = await startFakeGeminiLive();
});
afterAll(() => Promise.all([realtime.close(), live.close()]));
beforeEach(async () => {
  proxy = await startProxy(realtime, {
    GEMINI_UPSTREAM: live.origin,
    ACCESS_TOKENS: `laptop:${TOKEN}`,
    ADMIN_TOKEN: ADMIN,
    OPENAI_API_KEYS: 'sk-pool-0123456789',
    GEMINI_API_KEYS: 'AIza-pool-0123456789',
    PRICES: 'gpt-realtime-x=1/2,gemini-live-x=3/4',
  });
});
afterEach(() => proxy.stop());

const bearer = (token: string) => ({ headers: { authorization: `Bearer ${token}` } });

/** Sends these, one after the other's response, and ends the session. */
async function converse(
  { socket, texts, closed }: OpenSocket,
  messages: readonly (readonly [message: object, end: string])[],
  { isBinary = false, of = proxy } = {},
): Promise<LogLine | undefined> {
  for (const [message, end] of messages) {
    const before = texts().length;
    socket.send(isBinary ? Buffer.from(JSON.stringify(message)) : JSON.stringify(message));
    await until('its response is there', () =>
      texts()
        .slice(before)
        .some((text) => text.includes(end)),
    );
  }
  socket.close(1000);
  await closed;
  await until('it is logged', () => of.log.some(({ msg }) => msg === 'request'));
  return of.log.find(({ msg }) => msg === 'request');
}

async function book(): Promise<unknown> {
  const { body } = await send(proxy.url, '/-/usage?by=token,model,provider', bearer(ADMIN));
  return (JSON.parse(body.toString()) as { rows: unknown }).rows;
}

describe('What a WebSocket session has used', () => {
  it('reaches the log and the book as the sum of its responses, for OpenAI', async () => {
    const opened = await openSocket(proxy.url, '/v1/realtime?model=gpt-realtime-x', bearer(TOKEN));
    const line = await converse(opened, [
      [RESPOND, 'response.done'],
      [RESPOND, 'response.done'],
    ]);
    expect(line).toMatchObject({
      status: 101,
      token: 'laptop',
      model: 'gpt-realtime-x',
      meter: 'metered',
      input_tokens: 2 * TURN.input,
      longest_input_tokens: TURN.input,
      output_tokens: 2 * TURN.output,
      charge: 'known',
      charged_usd: 0.0001,
    });
    expect(await book()).toMatchObject([
      { token: 'laptop', model: 'gpt-realtime-x', provider: 'openai', requests: 1, usd: '0.0001' },
    ]);
  });

  it.each([
    ['text', false],
    ['binary messages', true],
  ])(
    'reaches them as the sum of its turns, for a client of Gemini Live that sends %s',
    async (_as, isBinary) => {
      const opened = await openSocket(proxy.url, LIVE_PATH, bearer(TOKEN));
      const turn = [LIVE_TURN, 'turnComplete'] as const;
      const line = await converse(opened, [[SETUP, 'setupComplete'], turn, turn, turn], { isBinary });
      expect(opened.messages.every((message) => message.isBinary)).toBe(true);
      expect(line).toMatchObject({
        status: 101,
        token: 'laptop',
        model: 'gemini-live-x',
        meter: 'metered',
        input_tokens: 3 * TURN.input,
        longest_input_tokens: TURN.input,
        output_tokens: 3 * TURN.output,
      });
      expect(await book()).toMatchObject([
        { token: 'laptop', model: 'gemini-live-x', provider: 'gemini', requests: 1, usd: '0.000342' },
      ]);
    },
  );

  it.each([
    ['is not known of a session that is compressed', 'off', 'unmetered'],
    ['is known where money is limited, since nothing is compressed then', '50', 'metered'],
  ])('%s', async (_what, cap, meter) => {
    const capped = await startProxy(live, {
      GEMINI_UPSTREAM: live.origin,
      ACCESS_TOKENS: `laptop:${TOKEN}`,
      GEMINI_API_KEYS: 'AIza-pool-0123456789',
      DAILY_CAP_USD: cap,
    });
    const opened = await openSocket(capped.url, LIVE_PATH, {
      ...bearer(TOKEN),
      perMessageDeflate: { threshold: 0 },
    });
    const line = await converse(
      opened,
      [
        [SETUP, 'setupComplete'],
        [LIVE_TURN, 'turnComplete'],
      ],
      { of: capped },
    );
    await capped.stop();
    expect(line).toMatchObject({ status: 101, meter });
    expect(line && 'input_tokens' in line).toBe(meter === 'metered');
  });
});
