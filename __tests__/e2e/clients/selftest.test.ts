import http from 'node:http';
import OpenAI from 'openai';
import { startFakeUpstream, type FakeUpstream } from '../../../scripts/fakes/fake-upstream';
import { send, until } from '../../helpers/http';
import { startBundle, startProxy, type RunningBundle, type RunningProxy } from '../../helpers/proxies';

let upstream: FakeUpstream;
let bundle: RunningBundle;

beforeAll(async () => {
  upstream = await startFakeUpstream();
  bundle = await startBundle({ OPENAI_UPSTREAM: upstream.origin, ACCESS_TOKENS: TOKEN });
});
afterAll(async () => {
  await bundle.stop();
  await upstream.close();
});

const STREAM = '/-/selftest/stream';
const TOKEN = 'tok-1-0123456789';
const headers = { authorization: `Bearer ${TOKEN}` };
const left = () => bundle.log.filter(({ outcome }) => outcome === 'caller-left');

describe('GET /-/selftest/stream', () => {
  it('sends each event on time, without a key, with the headers of a relayed stream', async () => {
    const {
      status,
      headers: received,
      body,
      chunks,
    } = await send(bundle.url, `/release${STREAM}?chunks=5&interval=60`, { headers });
    expect(status).toBe(200);
    expect(received).toMatchObject({
      'content-type': 'text/event-stream; charset=utf-8',
      'cache-control': 'no-cache, no-transform',
      'x-accel-buffering': 'no',
      'access-control-allow-origin': '*',
    });
    const events = body.toString().trim().split('\n\n');
    expect(events.pop()).toBe('data: [DONE]');
    const sent = events.map((event) => JSON.parse(event.slice(6)) as { sent_at_ms: number; object: string });
    expect(sent).toHaveLength(5);
    expect(sent[0]?.object).toBe('chat.completion.chunk');
    expect((sent[4]?.sent_at_ms ?? 0) - (sent[0]?.sent_at_ms ?? 0)).toBeGreaterThanOrEqual(200);
    expect(chunks.length).toBeGreaterThanOrEqual(5);
    expect((chunks[4]?.atMs ?? 0) - (chunks[0]?.atMs ?? 0)).toBeGreaterThanOrEqual(150);
    expect(upstream.seen).toHaveLength(0);
  });

  it('is a chat completion to the official client', async () => {
    // The client's base URL and path cannot be this page's, so it is asked through the client's own transport.
    const client = new OpenAI({ apiKey: TOKEN, baseURL: `${bundle.url}/-/selftest` });
    const stream: AsyncIterable<OpenAI.ChatCompletionChunk> = await client.get('/stream', {
      query: { chunks: 3, interval: 10 },
      stream: true,
    });
    let text = '';
    for await (const chunk of stream) text += chunk.choices[0]?.delta.content ?? '';
    expect(text).toBe('1 2 3 ');
  });

  it.each([
    'chunks=0',
    'chunks=101',
    'interval=9',
    'interval=1001',
    'chunks=ten',
    'chunks=1&chunks=2',
    'chunks=',
  ])('rejects %s', async (query) => {
    const { status, headers: received } = await send(bundle.url, `${STREAM}?${query}`, { headers });
    expect([status, received['x-proxy-error']]).toEqual([400, 'bad-parameter']);
  });

  it('responds to HEAD at once', async () => {
    const {
      status,
      headers: received,
      body,
    } = await send(bundle.url, `${STREAM}?chunks=100&interval=1000`, { method: 'HEAD', headers });
    expect([status, body.length]).toEqual([200, 0]);
    expect(received['content-type']).toBe('text/event-stream; charset=utf-8');
  });

  it('stops when the client disconnects', async () => {
    expect(left()).toHaveLength(0);
    await new Promise<void>((resolve) => {
      const request = http.get(
        `${bundle.url}${STREAM}?chunks=100&interval=1000`,
        { agent: false, headers },
        (response) => {
          response.once('data', () => {
            request.destroy();
            resolve();
          });
          response.on('error', () => undefined);
        },
      );
      request.on('error', () => undefined);
    });
    await until('it was logged', () => left().length === 1);
    expect(left()[0]?.['ms']).toBeLessThan(900);
    expect(bundle.log.some(({ msg }) => msg === 'uncaught')).toBe(false);
  });
});

describe('access to the self-test', () => {
  const proxies: RunningProxy[] = [];
  const requests: http.ClientRequest[] = [];
  const start = async (environment: Record<string, string> = {}) => {
    const proxy = await startProxy(upstream, environment);
    proxies.push(proxy);
    return proxy;
  };
  afterEach(async () => {
    for (const request of requests.splice(0)) request.destroy();
    await Promise.all(proxies.splice(0).map((proxy) => proxy.stop()));
  });

  const stream = (proxy: RunningProxy, options: http.RequestOptions = {}) =>
    new Promise<{ response: http.IncomingMessage; leave: () => void }>((resolve, reject) => {
      const request = http.get(
        `${proxy.url}${STREAM}?chunks=100&interval=1000`,
        { agent: false, ...options },
        (response) => {
          response.on('error', () => undefined).resume();
          resolve({ response, leave: () => request.destroy() });
        },
      );
      request.on('error', reject);
      requests.push(request);
    });
  const status = async (proxy: RunningProxy, authorization?: string, path = STREAM) => {
    const { status: code } = await send(proxy.url, `${path}?chunks=1`, {
      headers: authorization === undefined ? {} : { authorization: `Bearer ${authorization}` },
    });
    return code;
  };

  it('includes clients with an access token or the admin token, if there are any', async () => {
    const team = await start({ ACCESS_TOKENS: TOKEN, ADMIN_TOKEN: 'admin-0123456789' });
    const admin = await start({ ADMIN_TOKEN: 'admin-0123456789' });
    const open = await start();
    for (const right of [TOKEN, 'admin-0123456789', `sk-own:${TOKEN}`])
      expect(await status(team, right)).toBe(200);
    expect(await status(team, undefined, `/${TOKEN}${STREAM}`)).toBe(200);
    expect([await status(team), await status(team, 'wrong')]).toEqual([401, 401]);
    expect(await status(admin, 'admin-0123456789')).toBe(200);
    expect([await status(admin), await status(admin, 'wrong')]).toEqual([401, 401]);
    expect([await status(open), await status(open, 'sk-own')]).toEqual([200, 200]);
  });

  it('includes eight clients at once; the next gets Retry-After until one has ended', async () => {
    const proxy = await start();
    const running = await Promise.all(Array.from({ length: 8 }, () => stream(proxy)));
    expect(running.map(({ response }) => response.statusCode)).toEqual(Array<number>(8).fill(200));
    const { response: refused } = await stream(proxy);
    expect([refused.statusCode, refused.headers['x-proxy-error'], refused.headers['retry-after']]).toEqual([
      503,
      'selftest-busy',
      '10',
    ]);
    const over = () => proxy.log.filter(({ outcome }) => outcome === 'caller-left').length;
    running.shift()?.leave();
    await until('it was logged', () => over() === 1);
    expect(await status(proxy)).toBe(200);
  });
});

describe('GET /-/health', () => {
  it('reports the limits in force, including the platform’s', async () => {
    const limits = async (headers: Record<string, string>) =>
      (
        JSON.parse((await send(bundle.url, '/-/health', { headers })).body.toString()) as {
          limits: Record<string, number>;
        }
      ).limits;
    const own = { timeout_ms: 600_000, idle_timeout_ms: 300_000, max_body_bytes: 52_428_800 };
    expect(await limits({})).toEqual(own);
    expect(await limits({ 'x-scf-timeout': '3', 'x-scf-memory': '128' })).toEqual({
      ...own,
      function_limit_ms: 2_700,
      function_memory_mb: 128,
    });
    expect(await limits({ 'x-scf-timeout': 'soon', 'x-scf-memory': '1e9' })).toEqual(own);
  });
});
