import { Redis } from 'ioredis';
import { startFakeUpstream, type FakeUpstream } from '../../scripts/fakes/fake-upstream';
import { listTokens } from '../../scripts/token/list';
import { changeRevoked, type RevokeCommand } from '../../scripts/token/revoke';
import { newSignedToken } from '../../scripts/token/signed';
import { MAX_REVOKED, REVOKED } from '../../src/redis/feeds/revocation-feed';
import { send } from '../helpers/http';
import { startProxy, type RunningProxy } from '../helpers/proxies';
import { redisServer, type RedisServer } from '../helpers/redis-server';

/** Instances of the proxy that follow the list of revoked tokens in a real redis-server. */

const SECRET = 'a-secret-of-the-tests-0123456789-0123';
let redis: RedisServer;
let upstream: FakeUpstream;
const running: RunningProxy[] = [];
const clients: Redis[] = [];

beforeEach(async () => {
  redis = await redisServer();
  await redis.start();
  upstream = await startFakeUpstream();
});
afterEach(async () => {
  for (const client of clients.splice(0)) client.disconnect();
  await Promise.all(running.splice(0).map((proxy) => proxy.stop()));
  await redis.kill();
  await upstream.close();
});

async function start(): Promise<RunningProxy> {
  const proxy = await startProxy(upstream, {
    TOKEN_SECRET: SECRET,
    OPENAI_API_KEYS: 'sk-pool-1-0123456789',
    REDIS_URL: redis.url,
  });
  running.push(proxy);
  return proxy;
}

function connect(): Redis {
  const client = new Redis(redis.url).on('error', () => undefined);
  clients.push(client);
  return client;
}

function token(name: string, madeMs = Date.now() - 5_000): string {
  const result = newSignedToken({ name }, SECRET, madeMs);
  if ('problem' in result) throw new Error(result.problem);
  return result.token;
}

const command = (verb: RevokeCommand['verb'], ...names: string[]) =>
  changeRevoked({ verb, arguments: names, environment: { REDIS_URL: redis.url }, now: Date.now });

async function statusOf(proxy: RunningProxy, key: string): Promise<number> {
  return (await send(proxy.url, '/v1/models', { headers: { authorization: `Bearer ${key}` } })).status;
}

/** Waits until every instance responds so; a failing one is seen in the test's limit. */
async function untilStatus(proxies: readonly RunningProxy[], key: string, expected: number): Promise<void> {
  for (const proxy of proxies) while ((await statusOf(proxy, key)) !== expected) await turn();
}

const turn = () => new Promise((resolve) => setTimeout(resolve, 5));

describe('npm run token -- revoke', () => {
  it('ends a token in all instances that run and in those that start later, and unrevoke takes it back', async () => {
    const instances = [await start(), await start()];
    const [mum, dad] = [token('mum'), token('dad')];
    await untilStatus(instances, mum, 200);
    // Both have read the list and subscribed.
    while (Number((await connect().pubsub('NUMSUB', REVOKED))[1]) < 2) await turn();
    expect((await command('revoke', 'mum')).lines).toEqual([
      'mum: revoked. 2 instances were told; those that start read the list.',
    ]);
    await untilStatus(instances, mum, 401);
    const later = await start();
    await untilStatus([later], mum, 401);
    expect(await statusOf(later, dad)).toBe(200);
    expect((await command('unrevoke', 'mum')).status).toBe(0);
    await untilStatus([...instances, later], mum, 200);
    expect(await command('unrevoke', 'mum')).toMatchObject({ status: 1 });
  });

  it('ends one token of a name by its id', async () => {
    const proxy = await start();
    const [old, recent] = [token('mum', Date.now() - 60_000), token('mum')];
    await command('revoke', old);
    await untilStatus([proxy], old, 401);
    expect(await statusOf(proxy, recent)).toBe(200);
  });

  it('ends with panic every token that was made before, and removes what that covers', async () => {
    const proxy = await start();
    const [mum, next] = [token('mum'), token('mum', Date.now() + 60_000)];
    await command('revoke', token('dad'), 'aunt', 'before:2020-01-01T00:00:00Z');
    expect((await command('panic')).lines[0]).toMatch(/^before:20.*: revoked\./);
    await untilStatus([proxy], mum, 401);
    expect(await statusOf(proxy, next)).toBe(200);
    expect((await connect().hkeys(REVOKED)).sort()).toEqual(['aunt', expect.stringMatching(/^before:20/)]);
  });

  it('is listed with when it was done', async () => {
    await command('revoke', 'mum');
    const { lines } = await listTokens({
      arguments: [],
      environment: { REDIS_URL: redis.url },
      root: '/nonexistent',
      input: process.stdin,
      isPiped: false,
      now: Date.now,
    });
    expect(lines[1]).toMatch(/^mum +revoked at 20\d\d-/);
  });
});

describe('an instance that follows revoked tokens', () => {
  it('keeps them while Redis is away, and catches up when it is back', async () => {
    const proxy = await start();
    const [mum, dad] = [token('mum'), token('dad')];
    await command('revoke', 'mum');
    await untilStatus([proxy], mum, 401);
    await redis.kill();
    expect([await statusOf(proxy, mum), await statusOf(proxy, dad)]).toEqual([401, 200]);
    await redis.start(); // empty: it does not save
    await connect().hset(REVOKED, 'dad', 1); // without a message
    await untilStatus([proxy], dad, 401);
  });

  it('ignores entries and messages that are not what they should be', async () => {
    const proxy = await start();
    const client = connect();
    const mum = token('mum');
    for (const entry of ['', 'a b', 'x'.repeat(10_000), 'before:yesterday', '__proto__~t', '{"name":"dad"}'])
      await client.hset(REVOKED, entry, 'x');
    await client.hset(REVOKED, 'mum', 'not a time');
    for (let at = 0; at < 100; at++) await client.publish(REVOKED, 'x'.repeat(at));
    await untilStatus([proxy], mum, 401);
    expect(await statusOf(proxy, token('dad'))).toBe(200);
    expect(proxy.log.filter(({ level }) => level === 'error')).toEqual([]);
  });

  it('does not read a list that is too long, and says so once; panic works all the same', async () => {
    const proxy = await start();
    const client = connect();
    const mum = token('mum');
    await untilStatus([proxy], mum, 200);
    const entries = Array.from({ length: MAX_REVOKED }, (_, at) => [`name-${at}`, '1']).flat();
    await client.hset(REVOKED, 'mum', '1', ...entries);
    await client.publish(REVOKED, '');
    await client.publish(REVOKED, '');
    const errors = () => proxy.log.filter(({ level }) => level === 'error');
    while (errors().length === 0) await turn();
    expect(await statusOf(proxy, mum)).toBe(200);
    await expect(command('revoke', 'dad')).rejects.toThrow('has no room');
    await command('panic');
    await untilStatus([proxy], mum, 401);
    expect(errors()).toHaveLength(1);
    expect(await client.hlen(REVOKED)).toBe(1);
  });
});
