import OpenAI from 'openai';
import { startFakeRealtime } from '../../helpers/fake-realtime';
import type { FakeSockets } from '../../helpers/fake-sockets';
import { startFakeUpstream, type FakeUpstream } from '../../../scripts/fakes/fake-upstream';
import { send } from '../../helpers/http';
import { startProxy, type RunningProxy } from '../../helpers/proxies';
import { UPGRADE_HEADERS, askUpgrade, openSocket } from '../../helpers/socket-client';

/** Server keys and no access tokens, as on one's own machine. */
const ANONYMOUS = { OPENAI_API_KEYS: 'sk-pool-1', ALLOW_ANONYMOUS: 'true' };
const EVIL = { origin: 'https://evil.example' };
const CHAT = '{"model":"m","messages":[]}';

let upstream: FakeUpstream;
let realtime: FakeSockets;
let open: RunningProxy;
let named: RunningProxy;

beforeAll(async () => {
  upstream = await startFakeUpstream();
  realtime = await startFakeRealtime();
  open = await startProxy(upstream, ANONYMOUS);
  named = await startProxy(upstream, {
    ...ANONYMOUS,
    CORS_ORIGINS: 'https://chat.example',
    ALLOWED_HOSTS: 'llm.example.com',
  });
});
afterAll(async () => {
  await Promise.all([open.stop(), named.stop()]);
  await upstream.close();
  await realtime.close();
});

const chat = (proxy: RunningProxy, headers: Record<string, string> = {}, path = '/v1/chat/completions') =>
  send(proxy.url, path, { headers: { 'content-type': 'application/json', ...headers }, body: CHAT });

/** The error response, and that nothing was sent upstream. */
async function rejected(proxy: RunningProxy, headers: Record<string, string>, path?: string) {
  const before = upstream.seen.length;
  const { status, headers: sent } = await chat(proxy, headers, path);
  expect(upstream.seen).toHaveLength(before);
  return [status, sent['x-proxy-error'], sent['access-control-allow-origin']];
}

describe('keys that anyone may spend', () => {
  it.each([
    ['another origin', EVIL],
    ['another port of this machine', { origin: 'http://127.0.0.1:3000' }],
    ['a sandboxed frame', { origin: 'null' }],
    ['a form or an image of another site', { 'sec-fetch-site': 'cross-site' }],
    ['one of the same site', { 'sec-fetch-site': 'same-site' }],
    ['a name that was pointed here', { host: 'evil.example:9000' }],
    ['such a name, as a page of it', { host: 'evil.example:9000', origin: 'http://evil.example:9000' }],
  ])('are not spent by a web page of %s', async (_what, headers) => {
    for (const proxy of [open, named])
      expect(await rejected(proxy, headers)).toEqual([403, 'foreign-origin', undefined]);
    expect(await rejected(open, headers, '/v1/messages')).toEqual([403, 'foreign-origin', undefined]);
    for (const path of ['/-/egress', '/-/selftest/stream'])
      expect((await send(open.url, path, { headers })).status).toBe(403);
  });

  it('are spent by the page at / and by a page that is named', async () => {
    const own = await chat(open, { origin: open.url, 'sec-fetch-site': 'same-origin' });
    expect(own.status).toBe(200);
    const other = await chat(named, { origin: 'https://chat.example', 'sec-fetch-site': 'cross-site' });
    expect([other.status, other.headers['access-control-allow-origin']]).toEqual([
      200,
      'https://chat.example',
    ]);
    const fronted = await chat(named, { host: 'llm.example.com', origin: 'https://llm.example.com' });
    expect(fronted.status).toBe(200);
  });

  it('are spent by clients that are no web page', async () => {
    const client = new OpenAI({ apiKey: 'any', baseURL: `${open.url}/v1`, maxRetries: 0 });
    await expect(client.models.list()).resolves.toBeDefined();
    for (const host of [`localhost:${open.port}`, 'proxy:9000', 'nas.local'])
      expect((await chat(open, { host })).status).toBe(200);
  });

  it('leave the page at / and the health check open to a link and to a load balancer', async () => {
    for (const path of ['/', '/-/health'])
      for (const headers of [{ 'sec-fetch-site': 'cross-site' }, { host: 'lb.example' }])
        expect((await send(open.url, path, { headers })).status).toBe(200);
  });

  it('have no preflight granted, into a private network or not, but to a page that is named', async () => {
    const preflight = (proxy: RunningProxy, origin: string) =>
      send(proxy.url, '/v1/chat/completions', {
        method: 'OPTIONS',
        headers: {
          origin,
          'access-control-request-method': 'POST',
          'access-control-request-headers': 'content-type',
          'access-control-request-private-network': 'true',
        },
      });
    for (const proxy of [open, named]) {
      const { headers } = await preflight(proxy, EVIL.origin);
      expect(Object.keys(headers).filter((name) => name.startsWith('access-control-'))).toEqual([]);
    }
    const granted = await preflight(named, 'https://chat.example');
    expect(granted.headers).toMatchObject({
      'access-control-allow-origin': 'https://chat.example',
      'access-control-allow-private-network': 'true',
    });
  });

  it('are not spent through a WebSocket of a web page, which asks for no preflight', async () => {
    const proxy = await startProxy(realtime, ANONYMOUS);
    const target = '/v1/realtime?model=m';
    for (const headers of [EVIL, { host: 'evil.example' }]) {
      const { status, headers: received } = await askUpgrade(proxy.url, target, {
        ...UPGRADE_HEADERS,
        ...headers,
      });
      expect([status, received['x-proxy-error']]).toEqual([403, 'foreign-origin']);
    }
    expect(realtime.seen).toHaveLength(0);
    for (const options of [{}, { origin: proxy.url }]) {
      const { socket, closed } = await openSocket(proxy.url, target, options);
      socket.terminate();
      await closed;
    }
    expect(realtime.keys()).toEqual(['sk-pool-1', 'sk-pool-1']);
    await proxy.stop();
  });
});

it('a proxy that requires a token for its keys serves every page under every host name', async () => {
  const passing = await startProxy(upstream, {});
  const team = await startProxy(upstream, { ...ANONYMOUS, ACCESS_TOKENS: 'tok-planted-1-0123456789' });
  for (const proxy of [passing, team]) {
    const response = await chat(proxy, {
      ...EVIL,
      host: 'evil.example',
      'sec-fetch-site': 'cross-site',
      authorization: 'Bearer tok-planted-1-0123456789',
    });
    expect([response.status, response.headers['access-control-allow-origin']]).toEqual([200, '*']);
    await proxy.stop();
  }
});
