import { Redis } from 'ioredis';
import type { BookRow } from '../../src/books/book-rows';
import { dayOf, dayText } from '../../src/books/days';
import type { EndedRequest } from '../../src/books/ended-request';
import { reportOf } from '../../src/books/report';
import { NO_USAGE } from '../../src/meter/usage';
import { readUse } from '../../src/redis/use/read-use';
import { SharedUse } from '../../src/redis/use/shared-use';
import { LIFE_DAYS } from '../../src/redis/use/use-keys';
import { redisServer, type RedisServer } from '../helpers/redis-server';

/** Sums of what requests have used, in a real redis-server. */

const DAY_MS = 86_400_000;
const NOW_MS = Date.UTC(2026, 10, 29, 12);
const TODAY = dayText(dayOf(NOW_MS));

let server: RedisServer;
let admin: Redis;
const closing: (() => void)[] = [];

beforeAll(async () => {
  server = await redisServer();
  await server.start();
  admin = new Redis(server.url).on('error', () => undefined);
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

/** What one instance has: a client of its own. */
async function instance(nowMs = NOW_MS) {
  const client = new Redis(server.url, {
    commandTimeout: 100,
    enableOfflineQueue: false,
    maxRetriesPerRequest: 0,
    retryStrategy: () => 20,
  });
  client.on('error', () => undefined);
  await new Promise((resolve) => client.once('ready', resolve));
  closing.push(() => client.disconnect());
  const cleanName = (name: string) => name.replace('secret', '[redacted]');
  const use = new SharedUse({ connect: () => Promise.resolve(client), cleanName, now: () => nowMs });
  client.on('ready', () => use.send());
  return { client, use };
}

const request = (more: Partial<EndedRequest> = {}): EndedRequest => ({
  atMs: NOW_MS,
  token: 'mum',
  provider: 'openai',
  model: 'gpt-5-mini',
  metering: {
    class: 'metered',
    model: undefined,
    usage: { ...NO_USAGE, input: 10, cachedInput: 4, output: 5 },
    costUsd: undefined,
  },
  isError: false,
  ...more,
});
const rows = async (filter = {}): Promise<readonly BookRow[]> =>
  (await readUse(admin, filter, NOW_MS)).rows(filter);
const total = async () => reportOf(await rows(), ['token']).total;

describe('What instances have used', () => {
  it('is one sum by day, token, provider and model', async () => {
    const [one, two] = [await instance(), await instance()];
    for (const { use } of [one, two]) {
      use.add(request(), 20);
      use.add(request({ token: undefined, model: 'house', isError: true }), undefined);
      use.add(request({ atMs: NOW_MS - DAY_MS, token: 'dad' }), 7);
    }
    for (const { use } of [one, two]) expect(await use.flush(9)).toBe(true);
    const report = reportOf(await rows(), ['token', 'model', 'day']);
    const each = { requests: 2, metered: 2, input_tokens: 20, cached_input_tokens: 8, output_tokens: 10 };
    expect(report.rows).toMatchObject([
      { token: 'mum', model: 'gpt-5-mini', day: TODAY, usd: '0.00000004', errors: 0, ...each },
      { token: 'dad', model: 'gpt-5-mini', day: '2026-11-28', usd: '0.000000014', ...each },
      { token: null, model: 'house', day: TODAY, usd: null, unpriced: 2, errors: 2, ...each },
    ]);
    expect(await rows({ token: 'dad' })).toMatchObject([{ provider: 'openai', token: 'dad' }]);
    expect(await rows({ token: 'dad', fromDay: dayOf(NOW_MS) })).toEqual([]);
  });

  it('keeps apart what is known to which degree, and fractions of seconds of audio', async () => {
    const { use } = await instance();
    const usage = { ...NO_USAGE, audioSeconds: 1.25 };
    for (const kind of ['metered', 'partial', 'partial', 'unmetered'] as const)
      use.add(request({ metering: { class: kind, model: undefined, usage, costUsd: undefined } }), 1);
    await use.flush(9);
    expect(await total()).toMatchObject({
      ...{ metered: 1, partial: 2, unmetered: 1, audio_seconds: 1.25, partial_audio_seconds: 2.5 },
      ...{ usd: '0.000000001', partial_usd: '0.000000002' },
    });
  });

  it('takes one round trip for all requests that end while the one before is on its way', async () => {
    const { client, use } = await instance();
    let roundTrips = 0;
    const pipeline = client.pipeline.bind(client);
    client.pipeline = () => {
      roundTrips++;
      return pipeline();
    };
    for (let at = 0; at < 1_000; at++) use.add(request(), 1);
    await use.flush();
    expect(roundTrips).toBeLessThanOrEqual(2);
    expect(await total()).toMatchObject({ requests: 1_000 });
  });

  it('has no name that a client has written before it is cleaned', async () => {
    const { use } = await instance();
    use.add(request({ model: 'my-secret' }), 1);
    await use.flush();
    expect(await rows()).toMatchObject([{ model: 'my-[redacted]' }]);
  });

  it('expires 100 days after the last request of a day', async () => {
    const { use } = await instance();
    use.add(request(), 1);
    await use.flush();
    const days = await admin.keys(`*${TODAY}*`);
    expect(days.length).toBeGreaterThanOrEqual(3);
    for (const key of days) {
      const seconds = await admin.ttl(key);
      expect(seconds).toBeGreaterThan(0);
      if (!key.includes(':sent:')) expect(seconds).toBeGreaterThan((LIFE_DAYS - 1) * 86_400);
    }
  });

  it('is known since the first request that was added, and for 100 days at most', async () => {
    const first = await instance();
    first.use.add(request(), 1);
    await first.use.flush();
    const later = await instance(NOW_MS + DAY_MS);
    later.use.add(request(), 1);
    await later.use.flush();
    expect((await readUse(admin, {}, NOW_MS + 9 * DAY_MS)).sinceMs).toBe(NOW_MS);
    const { sinceMs, note } = await readUse(admin, {}, NOW_MS + 500 * DAY_MS);
    expect(sinceMs).toBe((dayOf(NOW_MS) + 500 - LIFE_DAYS + 1) * DAY_MS);
    expect(note).toContain('Of all instances, from Redis');
  });
});

describe('The room in Redis', () => {
  it('has 100 models of a token and day, and one sum of all others', async () => {
    const [one, two] = [await instance(), await instance()];
    for (const [at, { use }] of [one, two].entries()) {
      for (let model = 0; model < 150; model++) use.add(request({ model: `${at}-${model}` }), 1);
      use.add(request({ token: 'dad' }), 1);
      await use.flush(9);
    }
    const of = await rows();
    expect(of.filter(({ token }) => token === 'mum')).toHaveLength(101);
    const others = of.filter(({ rest }) => rest === 'models');
    expect(others).toMatchObject([{ token: 'mum', model: undefined, sums: { requests: 200 } }]);
    expect(await total()).toMatchObject({ requests: 302 });
  });

  it('has 5,000 rows a day, and one sum of all other tokens', async () => {
    const [one, two] = [await instance(), await instance()];
    for (const [at, { use }] of [one, two].entries()) {
      for (let token = 0; token < 3_000; token++) use.add(request({ token: `${at}-${token}` }), 1);
      expect(await use.flush(99)).toBe(true);
    }
    const of = await rows();
    expect(of.length).toBeLessThanOrEqual(5_001);
    expect(of.find(({ rest }) => rest === 'tokens')?.sums.requests).toBeGreaterThan(0);
    expect(await total()).toMatchObject({ requests: 6_000 });
  });
});

describe('While Redis is away', () => {
  it('what requests use is kept, within the bounds of an instance, and added when it is back', async () => {
    const { client, use } = await instance();
    const closed = new Promise((resolve) => client.once('close', resolve));
    await server.kill();
    await closed;
    for (let at = 0; at < 7_000; at++) use.add(request({ token: `t-${at}` }), 1);
    expect(await use.flush()).toBe(false);
    const back = new Promise((resolve) => client.once('ready', resolve));
    await server.start();
    await back;
    expect(await use.flush(99)).toBe(true);
    expect((await rows()).length).toBeLessThanOrEqual(5_001);
    expect(await total()).toMatchObject({ requests: 7_000 });
  });

  it('a batch whose reply comes too late is sent again, and counts once', async () => {
    const { use } = await instance();
    use.add(request(), 1);
    await use.flush();
    server.signal('SIGSTOP');
    try {
      use.add(request(), 1);
      expect(await use.flush()).toBe(false);
      use.add(request(), 1);
      expect(await use.flush()).toBe(false);
    } finally {
      server.signal('SIGCONT');
    }
    while (!(await use.flush(9)));
    expect(await total()).toMatchObject({ requests: 3, input_tokens: 30, usd: '0.000000003' });
  });

  it('nothing is read, so that a page does not wait', async () => {
    const { use } = await instance();
    server.signal('SIGSTOP');
    try {
      await expect(use.read({})).rejects.toThrow();
    } finally {
      server.signal('SIGCONT');
    }
  });
});

describe('What something else has written to Redis', () => {
  const DAY = `scf-llm-proxy:use:{${TODAY}}`;
  const KEYS = [DAY, `${DAY}:token:mum`, `${DAY}:other`, 'scf-llm-proxy:use-since'];

  it.each([
    ['a string', (key: string) => admin.set(key, 'x')],
    ['a list', (key: string) => admin.rpush(key, 'x')],
    ['a hash of nonsense', (key: string) => admin.hset(key, { x: 'y', '["a"]': 'requests=5', rows: 'x' })],
  ])('is no use if it is %s, and does not keep use from being added', async (_what, write) => {
    for (const key of KEYS) await write(key);
    await admin.hset(`${DAY}:no-token`, 'x', 'requests=1').catch(() => undefined);
    expect(await rows()).toEqual([]);
    expect(await rows({ token: 'mum' })).toEqual([]);
    const { use } = await instance();
    use.add(request(), 20);
    expect(await use.flush()).toBe(true);
    expect(await total()).toMatchObject({ requests: 1, input_tokens: 10 });
  });

  it.each(['-5', 'x', '', 'nan', 'inf', '1e400', '-1e400', '0x10', '1'.repeat(3_000)])(
    'counts as 0 or as the largest if the figures are %p',
    async (value) => {
      const figures = ['requests', 'metered', 'input_tokens', 'nano_usd', 'unknown']
        .map((name) => `${name}=${value}`)
        .join(' ');
      await admin.hset(DAY, 'token:mum', '1');
      await admin.hset(`${DAY}:token:mum`, '["openai","gpt-5-mini"]', figures);
      const { use } = await instance();
      use.add(request(), 20);
      expect(await use.flush()).toBe(true);
      for (const { sums } of await rows()) {
        for (const number of [sums.requests, sums.metered.amounts.input, sums.metered.nanoUsd]) {
          expect(Number.isSafeInteger(number)).toBe(true);
          expect(number).toBeGreaterThan(0);
        }
      }
    },
  );

  it('is read as far as an instance would have written it', async () => {
    await admin.hset(DAY, 'token:mum', '1');
    const many = Object.fromEntries(
      Array.from({ length: 20_000 }, (_, at) => [`["openai","m-${at}"]`, 'requests=1']),
    );
    await admin.hset(`${DAY}:token:mum`, many);
    expect((await rows()).length).toBeLessThan(1_000);
  });

  it.each(['["openai", "m"]', '["openai","m",1]', '["openai"]', '{}', 'null', '["openai",7]', '"'])(
    'is no row if its name is %s',
    async (name) => {
      await admin.hset(`${DAY}:token:mum`, name, 'requests=1');
      expect(await rows({ token: 'mum' })).toEqual([]);
    },
  );
});
