import { gzipSync } from 'node:zlib';
import { createApp } from '../../src/app/app';
import { readConfig, secretsOf } from '../../src/config/read-config';
import type { EventResponse } from '../../src/event/response';
import { createEventHandler, type EventHandler } from '../../src/event/handler';
import { createLogger } from '../../src/log/logger';
import { createRedact } from '../../src/log/redact';
import { startFakeUpstream, type Responder, type FakeUpstream } from '../../scripts/fakes/fake-upstream';
import { OPENAI_HEADERS } from '../helpers/http';

/** The app behind the event handler, in this process. */

let upstream: FakeUpstream;
let asTheApi: Responder;
const log: Record<string, unknown>[] = [];
const aborts: (() => Promise<void>)[] = [];

beforeAll(async () => {
  upstream = await startFakeUpstream();
  asTheApi = upstream.currentResponder();
});
afterAll(async () => {
  for (const abort of aborts) void abort();
  await upstream.close();
});
beforeEach(() => {
  log.length = 0;
  upstream.respond(asTheApi);
});

function handlerWith(environment: Record<string, string> = {}): EventHandler {
  const config = readConfig({
    OPENAI_UPSTREAM: upstream.origin,
    ANTHROPIC_UPSTREAM: upstream.origin,
    GEMINI_UPSTREAM: upstream.origin,
    ...environment,
  });
  const logger = createLogger(createRedact(secretsOf(config)), {
    write: (line: string) => log.push(JSON.parse(line) as Record<string, unknown>),
  });
  const app = createApp(config, {
    logger,
    facts: { version: '0.0.0-test', commit: 'abcdef012345', region: 'ap-test', functionName: 'test' },
    random: () => 0,
    now: Date.now,
    newId: () => '1',
    onScf: true,
  });
  aborts.push(app.abort);
  return createEventHandler(app.listener, { config, logger });
}

const chat = (fields: object = {}) => ({
  httpMethod: 'POST',
  path: '/v1/chat/completions',
  headers: { Host: 'x.tencentscf.com', ...OPENAI_HEADERS },
  queryString: {},
  body: '{"model":"m","messages":[]}',
  ...fields,
});
const lastSeen = () => upstream.seen[upstream.seen.length - 1];
const failureOf = ({ statusCode, headers }: EventResponse) => [statusCode, headers['x-proxy-error']];

describe('the event function', () => {
  it('relays a request as the web function does: its own headers, one key, nothing of client or platform', async () => {
    const response = await handlerWith()(
      chat({
        headers: {
          ...OPENAI_HEADERS,
          'X-Forwarded-For': '203.0.113.7',
          'X-Scf-Secret-Key': 'platform-secret',
          Cookie: 'a=b',
          'X-Stainless-Lang': 'js',
        },
        queryString: { include: ['a', 'b'] },
      }),
    );
    expect(response.statusCode).toBe(200);
    expect(lastSeen()?.url).toBe('/v1/chat/completions?include=a&include=b');
    const { host, connection, ...headers } = lastSeen()?.headers ?? {};
    expect([host, connection]).toEqual([new URL(upstream.origin).host, 'keep-alive']);
    expect(headers).toEqual({
      authorization: 'Bearer sk-test-client-key',
      'content-type': 'application/json',
      'x-stainless-lang': 'js',
      'user-agent': 'node',
      'content-length': '27',
    });
  });

  it('sends a body that came in base64 as the bytes that it is', async () => {
    const bytes = Buffer.from([0, 255, 128, 13, 10, 200]);
    const headers = { ...OPENAI_HEADERS, 'content-type': 'application/octet-stream' };
    await handlerWith()(
      chat({ path: '/v1/files', headers, body: bytes.toString('base64'), isBase64Encoded: true }),
    );
    expect(lastSeen()?.body.equals(bytes)).toBe(true);
  });

  it('marks a stream as buffered, and nothing else', async () => {
    const handle = handlerWith();
    const stream = await handle(chat({ body: '{"model":"m","stream":true,"messages":[]}' }));
    expect(stream.headers).toMatchObject({
      'x-proxy-buffered': 'event-function',
      'content-type': 'text/event-stream; charset=utf-8',
    });
    expect(stream.body).toMatch(/data: \[DONE\]\n\n$/);
    expect((await handle(chat())).headers).not.toHaveProperty('x-proxy-buffered');
  });

  it('returns a compressed response unchanged, in base64', async () => {
    const bytes = gzipSync('{"ok":true}');
    upstream.respond((_request, response) => {
      response.writeHead(200, { 'content-encoding': 'gzip', 'content-type': 'application/json' }).end(bytes);
    });
    const result = await handlerWith()(chat());
    expect(result).toMatchObject({ isBase64Encoded: true, headers: { 'content-encoding': 'gzip' } });
    expect(Buffer.from(result.body, 'base64').equals(bytes)).toBe(true);
  });

  it('sends nothing to a host behind two slashes', async () => {
    expect(failureOf(await handlerWith()(chat({ path: '//host/v1' })))).toEqual([404, 'unknown-provider']);
  });

  it('removes the app’s stage and a gateway’s own', async () => {
    const handle = handlerWith();
    const path = async (from: string, stage?: string) => {
      await handle(chat({ path: from, requestContext: { stage } }));
      return lastSeen()?.url;
    };
    expect(await path('/release/v1/chat/completions')).toBe('/v1/chat/completions');
    expect(await path('/blue/openai/v1/chat/completions', 'blue')).toBe('/v1/chat/completions');
    expect(await path('/openai/v1/release-notes', 'release')).toBe('/v1/release-notes');
  });

  it.each(['/v1/../secret', '/v1/%2e%2e/x', '/v1/a\\b', '/v1/a\r\nb', 'v1/models'])(
    'rejects the path %j as the web function does',
    async (path) => {
      const before = upstream.seen.length;
      expect(failureOf(await handlerWith()(chat({ path })))).toEqual([400, 'bad-path']);
      expect(upstream.seen).toHaveLength(before);
    },
  );

  it('responds to an impossible HTTP request, with CORS headers', async () => {
    const response = await handlerWith()(chat({ headers: { a: 'x\r\nb: c' } }));
    expect(failureOf(response)).toEqual([400, 'bad-request']);
    expect(response.headers).toMatchObject({ 'access-control-allow-origin': '*' });
  });

  it('responds to preflights, probes and requests for its own pages', async () => {
    const handle = handlerWith();
    const preflight = await handle(chat({ httpMethod: 'OPTIONS', body: '' }));
    expect(preflight).toMatchObject({ statusCode: 204, body: '' });
    expect(preflight.headers).toHaveProperty('access-control-allow-methods');
    expect(await handle(chat({ httpMethod: 'HEAD', path: '/', body: '' }))).toMatchObject({
      statusCode: 200,
      body: '',
    });
    const health = await handle({ httpMethod: 'GET', path: '/release/-/health' });
    expect(JSON.parse(health.body)).toMatchObject({
      status: 'ok',
      version: '0.0.0-test',
      commit: 'abcdef012345',
    });
    const page = await handle({ httpMethod: 'GET', path: '/release', headers: { host: 'x.example' } });
    expect(page.body).toContain('<span data-base>https://x.example/release</span>/v1');
    expect(failureOf(await handle({ httpMethod: 'GET', path: '/-/nothing' }))).toEqual([404, 'not-found']);
  });

  it('counts invalid tokens by the platform’s client address, not by the client’s headers', async () => {
    const handle = handlerWith({ ACCESS_TOKENS: 'a-right-token-0123456789' });
    const guess = (sourceIp: string, at: number) =>
      handle(
        chat({
          requestContext: { sourceIp },
          headers: {
            ...OPENAI_HEADERS,
            'X-Real-Ip': `198.51.100.${at}`,
            'X-Forwarded-For': `198.51.100.${at}`,
          },
        }),
      );
    for (let at = 0; at < 10; at++) expect((await guess('203.0.113.7', at)).statusCode).toBe(401);
    expect(failureOf(await guess('203.0.113.7', 99))).toEqual([429, 'too-many-bad-tokens']);
    expect((await guess('203.0.113.8', 99)).statusCode).toBe(401);
  });

  it('responds in time if the function’s own limit is shorter', async () => {
    upstream.respond(() => undefined);
    const response = await handlerWith()(chat(), { getRemainingTimeInMillis: () => 1_000 });
    expect(failureOf(response)).toEqual([504, 'function-deadline']);
  });

  it('ends a stream that outlasts the limit with the error event, after what came', async () => {
    upstream.respond((_request, response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      response.write('data: {"half":true}\n\n');
    });
    const result = await handlerWith()(chat(), { time_limit_in_ms: 1_000 });
    expect(result.statusCode).toBe(200);
    expect(result.body).toMatch(
      /^data: \{"half":true\}\n\ndata: \{"error":.*"code":"function-deadline"\}\}\n\n$/,
    );
  });

  it('is a 502 if the upstream interrupts anything but a stream', async () => {
    upstream.respond((request, response) => {
      response.writeHead(200, { 'content-type': 'application/json', 'content-length': '100' });
      response.write('{"half":', () => request.socket.destroy());
    });
    const result = await handlerWith()(chat({ path: '/v1/messages' }));
    expect(failureOf(result)).toEqual([502, 'upstream-cut']);
    expect(JSON.parse(result.body)).toMatchObject({ type: 'error' });
    expect(log.map(({ outcome }) => outcome)).toContain('upstream-cut');
  });

  it('logs each request once, completely, before the response is returned', async () => {
    await handlerWith()(chat());
    expect(log).toEqual([expect.objectContaining({ msg: 'request', outcome: 'complete', status: 200 })]);
  });

  it('does not hold the invocation for its kept sockets', async () => {
    const context = { callbackWaitsForEmptyEventLoop: true };
    await handlerWith()(chat(), context);
    expect(context.callbackWaitsForEmptyEventLoop).toBe(false);
  });

  it('throws at an event that is not of an HTTP trigger', async () => {
    await expect(handlerWith()({ Type: 'Timer' })).rejects.toThrow(/Function URL/);
  });
});
