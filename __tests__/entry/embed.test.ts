import { readFileSync } from 'node:fs';
import http, { type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import type * as published from '../../scripts/build/published-types';
import { startFakeUpstream, type FakeUpstream } from '../../scripts/fakes/fake-upstream';
import * as source from '../../src/entry/embed';
import { startFakeRealtime } from '../helpers/fake-realtime';
import { ANTHROPIC_HEADERS, OPENAI_HEADERS, send, sendRaw, until } from '../helpers/http';
import { UPGRADE_HEADERS, askUpgrade, openSocket } from '../helpers/socket-client';

const { ConfigError, createHandler } = source;

const TOKENS = ['token-of-the-first-0123', 'token-of-the-second-0123'] as const;

let upstream: FakeUpstream;
const ends: (() => Promise<unknown>)[] = [];

beforeAll(async () => {
  upstream = await startFakeUpstream();
});
afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end();
});
afterAll(() => upstream.close());

/** A proxy that is closed after the test. */
function handlerOf(env: Record<string, string>, log: source.HandlerOptions['log'] = () => undefined) {
  const handler = createHandler({
    env: { OPENAI_UPSTREAM: upstream.origin, ANTHROPIC_UPSTREAM: upstream.origin, ...env },
    log,
  });
  ends.push(() => handler.close());
  return handler;
}

/** Somebody else's server. */
async function serverOf(listener: RequestListener, upgrade?: source.Handler['upgrade']) {
  const server = http.createServer(listener);
  if (upgrade) server.on('upgrade', upgrade);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  ends.push(() => {
    server.closeAllConnections();
    return new Promise((resolve) => server.close(resolve));
  });
  const { port } = server.address() as AddressInfo;
  return { port, url: `http://127.0.0.1:${port}` };
}

const chat = (url: string, headers: Record<string, string> = OPENAI_HEADERS) =>
  send(url, '/v1/chat/completions', { headers, body: '{"model":"m","messages":[]}' });

describe('createHandler', () => {
  it('makes proxies that share nothing: each accepts its own tokens, and none the environment’s', async () => {
    const statuses: number[] = [];
    for (const own of TOKENS) {
      const handler = handlerOf({ ACCESS_TOKENS: own, OPENAI_API_KEYS: 'sk-pool-0123456789' });
      const { url } = await serverOf(handler.listener);
      for (const token of TOKENS) {
        statuses.push((await chat(url, { authorization: `Bearer ${token}` })).status);
      }
    }
    expect(statuses).toEqual([200, 401, 401, 200]);
  });

  it('leaves the process alone: no handler of signals or errors is added, and its environment is not read', () => {
    const events = ['SIGTERM', 'SIGINT', 'SIGHUP', 'uncaughtException', 'unhandledRejection', 'exit'];
    const listeners = () => events.map((event) => process.listenerCount(event));
    const before = listeners();
    process.env['KEY_STRATEGY'] = 'not a strategy';
    try {
      handlerOf({});
    } finally {
      delete process.env['KEY_STRATEGY'];
    }
    expect(listeners()).toEqual(before);
  });

  it('throws every problem of the configuration at once, each with its variable', () => {
    expect.assertions(2);
    try {
      createHandler({ env: { TIMEOUT: 'soon', EGRESS_GUARD: 'maybe' } });
    } catch (error) {
      expect(error).toBeInstanceOf(ConfigError);
      expect((error as source.ConfigError).problems.map((line) => line.split(' ', 1)[0])).toEqual([
        'EGRESS_GUARD',
        'TIMEOUT',
      ]);
    }
  });

  it.each([
    ['CONFIG_FILE', { CONFIG_FILE: '/tmp/proxy.yaml' }],
    ['CONFIG_SECRET', { CONFIG_SECRET: 's'.repeat(40), REDIS_URL: 'redis://127.0.0.1:1' }],
  ])('rejects %s, whose changes it would not follow', (name, env) => {
    expect(() => createHandler({ env })).toThrow(`- ${name} cannot be used here`);
  });
});

describe('the log of an embedded proxy', () => {
  it('is one JSON line a call, without secrets', async () => {
    const lines: string[] = [];
    const env = { ACCESS_TOKENS: `laptop:${TOKENS[0]}`, OPENAI_API_KEYS: 'sk-pool-0123456789' };
    const { url } = await serverOf(handlerOf(env, (line) => lines.push(line)).listener);
    await chat(url, { authorization: `Bearer ${TOKENS[0]}`, 'x-request-id': TOKENS[0] });
    await until('the request is logged', () => lines.length > 0);
    expect(JSON.parse(lines[0] ?? '')).toMatchObject({ msg: 'request', token: 'laptop', status: 200 });
    expect(lines.join('')).not.toContain(TOKENS[0]);
    expect(lines[0]?.endsWith('}\n')).toBe(true);
  });

  it('fails no request if whoever takes it throws', async () => {
    const { url } = await serverOf(
      handlerOf({}, () => {
        throw new Error('the disk is full');
      }).listener,
    );
    expect([(await chat(url)).status, (await chat(url)).status]).toEqual([200, 200]);
  });
});

describe('close', () => {
  /** A stream whose upstream ends it when told to. */
  async function streaming(env: Record<string, string>) {
    let finish = () => undefined as unknown;
    upstream.respond((_request, response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      response.write('data: 1\n\n');
      finish = () => response.end('data: [DONE]\n\n');
    });
    const handler = handlerOf(env);
    const { url } = await serverOf(handler.listener);
    const seen = upstream.seen.length;
    const stream = send(url, '/v1/chat/completions', { headers: OPENAI_HEADERS, body: '{"stream":true}' });
    await until('the stream runs', () => upstream.seen.length > seen);
    return { handler, url, stream, finish: () => finish() };
  }
  const respondAsBefore = (respond: ReturnType<FakeUpstream['currentResponder']>) => () => {
    upstream.respond(respond);
    return Promise.resolve();
  };
  beforeEach(() => ends.push(respondAsBefore(upstream.currentResponder())));

  it('lets running requests end, and meanwhile refuses others and says so at /-/ready', async () => {
    const { handler, url, stream, finish } = await streaming({});
    expect((await send(url, '/-/ready')).status).toBe(200);
    const closed = handler.close();
    const [ready, openai, anthropic] = await Promise.all([
      send(url, '/-/ready'),
      chat(url),
      send(url, '/v1/messages', { headers: ANTHROPIC_HEADERS, body: '{}' }),
    ]);
    finish();
    const { body, complete } = await stream;
    await closed;
    expect([ready.status, JSON.parse(ready.body.toString())]).toEqual([503, { status: 'stopping' }]);
    expect([openai, anthropic].map(({ headers }) => headers['x-proxy-error'])).toEqual([
      'shutting-down',
      'shutting-down',
    ]);
    expect(JSON.parse(anthropic.body.toString())).toMatchObject({ type: 'error' });
    expect([body.toString(), complete]).toEqual(['data: 1\n\ndata: [DONE]\n\n', true]);
    expect(handler.close()).toBe(closed);
  });

  it('ends what still runs after SHUTDOWN_GRACE with an error of the protocol', async () => {
    const { handler, stream } = await streaming({ SHUTDOWN_GRACE: '10' });
    await handler.close();
    const { body, complete } = await stream;
    expect(body.toString()).toContain('"code":"shutting-down"');
    expect(complete).toBe(false);
  });
});

describe('inside somebody else’s server', () => {
  it('a body that something in front has read gets an error that says so, in place of an empty request', async () => {
    const { listener } = handlerOf({});
    const { url } = await serverOf((request, response) => {
      request.on('data', () => undefined).on('end', () => listener(request, response));
    });
    const seen = upstream.seen.length;
    const read = await chat(url);
    expect([read.status, read.headers['x-proxy-error']]).toEqual([500, 'body-already-read']);
    expect(upstream.seen).toHaveLength(seen);
    // A request without a body has nothing to lose.
    expect((await send(url, '/v1/models', { headers: OPENAI_HEADERS })).status).toBe(200);
  });

  it('below a path that Express has removed, the page shows the whole address', async () => {
    const { listener } = handlerOf({});
    const { url } = await serverOf((request, response) => {
      listener(Object.assign(request, { baseUrl: '/llm' }), response);
    });
    const { body } = await send(url, '/');
    expect(body.toString()).toContain(`<code><span data-base>${url}/llm</span>/v1</code>`);
  });

  it('WebSockets are relayed, below the path of PUBLIC_URL as well', async () => {
    const realtime = await startFakeRealtime();
    ends.push(() => realtime.close());
    const { listener, upgrade } = handlerOf({
      OPENAI_UPSTREAM: realtime.origin,
      PUBLIC_URL: 'https://example.com/llm',
    });
    const { url } = await serverOf(listener, upgrade);
    const { socket, texts } = await openSocket(url, '/llm/v1/realtime?model=m', { headers: OPENAI_HEADERS });
    await until('the session begins', () => texts().length > 0);
    socket.terminate();
    expect(JSON.parse(texts()[0] ?? '')).toMatchObject({ type: 'session.created' });
  });

  it('with WEBSOCKETS=off an upgrade gets 426, and one to another protocol is served without', async () => {
    const { listener, upgrade } = handlerOf({ WEBSOCKETS: 'off' });
    const { url, port } = await serverOf(listener, upgrade);
    const refused = await askUpgrade(url, '/v1/realtime?model=m', { ...UPGRADE_HEADERS, ...OPENAI_HEADERS });
    expect(refused).toMatchObject({ status: 426 });
    const plain = await sendRaw(
      port,
      'GET /-/ready HTTP/1.1\r\nHost: x\r\nConnection: Upgrade, close\r\nUpgrade: h2c\r\n\r\n',
    );
    expect(plain).toMatch(/^HTTP\/1\.1 200 OK\r\n[^]*\{"status":"ready"\}$/);
  });
});

/** Only of identical types; the compiler fails otherwise. */
type Same<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;

it('The published types name exactly what the source exports, with the same types.', () => {
  const text = readFileSync(path.resolve(__dirname, '../../scripts/build/published-types.d.ts'), 'utf8');
  const names = [...text.matchAll(/^export declare (?:function|class) (\w+)/gm)].map(([, name]) => name);
  expect(names.sort()).toEqual(Object.keys(source).sort());
  const same: [
    Same<source.HandlerOptions, published.HandlerOptions>,
    Same<source.Handler, published.Handler>,
    Same<keyof source.ConfigError, keyof published.ConfigError>,
    Same<source.ConfigError['problems'], published.ConfigError['problems']>,
  ] = [true, true, true, true];
  const create: typeof published.createHandler = createHandler;
  expect([create, ...same]).toHaveLength(5);
});
