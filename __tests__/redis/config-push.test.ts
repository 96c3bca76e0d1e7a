import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import http from 'node:http';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { Redis } from 'ioredis';
import { buildScf } from '../../scripts/build/build';
import { pushConfiguration } from '../../scripts/config/push';
import { startFakeUpstream, type FakeUpstream } from '../../scripts/fakes/fake-upstream';
import { pushKeys, sealTable } from '../../src/config/pushed-table';
import { OPENAI_HEADERS, send, until } from '../helpers/http';
import { startBundle, type RunningBundle } from '../helpers/proxies';
import { redisServer, type RedisServer } from '../helpers/redis-server';

/** Instances of the bundle, started as SCF starts them, that follow what is pushed through a real redis-server. */

const SECRET = 'planted-secret-of-the-tests-0123456789';
const KEYS = pushKeys(SECRET);
const TAKEN = 'configuration taken over';
const REJECTED = 'the pushed configuration has problems; the configuration stays as it was';
const OLD = { OPENAI_API_KEYS: 'sk-old-0123456789', ACCESS_TOKENS: 'old:planted-old-0123456789' };
const NEW = { OPENAI_API_KEYS: 'sk-new-0123456789', ACCESS_TOKENS: 'new:planted-new-0123456789' };

let redis: RedisServer;
let upstream: FakeUpstream;
let folder: string;
/** The command that starts a package with the variables of `OLD` in it. */
let command: readonly [string];
const running: RunningBundle[] = [];
const clients: Redis[] = [];

beforeAll(async () => {
  upstream = await startFakeUpstream();
  folder = mkdtempSync(path.join(tmpdir(), 'config-push-'));
  command = await build('old', OLD);
});
afterAll(async () => {
  rmSync(folder, { recursive: true });
  await upstream.close();
});
beforeEach(async () => {
  redis = await redisServer();
  await redis.start();
});
afterEach(async () => {
  for (const client of clients.splice(0)) client.disconnect();
  await Promise.all(running.splice(0).map((bundle) => bundle.stop()));
  await redis.kill();
});

async function build(name: string, packaged: Record<string, string>): Promise<readonly [string]> {
  const config = path.join(folder, `config-${name}`);
  const target = path.join(folder, name);
  const { mkdirSync } = await import('node:fs');
  mkdirSync(config);
  writeFileSync(
    path.join(config, 'a.json'),
    JSON.stringify({ OPENAI_UPSTREAM: upstream.origin, ...packaged }),
  );
  await buildScf(target, config);
  return [path.join(target, 'scf_bootstrap')];
}

const environment = () => ({ REDIS_URL: redis.url, CONFIG_SECRET: SECRET });

async function start(bundle = command): Promise<RunningBundle> {
  const started = await startBundle({ ...environment(), TENCENTCLOUD_RUNENV: 'SCF' }, [...bundle]);
  running.push(started);
  return started;
}

const push = (variables: Record<string, string>) =>
  pushConfiguration({
    environment: environment(),
    table: { OPENAI_UPSTREAM: upstream.origin, ...variables },
    now: Date.now,
  });

function connect(): Redis {
  const client = new Redis(redis.url);
  clients.push(client);
  return client;
}

async function ask({ url }: RunningBundle, name: 'old' | 'new'): Promise<[status: number, key: unknown]> {
  const before = upstream.seen.length;
  const headers = { authorization: `Bearer planted-${name}-0123456789` };
  const { status } = await send(url, '/v1/models', { headers });
  return [status, upstream.seen[before]?.headers.authorization];
}

const lines = ({ log }: RunningBundle, message: string) => log.filter(({ msg }) => msg === message);

it('What is pushed is taken over while a stream runs, also by those that start later, before their first request.', async () => {
  const bundle = await start();
  expect(await ask(bundle, 'old')).toEqual([200, 'Bearer sk-old-0123456789']);
  let finish: () => void = () => undefined;
  upstream.respond((_request, response) => {
    response.writeHead(200, { 'content-type': 'text/event-stream' }).write('data: 1\n\n');
    finish = () => response.end('data: [DONE]\n\n');
  });
  const headers = { ...OPENAI_HEADERS, authorization: 'Bearer planted-old-0123456789' };
  const sent = http.request(`${bundle.url}/v1/chat/completions`, { method: 'POST', headers });
  const stream = await new Promise<http.IncomingMessage>((resolve) =>
    sent.on('response', resolve).end('{"model":"m","stream":true}'),
  );
  let received = '';
  stream.on('data', (chunk: Buffer) => (received += chunk.toString()));
  await until('the stream runs', () => received !== '');
  upstream.respond((_request, response) => response.end('{}'));

  // Told before it follows, it would not be told.
  const subscribed = connect();
  while (Number((await subscribed.pubsub('NUMSUB', KEYS.table))[1]) < 1)
    await new Promise((resolve) => setTimeout(resolve, 5));
  const pushed = await push(NEW);
  expect(pushed).toMatchObject({ status: 0, notes: [] });
  expect(pushed.lines[0]).toContain('1 instance was told');
  await until('it is taken over', () => lines(bundle, TAKEN).length === 1);
  expect(lines(bundle, TAKEN)[0]).toMatchObject({ changed: ['OPENAI_API_KEYS', 'ACCESS_TOKENS'] });
  expect(await ask(bundle, 'old')).toEqual([401, undefined]);
  expect(await ask(bundle, 'new')).toEqual([200, 'Bearer sk-new-0123456789']);
  finish();
  await new Promise((resolve) => stream.once('close', resolve));
  expect(received).toBe('data: 1\n\ndata: [DONE]\n\n');

  const later = await start();
  expect(await ask(later, 'new')).toEqual([200, 'Bearer sk-new-0123456789']);
  const kept = (await subscribed.get(KEYS.table)) ?? '';
  const shown =
    [bundle, later].map((one) => one.stdout() + one.stderr()).join('') + kept + pushed.lines.join('');
  expect(shown).not.toMatch(/planted|sk-(?:old|new)-/);
  expect(Buffer.from(kept, 'base64url').toString('latin1')).not.toContain('planted');
}, 20_000);

it('What cannot be taken over changes nothing, and the log says why.', async () => {
  const bundle = await start();
  const client = connect();
  const put = (sealed: string) => client.multi().set(KEYS.table, sealed).publish(KEYS.table, '').exec();
  const packages = await client.hkeys(KEYS.packages);
  const bad = { ...NEW, OPENAI_UPSTREAM: upstream.origin, TIMEOUT: 'planted' };
  for (const [at, [sealed, problem]] of [
    [sealTable({ variables: bad, packages, pushedMs: 1 }, SECRET), 'TIMEOUT must'],
    [sealTable({ variables: NEW, packages, pushedMs: 1 }, `${SECRET}4`), 'CONFIG_SECRET'],
    ['planted', 'CONFIG_SECRET'],
    ['planted'.repeat(200_000), 'more than can'],
  ].entries()) {
    await put(sealed ?? '');
    await until(`it is read: ${at}`, () => lines(bundle, REJECTED).length > at);
    expect(lines(bundle, REJECTED)[at]).toMatchObject({
      level: 'error',
      problems: [expect.stringContaining(problem ?? '')],
    });
  }
  expect(await ask(bundle, 'old')).toEqual([200, 'Bearer sk-old-0123456789']);
  expect(bundle.stdout()).not.toContain('planted');
  await push(NEW);
  await until('a good one is taken over', () => lines(bundle, TAKEN).length === 1);
}, 20_000);

it('A later deployment of another configuration ends what was pushed, also if the earlier one is deployed again.', async () => {
  const first = await start();
  await push(NEW);
  await until('it is taken over', () => lines(first, TAKEN).length === 1);
  const second = await start(await build('second', { ...OLD, TIMEOUT: '5000' }));
  expect(await ask(second, 'old')).toEqual([200, 'Bearer sk-old-0123456789']);
  const again = await start();
  expect(await ask(again, 'old')).toEqual([200, 'Bearer sk-old-0123456789']);
  await push(NEW);
  await until('all have it', () => [second, again].every((bundle) => lines(bundle, TAKEN).length === 1));
}, 20_000);

it('Without Redis an instance starts with its package, and takes over what was pushed when Redis is back.', async () => {
  await start();
  await push(NEW);
  const client = connect();
  const [sealed, packages] = [await client.get(KEYS.table), await client.hgetall(KEYS.packages)];
  await redis.kill();
  const bundle = await start();
  expect(await ask(bundle, 'old')).toEqual([200, 'Bearer sk-old-0123456789']);
  await redis.start();
  await connect()
    .multi()
    .set(KEYS.table, sealed ?? '')
    .hset(KEYS.packages, packages)
    .exec();
  await until('it is taken over', () => lines(bundle, TAKEN).length === 1);
}, 20_000);

it('Nothing is pushed that no instance would follow.', async () => {
  await expect(push(NEW)).rejects.toThrow('No instance with this CONFIG_SECRET has used this Redis');
  await start();
  const other = { ...environment(), CONFIG_SECRET: `${SECRET}4` };
  await expect(pushConfiguration({ environment: other, table: NEW, now: Date.now })).rejects.toThrow(
    'No instance',
  );
}, 20_000);
