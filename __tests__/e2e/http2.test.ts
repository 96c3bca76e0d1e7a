import { readFileSync, readdirSync } from 'node:fs';
import http from 'node:http';
import http2, { type Http2ServerResponse } from 'node:http2';
import path from 'node:path';
import { gzipSync } from 'node:zlib';
import OpenAI from 'openai';
import { startFakeUpstream, type FakeUpstream } from '../helpers/fake-upstream';
import { OPENAI_HEADERS, send, until } from '../helpers/http';
import { startBundle, type RunningBundle } from '../helpers/proxies';
import { CA, CERTIFICATE } from '../helpers/raw-http2';

const FIXTURES = path.resolve(__dirname, '../fixtures/streams');
const EVENT_STREAM = { 'content-type': 'text/event-stream; charset=utf-8' };
const STREAM = '{"model":"m","stream":true,"messages":[]}';
const CHAT = '{"model":"m","messages":[]}';
/** More than the sockets on the way hold. */
const LONG = 40_000_000;

let upstream: FakeUpstream;
let proxy: RunningBundle;

async function start(environment: Record<string, string> = {}, settings: http2.Settings = {}): Promise<void> {
  upstream = await startFakeUpstream({ ...CERTIFICATE, http2: settings });
  await behind(environment);
}

async function behind(environment: Record<string, string>): Promise<void> {
  proxy = await startBundle({
    OPENAI_UPSTREAM: upstream.origin,
    NODE_EXTRA_CA_CERTS: CA,
    HTTP2_AFTER: '0',
    ...environment,
  });
}
afterEach(async () => {
  await proxy.stop();
  await upstream.close();
});

const chat = (body: string | Buffer = STREAM, headers: http.OutgoingHttpHeaders = OPENAI_HEADERS) =>
  send(proxy.url, '/v1/chat/completions', { headers, body });
const protocols = () => upstream.seen.map(({ headers }) => (':path' in headers ? 'h2' : '1.1'));
const tick = () => new Promise((resolve) => setImmediate(resolve));

/** A stream that its caller holds open, from its first byte on. */
interface OpenStream {
  readonly response: http.IncomingMessage;
  /** What has come so far. */
  readonly text: () => string;
  /** Resolves with whether it came whole. */
  readonly closed: Promise<boolean>;
  leave(): void;
}

function open(): Promise<OpenStream> {
  return new Promise((resolve, reject) => {
    const options = { method: 'POST', agent: false, headers: OPENAI_HEADERS };
    const request = http.request(`${proxy.url}/v1/chat/completions`, options, (response) => {
      let text = '';
      const closed = new Promise<boolean>((over) => response.on('close', () => over(response.complete)));
      const stream = { response, text: () => text, closed, leave: () => void request.destroy() };
      response.on('error', () => undefined).on('data', (chunk) => (text += String(chunk)));
      response.once('data', () => resolve(stream));
    });
    request.on('error', reject).end(STREAM);
  });
}

/** A response that is one of HTTP/2, with what both kinds have. */
type HeldResponse = http.ServerResponse & Pick<Http2ServerResponse, 'stream'>;

/** Streams of the upstream, each of which goes on when it is told to. */
function holdStreams(): HeldResponse[] {
  const held: HeldResponse[] = [];
  upstream.answer((_request, response) => {
    response.writeHead(200, EVENT_STREAM).write('data: 1\n\n');
    held.push(response as HeldResponse);
  });
  return held;
}

describe('a stream over HTTP/2', () => {
  it('passes unchanged wherever it is cut into frames', async () => {
    await start();
    for (const name of readdirSync(FIXTURES)) {
      const bytes = readFileSync(path.join(FIXTURES, name));
      for (let cut = 1; cut < bytes.length; cut += 11) {
        upstream.answer(async (_request, response) => {
          response.writeHead(200, EVENT_STREAM).write(bytes.subarray(0, cut));
          await tick();
          response.end(bytes.subarray(cut));
        });
        const reply = await chat();
        if (!reply.complete || !reply.body.equals(bytes))
          throw new Error(`${name} came out different when cut at byte ${cut}.`);
      }
    }
    expect(new Set(protocols())).toEqual(new Set(['h2']));
    expect(upstream.connections()).toBe(1);
  });

  it('is whole, however short, and however many come at once', async () => {
    await start();
    upstream.answer((_request, response) => {
      response.writeHead(200, EVENT_STREAM);
      for (let event = 0; event < 5; event++) response.write(`data: ${event}\n\n`);
      response.end('data: [DONE]\n\n');
    });
    const whole = 'data: 0\n\ndata: 1\n\ndata: 2\n\ndata: 3\n\ndata: 4\n\ndata: [DONE]\n\n';
    const agent = new http.Agent({ keepAlive: true });
    const odd: string[] = [];
    let left = 4_000;
    const caller = async () => {
      while (left-- > 0) {
        const request = { headers: OPENAI_HEADERS, body: STREAM, agent };
        const { complete, body } = await send(proxy.url, '/v1/chat/completions', request);
        if (!complete || body.toString() !== whole) odd.push(body.toString());
      }
    };
    await Promise.all(Array.from({ length: 40 }, caller));
    agent.destroy();
    expect(odd).toEqual([]);
    expect(upstream.connections()).toBeLessThan(10);
  });

  it('brings the request as it is, with the pool’s key, and nothing that tells of the caller', async () => {
    await start({ OPENAI_API_KEYS: 'sk-pool-0123456789', ALLOW_ANONYMOUS: 'true' });
    await chat(STREAM, {
      'content-type': 'application/json',
      'user-agent': 'OpenAI/JS 1.0',
      'x-stainless-lang': 'js',
      'x-forwarded-for': '203.0.113.7',
      cookie: 'session=1',
    });
    const { port } = new URL(upstream.origin);
    expect(
      upstream.seen.map(({ headers, body }) => [
        Object.fromEntries(Object.entries(headers)),
        body.toString(),
      ]),
    ).toEqual([
      [
        {
          ':method': 'POST',
          ':path': '/v1/chat/completions',
          ':scheme': 'https',
          ':authority': `localhost:${port}`,
          'content-type': 'application/json',
          'user-agent': 'OpenAI/JS 1.0',
          'x-stainless-lang': 'js',
          authorization: 'Bearer sk-pool-0123456789',
          'content-length': String(STREAM.length),
        },
        STREAM,
      ],
    ]);
  });

  it('brings status, headers and repeated headers back, with the words that HTTP/1.1 has for the status', async () => {
    await start();
    upstream.answer((_request, response) => {
      response.writeHead(418, {
        'content-type': 'application/json',
        'x-ratelimit-remaining-tokens': '17',
        'x-twice': ['1', '2'],
        'request-id': 'req_1',
      });
      response.end('{"error":{}}');
    });
    const reply = await chat();
    expect([reply.status, reply.statusMessage, reply.body.toString()]).toEqual([
      418,
      "I'm a Teapot",
      '{"error":{}}',
    ]);
    expect(reply.headers).toMatchObject({
      'content-type': 'application/json',
      'x-ratelimit-remaining-tokens': '17',
      'x-twice': '1, 2',
      'request-id': 'req_1',
    });
    expect(Object.keys(reply.headers).filter((name) => name.startsWith(':'))).toEqual([]);
  });

  it('moves on to the next key when one is refused, compressed or not', async () => {
    await start({
      OPENAI_API_KEYS: 'sk-dead-0123456789,sk-busy-0123456789,sk-good-0123456789',
      ALLOW_ANONYMOUS: 'true',
    });
    upstream.answer((request, response) => {
      const key = request.headers.authorization ?? '';
      const json = { 'content-type': 'application/json' };
      if (key.includes('good')) response.writeHead(200, EVENT_STREAM).end('data: [DONE]\n\n');
      else if (key.includes('busy'))
        response.writeHead(429, { ...json, 'retry-after': '20' }).end('{"error":{}}');
      else {
        response
          .writeHead(401, { ...json, 'content-encoding': 'gzip' })
          .end(gzipSync('{"error":{"code":"invalid_api_key","message":"Incorrect API key provided."}}'));
      }
    });
    for (let round = 0; round < 3; round++) {
      const reply = await chat(STREAM, { 'content-type': 'application/json' });
      expect([reply.status, reply.body.toString()]).toEqual([200, 'data: [DONE]\n\n']);
    }
    expect(upstream.connections()).toBe(1);
  });

  it('serves the official client', async () => {
    await start();
    const client = new OpenAI({ apiKey: 'sk-test-caller-key', baseURL: `${proxy.url}/v1`, maxRetries: 0 });
    const stream = await client.chat.completions.create({
      model: 'gpt-4o',
      stream: true,
      messages: [{ role: 'user', content: 'hi' }],
    });
    let text = '';
    for await (const chunk of stream) text += chunk.choices[0]?.delta.content ?? '';
    expect(text).not.toBe('');
    expect(protocols()).toEqual(['h2']);
  });
});

describe('connections', () => {
  it('are one a request up to HTTP2_AFTER, and from there on 32 streams share one', async () => {
    await start({ HTTP2_AFTER: '4' });
    const held = holdStreams();
    const streams: OpenStream[] = [];
    for (let count = 0; count < 70; count++) streams.push(await open());
    expect(protocols().filter((protocol) => protocol === '1.1')).toHaveLength(4);
    expect(upstream.connections()).toBe(4 + 3);
    held.forEach((response, at) => response.end(`data: ${at}\n\n`));
    expect(await Promise.all(streams.map(({ closed }) => closed))).toEqual(streams.map(() => true));
    expect(streams.map(({ text }) => text())).toEqual(streams.map((_, at) => `data: 1\n\ndata: ${at}\n\n`));
  });

  it('are shared by streams that come while the first is being opened', async () => {
    await start();
    const held = holdStreams();
    const streams = await Promise.all(Array.from({ length: 20 }, open));
    expect(upstream.connections()).toBe(1);
    for (const response of held) response.end();
    await Promise.all(streams.map(({ closed }) => closed));
  });

  it('carry no more streams than the provider allows', async () => {
    await start({}, { maxConcurrentStreams: 2 });
    const held = holdStreams();
    const streams: OpenStream[] = [];
    for (let count = 0; count < 5; count++) streams.push(await open());
    expect(upstream.connections()).toBe(3);
    for (const response of held) response.end();
    await Promise.all(streams.map(({ closed }) => closed));
  });

  it.each([
    ['a stream, with HTTP2_AFTER=off', 'off', STREAM, '/v1/chat/completions', OPENAI_HEADERS],
    ['a single answer', '0', CHAT, '/v1/chat/completions', OPENAI_HEADERS],
    [
      'an upload',
      '0',
      'x'.repeat(1_000),
      '/v1/files',
      { ...OPENAI_HEADERS, 'content-type': 'application/octet-stream' },
    ],
    [
      'a prompt that the provider does not take at once',
      '0',
      `{"model":"m","stream":true,"messages":["${'x'.repeat(70_000)}"]}`,
      '/v1/chat/completions',
      OPENAI_HEADERS,
    ],
  ])('of HTTP/1.1 are used for %s', async (_what, after, body, target, headers) => {
    await start({ HTTP2_AFTER: after });
    await send(proxy.url, target, { headers, body });
    await send(proxy.url, target, { headers, body });
    expect(protocols()).toEqual(['1.1', '1.1']);
    expect(upstream.seen[1]?.body.toString()).toBe(body);
  });

  it('of HTTP/1.1 take a request that HTTP/2 has no words for', async () => {
    await start();
    const { host } = new URL(proxy.url);
    const headers = ['Host', host, 'Authorization', 'Bearer sk-1', 'Content-Type', 'application/json'];
    const reply = await send(proxy.url, '/v1/chat/completions', {
      headers: [...headers, 'Content-Length', String(STREAM.length), 'Age', '1', 'Age', '2'],
      body: STREAM,
    });
    expect(reply.status).toBe(200);
    expect(protocols()).toEqual(['1.1']);
  });

  it('take a prompt as large as the provider takes at once', async () => {
    await start({}, { initialWindowSize: 1_000_000 });
    await chat(); // its settings are known from here on
    const prompt = `{"model":"m","stream":true,"messages":["${'x'.repeat(60_000)}"]}`;
    const reply = await chat(prompt);
    expect(reply.status).toBe(200);
    expect(protocols()).toEqual(['h2', 'h2']);
    expect(upstream.seen[1]?.body.toString()).toBe(prompt);
  });

  it('of a provider that offers no HTTP/2 are one a request, and it is asked for it once', async () => {
    upstream = await startFakeUpstream(CERTIFICATE);
    await behind({});
    const replies = [await chat(), await chat(), await chat()];
    expect(replies.map(({ status }) => status)).toEqual([200, 200, 200]);
    expect(upstream.connections()).toBe(2);
  });

  it('do not keep a stopped instance alive', async () => {
    await start();
    await chat();
    proxy.process.kill('SIGTERM');
    expect(await proxy.exited).toBe(0);
  });
});

describe('a caller of a stream over HTTP/2', () => {
  it('that leaves cancels it at the upstream, and no other on its connection', async () => {
    await start();
    const held = holdStreams();
    const [left, stays] = [await open(), await open()];
    left.leave();
    await until('the upstream is told', () => held[0]?.stream.rstCode === http2.constants.NGHTTP2_CANCEL);
    held[1]?.end('data: 2\n\n');
    expect(await stays.closed).toBe(true);
    expect(stays.text()).toBe('data: 1\n\ndata: 2\n\n');
    expect(upstream.connections()).toBe(1);
    await until('both are logged', () => proxy.log.filter((line) => line['msg'] === 'request').length === 2);
  });

  it('that reads slowly holds its own stream up, and no other on its connection', async () => {
    await start();
    const held = holdStreams();
    const [slow, quick] = [await open(), await open()];
    slow.response.pause();
    const chunk = Buffer.alloc(64 * 1024, 'x');
    let written = 0;
    const flood = (response: HeldResponse) => {
      if (response.stream.destroyed) return;
      written += chunk.length;
      if (response.write(chunk)) setImmediate(flood, response);
      else response.once('drain', () => flood(response));
    };
    if (held[0]) flood(held[0]);
    let before = -1;
    while (written !== before) {
      before = written;
      await new Promise((resolve) => setTimeout(resolve, 250)); // one that is not held back writes on meanwhile
    }
    expect(written).toBeLessThan(32 * 1024 * 1024); // what the sockets on the way hold, and no more
    held[1]?.end('data: 2\n\n');
    expect(await quick.closed).toBe(true);
    slow.response.resume();
    await until('it goes on once it is read', () => written > before + 1_000_000);
    slow.leave();
  });

  it('that read slowly gets what had come when the provider was done', async () => {
    await start();
    const held = holdStreams();
    const slow = await open();
    slow.response.pause();
    held[0]?.end('x'.repeat(150_000));
    await new Promise((resolve) => setTimeout(resolve, 100)); // time in which an end could be lost
    slow.response.resume();
    expect(await slow.closed).toBe(true);
    expect(slow.text().length).toBe(150_000 + 'data: 1\n\n'.length);
  });

  it('that read slowly never takes for whole what its connection took along', async () => {
    await start();
    const held = holdStreams();
    const slow = await open();
    slow.response.pause();
    held[0]?.end('x'.repeat(LONG));
    await new Promise((resolve) => setTimeout(resolve, 100)); // so that what fits on the way is on its way
    upstream.dropConnections();
    await until('it is over', () => proxy.log.some((line) => line['msg'] === 'request'));
    slow.response.resume();
    expect(await slow.closed).toBe(false);
    expect(slow.text().length).toBeLessThan(LONG);
  });
});
