import { request, type IncomingMessage } from 'node:http';
import { signToken } from '../../src/proxy/tokens/signed-tokens';
import type { TokenLimits } from '../../src/proxy/tokens/claims';
import { startFakeUpstream, type FakeUpstream } from '../../scripts/fakes/fake-upstream';
import { send, until, type WireResponse } from '../helpers/http';
import { startBundle, type RunningBundle } from '../helpers/proxies';
import { redisServer, type RedisServer } from '../helpers/redis-server';

/** The limits of access tokens over two processes with one real redis-server. */

const SECRET = 'planted-secret-of-the-tokens-0123456789';

let redis: RedisServer;
let upstream: FakeUpstream;
let one: RunningBundle;
let two: RunningBundle;

beforeAll(async () => {
  redis = await redisServer();
  await redis.start();
  upstream = await startFakeUpstream();
  [one, two] = [await start(), await start()];
  const token = tokenOf('first', { requestsPerMinute: 100 });
  for (const bundle of [one, two]) await ask(bundle, token); // waits for the connection to Redis
});
afterAll(async () => {
  await Promise.all([one.stop(), two.stop()]);
  redis.signal('SIGCONT');
  await redis.kill();
  await upstream.close();
});

const start = (more: Record<string, string> = {}) =>
  startBundle({
    OPENAI_UPSTREAM: upstream.origin,
    OPENAI_API_KEYS: 'planted-key-a',
    TOKEN_SECRET: SECRET,
    REDIS_URL: redis.url,
    ...more,
  });

const tokenOf = (name: string, limits: TokenLimits) =>
  signToken({ name, issuedAt: Math.floor(Date.now() / 1_000), limits }, SECRET);

const ask = (bundle: RunningBundle, token: string, more: { method?: string; body?: string } = {}) =>
  send(bundle.url, more.body === undefined ? '/v1/models' : '/v1/chat/completions', {
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
    ...more,
  });

const codeOf = ({ headers }: WireResponse) => headers['x-proxy-error'];

/** A request whose response has begun, and does not end. */
async function hold(bundle: RunningBundle, token: string): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    request(`${bundle.url}/v1/models`, { headers: { authorization: `Bearer ${token}` } }, (response) => {
      response.on('error', () => undefined);
      resolve(response);
    })
      .on('error', reject)
      .end();
  });
}

describe('The limits of an access token over two processes', () => {
  it('let exactly 100 of 1,000 concurrent requests pass if 100 may in a minute', async () => {
    const token = tokenOf('rpm', { requestsPerMinute: 100 });
    const before = upstream.seen.length;
    const responses = await Promise.all(
      Array.from({ length: 1_000 }, (_, at) => ask(at % 2 ? one : two, token)),
    );
    const outcomes = responses.map((response) => codeOf(response) ?? response.status);
    expect(outcomes.filter((outcome) => outcome === 200).length).toBe(100);
    expect(outcomes.filter((outcome) => outcome === 'token-rate-limited').length).toBe(900);
    expect(upstream.seen.length - before).toBe(100);
  });

  it('add up its money', async () => {
    // A request whose use is not known is charged 0.10 USD.
    const token = tokenOf('usd', { money: { nanoUsd: 300_000_000, period: 'month' } });
    const chat = { method: 'POST', body: '{"model":"no-such-model","messages":[],"max_tokens":1}' };
    upstream.respond((_, response) => response.writeHead(200, { 'content-type': 'text/plain' }).end('hi'));
    // Its bound is more than what is left, so it passes alone: not until the one before is settled.
    const askWhenSettled = async (bundle: RunningBundle) => {
      for (;;) {
        const response = await ask(bundle, token, chat);
        if (codeOf(response) !== 'token-busy') return response;
      }
    };
    try {
      for (const bundle of [one, two, one]) expect((await askWhenSettled(bundle)).status).toBe(200);
      for (const bundle of [one, two]) {
        await until('what was spent is counted', () => bundle.log.length > 0);
        expect(codeOf(await askWhenSettled(bundle))).toBe('token-budget-spent');
      }
    } finally {
      upstream.respond(upstream.currentResponder());
    }
  });

  it('end what runs in a process that is killed', async () => {
    const doomed = await start({ TIMEOUT: '1000' }); // which shortens its leases
    const token = tokenOf('busy', { concurrency: 1 });
    upstream.respond((_, response) => response.writeHead(200).write('it goes on'));
    const held = await hold(doomed, token);
    expect(codeOf(await ask(two, token))).toBe('token-busy');
    doomed.process.kill('SIGKILL');
    await doomed.exited;
    held.destroy();
    expect(codeOf(await ask(two, token))).toBe('token-busy');
    upstream.respond((_, response) => response.writeHead(200).end('it ends'));
    let status = 429;
    for (let attempt = 0; attempt < 200 && status === 429; attempt++) {
      await new Promise((resolve) => setTimeout(resolve, 50));
      ({ status } = await ask(two, token));
    }
    expect(status).toBe(200);
  });

  it('end with a request, also one that is cut off when its process stops', async () => {
    const stopping = await start({ SHUTDOWN_GRACE: '0' });
    const token = tokenOf('stop', { concurrency: 1 });
    upstream.respond((_, response) => response.writeHead(200).write('it goes on'));
    const held = await hold(stopping, token);
    expect(codeOf(await ask(two, token))).toBe('token-busy');
    await stopping.stop();
    held.destroy();
    upstream.respond((_, response) => response.writeHead(200).end('it ends'));
    expect((await ask(two, token)).status).toBe(200); // no lease had to expire
  });

  it('hold for each process by itself while Redis is gone', async () => {
    upstream.respond((_, response) => response.writeHead(200).end('it ends'));
    const token = tokenOf('gone', { requestsPerMinute: 3 });
    expect((await ask(one, token)).status).toBe(200);
    redis.signal('SIGSTOP');
    const stopped = await Promise.all([ask(one, token), ask(two, token), ask(two, token)]);
    expect(stopped.map(({ status }) => status)).toEqual([200, 200, 200]);
    await redis.kill();
    const statuses: number[] = [];
    for (const bundle of [one, one, two, two]) statuses.push((await ask(bundle, token)).status);
    expect(statuses).toEqual([200, 429, 200, 429]);
    for (const bundle of [one, two]) {
      const lost = bundle.log.filter(({ msg }) => String(msg).startsWith('redis is out of reach'));
      expect(lost).toHaveLength(1);
    }
    await redis.start();
    for (const bundle of [one, two])
      await until('it is back', () => bundle.log.some(({ msg }) => msg === 'redis is back'));
    expect((await ask(one, tokenOf('back', { requestsPerMinute: 1 }))).status).toBe(200);
  });
});
