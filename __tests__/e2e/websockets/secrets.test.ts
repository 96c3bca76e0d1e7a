import { openaiError } from '../../../scripts/fakes/simulated-replies';
import { LIVE_PATH, startFakeGeminiLive } from '../../helpers/fake-gemini-live';
import { KEY_PROTOCOL, startFakeRealtime } from '../../helpers/fake-realtime';
import type { FakeSockets, SeenUpgrade } from '../../helpers/fake-sockets';
import { until } from '../../helpers/http';
import { startBundle, type RunningBundle } from '../../helpers/proxies';
import {
  UPGRADE_HEADERS,
  rawConnect,
  requestHead,
  startRawSockets,
  switching,
} from '../../helpers/socket-client';

let realtime: FakeSockets;
let live: FakeSockets;

beforeEach(async () => {
  realtime = await startFakeRealtime();
  live = await startFakeGeminiLive();
});
afterEach(async () => {
  await realtime.close();
  await live.close();
});

const upstreams = () => ({
  OPENAI_UPSTREAM: realtime.origin,
  GEMINI_UPSTREAM: live.origin,
  ANTHROPIC_UPSTREAM: live.origin,
});
const ADDRESS = '203.0.113.77';

/** The places where clients and platforms put what must not be sent on. */
const PLANTED = {
  Cookie: 'planted-cookie',
  'Proxy-Authorization': 'planted-proxy',
  Referer: 'https://planted.example/',
  Origin: 'https://planted.example',
  'Sec-Fetch-Site': 'planted-site',
  'X-Scf-Secret-Key': 'planted-scf',
  'X-Api-RequestId': 'planted-gateway',
  'X-Forwarded-For': ADDRESS,
  'X-Real-Ip': ADDRESS,
  Forwarded: `for=${ADDRESS}`,
  Via: `1.1 ${ADDRESS}`,
  'CF-Connecting-IP': ADDRESS,
  'X-Scf-Remote-Addr': ADDRESS,
};

interface Attempt {
  readonly target: string;
  readonly headers?: Record<string, string>;
}

/** Upgrades, and returns every byte of the response; a socket that opens sends a message and is closed. */
async function bytesOf(bundle: RunningBundle, { target, headers = {} }: Attempt): Promise<string> {
  const client = rawConnect(bundle.port);
  client.wire.write(requestHead(`GET ${target}`, { ...UPGRADE_HEADERS, ...PLANTED, ...headers }));
  await until('a response arrived', () => client.received().includes('\r\n\r\n'));
  client.wire.end();
  await client.closed;
  return client.received().toString('latin1');
}

/** What of an upgrade is not the credential, in the places where a credential may stand. */
function besidesCredential({ url, rawHeaders }: SeenUpgrade): string {
  const others = rawHeaders
    .map((value, at) => [rawHeaders[at - 1]?.toLowerCase(), value] as const)
    .filter(([name]) => name !== 'authorization' && name !== 'x-goog-api-key' && name !== 'host')
    .map(([name, value]) =>
      name === 'sec-websocket-protocol' ? value.replace(/planted-(?:key|pool)-\d/, '') : value,
    );
  return [url.replace(/([?&]key=)planted-(?:key|pool)-\d/, '$1'), ...others].join('\n');
}

/** Every place for a credential, with one in it, and a wrong one in the others. */
const placesOf = (credential: string): Attempt[] => [
  { target: '/v1/realtime?model=m', headers: { Authorization: `Bearer ${credential}` } },
  { target: '/openai/v1/realtime?model=m', headers: { 'X-Api-Key': credential } },
  { target: '/release/openai/v1/responses', headers: { 'X-Api-Key': credential } },
  {
    target: '/v1/realtime?model=m',
    headers: { 'Sec-WebSocket-Protocol': `realtime, ${KEY_PROTOCOL}${credential}, openai-beta.x` },
  },
  { target: `${LIVE_PATH}?key=${credential}&a=1` },
  { target: LIVE_PATH, headers: { 'X-Goog-Api-Key': credential } },
  { target: `/test/gemini${LIVE_PATH}?a=1&key=${credential}` },
];

it('a client’s own key is sent only to its provider', async () => {
  const bundle = await startBundle({ ...upstreams(), TENCENTCLOUD_SECRETKEY: 'planted-platform' });
  realtime.respondToKey('planted-key-2', openaiError(401, 'invalid_api_key'));
  const responses: string[] = [];
  const attempts = ['planted-key-1', 'planted-key-2', 'planted-key-1|planted-key-2'].flatMap(placesOf);
  for (const attempt of attempts) responses.push(await bytesOf(bundle, attempt));
  for (const target of ['/planted-path/v1/realtime', '/%00planted'])
    responses.push(await bytesOf(bundle, { target }));
  await bundle.stop();

  expect(responses.filter((response) => response.startsWith('HTTP/1.1 101 ')).length).toBeGreaterThan(12);
  expect(bundle.stdout() + bundle.stderr()).not.toMatch(/planted|203\.0\.113|127\.0\.0\.1/);
  const seen = [...realtime.seen, ...live.seen];
  expect(seen.length).toBeGreaterThan(18);
  for (const upgrade of seen)
    expect(besidesCredential(upgrade)).not.toMatch(/planted(?!-path)|203\.0\.113|127\.0\.0\.1/);
  for (const key of [...realtime.keys(), ...live.keys()])
    if (key !== undefined) expect(key).toMatch(/^planted-key-[12]$/); // one key, never the joined string
  for (const response of responses) expect(response).not.toMatch(/planted|203\.0\.113|scf-llm-proxy/);
});

it('a token is never sent upstream, and a pool’s key only to its provider', async () => {
  const token = 'planted-token-1-0123456789';
  const bundle = await startBundle({
    ...upstreams(),
    ACCESS_TOKENS: `laptop:${token},phone:planted-token-2-0123456789`,
    OPENAI_API_KEYS: 'planted-pool-1|planted-pool-2|planted-pool-3',
    GEMINI_API_KEYS: 'planted-pool-4',
    ADMIN_TOKEN: 'planted-admin-0123456789',
  });
  realtime.respondToKey('planted-pool-1', openaiError(401, 'invalid_api_key'));
  realtime.respondToKey('planted-pool-2', openaiError(429, 'rate_limit_exceeded', { 'retry-after': '60' }));
  realtime.selectProtocol((offered) => offered.find((one) => one.startsWith(KEY_PROTOCOL)));
  const right: Attempt[] = [
    ...placesOf(token),
    ...placesOf(`planted-own:${token}`),
    { target: `/${token}/v1/realtime?model=m`, headers: { Authorization: 'Bearer planted-any' } },
    { target: `/test/${token}${LIVE_PATH}?key=planted-any`, headers: { 'X-Goog-Api-Key': 'planted-any' } },
    { target: `/v1/realtime?key=${token}&model=m`, headers: { Authorization: `Bearer ${token}` } },
  ];
  const wrong = placesOf('planted-wrong');
  const responses: string[] = [];
  for (const attempt of [...right, ...wrong]) responses.push(await bytesOf(bundle, attempt));
  await bundle.stop();

  const statuses = responses.map((response) => response.slice(9, 12));
  expect(statuses).toEqual([...right.map(() => '101'), ...wrong.map(() => '401')]);
  expect(bundle.stdout() + bundle.stderr()).not.toMatch(/planted|203\.0\.113|127\.0\.0\.1/);
  for (const upgrade of [...realtime.seen, ...live.seen]) {
    expect(besidesCredential(upgrade)).not.toMatch(/planted|203\.0\.113|127\.0\.0\.1/);
    expect(JSON.stringify(upgrade)).not.toMatch(/planted-(?!pool)/);
  }
  for (const key of [...realtime.keys(), ...live.keys()]) expect(key).toMatch(/^planted-pool-[1-4]$/);
  for (const [at, response] of responses.entries()) {
    // What the upstream selected is the client's own word, and the client's alone.
    const own = /planted-(?:token-1-0123456789|own:planted-token-1-0123456789)(?=\r\n)/;
    expect([at, response.replace(own, '')]).toEqual([at, expect.not.stringMatching(/planted|203\.0\.113/)]);
  }
});

it('a pool’s key that the upstream repeats in its 101 does not reach the client', async () => {
  const echoing = await startRawSockets((wire, key) => {
    const head = switching(key).replace('Switching Protocols', 'planted-pool-1');
    wire.write(head.replace('\r\n\r\n', '\r\nX-Echo: Bearer planted-pool-1\r\n\r\n'));
  });
  const token = 'planted-token-1-0123456789';
  const bundle = await startBundle({
    OPENAI_UPSTREAM: echoing.origin,
    ACCESS_TOKENS: token,
    OPENAI_API_KEYS: 'planted-pool-1',
  });
  const client = rawConnect(bundle.port);
  client.wire.write(
    requestHead('GET /v1/realtime?model=m', { ...UPGRADE_HEADERS, Authorization: `Bearer ${token}` }),
  );
  await until('a response arrived', () => client.received().includes('\r\n\r\n'));
  client.wire.destroy();
  await bundle.stop();
  await echoing.close();
  const received = client.received().toString('latin1');
  expect(received).toMatch(/^HTTP\/1\.1 101 /);
  expect(received).toContain('X-Echo: Bearer [redacted]');
  expect(received).not.toContain('planted-pool');
});
