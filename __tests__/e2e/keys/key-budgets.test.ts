import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { until } from '../../helpers/http';
import { startFakeRedis, type FakeRedis } from '../../helpers/fake-redis';
import { startProxy, type RunningProxy } from '../../helpers/proxies';

const ADMIN = 'admin-token-0123456789';
/** Ten tokens of the model `m` cost 1 USD. */
const PRICES = 'm=100000/0';
const PATH = '/v1/chat/completions';

let upstream: Server;
let respond: (request: IncomingMessage, response: ServerResponse) => void;
const asked: string[] = [];
const running: RunningProxy[] = [];

const json = (body: object, status = 200) => {
  respond = (_request, response) =>
    response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
};
const completion = (model = 'm') => ({ model, usage: { prompt_tokens: 10, completion_tokens: 0 } });

beforeEach(async () => {
  json(completion());
  asked.length = 0;
  upstream = createServer((request, response) => {
    asked.push(request.headers.authorization?.replace('Bearer ', '') ?? '');
    respond(request, response);
  });
  await new Promise<void>((resolve) => upstream.listen(0, '127.0.0.1', resolve));
});
afterEach(async () => {
  await stopAll();
  upstream.closeAllConnections();
  upstream.close();
});

async function stopAll(): Promise<void> {
  await Promise.all(running.splice(0).map((proxy) => proxy.stop()));
}

async function start(keys: string, redis?: FakeRedis): Promise<RunningProxy> {
  const origin = `http://127.0.0.1:${(upstream.address() as AddressInfo).port}`;
  const environment = { ALLOW_ANONYMOUS: 'true', ADMIN_TOKEN: ADMIN, PRICES, OPENAI_API_KEYS: keys };
  const shared = redis && { REDIS_URL: redis.url };
  const proxy = await startProxy({ origin }, { ...environment, ...shared });
  running.push(proxy);
  return proxy;
}

/** Sends one request; resolves when it is logged, and so counted. */
async function send(proxy: RunningProxy, signal?: AbortSignal, model = 'm'): Promise<Response | undefined> {
  const before = proxy.log.length;
  const response = await fetch(proxy.url + PATH, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: `{"model":"${model}"}`,
    ...(signal && { signal }),
  }).catch(() => undefined);
  const text = await response?.text().catch(() => '');
  await until('it was logged', () => proxy.log.length > before);
  return response && new Response(text ?? '', response);
}

interface Report {
  readonly openai: readonly { readonly state: string; readonly budget?: { readonly spent_usd: number } }[];
}

async function report(proxy: RunningProxy): Promise<Report['openai']> {
  const response = await fetch(`${proxy.url}/-/keys`, { headers: { authorization: `Bearer ${ADMIN}` } });
  return ((await response.json()) as Report).openai;
}

describe('A key with a budget', () => {
  it('is out of turn once requests have cost that much, and the other keys go on', async () => {
    const proxy = await start('sk-a@2usd/month,sk-b');
    for (let request = 0; request < 8; request++) await send(proxy);
    expect(asked.filter((key) => key === 'sk-a')).toHaveLength(2);
    expect(asked.slice(-4)).toEqual(['sk-b', 'sk-b', 'sk-b', 'sk-b']);
    const [first, second] = await report(proxy);
    expect(first).toMatchObject({
      state: 'out',
      why: 'budget-spent',
      until: expect.stringMatching(/-01T00:00:00\.000Z$/) as string,
      budget: { usd: 2, per: 'month', spent_usd: 2 },
    });
    expect(proxy.log.filter(({ msg }) => msg === 'a key is out')).toEqual([
      expect.objectContaining({ pool: 'openai', reason: 'budget-spent' }),
    ]);
    expect(second).toMatchObject({ state: 'live' });
    expect(second).not.toHaveProperty('budget');
  });

  it.each([
    ['month', /^\d+$/],
    ['', null],
  ])('that was the last is a 429 that no SDK repeats, with the end of the window (%s)', async (per, wait) => {
    const proxy = await start(`sk-a@1usd${per && `/${per}`}`);
    await send(proxy);
    const response = await send(proxy);
    expect(response?.status).toBe(429);
    expect(response?.headers.get('x-proxy-error')).toBe('keys-budget-spent');
    expect(response?.headers.get('x-should-retry')).toBe('false');
    const retryAfter = response?.headers.get('retry-after');
    if (wait) expect(retryAfter).toMatch(wait);
    else expect(retryAfter).toBeNull();
    expect(await response?.text()).toContain('have spent the budgets');
    expect(asked).toEqual(['sk-a']);
  });

  it.each<[string, number, () => void]>([
    ['what the provider says it costs', 1, () => undefined],
    [
      'an assumed price if the response does not tell its usage',
      0.1,
      () => {
        json({ model: 'm' });
      },
    ],
    [
      'an assumed price if the model has none',
      0.1,
      () => {
        json(completion('unheard-of'));
      },
    ],
    [
      'nothing for an error',
      0,
      () => {
        json({ error: { message: 'no' } }, 400);
      },
    ],
  ])('is charged %s', async (_what, usd, prepare) => {
    prepare();
    const proxy = await start('sk-a@9usd/day');
    await send(proxy, undefined, usd === 1 ? 'm' : 'unheard-of');
    expect((await report(proxy))[0]?.budget?.spent_usd).toBe(usd);
  });

  it('is charged an assumed price if the client leaves while the provider works', async () => {
    const leaving = new AbortController();
    respond = () => {
      leaving.abort();
    };
    const proxy = await start('sk-a@9usd/day');
    await send(proxy, leaving.signal);
    expect((await report(proxy))[0]?.budget?.spent_usd).toBe(0.1);
  });
});

/** Redis, as far as sums need it. */
async function startSums(sums: Map<string, string>): Promise<FakeRedis> {
  return startFakeRedis(([name, ...given]) => {
    const [key = '', amount] = given;
    if (name === 'MGET') return given.map((one) => sums.get(one) ?? null);
    if (name !== 'INCRBY') return name === 'HLEN' || name === 'INCR' ? 0 : 'OK';
    const sum = Number(sums.get(key) ?? 0) + Number(amount);
    sums.set(key, String(sum));
    return sum;
  });
}

describe('With Redis the budget of a key', () => {
  const sums = new Map<string, string>();
  let redis: FakeRedis;

  beforeEach(async () => {
    sums.clear();
    redis = await startSums(sums);
  });
  afterEach(async () => {
    await stopAll();
    await redis.close();
  });

  const catchUps = () => redis.commands.filter(([name]) => name === 'MGET').length;
  const spent = async (proxy: RunningProxy) => (await report(proxy))[0]?.budget?.spent_usd;
  const untilSpent = async (proxy: RunningProxy, usd: number) => {
    for (let tries = 0; tries < 500 && (await spent(proxy)) !== usd; tries++)
      await new Promise((resolve) => setImmediate(resolve));
    expect(await spent(proxy)).toBe(usd);
  };

  it('is one for all instances, those that have ended included', async () => {
    const first = await start('sk-a@3usd/month', redis);
    await until('the first has connected', () => catchUps() === 1);
    await send(first);
    await until('it was added', () => sums.size === 1);
    const second = await start('sk-a@3usd/month', redis);
    await untilSpent(second, 1);
    await send(second);
    await untilSpent(second, 2);
    await send(first); // which did not know of the second's
    await untilSpent(first, 3);
    expect((await report(first))[0]).toMatchObject({ state: 'out', why: 'budget-spent' });
    expect((await send(first))?.headers.get('x-proxy-error')).toBe('keys-budget-spent');
    expect([...sums.values()]).toEqual(['3000000000']);
    const published = redis.commands.find(([name]) => name === 'PUBLISH')?.[2] ?? '{}';
    expect(JSON.parse(published)).toMatchObject({ reason: 'budget-spent', spentNanoUsd: 3_000_000_000 });
    redis.publish('scf-llm-proxy:cool-downs', published);
    await untilSpent(second, 3);
    expect((await report(second))[0]).toMatchObject({ state: 'out' });
  });

  it('has sums that end a day after their window, and never if it is once and for all', async () => {
    const proxy = await start('sk-a@3usd/month,sk-b@3usd', redis);
    await until('it has connected', () => catchUps() === 1);
    await send(proxy);
    await send(proxy);
    await until('both were added', () => sums.size === 2);
    await until('its end was set', () => redis.commands.some(([name]) => name === 'PEXPIREAT'));
    const ends = redis.commands.filter(([name]) => name === 'PEXPIREAT');
    expect(ends).toHaveLength(1);
    expect(new Date(Number(ends[0]?.[2])).toISOString()).toMatch(/-02T00:00:00\.000Z$/);
  });

  it.each(['text', '-5', '9007199254740993', '1e400', ''])(
    'ignores a sum of %j, which somebody else has written',
    async (sum) => {
      await redis.close();
      redis = await startFakeRedis(([name, ...given]) =>
        name === 'MGET' ? given.map(() => sum) : name === 'INCRBY' ? sum : 0,
      );
      const proxy = await start('sk-a@3usd/month', redis);
      await until('it has asked', () => redis.commands.some(([name]) => name === 'MGET'));
      await send(proxy);
      await until('it was added', () => redis.commands.some(([name]) => name === 'INCRBY'));
      await untilSpent(proxy, 1);
    },
  );

  it('is sent later what Redis could not take', async () => {
    let isBroken = true;
    await redis.close();
    redis = await startFakeRedis((command) =>
      isBroken && command[0] === 'INCRBY' ? new Error('LOADING') : command[0] === 'INCRBY' ? 7 : 0,
    );
    const proxy = await start('sk-a@9usd/month', redis);
    const added = () => redis.commands.filter(([name]) => name === 'INCRBY').map(([, , amount]) => amount);
    await until('it has asked', () => redis.commands.some(([name]) => name === 'MGET'));
    await send(proxy);
    await until('it was refused', () => added().length === 1);
    isBroken = false;
    await send(proxy);
    await until('both were added', () => added().length === 2);
    expect(added()).toEqual(['1000000000', '2000000000']);
  });
});
