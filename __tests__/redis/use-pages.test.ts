import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { Redis } from 'ioredis';
import { startFakeUpstream, type FakeUpstream } from '../../scripts/fakes/fake-upstream';
import { listTokens } from '../../scripts/token/list';
import type { HealthReport, Overview } from '../../src/pages/console/report';
import { send, until } from '../helpers/http';
import { startProxy, type RunningProxy } from '../helpers/proxies';
import { redisServer, type RedisServer } from '../helpers/redis-server';
import { inputOf } from '../helpers/standard-input';
import { Scene } from '../scripts/deploy/scene';
import { usage } from '../scripts/usage/run';

/** What is shown of the use of several instances with one real redis-server. */

const KEY = 'sk-proj-9f8e7d6c5b4a3210fedc';
const ADMIN = 'admin-0123456789abcdef';
const MUM = 'mum-0123456789abcdef';
const DAD = 'dad-0123456789abcdef';
const PRICES = 'gpt-5-mini*=1/2';

let redis: RedisServer;
let upstream: FakeUpstream;
const running: RunningProxy[] = [];

beforeEach(async () => {
  redis = await redisServer();
  await redis.start();
  upstream = await startFakeUpstream();
});
afterEach(async () => {
  redis.signal('SIGCONT');
  await Promise.all(running.splice(0).map((proxy) => proxy.stop()));
  await redis.kill();
  await upstream.close();
});

async function start(): Promise<RunningProxy> {
  const proxy = await startProxy(upstream, {
    OPENAI_API_KEYS: KEY,
    ACCESS_TOKENS: `mum:${MUM},dad:${DAD}`,
    ADMIN_TOKEN: ADMIN,
    REDIS_URL: redis.url,
    PRICES,
  });
  running.push(proxy);
  return proxy;
}

const requestsIn = ({ log }: RunningProxy) => log.filter(({ msg }) => msg === 'request');

/** Sends a request and waits until it is logged, after which it is counted. */
async function chat(proxy: RunningProxy, token: string, body: object): Promise<number> {
  const before = requestsIn(proxy).length;
  const { status } = await send(proxy.url, '/v1/chat/completions', {
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
    body: JSON.stringify({ messages: [], ...body }),
  });
  await until('it is logged', () => requestsIn(proxy).length > before);
  return status;
}

type Json = Readonly<Record<string, unknown>>;
async function page(proxy: RunningProxy, url: string, token: string): Promise<Json> {
  const { body } = await send(proxy.url, url, { headers: { authorization: `Bearer ${token}` } });
  return JSON.parse(body.toString()) as Json;
}

describe('The pages of instances with one Redis', () => {
  it('tell what all of them have used, also those that run no longer, and since when', async () => {
    const [one, two] = [await start(), await start()];
    await chat(one, MUM, { model: 'gpt-5-mini' });
    await chat(two, MUM, { model: 'gpt-5-mini' });
    await chat(two, DAD, { model: 'house' });
    await two.stop();
    running.pop();
    const report = await page(one, '/-/usage', ADMIN);
    expect(report).toMatchObject({
      scope: 'all instances',
      since: expect.stringMatching(/^20.*Z$/) as string,
      note: expect.stringContaining('Of all instances, from Redis, since 20') as string,
      prices: expect.stringContaining('list prices') as string,
      total: { requests: 3, metered: 3, input_tokens: 42, output_tokens: 54, usd: '0.0001', unpriced: 1 },
    });
    expect(await page(one, '/-/usage', MUM)).toMatchObject({ token: 'mum', total: { requests: 2 } });
    const three = await start();
    const used = { requests: 2, tokens: 64, usd: '0.0001' };
    expect(await page(three, '/-/me', MUM)).toMatchObject({
      ...{ scope: 'all instances', today: used, month: used, since: report['since'] },
    });
    expect(await page(three, '/dashboard/billing/usage', MUM)).toMatchObject({
      ...{ total_usage: 0.01, scope: 'all instances', since: report['since'] },
    });
    expect(await page(three, '/v1/usage', MUM)).toMatchObject({ current_usage_usd: 0.0001 });
  });

  it('tell what their own instance has used while Redis is away, and have it all when it is back', async () => {
    const [one, two] = [await start(), await start()];
    for (const proxy of [one, two]) await chat(proxy, MUM, { model: 'gpt-5-mini' });
    const requests = async () => {
      const { scope, total } = (await page(one, '/-/usage', MUM)) as { scope: string; total: Json };
      return [scope, total['requests']];
    };
    expect(await requests()).toEqual(['all instances', 2]);
    redis.signal('SIGSTOP');
    await chat(one, MUM, { model: 'gpt-5-mini' });
    expect(await requests()).toEqual(['this instance', 2]);
    expect(await page(one, '/-/usage', MUM)).toMatchObject({
      note: expect.stringMatching(/^Redis does not respond\. Of this instance alone/) as string,
    });
    redis.signal('SIGCONT');
    let found = await requests();
    while (found[0] === 'this instance') found = await requests();
    expect(found).toEqual(['all instances', 3]);
  });

  it('tell the operator what each hour of the last day has used, and how soon streams began, of all of them', async () => {
    const [one, two] = [await start(), await start()];
    await chat(one, MUM, { model: 'gpt-5-mini', stream: true });
    await chat(two, DAD, { model: 'gpt-5-mini' });
    const overview = async () =>
      (await page(one, '/-/console/overview?range=24h', ADMIN)) as unknown as Overview;
    const { series, today, first_token } = await overview();
    expect(series).toMatchObject({ scope: 'all', total: { requests: 2, unmetered: 1, nano_usd: 50_000 } });
    expect(series.token.map(({ name, requests }) => [name, requests.at(-1)])).toEqual([
      ['dad', 1],
      ['mum', 1],
    ]);
    expect([today.scope, today.requests, first_token.today.count]).toEqual(['all', 2, 1]);
    const client = new Redis(redis.url);
    const hours = await client.keys('scf-llm-proxy:use-hours:*');
    expect(hours.length).toBeGreaterThanOrEqual(4); // the hour, its two places, and what was sent
    for (const key of hours) expect(await client.ttl(key)).toBeLessThanOrEqual(25 * 3_600);
    client.disconnect();
    await send(two.url, '/v1/models'); // so that the ids, which count here, differ
    for (const proxy of [two, one]) await page(proxy, '/-/console/health', ADMIN);
    const { instances, checks } = (await page(two, '/-/console/health', ADMIN)) as unknown as HealthReport;
    expect(instances?.map(({ version }) => version)).toEqual(['0.0.0-test', '0.0.0-test']);
    expect(checks.find(({ name }) => name === 'redis')?.status).toBe('ok');
    redis.signal('SIGSTOP');
    const own = await overview();
    expect([own.series.scope, own.series.total.requests]).toEqual(['instance', 1]);
  });

  it('leave no secret in Redis that a client has sent as the name of a model', async () => {
    const one = await start();
    await chat(one, DAD, { model: KEY });
    await chat(one, DAD, { model: `a\n${MUM}` });
    expect(await page(one, '/-/usage', ADMIN)).toMatchObject({ total: { requests: 2 } });
    const client = new Redis(redis.url);
    const found: string[] = [];
    for (const key of await client.keys('*use*'))
      found.push(key, JSON.stringify(await client.hgetall(key).catch(() => '')));
    client.disconnect();
    expect(found.join()).toContain('[redacted]');
    for (const secret of [KEY, MUM, DAD, ADMIN]) expect(found.join()).not.toContain(secret);
  });
});

describe('npm run usage', () => {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'use-test-'));
  const file = path.join(folder, 'proxy.log');
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  /** Requests of two instances: metered, in a stream, unmetered, unpriced, and errors of the provider and of the proxy. */
  async function use(): Promise<readonly string[]> {
    const proxies = [await start(), await start()];
    for (const proxy of proxies) {
      await chat(proxy, MUM, { model: 'gpt-5-mini' });
      await chat(proxy, MUM, { model: 'gpt-5-mini', stream: true });
      await chat(proxy, MUM, {
        model: 'gpt-5-mini',
        stream: true,
        stream_options: { include_usage: true },
      });
      await chat(proxy, DAD, { model: 'house' });
      await chat(proxy, DAD, { model: 'a\u0001b' });
      await send(proxy.url, '/v1/models', { headers: { authorization: `Bearer ${DAD}` } });
    }
    const [one] = proxies;
    if (!one) throw new Error('there is no instance');
    upstream.respond((_, response) => response.writeHead(500).end('{}'));
    await chat(one, DAD, { model: 'invented' });
    await until('all are logged', () => proxies.every((proxy) => requestsIn(proxy).length >= 6));
    expect(await page(one, '/-/usage', ADMIN)).toMatchObject({ total: { requests: 13 } });
    return proxies.flatMap(requestsIn).flatMap((line) => (line['provider'] ? [JSON.stringify(line)] : []));
  }

  it('prints the same table from a file, from CLS and from Redis', async () => {
    const lines = await use();
    expect(lines).toHaveLength(13);
    writeFileSync(file, `${lines.join('\n')}\n`);
    const scene = await Scene.start();
    try {
      await scene.deploy();
      const { root } = scene.project;
      const environment = { ...scene.project.environment, PRICES, REDIS_URL: redis.url };
      const log = { name: 'scf-llm-proxy', region: 'ap-singapore' };
      for (const line of lines) scene.scf.writeLog(log, line, { timeMs: Date.now() - 1_000 });
      for (const args of [[], ['--by', 'token'], ['--by', 'day,provider'], ['--csv'], ['--json']]) {
        const fromFile = await usage([file, ...args], { root, environment });
        const fromCls = await usage(['--since', '2d', ...args], { root, environment });
        const fromRedis = await usage(['--redis', '--since', '2d', ...args], { root, environment });
        expect(fromFile.status).toBe(0);
        expect(fromCls).toMatchObject({ status: 0, errors: '', output: fromFile.output });
        expect(fromRedis).toMatchObject({ status: 0, output: fromFile.output });
        expect(fromRedis.errors).toContain('Of all instances, from Redis, since 20');
      }
      const { output } = await usage(['--redis', redis.url, '--by', 'token']);
      expect(output).toMatch(/^mum +6 +33\.3 % +0\.0 % +66\.7 % /m);
    } finally {
      await scene.stop();
    }
  });

  it('says what is wrong with a Redis that it cannot read, and never its address', async () => {
    const password = 'planted-redis-password';
    await redis.kill();
    const gone = await usage(['--redis', redis.url]);
    expect([gone.status, gone.errors]).toEqual([1, expect.stringMatching(/^Redis cannot be used \(ECONN/)]);
    expect(gone.errors).not.toContain(password);
    const wrong = await usage(['--redis', `http://:${password}@host`]);
    expect([wrong.status, wrong.errors]).toEqual([
      1,
      expect.stringContaining('--redis must begin with redis://'),
    ]);
    expect(wrong.errors).not.toContain(password);
    expect(await usage(['--redis'])).toMatchObject({
      status: 1,
      errors: expect.stringContaining('REDIS_URL is not set') as string,
    });
    await redis.start();
  });

  it.each([['--by', 'key'], ['--by', 'hour'], ['--reconcile'], ['a-file']])(
    'has from Redis no %s %s',
    async (...args) => {
      expect(await usage(['--redis=redis://127.0.0.1', ...args])).toMatchObject({ status: 2 });
    },
  );

  it('is what npm run token -- list shows of each token', async () => {
    await use();
    const list = (...args: readonly string[]) =>
      listTokens({
        arguments: args,
        environment: { REDIS_URL: redis.url, ACCESS_TOKENS: `mum:${MUM},aunt:aunt-0123456789abcdef` },
        root: '/nonexistent',
        input: inputOf('', 1),
        isPiped: false,
        now: Date.now,
      });
    const { lines, notes, status } = await list();
    const today = new Date().toISOString().slice(0, 10);
    expect(status).toBe(0);
    expect(lines.map((line) => line.split(/ {2,}/))).toEqual([
      ['token', 'state', 'requests', 'usd', 'last used (UTC)'],
      ['aunt', 'in ACCESS_TOKENS', '0', '–', '–'],
      ['dad', 'signed, or no longer configured', '7', '–', today],
      ['mum', 'in ACCESS_TOKENS', '6', expect.stringMatching(/^0\.000/), today],
    ]);
    expect(notes.join()).toContain('Of all instances, from Redis');
    expect((await list('--since', '1d')).lines).toEqual(lines);
  });
});
