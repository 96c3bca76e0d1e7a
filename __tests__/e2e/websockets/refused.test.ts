import { anthropicError, openaiError } from '../../../scripts/fakes/simulated-replies';
import { EXHAUSTED, INVALID_KEY, LIVE_PATH, startFakeGeminiLive } from '../../helpers/fake-gemini-live';
import { startFakeRealtime } from '../../helpers/fake-realtime';
import type { FakeSockets } from '../../helpers/fake-sockets';
import { respondWithJson, startFakeUpstream } from '../../../scripts/fakes/fake-upstream';
import { until } from '../../helpers/http';
import { startBundle, type RunningBundle } from '../../helpers/proxies';
import { UPGRADE_HEADERS, askUpgrade, openSocket, startRawSockets } from '../../helpers/socket-client';
import { withProxy } from '../../helpers/with-proxy';

const OWN_KEY = { authorization: 'Bearer sk-own' };

let realtime: FakeSockets;
let live: FakeSockets;
/** Has no keys and no tokens. */
let open: RunningBundle;

const upstreams = () => ({ OPENAI_UPSTREAM: realtime.origin, GEMINI_UPSTREAM: live.origin });

beforeAll(async () => {
  realtime = await startFakeRealtime();
  live = await startFakeGeminiLive();
  open = await startBundle(upstreams());
});
afterAll(async () => {
  await open.stop();
  await realtime.close();
  await live.close();
});
beforeEach(() => {
  realtime.reset();
  live.reset();
});

/** Runs a test with a bundle that has keys. */
const withKeys = (keys: Record<string, string>, test: (bundle: RunningBundle) => Promise<void>) =>
  withProxy(realtime, { ...upstreams(), ALLOW_ANONYMOUS: 'true', ...keys }, ({ proxy }) => test(proxy));

const upgrade = (bundle: RunningBundle, target: string, headers: Record<string, string> = {}) =>
  askUpgrade(bundle.url, target, { ...UPGRADE_HEADERS, ...headers });

describe('an error response of the upstream', () => {
  const REFUSALS = [
    openaiError(401, 'invalid_api_key'),
    openaiError(403, 'forbidden'),
    openaiError(404, 'unknown_url'),
    openaiError(426, 'upgrade_required'),
    openaiError(429, 'rate_limit_exceeded', { 'retry-after': '7' }),
    { ...openaiError(500, 'server_error'), pieces: ['x'.repeat(300_000)] },
    anthropicError(529, 'overloaded_error'),
  ];
  it.each(REFUSALS.map((reply) => [reply.status, reply] as const))(
    'of %i reaches the client as it is',
    async (status, reply) => {
      realtime.respondToKey('sk-own', reply);
      const response = await upgrade(open, '/v1/realtime?model=m', OWN_KEY);
      expect(response).toMatchObject({ status, headers: reply.headers, complete: true });
      expect(response.body.toString()).toBe(reply.pieces.join(''));
      expect(response.headers).not.toHaveProperty('x-proxy-error');
      expect(response.headers).not.toHaveProperty('sec-websocket-accept');
    },
  );

  it.each([404, 426])('with %i is not the key’s fault: only one key is tried', async (status) => {
    for (const key of ['sk-a', 'sk-b']) realtime.respondToKey(key, openaiError(status, 'something'));
    await withKeys({ OPENAI_API_KEYS: 'sk-a,sk-b' }, async (bundle) => {
      expect((await upgrade(bundle, '/v1/responses')).status).toBe(status);
    });
    expect(realtime.keys()).toHaveLength(1);
  });

  it.each([
    [
      'limited',
      'OPENAI_API_KEYS',
      '/v1/responses',
      openaiError(429, 'rate_limit_exceeded', { 'retry-after': '60' }),
    ],
    ['invalid', 'OPENAI_API_KEYS', '/v1/realtime?model=m', openaiError(401, 'invalid_api_key')],
    ['exhausted', 'GEMINI_API_KEYS', LIVE_PATH, EXHAUSTED],
    ['invalid', 'GEMINI_API_KEYS', `${LIVE_PATH}?key=any`, INVALID_KEY],
  ])(
    'for a key that is %s (%s): the next is tried, and the client sees success only',
    async (_how, pool, target, reply) => {
      const upstream = pool.startsWith('OPENAI') ? realtime : live;
      upstream.respondToKey('key-bad-1', reply);
      await withKeys({ [pool]: 'key-bad-1,key-good-2' }, async ({ url, log }) => {
        for (let at = 0; at < 3; at++) {
          const { socket, closed } = await openSocket(url, target);
          socket.close();
          await closed;
        }
        await until('all were logged', () => log.filter((line) => line['status'] === 101).length === 3);
        expect(log.filter((line) => line['attempts'] === 2)).toHaveLength(1);
      });
      const times = (key: string) => upstream.keys().filter((one) => one === key).length;
      expect([times('key-bad-1'), times('key-good-2')]).toEqual([1, 3]); // the bad one rests
    },
  );

  it('for every key reaches the client unchanged, without a key', async () => {
    const reply = openaiError(429, 'rate_limit_exceeded', { 'retry-after': '60' });
    for (const key of ['sk-aaaa-1', 'sk-bbbb-2']) realtime.respondToKey(key, reply);
    await withKeys({ OPENAI_API_KEYS: 'sk-aaaa-1,sk-bbbb-2' }, async (bundle) => {
      const response = await upgrade(bundle, '/v1/responses');
      expect(response).toMatchObject({ status: 429, headers: { 'x-request-id': 'req_simulated_openai' } });
      expect(response.rawHeaders.join() + response.body.toString()).not.toMatch(/sk-(?:aaaa|bbbb)/);
    });
    expect(realtime.keys().sort()).toEqual(['sk-aaaa-1', 'sk-bbbb-2']);
  });
});

it('an upgrade without any key gets an error that names what is missing', async () => {
  const { status, headers } = await upgrade(open, '/v1/realtime?model=m');
  expect([status, headers['x-proxy-error']]).toEqual([401, 'missing-key']);
  expect(realtime.seen).toHaveLength(0);
});

it('the response of an upstream that ignores the upgrade is relayed', async () => {
  await withProxy(startFakeUpstream, {}, async ({ proxy, upstream }) => {
    upstream.respond(respondWithJson(200, '{"object":"list"}'));
    const { status, body } = await upgrade(proxy, '/v1/models', OWN_KEY);
    expect([status, body.toString()]).toEqual([200, '{"object":"list"}']);
  });
});

it('an upstream that cannot be reached is reported as such', async () => {
  await withProxy(realtime, { OPENAI_UPSTREAM: 'http://127.0.0.1:1' }, async ({ proxy }) => {
    const { status, headers } = await upgrade(proxy, '/v1/realtime', OWN_KEY);
    expect([status, headers['x-proxy-error']]).toEqual([502, 'upstream-unreachable']);
  });
});

it('an upstream that does not respond in time is reported as such', async () => {
  const startSilent = () => startRawSockets(() => undefined);
  await withProxy(startSilent, { TIMEOUT: '200' }, async ({ proxy }) => {
    const { status, headers } = await upgrade(proxy, '/v1/realtime', OWN_KEY);
    expect([status, headers['x-proxy-error']]).toEqual([504, 'upstream-timeout']);
  });
});
