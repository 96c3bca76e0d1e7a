import Anthropic from '@anthropic-ai/sdk';
import http, { type OutgoingHttpHeaders, type ServerResponse } from 'node:http';
import OpenAI from 'openai';
import { gzipSync } from 'node:zlib';
import { startFakeUpstream, type FakeUpstream } from '../../../scripts/fakes/fake-upstream';
import { until } from '../../helpers/http';
import { startProxy, type RunningProxy } from '../../helpers/proxies';

let upstream: FakeUpstream;
let proxy: RunningProxy;
let silent: RunningProxy;
const left: http.ClientRequest[] = [];

beforeAll(async () => {
  upstream = await startFakeUpstream();
  const all = {
    GEMINI_UPSTREAM: upstream.origin,
    DEEPSEEK_UPSTREAM: upstream.origin,
    MOONSHOT_UPSTREAM: upstream.origin,
  };
  proxy = await startProxy(upstream, { ...all, HEARTBEAT_AFTER: '30' });
  silent = await startProxy(upstream, all);
});
afterAll(async () => {
  await Promise.all([proxy.stop(), silent.stop()]);
  await upstream.close();
});
afterEach(() => {
  for (const request of left.splice(0)) request.destroy();
});

const CHUNK = 'data: {"id":"","object":"chat.completion.chunk","created":0,"model":"","choices":[]}\n\n';
const PING = 'event: ping\ndata: {"type": "ping"}\n\n';

interface Stream {
  /** The upstream's side of it. */
  readonly upstream: ServerResponse;
  /** What the client has of it. */
  readonly text: () => string;
  readonly ended: () => boolean;
  readonly complete: () => boolean;
}

/** A stream that has begun: the upstream's head is out, and what follows is the test's to say. */
async function begin(
  at: RunningProxy,
  path: string,
  headers: OutgoingHttpHeaders = { 'content-type': 'text/event-stream' },
): Promise<Stream> {
  const opened = new Promise<ServerResponse>((resolve) => {
    upstream.respond((_request, response) => {
      response.writeHead(200, headers).flushHeaders();
      resolve(response);
    });
  });
  const request = http.request(at.url + path, {
    method: 'POST',
    agent: false,
    headers: { authorization: 'Bearer sk-own', 'content-type': 'application/json' },
  });
  left.push(request);
  let received = '';
  let response: http.IncomingMessage | undefined;
  request
    .on('error', () => undefined)
    .on('response', (incoming) => {
      response = incoming;
      incoming.setEncoding('latin1').on('data', (chunk: string) => (received += chunk));
      incoming.on('error', () => undefined);
    });
  request.end('{"model":"m"}');
  const side = await opened;
  await until('the head arrived', () => response !== undefined);
  return {
    upstream: side,
    text: () => received,
    ended: () => response?.destroyed === true,
    complete: () => response?.complete === true,
  };
}

const count = (text: string, part: string) => text.split(part).length - 1;

/** Waits while another stream gets some heartbeats: a client that got none in that time gets none. */
async function otherStreamBeats(times = 3): Promise<void> {
  const other = await begin(proxy, '/v1/chat/completions');
  await until('another stream has its heartbeats', () => count(other.text(), CHUNK) >= times);
}

const BEATING: [what: string, path: string, heartbeat: string][] = [
  ['a chat', '/v1/chat/completions', CHUNK],
  ['Messages at another provider', '/moonshot/anthropic/v1/messages', PING],
  ['a chat at Google', '/v1beta/openai/chat/completions', CHUNK],
  ['a chat at another provider', '/release/deepseek/v1/chat/completions', CHUNK],
  ['Messages', '/v1/messages', PING],
];

describe.each(BEATING)('while the upstream of %s is silent', (_what, path, heartbeat) => {
  it.each([
    ['LF', '\n'],
    ['CRLF', '\r\n'],
  ])('the client gets heartbeats between events, and every byte besides (%s)', async (_lines, line) => {
    const event = (text: string) => `event: x${line}data: {"choices":[],"t":"${text}"}${line}${line}`;
    const stream = await begin(proxy, path);
    const beats = (behind: string) => {
      const at = stream.text().indexOf(behind);
      return at === -1 ? 0 : count(stream.text().slice(at), heartbeat);
    };
    await until('it beats before the first event', () => beats('') > 0);
    stream.upstream.write(event('one'));
    await until('it beats twice', () => beats(event('one')) > 1);
    stream.upstream.write(event('two'));
    await until('it beats again', () => beats(event('two')) > 0);
    stream.upstream.end(event('three'));
    await until('it ended', stream.complete);
    expect(stream.text().replaceAll(heartbeat, '')).toBe(event('one') + event('two') + event('three'));
    expect(stream.text().endsWith(event('three'))).toBe(true);
  });

  it('none is sent inside an event, wherever the stream pauses', async () => {
    const event = 'event: x\r\ndata: {"choices":[]}\r\n\r\n';
    const streams: Stream[] = [];
    for (let cut = 1; cut < event.length; cut++) {
      const stream = await begin(proxy, path);
      stream.upstream.write(event.slice(0, cut));
      await until('the part arrived', () => stream.text().replaceAll(heartbeat, '') === event.slice(0, cut));
      streams.push(stream);
    }
    const before = streams.map((stream) => stream.text());
    await otherStreamBeats();
    expect(streams.map((stream) => stream.text())).toEqual(before);
    streams.forEach((stream, at) => stream.upstream.end(event.slice(at + 1)));
    await until('all ended', () => streams.every((stream) => stream.complete()));
    for (const stream of streams) expect(stream.text().replaceAll(heartbeat, '')).toBe(event);
  });
});

const EVENTS = { 'content-type': 'text/event-stream' };

const GZIP = { ...EVENTS, 'content-encoding': 'gzip' };

it.each<[what: string, path: string, headers: OutgoingHttpHeaders, bytes: string | Buffer]>([
  ['Responses', '/v1/responses', EVENTS, 'event: x\ndata: {"type":"x"}\n\n'],
  ['completions of old', '/v1/completions', EVENTS, 'data: {}\n\n'],
  ['Gemini', '/v1beta/models/g:streamGenerateContent?alt=sse', EVENTS, 'data: {}\r\n\r\n'],
  ['a response in JSON', '/v1/chat/completions', { 'content-type': 'application/json' }, '{"a":1}\n\n'],
  ['a compressed stream', '/v1/chat/completions', GZIP, gzipSync('data: {}\n\n')],
  ['a stream that said it was the last', '/v1/chat/completions', EVENTS, 'data: [DONE]\n\n'],
])('%s gets none', async (_what, path, headers, bytes) => {
  const stream = await begin(proxy, path, headers);
  stream.upstream.write(bytes);
  const expected = Buffer.from(bytes).toString('latin1');
  await until('the beginning arrived', () => stream.text() === expected);
  await otherStreamBeats();
  stream.upstream.end();
  await until('it ended', stream.complete);
  expect(stream.text()).toBe(expected);
});

it('no client gets heartbeats if HEARTBEAT_AFTER is not set', async () => {
  const streams = [await begin(silent, '/v1/chat/completions'), await begin(silent, '/v1/messages')];
  await otherStreamBeats();
  for (const stream of streams) {
    stream.upstream.end('data: x\n\n');
    await until('it ended', stream.complete);
    expect(stream.text()).toBe('data: x\n\n');
  }
});

it.each(BEATING.slice(-2))(
  '%s ends all the same when the silence outlasts IDLE_TIMEOUT',
  async (_what, path, heartbeat) => {
    const all = {
      ...{ HEARTBEAT_AFTER: '30', IDLE_TIMEOUT: '400' },
      ...{ DEEPSEEK_UPSTREAM: upstream.origin, MOONSHOT_UPSTREAM: upstream.origin },
    };
    const impatient = await startProxy(upstream, all);
    const stream = await begin(impatient, path);
    stream.upstream.write('data: x\n\n');
    await until('it ended', stream.ended);
    await impatient.stop();
    expect(stream.complete()).toBe(false);
    expect(count(stream.text(), heartbeat)).toBeGreaterThan(2);
    expect(stream.text().replaceAll(heartbeat, '')).toMatch(
      /^data: x\n\n(?:event: error\n)?data: \{.*IDLE_TIMEOUT.*\}\n\n$/,
    );
  },
);

describe('the official clients', () => {
  it('of OpenAI passes on chunks without choices, and nothing else changes', async () => {
    let side: ServerResponse | undefined;
    upstream.respond((_request, response) => {
      (side = response).writeHead(200, EVENTS).write('data: {"choices":[{"delta":{"content":"Hel"}}]}\n\n');
    });
    const client = new OpenAI({ apiKey: 'sk-own', baseURL: `${proxy.url}/v1`, maxRetries: 0 });
    let text = '';
    let empty = 0;
    for await (const { choices } of await client.chat.completions.create({
      model: 'm',
      messages: [],
      stream: true,
    })) {
      text += choices[0]?.delta.content ?? '';
      if (choices.length === 0 && ++empty === 2)
        side?.end('data: {"choices":[{"delta":{"content":"lo"}}]}\n\ndata: [DONE]\n\n');
    }
    expect(text).toBe('Hello');
    expect(empty).toBeGreaterThanOrEqual(2);
  });

  it('of Anthropic ignores heartbeats', async () => {
    const before =
      'event: message_start\ndata: {"type":"message_start","message":{"id":"m","role":"assistant","content":[],"usage":{}}}\n\n';
    const after =
      'event: message_delta\ndata: {"type":"message_delta","delta":{"stop_reason":"end_turn"},"usage":{}}\n\nevent: message_stop\ndata: {"type":"message_stop"}\n\n';
    let side: ServerResponse | undefined;
    upstream.respond((_request, response) => {
      (side = response).writeHead(200, EVENTS).write(before);
    });
    let received = '';
    const client = new Anthropic({
      apiKey: 'sk-ant-own',
      authToken: null,
      baseURL: proxy.url,
      maxRetries: 0,
      fetch: async (input, init) => {
        const response = await fetch(input, init);
        const [mine, its] = response.body?.tee() ?? [];
        void (async () => {
          for await (const chunk of mine ?? []) {
            received += Buffer.from(chunk).toString();
            if (count(received, PING) >= 2) side?.end(after);
          }
        })().catch(() => undefined);
        return new Response(its, response);
      },
    });
    const types: string[] = [];
    for await (const { type } of await client.messages.create({
      model: 'm',
      max_tokens: 9,
      messages: [],
      stream: true,
    }))
      types.push(type);
    expect(types).toEqual(['message_start', 'message_delta', 'message_stop']);
    expect(count(received, PING)).toBeGreaterThanOrEqual(2);
  });
});
