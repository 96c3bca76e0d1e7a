import http, { type ServerResponse } from 'node:http';
import { startFakeUpstream, type FakeUpstream } from '../../../scripts/fakes/fake-upstream';
import { OPENAI_HEADERS, send, until, type WireResponse } from '../../helpers/http';
import { startProxy, type RunningProxy } from '../../helpers/proxies';

/** 4 MB, of which large bodies may have 3. */
const BODY_MEMORY = String(4 * 1024 * 1024);
const KEYS = {
  OPENAI_API_KEYS: 'sk-test-one-of-the-server,sk-test-two-of-the-server',
  ALLOW_ANONYMOUS: 'true',
};
const OWN = {};

let upstream: FakeUpstream;
let proxy: RunningProxy;
/** Requests that have reached the upstream and have no response yet. */
let held: ServerResponse[];

async function start(environment: Record<string, string>): Promise<void> {
  proxy = await startProxy(upstream, { BODY_MEMORY, ...environment });
  // A key that nothing is known of takes one request at a time.
  for (let request = 0; request < 2; request++) await respondUntil(Promise.all([chat(10)]));
  upstream.seen.splice(0);
}

beforeEach(async () => {
  upstream = await startFakeUpstream();
  held = [];
  upstream.respond((_request, response) => held.push(response));
});
afterEach(async () => {
  await proxy.stop();
  await upstream.close();
});

const chatOf = (bytes: number, more = '') =>
  `{${more}"model":"m","messages":[{"role":"user","content":"${'x'.repeat(bytes)}"}]}`;

const post = (path: string, body: string, headers: http.OutgoingHttpHeaders = {}) =>
  send(proxy.url, path, { headers: { ...OPENAI_HEADERS, ...headers }, body });

const chat = (bytes: number, more = '') => post('/v1/chat/completions', chatOf(bytes, more));

function respondToAll(): void {
  for (const response of held.splice(0)) response.end('{}');
}

/** Responds to every request until all have their response. */
async function respondUntil(all: Promise<WireResponse[]>): Promise<WireResponse[]> {
  const timer = setInterval(respondToAll, 5);
  try {
    return await all;
  } finally {
    clearInterval(timer);
  }
}

describe.each([
  ['with a key of the client’s own', OWN],
  ['with keys of the server', KEYS],
])('more bodies than there is memory for, %s', (_whose, environment) => {
  it.each([
    ['of known length', {}, BODY_MEMORY],
    ['in chunks', { 'transfer-encoding': 'chunked' }, String(16 * 1024 * 1024)], // each takes up to 2 MB at a time
  ])('%s wait for each other, and all of them arrive complete', async (_how, framing, memory) => {
    await start({ ...environment, BODY_MEMORY: memory });
    const all = Array.from({ length: 12 }, () => post('/v1/chat/completions', chatOf(900_000), framing));
    const responses = await respondUntil(Promise.all(all));
    expect(responses.map(({ status }) => status)).toEqual(Array.from({ length: 12 }, () => 200));
    expect(new Set(upstream.seen.map(({ body }) => body.length))).toEqual(new Set([chatOf(900_000).length]));
    expect(upstream.seen).toHaveLength(12);
  });

  it('do not wait for slow responses: a sent body is not kept for a retry', async () => {
    await start(environment);
    const all = Array.from({ length: 12 }, () => chat(900_000));
    await until('every body has reached the upstream, and none has a response', () => held.length === 12);
    respondToAll();
    expect((await Promise.all(all)).map(({ status }) => status)).toEqual(
      Array.from({ length: 12 }, () => 200),
    );
  });

  it('are not read while they wait', async () => {
    await start(environment);
    upstream.respond((request) => request.pause());
    const all = Array.from({ length: 3 }, () => chat(900_000));
    await until('three are on their way', () => upstream.connections() === 3);
    const late = chat(900_000).catch(() => undefined);
    await new Promise((resolve) => setTimeout(resolve, 100));
    expect(upstream.connections()).toBe(3);
    void Promise.allSettled([...all, late]);
  });

  it('include the fields that are removed', async () => {
    await start(environment);
    const all = Array.from({ length: 12 }, () => chat(900_000, '"moderation":true,'));
    const responses = await respondUntil(Promise.all(all));
    expect(responses.map(({ status }) => status)).toEqual(Array.from({ length: 12 }, () => 200));
    expect(new Set(upstream.seen.map(({ body }) => body.toString()))).toEqual(new Set([chatOf(900_000)]));
  });

  it('do not delay a short chat', async () => {
    await start(environment);
    const large = Array.from({ length: 12 }, () => chat(900_000));
    await until('the memory for large ones is taken', () => held.length >= 2);
    const before = performance.now();
    const short = chat(1_000);
    await until('it has reached the upstream', () => upstream.seen.some(({ body }) => body.length < 2_000));
    const waitedMs = performance.now() - before;
    await respondUntil(Promise.all([...large, short]));
    expect(waitedMs).toBeLessThan(400); // the large ones wait 500 ms before anything is dropped for them
  });
});

describe('a body that is larger than the memory for bodies', () => {
  it('gets 413 if it is a chat, which has to be read completely', async () => {
    await start(KEYS);
    const response = await chat(3_500_000);
    expect([response.status, response.headers['x-proxy-error']]).toEqual([413, 'body-too-large']);
    expect(upstream.seen).toHaveLength(0);
  });

  it.each([
    ['JSON that nothing has to be read of', 'application/json'],
    ['an upload', 'multipart/form-data; boundary=b'],
  ])('goes through as it comes if it is %s', async (_what, type) => {
    await start(KEYS);
    const body = `"${'x'.repeat(9_000_000)}"`;
    const [response] = await respondUntil(
      Promise.all([post('/openai/v1/embeddings', body, { 'content-type': type })]),
    );
    expect(response?.status).toBe(200);
    expect(upstream.seen[0]?.body.toString() === body).toBe(true);
  });
});

describe('a request whose body was dropped for others', () => {
  it('is not retried with another key, and gets the first response', async () => {
    await start(KEYS);
    const statuses: number[] = [];
    upstream.respond((_request, response) => held.push(response));
    const all = Array.from({ length: 6 }, () => chat(900_000));
    await until('every body has reached the upstream', () => held.length === 6);
    for (const response of held.splice(0)) {
      response.writeHead(429, { 'content-type': 'application/json' });
      response.end('{"error":{"code":"rate_limit_exceeded"}}');
    }
    for (const { status } of await respondUntil(Promise.all(all))) statuses.push(status);
    expect(statuses).toContain(429);
    expect(statuses.every((status) => status === 429 || status === 200)).toBe(true);
  });
});

describe('a client that disconnects while it waits for memory', () => {
  it('is removed from the queue, and its memory is available for others', async () => {
    await start(OWN);
    upstream.respond((request) => request.pause());
    const stuck = Array.from({ length: 3 }, () => chat(900_000).catch(() => undefined));
    await until('three are on their way', () => upstream.connections() === 3);
    const { hostname, port } = new URL(proxy.url);
    const leaving = http.request({
      hostname,
      port,
      method: 'POST',
      path: '/v1/chat/completions',
      agent: false,
      headers: { ...OPENAI_HEADERS, 'content-length': '900000' },
    });
    leaving.on('error', () => undefined).write('{');
    await new Promise((resolve) => setTimeout(resolve, 50));
    leaving.destroy();
    await until('its leaving is logged', () => proxy.log.some((line) => line['outcome'] === 'caller-left'));
    expect(upstream.connections()).toBe(3);
    void Promise.allSettled(stuck);
  });
});
