import { once } from 'node:events';
import http, { type ServerResponse } from 'node:http';
import { brotliCompressSync, deflateRawSync, deflateSync, gzipSync } from 'node:zlib';
import OpenAI from 'openai';
import Anthropic from '@anthropic-ai/sdk';
import { startFakeUpstream, type FakeUpstream } from '../../../scripts/fakes/fake-upstream';
import { CODINGS } from '../../helpers/codings';
import { flushed } from '../../helpers/flushed';
import { ANTHROPIC_HEADERS, OPENAI_HEADERS, send, until } from '../../helpers/http';
import { overHttp2PerTest } from '../../helpers/over-http2';
import { startProxy, type RunningProxy } from '../../helpers/proxies';
import { startRawUpstream } from '../../helpers/raw-upstream';

const KEY_A = 'sk-proj-aaaaaaaaaaaaaaaaaaaaaaaaaaaa1111';
const KEY_B = 'sk-proj-bbbbbbbbbbbbbbbbbbbbbbbbbbbb2222';
const OWN = 'sk-proj-own-key-of-the-client-0000';
const POOL = { OPENAI_API_KEYS: `${KEY_A},${KEY_B}`, ALLOW_ANONYMOUS: 'true' };
const ANTHROPIC_POOL = { ANTHROPIC_API_KEYS: 'sk-ant-a,sk-ant-b', ALLOW_ANONYMOUS: 'true' };
const EVENTS = { 'content-type': 'text/event-stream' };

let upstream: FakeUpstream;
const running: RunningProxy[] = [];

beforeEach(async () => {
  upstream = await startFakeUpstream();
});
afterEach(async () => {
  await Promise.all(running.splice(0).map((proxy) => proxy.stop()));
  await upstream.close();
});

async function start(environment: Record<string, string> = {}): Promise<RunningProxy> {
  const proxy = await startProxy(upstream, { IDLE_TIMEOUT: '5000', ...environment });
  running.push(proxy);
  return proxy;
}

const chat = (proxy: RunningProxy, headers: Record<string, string> = {}) =>
  send(proxy.url, '/v1/chat/completions', {
    headers: { ...OPENAI_HEADERS, authorization: `Bearer ${OWN}`, ...headers },
    body: '{"model":"m","stream":true,"messages":[]}',
  });
const messages = (proxy: RunningProxy) =>
  send(proxy.url, '/v1/messages', { headers: ANTHROPIC_HEADERS, body: '{"model":"m","stream":true}' });
const keysAsked = () =>
  upstream.seen.map(
    ({ headers }) => headers.authorization?.replace('Bearer ', '') ?? String(headers['x-api-key']),
  );
const logged = async (proxy: RunningProxy) => {
  await until('it was logged', () => proxy.log.some(({ msg }) => msg === 'request'));
  return proxy.log.find(({ msg }) => msg === 'request') ?? {};
};

const large = (bytes: number, message = '') =>
  JSON.stringify({
    error: { message: message + 'x'.repeat(bytes), type: 'invalid_request_error', code: null },
  });

describe('an error response that is too long to be read', () => {
  const FRAMINGS: Record<string, (response: ServerResponse, status: number, text: string) => unknown> = {
    'with a length': (response, status, text) =>
      response.writeHead(status, { 'content-length': text.length }).end(text),
    'in one chunk': (response, status, text) => response.writeHead(status).end(text),
    'in many chunks': async (response, status, text) => {
      response.writeHead(status);
      for (let at = 0; at < text.length; at += 10_000) {
        response.write(text.slice(at, at + 10_000));
        await new Promise((resolve) => setImmediate(resolve));
      }
      response.end();
    },
  };
  const cases = Object.keys(FRAMINGS).flatMap((framing) =>
    [400, 402, 403, 404, 429, 500].flatMap((status) => [
      { framing, status, whose: 'a pool', environment: POOL },
      { framing, status, whose: 'the client’s own key', environment: {} },
    ]),
  );

  it.each(cases)('arrives complete: $status $framing, $whose', async ({ framing, status, environment }) => {
    const text = large(200_000);
    upstream.respond((_request, response) => FRAMINGS[framing]?.(response, status, text));
    const response = await chat(await start(environment));
    expect([response.status, response.complete]).toEqual([status, true]);
    expect(response.body.toString()).toBe(text);
  });

  it.each([
    [70_000, 0],
    [65_536, 65_530],
    [300_000, 150_000],
  ])('does not contain the server’s key, at any position (%i bytes, at %i)', async (bytes, at) => {
    const text = 'x'.repeat(at) + KEY_A + 'x'.repeat(bytes - at);
    upstream.respond((_request, response) => {
      response.writeHead(500, { 'content-length': text.length });
      response.write(text.slice(0, at + 7));
      setImmediate(() => response.end(text.slice(at + 7)));
    });
    const response = await chat(await start({ ...POOL, OPENAI_API_KEYS: KEY_A }));
    expect([response.status, response.complete, response.body.length]).toEqual([500, true, text.length]);
    expect(response.body.toString()).not.toContain(KEY_A);
    expect(response.body.toString()).toBe(text.replace(KEY_A, '*'.repeat(KEY_A.length)));
  });

  it('is not passed on if it cannot be searched for the server’s key', async () => {
    const noise = Buffer.from(Array.from({ length: 200_000 }, (_, at) => (at * 7919) % 251));
    upstream.respond((_request, response) =>
      response.writeHead(500, { 'content-encoding': 'gzip' }).end(Buffer.concat([noise, noise])),
    );
    const response = await chat(await start(POOL));
    expect([response.status, response.headers['x-proxy-error']]).toEqual([502, 'upstream-unreadable']);
  });
});

describe('an error response over HTTP/2 that is too long to be read', () => {
  const over = overHttp2PerTest();
  it('arrives complete over HTTP/2', async () => {
    const { upstream: h2, chat: ask, protocols } = await over({ ...POOL, IDLE_TIMEOUT: '5000' });
    const text = large(200_000);
    h2.respond((_request, response) => response.writeHead(400).end(text));
    const response = await ask();
    expect(protocols()).toEqual(['h2']);
    expect([response.status, response.complete]).toEqual([400, true]);
    expect(response.body.toString()).toBe(text);
  });
});

describe('a compressed error response', () => {
  const NO_CREDIT = JSON.stringify({ error: { type: 'insufficient_quota', code: 'insufficient_quota' } });
  it.each<[string, Buffer]>([
    ['gzip', gzipSync(NO_CREDIT)],
    ['GZIP', gzipSync(NO_CREDIT)],
    ['x-gzip', gzipSync(NO_CREDIT)],
    ['deflate', deflateSync(NO_CREDIT)],
    ['Deflate', deflateRawSync(NO_CREDIT)],
    ['br', brotliCompressSync(NO_CREDIT)],
    ['gzip, br', brotliCompressSync(gzipSync(NO_CREDIT))],
    ['identity', Buffer.from(NO_CREDIT)],
  ])('is read: %s', async (coding, bytes) => {
    upstream.respond((request, response) =>
      request.headers.authorization?.endsWith(KEY_A)
        ? response.writeHead(429, { 'content-encoding': coding }).end(bytes)
        : response.end('{}'),
    );
    const proxy = await start(POOL);
    for (let at = 0; at < 3; at++) expect((await chat(proxy)).status).toBe(200);
    expect(keysAsked().filter((key) => key === KEY_A)).toHaveLength(1);
  });

  it.each([
    ['of an unknown coding', 'compress', Buffer.from('??')],
    ['that is not of its coding', 'gzip', Buffer.from('not gzip')],
    ['that unfolds to more than is sensible', 'gzip', gzipSync(Buffer.alloc(8_000_000, 'x'))],
  ])('%s is not passed on if it might contain the server’s key', async (_what, coding, bytes) => {
    upstream.respond((_request, response) =>
      response.writeHead(404, { 'content-encoding': coding }).end(bytes),
    );
    const pooled = await chat(await start(POOL));
    expect([pooled.status, pooled.headers['x-proxy-error']]).toEqual([502, 'upstream-unreadable']);
    const own = await chat(await start());
    expect([own.status, own.headers['content-encoding']]).toEqual([404, coding]);
    expect(own.body.equals(bytes)).toBe(true);
  });

  it('is requested only in codings that this Node can decode, if it may have to be read', async () => {
    const asked = { 'accept-encoding': 'gzip, zstd;q=0.5, br' };
    await chat(await start(POOL), asked);
    await chat(await start(), asked);
    const readsZstd = 'zstdDecompressSync' in (await import('node:zlib'));
    expect(upstream.seen.map(({ headers }) => headers['accept-encoding'])).toEqual([
      readsZstd ? 'gzip, zstd;q=0.5, br' : 'gzip, br',
      'gzip, zstd;q=0.5, br',
    ]);
  });
});

describe('a reason phrase with a control character', () => {
  it.each([
    ['HTTP/1.1 200 O\x01K', {}],
    ['HTTP/1.1 400 B\x7fad', {}],
    ['HTTP/1.1 400 B\x7fad', POOL],
    ['HTTP/1.1 404 N\x02o', POOL],
  ])('becomes a 502 and is logged: %j', async (line, environment) => {
    const raw = await startRawUpstream();
    raw.respond({ bytes: `${line}\r\nContent-Length: 2\r\n\r\n{}`, then: 'keep' });
    const proxy = await startProxy(raw, environment);
    const response = await chat(proxy);
    expect([response.status, response.complete]).toEqual([502, true]);
    expect(await logged(proxy)).toMatchObject({ status: 502, outcome: 'upstream-invalid' });
    await proxy.stop();
    await raw.close();
  });
});

const overloaded =
  'event: error\ndata: {"type":"error","error":{"type":"overloaded_error","message":"Overloaded"}}\n\n';
const FIRST_EVENTS: readonly (readonly [string, 'chat' | 'messages', string])[] = [
  ['overloaded', 'messages', overloaded],
  [
    'a quota',
    'chat',
    'data: {"error":{"message":"x","type":"insufficient_quota","code":"insufficient_quota"}}\n\n',
  ],
  ['a limit by number', 'chat', 'data: {"error":{"code":429,"message":"Rate limit exceeded"}}\n\n'],
  [
    'response.failed',
    'chat',
    'event: response.failed\ndata: {"type":"response.failed","response":{"error":{"code":"rate_limit_exceeded","message":"x"}}}\n\n',
  ],
  ['behind a comment', 'chat', ': waiting\n\ndata: {"error":{"code":429,"message":"Rate limit"}}\n\n'],
  ['with CRLF', 'chat', 'data: {"error":{"code":429,"message":"Rate limit"}}\r\n\r\n'],
  ['without a blank line', 'chat', 'data: {"error":{"code":429,"message":"Rate limit"}}'],
  ['named so', 'chat', 'event: error\ndata: {"code":"rate_limit_exceeded","message":"Rate limit"}\n\n'],
];

describe('an event stream whose first event is a failure', () => {
  it.each(FIRST_EVENTS)('is begun anew with the next key: %s', async (_what, path, event) => {
    let asked = 0;
    upstream.respond(async (_request, response) => {
      response.writeHead(200, EVENTS);
      if (++asked > 1) return response.end('data: good\n\n');
      for (const byte of [event.slice(0, 9), event.slice(9)]) {
        response.write(byte); // cut in the middle
        await new Promise((resolve) => setTimeout(resolve, 5));
      }
      return response.end();
    });
    const proxy = await start({ ...POOL, ...ANTHROPIC_POOL });
    const response = await (path === 'chat' ? chat(proxy) : messages(proxy));
    expect(response.body.toString()).toBe('data: good\n\n');
    expect(new Set(keysAsked()).size).toBe(2);
    expect(await logged(proxy)).toMatchObject({ attempts: 2, outcome: 'complete', status: 200 });
  });

  describe.each(CODINGS)('in %s', (coding, encode) => {
    const ENCODED = { ...EVENTS, 'content-encoding': coding };

    it.each(['ends', 'goes on'])('is begun anew with the next key if it %s behind it', async (how) => {
      let asked = 0;
      upstream.respond(async (_request, response) => {
        response.writeHead(200, ENCODED);
        if (++asked > 1) response.end(encode(Buffer.from('data: good\n\n')));
        else if (how === 'ends') response.end(encode(Buffer.from(overloaded)));
        else response.write(await flushed(encode, overloaded));
      });
      const response = await messages(await start(ANTHROPIC_POOL));
      expect(response.body.equals(encode(Buffer.from('data: good\n\n')))).toBe(true);
      expect(new Set(keysAsked()).size).toBe(2);
    });

    it.each(['a pool of one', 'the client’s own key'])(
      'passes as it came to %s, and is not logged as complete',
      async (whose) => {
        upstream.respond((_request, response) =>
          response.writeHead(200, ENCODED).end(encode(Buffer.from(overloaded))),
        );
        const pool = { ...ANTHROPIC_POOL, ANTHROPIC_API_KEYS: 'sk-ant-a' };
        const proxy = await start(whose === 'a pool of one' ? pool : {});
        const response = await messages(proxy);
        expect(response.headers['content-encoding']).toBe(coding);
        expect(response.body.equals(encode(Buffer.from(overloaded)))).toBe(true);
        expect(await logged(proxy)).toMatchObject({
          outcome: 'failed-in-stream',
          upstream_error: 'overloaded_error',
        });
      },
    );
  });

  it('of which there is only a part does not show the server’s key in its headers', async () => {
    upstream.respond((_request, response) =>
      response.writeHead(200, { ...EVENTS, 'x-echo': `Bearer ${KEY_A}` }).end('data: 1'),
    );
    const response = await chat(await start({ ...POOL, OPENAI_API_KEYS: KEY_A }));
    expect([response.status, response.body.toString()]).toEqual([200, 'data: 1']);
    expect(JSON.stringify(response.headers)).not.toContain(KEY_A);
  });

  it.each(FIRST_EVENTS)(
    'passes as it came with the client’s own key, and is not logged as complete: %s',
    async (_what, path, event) => {
      upstream.respond((_request, response) => response.writeHead(200, EVENTS).end(event));
      const proxy = await start();
      const response = await (path === 'chat' ? chat(proxy) : messages(proxy));
      expect(response.body.toString()).toBe(event);
      expect(await logged(proxy)).toMatchObject({
        outcome: 'failed-in-stream',
        upstream_error: expect.any(String) as string,
      });
    },
  );

  it('passes unchanged if there is no other key and the key did not cause it', async () => {
    upstream.respond((_request, response) => response.writeHead(200, EVENTS).end(overloaded));
    const proxy = await start({ ...ANTHROPIC_POOL, ANTHROPIC_API_KEYS: 'sk-ant-a' });
    expect((await messages(proxy)).body.toString()).toBe(overloaded);
    expect(await logged(proxy)).toMatchObject({
      outcome: 'failed-in-stream',
      upstream_error: 'overloaded_error',
    });
  });

  it('becomes an error status if every key is rate-limited', async () => {
    upstream.respond((_request, response) =>
      response.writeHead(200, EVENTS).end('data: {"error":{"code":429,"message":"Rate limit"}}\n\n'),
    );
    const response = await chat(await start(POOL));
    expect([response.status, response.headers['x-proxy-error']]).toEqual([429, 'keys-cooling']);
  });

  it('is not awaited forever: the head is sent even without an event', async () => {
    let finish: () => void = () => undefined;
    upstream.respond((_request, response) => {
      response.writeHead(200, EVENTS).flushHeaders();
      finish = () => response.end('data: late\n\n');
    });
    const proxy = await start(POOL);
    const request = http
      .request(`${proxy.url}/v1/chat/completions`, { method: 'POST', agent: false })
      .end('{}');
    const [response] = (await once(request, 'response')) as [http.IncomingMessage];
    expect(response.statusCode).toBe(200);
    finish();
    expect(await response.setEncoding('utf8').reduce((sum: string, one: string) => sum + one, '')).toBe(
      'data: late\n\n',
    );
  });

  it.each([
    ['empty', ''],
    ['without an event', ': only a comment\n\n'],
    ['of one event that ends with the stream', 'data: {"choices":[]}'],
  ])('is no failure, and passes unchanged: %s', async (_what, text) => {
    upstream.respond((_request, response) => response.writeHead(200, EVENTS).end(text));
    const response = await chat(await start(POOL));
    expect([response.status, response.complete, response.body.toString()]).toEqual([200, true, text]);
  });
});

describe('a failure later in a stream', () => {
  const good = 'data: {"choices":[{"delta":{"content":"Hi"}}]}\n\n'.repeat(300);
  const quota = 'data: {"error":{"message":"x","type":"insufficient_quota","code":"insufficient_quota"}}\n\n';

  it('passes untouched, is logged, and counts for the key', async () => {
    upstream.respond((request, response) =>
      request.headers.authorization?.endsWith(KEY_A)
        ? response.writeHead(200, EVENTS).end(`${good}${quota}data: [DONE]\n\n`)
        : response.end('{}'),
    );
    const proxy = await start(POOL);
    const response = await chat(proxy);
    expect(response.body.toString()).toBe(`${good}${quota}data: [DONE]\n\n`);
    expect(await logged(proxy)).toMatchObject({
      outcome: 'failed-in-stream',
      upstream_error: 'insufficient_quota',
    });
    for (let at = 0; at < 3; at++) await chat(proxy);
    expect(keysAsked().filter((key) => key === KEY_A)).toHaveLength(1);
  });

  describe.each(CODINGS)('in %s', (coding, encode) => {
    it.each([
      ['POST', '/v1/chat/completions'],
      ['GET', '/v1/responses/resp_1?stream=true'],
    ])('is logged, and counts for the key: %s %s', async (method, path) => {
      const bytes = encode(Buffer.from(`${good}${quota}data: [DONE]\n\n`));
      upstream.respond((request, response) =>
        request.headers.authorization?.endsWith(KEY_A)
          ? response.writeHead(200, { ...EVENTS, 'content-encoding': coding }).end(bytes)
          : response.end('{}'),
      );
      const proxy = await start(POOL);
      const ask = () =>
        send(proxy.url, path, {
          method,
          headers: OPENAI_HEADERS,
          ...(method === 'POST' ? { body: '{"model":"m","stream":true,"messages":[]}' } : {}),
        });
      for (let at = 0; at < 4; at++) await ask();
      await until('the failure was logged', () =>
        proxy.log.some(({ outcome }) => outcome === 'failed-in-stream'),
      );
      const before = keysAsked().length;
      for (let at = 0; at < 4; at++) await ask();
      expect(keysAsked().slice(before)).not.toContain(KEY_A);
      expect(proxy.log.find(({ outcome }) => outcome === 'failed-in-stream')).toMatchObject({
        upstream_error: 'insufficient_quota',
      });
    });
  });

  it.each([
    ['a model that writes of errors', 'data: {"choices":[{"delta":{"content":"{\\"error\\": 1}"}}]}\n\n'],
    ['an object whose error is null', 'data: {"type":"response.completed","response":{"error":null}}\n\n'],
  ])('is not detected if there is none: %s', async (_what, event) => {
    upstream.respond((_request, response) => response.writeHead(200, EVENTS).end(good + event));
    const proxy = await start(POOL);
    await chat(proxy);
    expect(await logged(proxy)).toMatchObject({ outcome: 'complete' });
  });
});

describe('the provider’s code', () => {
  it('is logged, even an unknown one, and the response passes unchanged', async () => {
    const body = '{"error":{"message":"secret words","type":"brand_new_error","code":"brand_new_code"}}';
    upstream.respond((_request, response) => response.writeHead(403).end(body));
    const proxy = await start(POOL);
    const response = await chat(proxy);
    expect([response.status, response.body.toString()]).toEqual([403, body]);
    expect(await logged(proxy)).toMatchObject({ upstream_error: 'brand_new_code', attempts: 1 });
    expect(JSON.stringify(proxy.log)).not.toContain('secret words');
  });
});

describe('an error that a retry cannot fix', () => {
  it('stops the SDKs after one request', async () => {
    const proxy = await start({ ACCESS_TOKENS: 'ann:0123456789abcdef' });
    const openai = new OpenAI({
      apiKey: 'wrong-token-0123456789',
      baseURL: `${proxy.url}/v1`,
      maxRetries: 5,
    });
    const claude = new Anthropic({ apiKey: 'wrong-token-0123456789', baseURL: proxy.url, maxRetries: 5 });
    await expect(
      openai.chat.completions.create({ model: 'm', messages: [{ role: 'user', content: 'Hi' }] }),
    ).rejects.toMatchObject({ status: 401 });
    await expect(
      claude.messages.create({ model: 'm', max_tokens: 1, messages: [{ role: 'user', content: 'Hi' }] }),
    ).rejects.toMatchObject({ status: 401 });
    expect(proxy.log.filter(({ msg }) => msg === 'request')).toHaveLength(2);
  });

  it('stops them also if every key of the proxy is invalid', async () => {
    upstream.respond((_request, response) =>
      response.writeHead(401).end('{"error":{"code":"invalid_api_key","type":"invalid_request_error"}}'),
    );
    const proxy = await start(POOL);
    const openai = new OpenAI({ apiKey: 'any', baseURL: `${proxy.url}/v1`, maxRetries: 5 });
    await expect(
      openai.chat.completions.create({ model: 'm', messages: [{ role: 'user', content: 'Hi' }] }),
    ).rejects.toMatchObject({ status: 503, code: 'keys-invalid' });
    expect(proxy.log.filter(({ msg }) => msg === 'request')).toHaveLength(1);
  });
});
