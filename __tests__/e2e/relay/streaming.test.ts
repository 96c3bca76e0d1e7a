import { readFileSync, readdirSync } from 'node:fs';
import http from 'node:http';
import path from 'node:path';
import { startFakeUpstream, type FakeUpstream } from '../../../scripts/fakes/fake-upstream';
import { OPENAI_HEADERS, send, until } from '../../helpers/http';
import { startProxy, type RunningProxy } from '../../helpers/proxies';

const FIXTURES = path.resolve(__dirname, '../../fixtures/streams');
const fixtures = readdirSync(FIXTURES).map((name) => ({
  name,
  bytes: readFileSync(path.join(FIXTURES, name)),
}));

let upstream: FakeUpstream;
let proxy: RunningProxy;
let agent: http.Agent;

beforeAll(async () => {
  upstream = await startFakeUpstream();
  proxy = await startProxy(upstream);
  agent = new http.Agent({ keepAlive: true });
});
afterAll(async () => {
  agent.destroy();
  await proxy.stop();
  await upstream.close();
});

const EVENT_STREAM = { 'content-type': 'text/event-stream; charset=utf-8' };
const tick = () => new Promise((resolve) => setImmediate(resolve));

describe('a recorded stream', () => {
  it('was found for each protocol', () => {
    expect(fixtures.map(({ name }) => name)).toEqual([
      'chat.sse',
      'messages.sse',
      'responses-crlf.sse',
      'responses.sse',
    ]);
  });

  it.each(fixtures)(
    '$name passes unchanged wherever it is cut into chunks',
    async ({ bytes }) => {
      upstream.respond(async (request, response) => {
        const cut = Number(new URL(request.url ?? '', 'http://upstream').searchParams.get('cut'));
        response.writeHead(200, EVENT_STREAM);
        response.write(bytes.subarray(0, cut));
        await tick();
        response.end(bytes.subarray(cut));
      });
      let next = 1;
      const worker = async () => {
        for (let cut = next++; cut < bytes.length; cut = next++) {
          const target = `/v1/chat/completions?cut=${cut}`;
          const response = await send(proxy.url, target, { headers: OPENAI_HEADERS, agent });
          if (!response.complete || !response.body.equals(bytes))
            throw new Error(`It came out different when cut at byte ${cut}.`);
        }
      };
      await Promise.all(Array.from({ length: 8 }, worker));
    },
    90_000,
  );

  it.each(fixtures)(
    '$name, ended anywhere by a lost connection, never appears complete',
    async ({ bytes }) => {
      for (let cut = 1; cut < bytes.length; cut += 17) {
        upstream.respond(async (request, response) => {
          response.writeHead(200, EVENT_STREAM);
          response.write(bytes.subarray(0, cut));
          await tick();
          request.socket.destroy();
        });
        const response = await send(proxy.url, '/v1/chat/completions', { headers: OPENAI_HEADERS });
        expect(response.complete).toBe(false);
        expect(response.body.subarray(0, cut).equals(bytes.subarray(0, cut))).toBe(true);
        expect(response.body.subarray(cut).toString()).toMatch(
          /^(?:\n\n)?data: \{"error":\{.*"code":"upstream-cut"\}\}\n\n$/,
        );
      }
    },
  );
});

describe('an event stream', () => {
  it('arrives chunk by chunk: 200 chunks, 20 ms apart', async () => {
    upstream.respond((_request, response) => {
      response.writeHead(200, EVENT_STREAM);
      let sent = 0;
      const timer = setInterval(() => {
        response.write(`data: ${sent++}\n\n`);
        if (sent === 200) {
          clearInterval(timer);
          response.end();
        }
      }, 20);
    });
    const { chunks, body } = await send(proxy.url, '/v1/chat/completions', { headers: OPENAI_HEADERS });
    expect(body.toString()).toBe(Array.from({ length: 200 }, (_, at) => `data: ${at}\n\n`).join(''));
    // Two may share a packet on a busy machine; a proxy that gathers would deliver a few large ones.
    expect(chunks.length).toBeGreaterThan(180);
  });

  it('sends its head at once, before the first event, with headers against buffering', async () => {
    let release: () => void = () => undefined;
    upstream.respond((_request, response) => {
      response.writeHead(200, { ...EVENT_STREAM, 'cache-control': 'max-age=9' });
      response.flushHeaders();
      release = () => response.end('data: x\n\n');
    });
    const { hostname, port } = new URL(proxy.url);
    const request = http.request({
      hostname,
      port,
      path: '/v1/chat/completions',
      method: 'POST',
      headers: OPENAI_HEADERS,
      agent: false,
    });
    const response = await new Promise<http.IncomingMessage>((resolve) =>
      request.on('response', resolve).end('{}'),
    );
    expect(response.headers).toMatchObject({
      'x-accel-buffering': 'no',
      'cache-control': 'no-cache, no-transform',
    });
    release();
    const text = await new Promise((resolve) =>
      response.on('data', (chunk: Buffer) => resolve(chunk.toString())),
    );
    expect(text).toBe('data: x\n\n');
  });

  it.each([['application/octet-stream'], ['application/x-ndjson']])(
    'and any other response that begins slowly (%s) sends its head at once, too',
    async (type) => {
      let release: () => void = () => undefined;
      upstream.respond((_request, response) => {
        response.writeHead(200, { 'content-type': type });
        response.flushHeaders();
        release = () => response.end();
      });
      const { hostname, port } = new URL(proxy.url);
      const request = http.request({ hostname, port, path: '/v1/x', headers: OPENAI_HEADERS, agent: false });
      const response = await new Promise<http.IncomingMessage>((resolve) =>
        request.on('response', resolve).end(),
      );
      expect(response.statusCode).toBe(200);
      release();
      response.resume();
      await new Promise((resolve) => response.on('end', resolve));
    },
  );

  it('is read from the upstream as slowly as the client reads', async () => {
    const chunk = Buffer.alloc(64 * 1024, 'x');
    let written = 0;
    upstream.respond((_request, response) => {
      response.writeHead(200, EVENT_STREAM);
      const more = () => {
        if (response.destroyed) return;
        written += chunk.length;
        if (response.write(chunk)) setImmediate(more);
        else response.once('drain', more);
      };
      more();
    });
    const { hostname, port } = new URL(proxy.url);
    const request = http.request({
      hostname,
      port,
      path: '/v1/chat/completions',
      headers: OPENAI_HEADERS,
      agent: false,
    });
    const response = await new Promise<http.IncomingMessage>((resolve) =>
      request.on('response', resolve).end(),
    );
    response.pause(); // takes nothing
    let before = -1;
    while (written !== before) {
      before = written;
      await new Promise((resolve) => setTimeout(resolve, 250)); // an upstream that is not held back writes on meanwhile
    }
    expect(written).toBeLessThan(64 * 1024 * 1024); // what the sockets on the way hold, and no more
    request.destroy();
    await until('the upstream was left', () => upstream.aborts.length > 0);
  });
});
