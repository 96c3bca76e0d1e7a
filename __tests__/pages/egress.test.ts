import net, { type AddressInfo } from 'node:net';
import Anthropic from '@anthropic-ai/sdk';
import OpenAI from 'openai';
import { startFakeUpstream, type Responder, type FakeUpstream } from '../../scripts/fakes/fake-upstream';
import { ANTHROPIC_HEADERS, OPENAI_HEADERS, send } from '../helpers/http';
import { startProxy, type RunningProxy } from '../helpers/proxies';
import { respondToTrace } from '../helpers/trace';

let upstream: FakeUpstream;
let asTheApi: Responder;
const running: RunningProxy[] = [];

beforeEach(async () => {
  upstream = await startFakeUpstream();
  asTheApi = upstream.currentResponder();
});
afterEach(async () => {
  await Promise.all(running.splice(0).map((proxy) => proxy.stop()));
  await upstream.close();
});

async function start(environment: Record<string, string> = {}): Promise<RunningProxy> {
  const proxy = await startProxy(upstream, environment);
  running.push(proxy);
  return proxy;
}

const traces = () => upstream.seen.filter(({ url }) => url === '/cdn-cgi/trace').length;
const relayed = () => upstream.seen.length - traces();
const bearer = (token: string) => ({ headers: { authorization: `Bearer ${token}` } });
const json = (body: Buffer) => JSON.parse(body.toString()) as Record<string, Record<string, unknown>>;

describe('GET /-/egress', () => {
  it('reports each provider’s view, requested once a minute, without the client’s data', async () => {
    respondToTrace(upstream, 'SG');
    const proxy = await start();
    const seen = { ip: '203.0.113.7', country: 'SG', colo: 'SIN', verdict: 'allowed' };
    for (let at = 0; at < 3; at++) {
      const { status, headers, body } = await send(proxy.url, '/release/-/egress', {
        headers: { 'x-forwarded-for': '198.51.100.1', cookie: 'a=b' },
      });
      expect(status).toBe(200);
      expect(headers['cache-control']).toBe('no-store');
      expect(json(body)).toEqual({ openai: seen, anthropic: seen });
    }
    expect(traces()).toBe(2);
    expect(Object.keys(upstream.seen[0]?.headers ?? {}).sort()).toEqual(['connection', 'host']);
  });

  it('requests the trace from the origin, for any path prefix of the upstream', async () => {
    respondToTrace(upstream, 'HK');
    const proxy = await start({ OPENAI_UPSTREAM: `${upstream.origin}/gateway/openai` });
    expect(json((await send(proxy.url, '/-/egress')).body)['openai']).toMatchObject({
      country: 'HK',
      verdict: 'refused',
    });
  });

  it('says why a trace cannot be read', async () => {
    const closed = net.createServer();
    await new Promise<void>((resolve) => closed.listen(0, '127.0.0.1', resolve));
    const { port } = closed.address() as AddressInfo;
    await new Promise((resolve) => closed.close(resolve));
    const proxy = await start({ ANTHROPIC_UPSTREAM: `http://127.0.0.1:${port}` });
    const reports = json((await send(proxy.url, '/-/egress')).body);
    expect(reports['openai']).toMatchObject({
      verdict: 'unknown',
      reason: expect.stringContaining('404') as string,
    });
    expect(reports['anthropic']).toMatchObject({
      verdict: 'unknown',
      reason: expect.stringContaining('refused the connection') as string,
    });
  });

  it.each<[string, Responder, RegExp]>([
    ['no end', (_request, response) => response.writeHead(200).write('ip='), /within 5000 ms/],
    ['too much', (_request, response) => response.writeHead(200).end('x'.repeat(100_000)), /not a trace/],
    [
      'a cut',
      (_request, response) => {
        response.writeHead(200, { 'content-length': '100' });
        response.write('loc=HK\n', () => response.destroy());
      },
      /closed the connection/,
    ],
  ])('ends a trace of %s', async (_what, responder, reason) => {
    upstream.respond(responder);
    const proxy = await start();
    expect(json((await send(proxy.url, '/-/egress')).body)['openai']).toMatchObject({
      verdict: 'unknown',
      reason: expect.stringMatching(reason) as string,
    });
  });

  describe('access', () => {
    const keyed = { ACCESS_TOKENS: 'laptop:tok-1-0123456789', ADMIN_TOKEN: 'admin-1-0123456789' };

    it.each([
      ['the admin token', '/-/egress', bearer('admin-1-0123456789'), 200, undefined],
      ['an access token', '/-/egress', bearer('tok-1-0123456789'), 200, undefined],
      ['an access token behind a key', '/-/egress', bearer('sk-own:tok-1-0123456789'), 200, undefined],
      ['an access token in the path', '/tok-1-0123456789/-/egress', {}, 200, undefined],
      ['an access token in the query', '/-/egress?key=tok-1-0123456789', {}, 200, undefined],
      ['a wrong token', '/-/egress', bearer('tok-2-0123456789'), 401, 'bad-token'],
      ['no token', '/-/egress', {}, 401, 'bad-token'],
    ])('%s', async (_what, path, request, status, code) => {
      respondToTrace(upstream, 'SG');
      const proxy = await start(keyed);
      const response = await send(proxy.url, path, request);
      expect(response.status).toBe(status);
      expect(response.headers['x-proxy-error']).toBe(code);
      expect(traces()).toBe(status === 200 ? 2 : 0);
    });

    it('with an admin token alone, only that one', async () => {
      respondToTrace(upstream, 'SG');
      const proxy = await start({ ADMIN_TOKEN: 'admin-1-0123456789' });
      expect((await send(proxy.url, '/-/egress', bearer('admin-1-0123456789'))).status).toBe(200);
      const refused = await send(proxy.url, '/-/egress', bearer('sk-any'));
      expect([refused.status, refused.headers['x-proxy-error']]).toEqual([401, 'bad-admin-token']);
    });

    it('throttles clients that guess', async () => {
      const proxy = await start(keyed);
      const statuses: number[] = [];
      for (let at = 0; at < 12; at++)
        statuses.push((await send(proxy.url, '/-/egress', bearer(`guess-${at}`))).status);
      expect(statuses.slice(10)).toEqual([429, 429]);
    });
  });
});

describe('EGRESS_GUARD', () => {
  const chat = (proxy: RunningProxy) =>
    send(proxy.url, '/v1/chat/completions', { headers: OPENAI_HEADERS, body: '{"model":"m","messages":[]}' });

  it('is off by default: nothing is checked', async () => {
    respondToTrace(upstream, 'HK');
    const proxy = await start();
    expect((await chat(proxy)).status).toBe(200);
    expect(traces()).toBe(0);
  });

  it('responds to every relay request with 503 in the provider’s shape, and sends nothing', async () => {
    respondToTrace(upstream, 'HK');
    const proxy = await start({ EGRESS_GUARD: 'enforce' });
    const responses = await Promise.all(Array.from({ length: 20 }, () => chat(proxy)));
    for (const { status, headers, body } of responses) {
      expect([status, headers['x-proxy-error']]).toEqual([503, 'egress-refused']);
      expect(json(body)['error']).toMatchObject({ type: 'server_error', code: 'egress-refused' });
    }
    expect(traces()).toBe(1); // shared
    const message = await send(proxy.url, '/v1/messages', { headers: ANTHROPIC_HEADERS, body: '{}' });
    expect(json(message.body)).toMatchObject({ type: 'error', error: { type: 'api_error' } });
    expect(traces()).toBe(2);
    expect(relayed()).toBe(0);
    expect((await send(proxy.url, '/-/health')).status).toBe(200); // the proxy's own pages still respond
  });

  it('is understood by the official clients', async () => {
    respondToTrace(upstream, 'HK');
    const proxy = await start({ EGRESS_GUARD: 'enforce' });
    const options = { apiKey: 'sk-x', maxRetries: 0 };
    await expect(new OpenAI({ ...options, baseURL: `${proxy.url}/v1` }).models.list()).rejects.toMatchObject({
      status: 503,
      code: 'egress-refused',
    });
    await expect(new Anthropic({ ...options, baseURL: proxy.url }).models.list()).rejects.toMatchObject({
      status: 503,
      message: expect.stringContaining('another region') as string,
    });
  });

  it('allows a served country, and one that is unknown', async () => {
    respondToTrace(upstream, 'SG');
    const allowed = await start({ EGRESS_GUARD: 'enforce' });
    expect((await chat(allowed)).status).toBe(200);
    expect((await chat(allowed)).status).toBe(200);
    expect(traces()).toBe(1);
    upstream.respond(asTheApi); // no trace there
    const unknown = await start({ EGRESS_GUARD: 'enforce' });
    expect((await chat(unknown)).status).toBe(200);
    expect(relayed()).toBe(3);
  });

  it('checks nothing for a client that is not authenticated', async () => {
    respondToTrace(upstream, 'HK');
    const proxy = await start({ EGRESS_GUARD: 'enforce', ACCESS_TOKENS: 'tok-1-0123456789' });
    expect((await chat(proxy)).status).toBe(401);
    expect(traces()).toBe(0);
  });
});
