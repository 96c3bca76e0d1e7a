import { startFakeUpstream, type FakeUpstream } from '../../../scripts/fakes/fake-upstream';
import { startConnectProxy, type ConnectProxy } from '../../helpers/connect-proxy';
import { OPENAI_HEADERS, send } from '../../helpers/http';
import { startBundle, type RunningBundle } from '../../helpers/proxies';
import { TEST_CA_FILE, TEST_TLS } from '../../helpers/tls';

const CHAT = { headers: OPENAI_HEADERS, body: '{"model":"m","messages":[]}' };
const STREAM = { headers: OPENAI_HEADERS, body: '{"model":"m","stream":true,"messages":[]}' };

let upstream: FakeUpstream;
let network: ConnectProxy;
let proxy: RunningBundle | undefined;

/** The certificate is valid for it, but a tunnel is used: only `localhost` itself is known to be this machine. */
const authority = () => `localhost.:${new URL(upstream.origin).port}`;

async function start(environment: Record<string, string> = {}): Promise<RunningBundle> {
  proxy = await startBundle({
    OPENAI_UPSTREAM: `https://${authority()}`,
    NODE_EXTRA_CA_CERTS: TEST_CA_FILE,
    HTTPS_PROXY: `http://me:secret@127.0.0.1:${network.port}`,
    ...environment,
  });
  return proxy;
}

beforeEach(async () => {
  upstream = await startFakeUpstream({ ...TEST_TLS, http2: {} });
  network = await startConnectProxy();
});
afterEach(async () => {
  await proxy?.stop();
  await network.close();
  await upstream.close();
});

describe('Through the HTTP proxy of the network', () => {
  it('requests reach the provider over one tunnel that is kept, with TLS to the provider itself.', async () => {
    const { url, log, stderr } = await start();
    for (let count = 0; count < 3; count++) {
      expect((await send(url, '/v1/chat/completions', CHAT)).status).toBe(200);
    }
    expect(network.requests).toEqual([
      { authority: authority(), authorization: `Basic ${Buffer.from('me:secret').toString('base64')}` },
    ]);
    expect(upstream.seen.map(({ headers }) => headers['proxy-authorization'])).toEqual([
      undefined,
      undefined,
      undefined,
    ]);
    expect(log[0]).toMatchObject({ http_proxy: `HTTPS_PROXY (127.0.0.1:${network.port})` });
    expect(JSON.stringify(log) + stderr()).not.toContain('secret');
  });

  it('streams share one HTTP/2 connection.', async () => {
    const { url } = await start({ HTTP2_AFTER: '0' });
    await send(url, '/v1/chat/completions', STREAM);
    await send(url, '/v1/chat/completions', STREAM);
    expect(upstream.seen.map(({ headers }) => ':path' in headers)).toEqual([true, true]);
    expect(network.requests).toHaveLength(1);
  });

  it('uploads go, each over a tunnel of its own.', async () => {
    const { url } = await start();
    const headers = { ...OPENAI_HEADERS, 'content-type': 'application/octet-stream' };
    const body = Buffer.alloc(20_000_000, 'x'); // too large to be kept for another attempt
    await send(url, '/v1/files', { headers, body });
    expect(upstream.seen[0]?.body.length).toBe(20_000_000);
    expect(network.requests).toHaveLength(1);
  });

  it.each([
    [407, 502, 'upstream-unreachable'],
    [503, 502, 'upstream-unreachable'],
    [0, 504, 'connect-timeout'],
  ])('a proxy that responds with %i gives %i and %s, and a remedy.', async (status, expected, code) => {
    const { url } = await start({ CONNECT_TIMEOUT: '300' });
    network.respondWith(status);
    const response = await send(url, '/v1/chat/completions', CHAT);
    expect([response.status, response.headers['x-proxy-error']]).toEqual([expected, code]);
    expect(response.body.toString()).toMatch(/npm run deploy.*HTTPS_PROXY/);
    expect(upstream.connections()).toBe(0);
  });

  it.each<[string, Record<string, string>]>([
    ['a host in NO_PROXY', { NO_PROXY: 'localhost.' }],
    ['SCF, which has no such network', { TENCENTCLOUD_RUNENV: 'SCF' }],
  ])('nothing goes for %s.', async (_title, environment) => {
    const { url, log } = await start(environment);
    await send(url, '/v1/chat/completions', CHAT);
    expect(network.requests).toEqual([]);
    if ('TENCENTCLOUD_RUNENV' in environment) expect(log[0]).not.toHaveProperty('http_proxy');
  });

  it('nothing goes if the variable names a proxy of another kind, and the start says so.', async () => {
    const { stderr } = await start({ HTTPS_PROXY: '', ALL_PROXY: 'socks5://127.0.0.1:1080' });
    expect(stderr()).toContain('ALL_PROXY is not used: SOCKS is not supported. Set HTTPS_PROXY');
    expect(stderr().trim().split('\n')).toHaveLength(1);
  });
});
