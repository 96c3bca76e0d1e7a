import { createHash } from 'node:crypto';
import { startFakeRedis, type FakeRedis, type RedisReply } from '../../helpers/fake-redis';
import { startFakeUpstream, type FakeUpstream } from '../../../scripts/fakes/fake-upstream';
import { send, until } from '../../helpers/http';
import { startProxy, type RunningProxy } from '../../helpers/proxies';

const KEYS = ['sk-test-one-of-the-server', 'sk-test-two-of-the-server', 'sk-test-three-of-the-server'];
const ADMIN_TOKEN = 'test-admin-token-of-thirty-bytes';
const DAY_MS = 24 * 60 * 60 * 1_000;
const CHANNEL = 'scf-llm-proxy:cool-downs';

let upstream: FakeUpstream;
let redis: FakeRedis;
let proxy: RunningProxy;

beforeEach(async () => {
  upstream = await startFakeUpstream();
});
afterEach(async () => {
  await proxy.stop();
  await redis.close();
  await upstream.close();
});

async function start(hash: Record<string, string>, more: Record<string, RedisReply> = {}): Promise<void> {
  const fields = Object.entries(hash).flat();
  const replies: Record<string, RedisReply> = {
    HLEN: Object.keys(hash).length,
    HGETALL: fields,
    HDEL: 1,
    INCR: 7,
    ...more,
  };
  redis = await startFakeRedis(([name = '']) => replies[name] ?? 'OK');
  proxy = await startProxy(upstream, {
    OPENAI_API_KEYS: KEYS.join(),
    ALLOW_ANONYMOUS: 'true',
    ADMIN_TOKEN,
    REDIS_URL: redis.url,
  });
  await until('what Redis holds is read', () => redis.commands.some(([name]) => name === 'INCR'));
  await until('the channel is subscribed to', () => redis.commands.some(([name]) => name === 'SUBSCRIBE'));
  await new Promise((resolve) => setTimeout(resolve, 50));
}

const coolDown = (changes: object) =>
  JSON.stringify({
    pool: 'openai',
    fingerprint: createHash('sha256')
      .update(KEYS[0] ?? '')
      .digest('hex')
      .slice(0, 16),
    model: '',
    reason: 'invalid',
    untilMs: Date.now() + 60_000,
    strikes: 1,
    ...changes,
  });

async function keys(): Promise<{ state: string; until: string | null }[]> {
  const response = await send(proxy.url, '/-/keys', { headers: { authorization: `Bearer ${ADMIN_TOKEN}` } });
  expect(response.status).toBe(200);
  return (JSON.parse(response.body.toString()) as { openai: { state: string; until: string | null }[] })
    .openai;
}

const ask = async () => (await send(proxy.url, '/v1/models')).status;

describe('a Redis that somebody else writes to', () => {
  it('can disable a key, for a day at most', async () => {
    await start({ far: coolDown({ untilMs: 8.64e15 }) });
    const [first, second] = await keys();
    expect(first?.state).toBe('out');
    expect(Date.parse(first?.until ?? '') - Date.now()).toBeLessThanOrEqual(DAY_MS);
    expect(second?.state).toBe('live');
    expect(await ask()).toBe(200);
  });

  it.each([
    ['a time past every date', { untilMs: 1e300 }],
    ['a reason that is an object', { reason: { a: 1 } }],
    ['a model of a megabyte', { model: 'x'.repeat(1_000_000) }],
    ['failures that are no number', { strikes: 'many' }],
    ['a key that is not ours', { fingerprint: 'ffffffffffffffff' }],
    ['a pool that is not ours', { pool: 'nobody' }],
  ])('changes nothing with %s, in what it holds or publishes', async (_what, changes) => {
    await start({ field: coolDown(changes) });
    redis.publish(CHANNEL, coolDown(changes));
    redis.publish(CHANNEL, 'null');
    redis.publish(CHANNEL, '{');
    for (let request = 0; request < 6; request++) expect(await ask()).toBe(200);
    expect((await keys()).map(({ state }) => state)).toEqual(['live', 'live', 'live']);
  });

  it.each([
    ['a negative turn', -5],
    ['no number', 'turn'],
    ['a turn past whole numbers', 2 ** 60],
    ['an error', new Error('ERR value is not an integer or out of range')],
  ])('keeps every key in use if the rotation is %s', async (_what, turn) => {
    await start({}, { INCR: turn });
    for (let request = 0; request < 6; request++) expect(await ask()).toBe(200);
    const used = new Set(upstream.seen.map(({ headers }) => headers.authorization));
    expect(used.size).toBe(KEYS.length);
  });

  it('is not read if it holds more than this proxy ever writes', async () => {
    await start({ field: coolDown({}) }, { HLEN: 1_000_000 });
    expect(redis.commands.some(([name]) => name === 'HGETALL')).toBe(false);
    expect((await keys()).map(({ state }) => state)).toEqual(['live', 'live', 'live']);
  });
});
