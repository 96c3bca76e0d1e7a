import { Redis } from 'ioredis';
import type { CountedLimits, Excess, Reservation } from '../../src/proxy/limits/limit-store';
import { SETTLE } from '../../src/redis/limit-scripts';
import { RedisLimits } from '../../src/redis/limit-store';
import { UnsentMoney } from '../../src/redis/use/unsent-money';
import { redisServer, type RedisServer } from '../helpers/redis-server';

/** The counters in a real redis-server. */

let server: RedisServer;
let admin: Redis;
const closing: (() => void)[] = [];

beforeAll(async () => {
  server = await redisServer();
  await server.start();
  admin = new Redis(server.url);
});
beforeEach(async () => {
  await admin.flushall();
});
afterEach(() => {
  for (const close of closing.splice(0)) close();
});
afterAll(async () => {
  admin.disconnect();
  server.signal('SIGCONT');
  await server.kill();
});

interface Instance {
  readonly store: RedisLimits;
  readonly client: Redis;
  readonly events: string[];
}

/** What one instance of the proxy has: a client of its own. */
async function instance({ leaseMs = 60_000, nowMs = (): number => 0 } = {}): Promise<Instance> {
  const client = new Redis(server.url, {
    commandTimeout: 500,
    enableOfflineQueue: false,
    maxRetriesPerRequest: 0,
    retryStrategy: () => 20,
  });
  client.on('error', () => undefined);
  await new Promise((resolve) => client.once('ready', resolve));
  const events: string[] = [];
  const store = new RedisLimits({
    connect: () => Promise.resolve(client),
    prefix: 'p',
    leaseMs,
    nowMs,
    onStall: () => events.push('stall'),
    onResume: () => events.push('resume'),
  });
  closing.push(() => {
    store.close();
    client.disconnect();
  });
  return { store, client, events };
}

const isRefused = (result: Reservation | Excess): result is Excess => 'kind' in result;

async function accepted({ store }: Instance, limits: CountedLimits, reserve = 0): Promise<Reservation> {
  const result = await store.begin('mum', limits, reserve);
  if (isRefused(result)) throw new Error(`refused for ${result.kind}`);
  return result;
}

async function refused({ store }: Instance, limits: CountedLimits, reserve = 0): Promise<Excess> {
  const result = await store.begin('mum', limits, reserve);
  if (!isRefused(result)) throw new Error('not refused');
  return result;
}

/** Resolves when everything that the instance has sent so far has been carried out. */
async function settled({ client }: Instance): Promise<void> {
  for (let turn = 0; turn < 3; turn++) await new Promise(setImmediate);
  await client.ping();
}

const NOTHING = { tokens: 0, nanoUsd: 0 };
const month = (nanoUsd: number) => ({ nanoUsd, period: 'month' }) as const;

describe('Limits in Redis', () => {
  it('let exactly as many requests pass in a minute as the limit says, over all instances', async () => {
    const instances = [await instance(), await instance()] as const;
    const results = await Promise.all(
      Array.from({ length: 1_000 }, (_, at) =>
        (at % 2 ? instances[0] : instances[1]).store.begin('mum', { requestsPerMinute: 100 }, 0),
      ),
    );
    const excesses = results.filter(isRefused);
    expect(excesses).toHaveLength(900);
    for (const { kind, retryAfterMs } of excesses) {
      expect(kind).toBe('requests-per-minute');
      expect(retryAfterMs).toBeGreaterThan(55_000);
      expect(retryAfterMs).toBeLessThanOrEqual(61_000);
    }
  });

  it('forget a request after the minute, and the second that had begun', async () => {
    const one = await instance();
    const [second = 0] = (await admin.time()).map(Number);
    await admin.hset('p:limits:{mum}:requests', String(second - 60), 1, String(second - 61), 1);
    await accepted(one, { requestsPerMinute: 2 });
    // The clock may have moved on by a second, and then one more has been forgotten.
    const counted = Object.keys(await admin.hgetall('p:limits:{mum}:requests')).map(Number);
    expect(Math.min(...counted)).toBeGreaterThanOrEqual(second - 60);
  });

  it('let as many requests run at once as the limit says, over all instances', async () => {
    const [one, two] = [await instance(), await instance()];
    const limits = { concurrency: 2 };
    const first = await accepted(one, limits);
    await accepted(two, limits);
    expect(await refused(two, limits)).toEqual({ kind: 'concurrency', limit: 2, retryAfterMs: 1_000 });
    first.settle(NOTHING);
    await settled(one);
    await accepted(two, limits);
  });

  it('count a request as running as long as its instance says so, and not after that', async () => {
    const [one, two] = [await instance({ leaseMs: 300 }), await instance({ leaseMs: 300 })];
    const limits = { concurrency: 1 };
    await accepted(one, limits);
    await new Promise((resolve) => setTimeout(resolve, 700)); // what is tested is that time passes
    await refused(two, limits);
    one.store.close(); // as if it had been killed
    one.client.disconnect();
    let result = await two.store.begin('mum', limits, 0);
    for (let attempt = 0; attempt < 100 && isRefused(result); attempt++) {
      await new Promise((resolve) => setTimeout(resolve, 20));
      result = await two.store.begin('mum', limits, 0);
    }
    expect(isRefused(result)).toBe(false);
  });

  it('add up the money of all instances, and say when the month ends', async () => {
    const [one, two] = [await instance(), await instance()];
    const limits = { money: month(5e9) };
    (await accepted(one, limits)).settle({ tokens: 0, nanoUsd: 2e9 });
    (await accepted(two, limits)).settle({ tokens: 0, nanoUsd: 2e9 });
    await settled(one);
    await settled(two);
    (await accepted(one, limits)).settle({ tokens: 0, nanoUsd: 1e9 });
    await settled(one);
    const { kind, limit, retryAfterMs = 0 } = await refused(two, limits);
    expect([kind, limit]).toEqual(['money', 5e9]);
    const now = new Date();
    const end = Date.UTC(now.getUTCFullYear(), now.getUTCMonth() + 1);
    expect(Math.abs(end - Number(now) - retryAfterMs)).toBeLessThan(10_000);
    expect(await admin.hget('p:limits:{mum}:money:month', 'spent')).toBe('5000000000');
    const ttl = await admin.ttl('p:limits:{mum}:money:month');
    expect(Math.abs(ttl * 1_000 - retryAfterMs - 86_400_000)).toBeLessThan(10_000);
  });

  it('count what a request has used that ran without having passed', async () => {
    const [one, two] = [await instance(), await instance()];
    const limits = { money: { nanoUsd: 100, period: 'day' } } as const;
    one.store.count('mum', limits, { tokens: 3, nanoUsd: 60 });
    one.store.count('mum', limits, { tokens: 3, nanoUsd: 0 });
    await settled(one);
    expect(await two.store.state('mum', limits)).toMatchObject([{ used: 60, left: 40 }]);
    two.store.count('mum', limits, { tokens: 3, nanoUsd: 40 });
    await settled(two);
    expect(await refused(one, limits)).toMatchObject({ kind: 'money' });
  });

  it('count parts of what a request uses while it runs, over all instances', async () => {
    const [one, two] = [await instance(), await instance()];
    const limits = { money: { nanoUsd: 100, period: 'day' }, tokensPerMinute: 50, concurrency: 3 } as const;
    const request = await accepted(one, limits, 10);
    request.add({ tokens: 20, nanoUsd: 60 });
    // What is asked for next has it.
    expect(await one.store.state('mum', limits)).toMatchObject([
      { kind: 'concurrency', used: 1 },
      { kind: 'tokens-per-minute', used: 20 },
      { kind: 'money', used: 60, left: 30 },
    ]);
    request.add({ tokens: 30, nanoUsd: 0 });
    await settled(one);
    expect(await refused(two, limits)).toMatchObject({ kind: 'tokens-per-minute' });
    request.settle({ tokens: 0, nanoUsd: 40 });
    await settled(one);
    expect(await refused(two, limits)).toMatchObject({ kind: 'money' });
    expect(await two.store.state('mum', limits)).toMatchObject([{ used: 0 }, { used: 50 }, { used: 100 }]);
  });

  it('leave only one of many requests at once to exceed the money that is left', async () => {
    const [one, two] = [await instance(), await instance()];
    const limits = { money: month(5e9) };
    const first = await accepted(one, limits, 9e9);
    expect(await refused(two, limits, 1)).toEqual({
      kind: 'money-reserved',
      limit: 5e9,
      retryAfterMs: 1_000,
    });
    first.settle({ tokens: 0, nanoUsd: 1e9 });
    await settled(one);
    await accepted(two, limits, 2e9);
    await accepted(one, limits, 2e9);
    await refused(one, limits, 1);
  });

  it('count the tokens of a minute once they are used', async () => {
    const [one, two] = [await instance(), await instance()];
    const limits = { tokensPerMinute: 100 };
    (await accepted(one, limits)).settle({ tokens: 99, nanoUsd: 5 });
    await settled(one);
    (await accepted(two, limits)).settle({ tokens: 7, nanoUsd: 5 });
    await settled(two);
    const { kind, retryAfterMs = 0 } = await refused(one, limits);
    expect(kind).toBe('tokens-per-minute');
    expect(retryAfterMs).toBeGreaterThan(55_000);
    expect(await admin.keys('*')).toEqual(['p:limits:{mum}:tokens']);
  });

  it('never let a token that may spend a sum in all begin again', async () => {
    const one = await instance();
    const limits = { money: { nanoUsd: 5, period: 'total' } } as const;
    (await accepted(one, limits)).settle({ tokens: 0, nanoUsd: 5 });
    await settled(one);
    expect(await refused(one, limits)).toEqual({ kind: 'money', limit: 5, retryAfterMs: undefined });
    expect(await admin.ttl('p:limits:{mum}:money:total')).toBeGreaterThan(700 * 86_400);
  });

  it('say how much of each is used', async () => {
    const [one, two] = [await instance(), await instance()];
    const limits = { requestsPerMinute: 5, concurrency: 5, tokensPerMinute: 50, money: month(90) };
    (await accepted(one, limits, 1)).settle({ tokens: 20, nanoUsd: 30 });
    await accepted(one, limits, 40);
    await settled(one);
    const now = new Date();
    const resetsAtMs = Date.UTC(now.getUTCFullYear(), now.getUTCMonth() + 1);
    expect(await two.store.state('mum', limits)).toEqual([
      { kind: 'requests-per-minute', limit: 5, used: 2, left: 3 },
      { kind: 'concurrency', limit: 5, used: 1, left: 4 },
      { kind: 'tokens-per-minute', limit: 50, used: 20, left: 30 },
      { kind: 'money', period: 'month', limit: 90, used: 30, left: 20, resetsAtMs },
    ]);
  });

  it.each([
    ['concurrency', { concurrency: 1 }],
    ['requests-per-minute', { requestsPerMinute: 1 }],
    ['tokens-per-minute', { tokensPerMinute: 1 }],
    ['money', { money: month(1) }],
    ['money-reserved', { money: month(3) }],
  ] as const)('count a request nowhere that is refused for its %s', async (kind, exhausted) => {
    const one = await instance();
    const roomy = { requestsPerMinute: 9, concurrency: 9, tokensPerMinute: 99, money: month(99) };
    const limits = { ...roomy, ...exhausted };
    (await accepted(one, roomy)).settle({ tokens: 1, nanoUsd: 1 });
    await accepted(one, roomy, 1);
    await settled(one);
    const keys = ['requests', 'tokens', 'money:month'].map((name) => `p:limits:{mum}:${name}`);
    const everything = async () => [
      await Promise.all(keys.map((key) => admin.hgetall(key))),
      await admin.zrange('p:limits:{mum}:running', 0, -1),
    ];
    const before = await everything();
    expect((await refused(one, limits, 2)).kind).toBe(kind);
    expect(await everything()).toEqual(before);
  });

  it('leave no key that does not expire, and put all of a token into one slot of a cluster', async () => {
    const one = await instance();
    const limits = { requestsPerMinute: 9, concurrency: 9, tokensPerMinute: 99 };
    for (const period of ['day', 'week', 'month', 'total'] as const) {
      const result = await one.store.begin('a}{b', { ...limits, money: { nanoUsd: 99, period } }, 1);
      if (!isRefused(result)) result.settle({ tokens: 1, nanoUsd: 1 });
    }
    await accepted(one, limits);
    await settled(one);
    const keys = await admin.keys('*');
    expect(keys).toHaveLength(8);
    for (const key of keys) {
      expect(key).toMatch(/^p:limits:\{(a%7D%7Bb|mum)\}:/);
      expect(await admin.pttl(key)).toBeGreaterThan(0);
    }
  });

  it('go on after the scripts of Redis were flushed', async () => {
    const one = await instance();
    const limits = { requestsPerMinute: 3, concurrency: 9 };
    (await accepted(one, limits)).settle(NOTHING);
    await settled(one);
    await admin.script('FLUSH');
    const results = await Promise.all(Array.from({ length: 5 }, () => one.store.begin('mum', limits, 0)));
    expect(results.filter(isRefused)).toHaveLength(3);
  });
});

describe('A calendar window in Redis', () => {
  const DAY = 86_400;
  const startOf = {
    day: (now: Date) => Date.UTC(now.getUTCFullYear(), now.getUTCMonth(), now.getUTCDate()),
    week: (now: Date) =>
      Date.UTC(now.getUTCFullYear(), now.getUTCMonth(), now.getUTCDate() - ((now.getUTCDay() + 6) % 7)),
    month: (now: Date) => Date.UTC(now.getUTCFullYear(), now.getUTCMonth()),
  };

  it.each(['day', 'week', 'month'] as const)('begins with each %s in UTC', async (period) => {
    // Around every month's first second, of leap years and others, and of centuries.
    const seconds = new Set<number>();
    for (const year of [2027, 2028, 2099, 2100, 2400])
      for (let at = 0; at < 12; at++)
        for (const after of [-1, 0, 12 * DAY, 27 * DAY, 28 * DAY])
          seconds.add(Date.UTC(year, at) / 1_000 + after);
    for (const second of seconds) {
      const key = `p:limits:{mum}:${second}`;
      const atThen = SETTLE.replace("redis.call('TIME')", `{ '${second}', '0' }`);
      expect(atThen).not.toBe(SETTLE);
      await admin.eval(atThen, 4, `${key}r`, `${key}t`, `${key}l`, key, 'lease', 0, period, 7);
      expect(await admin.hgetall(key)).toEqual({
        since: String(startOf[period](new Date(second * 1_000)) / 1_000),
        spent: '7',
      });
    }
  });

  it.each([
    ['forgets what was spent before it', -1, 1],
    ['keeps what was spent in it', 0, 100],
    ['keeps what was spent in one of later, since the clock was set back', 3_600, 100],
    ['forgets what was spent in one that can never have been', 99 * 86_400, 1],
  ])('%s', async (_, after, spent) => {
    const one = await instance();
    const start = startOf.day(new Date()) / 1_000;
    const key = 'p:limits:{mum}:money:day';
    await admin.hset(key, { since: start + after, spent: 99 });
    (await accepted(one, { money: { nanoUsd: 999, period: 'day' } })).settle({ tokens: 0, nanoUsd: 1 });
    await settled(one);
    expect(await admin.hget(key, 'spent')).toBe(String(spent));
  });
});

describe('Values in Redis that something else has written', () => {
  const limits = { requestsPerMinute: 5, concurrency: 5, tokensPerMinute: 50, money: month(50) };
  const NAMES = ['requests', 'tokens', 'running', 'money:month'].map((name) => `p:limits:{mum}:${name}`);

  it.each([
    ['a string', (key: string) => admin.set(key, 'x')],
    ['a list', (key: string) => admin.rpush(key, 'x')],
    ['a set', (key: string) => admin.sadd(key, 'x')],
    ['a hash of nonsense', (key: string) => admin.hset(key, { x: 'y', since: '-1', spent: 'x', 7: '1' })],
    [
      'a hash of 10,000 fields',
      (key: string) =>
        admin.hset(key, Object.fromEntries(Array.from({ length: 10_000 }, (_, at) => [at, at]))),
    ],
    ['a sorted set of the far future', (key: string) => admin.zadd(key, '+inf', 'a', 9e15, 'b', -5, 'c')],
  ])('count as nothing if they are %s', async (_, write) => {
    const one = await instance();
    for (const key of NAMES) await write(key);
    (await accepted(one, limits)).settle({ tokens: 1, nanoUsd: 1 });
    await settled(one);
    expect(await admin.hget('p:limits:{mum}:money:month', 'spent')).toBe('1');
    for (const key of await admin.keys('*')) expect(await admin.pttl(key)).toBeGreaterThan(0);
  });

  it.each([
    '-5',
    'x',
    '',
    '1e400',
    'nan',
    '-inf',
    '0x10',
    '1.5',
    '1000000000000000000',
    '9223372036854775807',
  ])('delay requests at most, for the second of a minute or for money, if they are %p', async (value) => {
    const one = await instance();
    const [second = 0] = (await admin.time()).map(Number);
    const fields = Object.fromEntries(Array.from({ length: 9 }, (_, at) => [second + at - 2, value]));
    await admin.hset('p:limits:{mum}:requests', fields);
    await admin.hset('p:limits:{mum}:tokens', fields);
    const now = new Date();
    const since = Date.UTC(now.getUTCFullYear(), now.getUTCMonth()) / 1_000;
    await admin.hset('p:limits:{mum}:money:month', { since, spent: value });
    await admin.zadd('p:limits:{mum}:running', Date.now() + 30_000, `x:${value}`);
    const { tokensPerMinute, concurrency } = limits;
    for (const some of [limits, { ...limits, money: undefined }, { tokensPerMinute, concurrency }]) {
      const result = await one.store.begin('mum', some, 1);
      if (isRefused(result)) {
        expect(result.retryAfterMs).toBeGreaterThan(0);
        expect(result.retryAfterMs).toBeLessThanOrEqual(result.kind === 'money' ? 31 * 86_400_000 : 61_000);
      } else result.settle({ tokens: 1, nanoUsd: 1 });
      for (const { used, left } of await one.store.state('mum', limits)) {
        expect(used).toBeGreaterThanOrEqual(0);
        expect(left).toBeGreaterThanOrEqual(0);
      }
    }
    await settled(one);
    expect(one.events).toEqual([]);
  });

  it('do not hold a request back if the reply of Redis is nonsense', async () => {
    const one = await instance();
    // A stand-in for a script that was replaced: its replies are not what the store expects.
    for (const reply of [
      '7',
      "'x'",
      '{}',
      '{0}',
      '{0, -1}',
      '{9, 1}',
      "{1, 'x'}",
      '{{1}, 1}',
      "redis.error_reply('x')",
      'false',
    ]) {
      const client = one.client.duplicate();
      await new Promise((resolve) => client.once('ready', resolve));
      const define = client.defineCommand.bind(client);
      client.defineCommand = (name) => {
        define(name, { numberOfKeys: 4, lua: `return ${reply}` });
      };
      const store = new RedisLimits({ connect: () => Promise.resolve(client), prefix: 'p', leaseMs: 9 });
      const result = await store.begin('mum', limits, 0);
      expect(isRefused(result)).toBe(false);
      store.close();
      client.disconnect();
    }
  });
});

describe('With Redis stopped in mid-reservation', () => {
  it('requests go on after a short wait, the next ones without, and it is counted on when it responds again', async () => {
    let now = 0;
    const one = await instance({ nowMs: () => now });
    const limits = { requestsPerMinute: 2 };
    await accepted(one, limits);
    server.signal('SIGSTOP');
    try {
      await Promise.all(Array.from({ length: 50 }, () => accepted(one, limits)));
      expect(one.events).toEqual(['stall']);
      const before = performance.now();
      for (let at = 0; at < 50; at++) await accepted(one, limits);
      expect(performance.now() - before).toBeLessThan(50 * 100); // one wait each
    } finally {
      server.signal('SIGCONT');
    }
    await settled(one);
    now = 1_000;
    expect((await refused(one, limits)).kind).toBe('requests-per-minute');
    expect(one.events).toEqual(['stall', 'resume']);
  });

  it('no more than 4,096 commands wait', async () => {
    const one = await instance();
    await accepted(one, { requestsPerMinute: 2 });
    server.signal('SIGSTOP');
    let sent = 0;
    const pipeline = one.client.pipeline.bind(one.client);
    one.client.pipeline = () => {
      const batch = pipeline();
      const exec = batch.exec.bind(batch);
      batch.exec = () => {
        sent += batch.length;
        return exec();
      };
      return batch;
    };
    try {
      await Promise.all(Array.from({ length: 5_000 }, () => accepted(one, { requestsPerMinute: 2 })));
    } finally {
      server.signal('SIGCONT');
    }
    expect(sent).toBe(4_096);
  });

  it('requests go on at once if Redis is killed', async () => {
    const own = await redisServer();
    await own.start();
    const client = new Redis(own.url, {
      enableOfflineQueue: false,
      maxRetriesPerRequest: 0,
      commandTimeout: 500,
    });
    client.on('error', () => undefined);
    await new Promise((resolve) => client.once('ready', resolve));
    const store = new RedisLimits({ connect: () => Promise.resolve(client), prefix: 'p', leaseMs: 60_000 });
    closing.push(() => {
      store.close();
      client.disconnect();
    });
    const limits = { requestsPerMinute: 1, concurrency: 1, money: month(5) };
    const first = await store.begin('mum', limits, 0);
    own.signal('SIGSTOP');
    const inside = store.begin('mum', limits, 0);
    await own.kill();
    expect(isRefused(await inside)).toBe(false);
    for (let at = 0; at < 20; at++) expect(isRefused(await store.begin('mum', limits, 0))).toBe(false);
    if (!isRefused(first)) first.settle({ tokens: 1, nanoUsd: 1 });
  });
});

describe('Money that is spent while Redis is away', () => {
  const limits = { money: month(5_000) };

  async function own(options: { readonly commandTimeout?: number; readonly wallMs?: () => number } = {}) {
    const { commandTimeout = 500, wallMs = Date.now } = options;
    const redis = await redisServer();
    await redis.start();
    const client = new Redis(redis.url, {
      ...{ enableOfflineQueue: false, maxRetriesPerRequest: 0, commandTimeout, retryStrategy: () => 20 },
    });
    client.on('error', () => undefined);
    await new Promise((resolve) => client.once('ready', resolve));
    const store = new RedisLimits({
      ...{ connect: () => Promise.resolve(client), prefix: 'p', leaseMs: 60_000, wallMs },
    });
    client.on('ready', () => store.catchUp());
    const spent = async () => (await store.state('mum', limits))[0]?.used;
    const begin = async () => {
      const result = await store.begin('mum', limits, 1);
      if (isRefused(result)) throw new Error('it was refused');
      return result;
    };
    const stop = async () => {
      store.close();
      client.disconnect();
      redis.signal('SIGCONT');
      await redis.kill();
    };
    /** Ends Redis, with all that it has. */
    const kill = async () => {
      const closed = new Promise((resolve) => client.once('close', resolve));
      await redis.kill();
      await closed;
    };
    const restart = async () => {
      const back = new Promise((resolve) => client.once('ready', resolve));
      await redis.start();
      await back;
    };
    return { redis, store, spent, begin, stop, kill, restart };
  }

  it('is added when Redis is back, once', async () => {
    const { begin, kill, restart, spent, store, stop } = await own();
    try {
      const before = await begin();
      await kill();
      before.settle({ tokens: 0, nanoUsd: 7 });
      for (const nanoUsd of [20, 300]) (await begin()).settle({ tokens: 0, nanoUsd });
      await turn();
      await restart();
      expect(await spent()).toBe(327);
      store.catchUp();
      expect(await spent()).toBe(327);
    } finally {
      await stop();
    }
  });

  it('is not added to the window after its own', async () => {
    let wallMs = Date.now();
    const { begin, kill, restart, spent, stop } = await own({ wallMs: () => wallMs });
    try {
      await kill();
      (await begin()).settle({ tokens: 0, nanoUsd: 7 });
      await turn();
      wallMs += 32 * 86_400_000;
      await restart();
      expect(await spent()).toBe(0);
    } finally {
      await stop();
    }
  });

  it('counts once if Redis responds too late', async () => {
    const { redis, begin, spent, store, stop } = await own({ commandTimeout: 50 });
    try {
      const running = await begin();
      redis.signal('SIGSTOP');
      running.settle({ tokens: 0, nanoUsd: 7 });
      await new Promise((resolve) => setTimeout(resolve, 100)); // until its command has timed out
      redis.signal('SIGCONT');
      let used = await spent().catch(() => undefined);
      while (used === undefined) used = await spent().catch(() => undefined);
      store.catchUp();
      expect(await spent()).toBe(7);
    } finally {
      await stop();
    }
  });

  it('is kept for 1,024 tokens at most', () => {
    const unsent = new UnsentMoney(Date.now);
    for (let at = 0; at < 5_000; at++) unsent.keep({ keys: [`k${at}`], period: 'total', nanoUsd: 1 });
    const sums = unsent.takeAll();
    expect([sums.length, sums.at(-1)?.keys]).toEqual([1_024, ['k4999']]);
    expect(unsent.isEmpty).toBe(true);
  });
});

/** Lets replies that are here be read. */
const turn = () => new Promise((resolve) => setTimeout(resolve, 10));
