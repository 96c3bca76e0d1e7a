import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Redis } from 'ioredis';
import { startFakeUpstream } from '../../scripts/fakes/fake-upstream';
import { anthropicError, openaiError } from '../../scripts/fakes/simulated-replies';
import { Alerts } from '../../src/alerts/alerts';
import { redisAlertClaims } from '../../src/redis/alert-claims';
import { send, until } from '../helpers/http';
import { startProxy } from '../helpers/proxies';
import { redisServer, type RedisServer } from '../helpers/redis-server';

/** Alerts of instances that share a real redis-server. */

let server: RedisServer;
let client: Redis;

beforeAll(async () => {
  server = await redisServer();
  await server.start();
  client = new Redis(server.url, { enableOfflineQueue: false, maxRetriesPerRequest: 0 });
  client.on('error', () => undefined);
  await new Promise((resolve) => client.once('ready', resolve));
});
beforeEach(async () => {
  await client.flushall();
});
afterAll(async () => {
  client.disconnect();
  await server.kill();
});

const claims = () => redisAlertClaims(() => Promise.resolve(client), 'p');

/** The alerts of some instances; `sent` has what each has posted. */
function instances(count: number, fails: (instance: number) => boolean = () => false) {
  const sent: string[] = [];
  let over = 0;
  const all = Array.from({ length: count }, (_, at) => {
    const shared = claims();
    return new Alerts({
      ...{ host: 'h', source: 's', redact: (text: string) => text, now: () => 0 },
      logger: { warn: () => undefined },
      claims: {
        async claim(...event) {
          const isOurs = await shared.claim(...event);
          if (!isOurs) over++;
          return isOurs;
        },
        async release(event) {
          await shared.release(event);
          over++;
        },
      },
      async post({ subject }) {
        await Promise.resolve();
        if (fails(at)) throw new Error('status 500');
        sent.push(`${at} ${subject}`);
        over++;
      },
    });
  });
  /** Waits until so many alerts were sent, were left to another instance, or have failed. */
  const untilOver = async (number: number) => {
    while (over < number) await new Promise((resolve) => setImmediate(resolve));
  };
  return { all, sent, untilOver };
}

describe('An event that several instances notice', () => {
  it('is sent by one of them in a window of an hour', async () => {
    const { all, sent, untilOver } = instances(5);
    for (const alerts of all) alerts.poolEmpty('openai', 0);
    await untilOver(5);
    expect(sent).toHaveLength(1);
    all[0]?.poolEmpty('gemini', 0);
    await untilOver(6);
    expect(sent).toHaveLength(2);
    // Its window is over in Redis: the next that notices it tells it, unless it did so itself within the hour.
    await client.flushall();
    for (const alerts of all) alerts.poolEmpty('openai', 0);
    await untilOver(10);
    expect(sent).toHaveLength(3);
    for (const key of await client.keys('*')) {
      expect(key).not.toContain('openai');
      const lifeMs = await client.pttl(key);
      expect(lifeMs).toBeGreaterThan(3_500_000);
      expect(lifeMs).toBeLessThanOrEqual(3_600_000);
    }
  });

  it('is left to another one if the first cannot send it', async () => {
    const { all, sent, untilOver } = instances(2, (at) => at === 0);
    all[0]?.tokenUsed('mum', 80);
    await untilOver(1);
    all[1]?.tokenUsed('mum', 80);
    await untilOver(2);
    expect(sent).toEqual(['1 mum 80 %']);
  });

  it('is one message at the receiver of ALERT_URL', async () => {
    const events: string[] = [];
    const receiver = createServer((request, response) => {
      let text = '';
      request.on('data', (piece) => (text += String(piece)));
      request.on('end', () => {
        const { event, subject } = JSON.parse(text) as Readonly<Record<string, string>>;
        events.push(`${event} ${subject}`);
        response.end();
      });
    });
    await new Promise<void>((resolve) => receiver.listen(0, '127.0.0.1', resolve));
    const upstream = await startFakeUpstream();
    upstream.respond((request, response) => {
      const { status, headers, pieces } = request.headers['x-api-key']
        ? anthropicError(429, 'rate_limit_error')
        : openaiError(429, 'rate_limit_exceeded');
      response.writeHead(status, headers).end(pieces.join(''));
    });
    const start = () =>
      startProxy(upstream, {
        OPENAI_API_KEYS: 'sk-pool-1-0123456789',
        ANTHROPIC_API_KEYS: 'sk-ant-pool-0123456789',
        ACCESS_TOKENS: 'me:planted-token-0123456789',
        ALERT_URL: `http://127.0.0.1:${(receiver.address() as AddressInfo).port}/hook`,
        REDIS_URL: server.url,
      });
    const proxies = [await start(), await start()];
    const headers = { authorization: 'Bearer planted-token-0123456789' };
    try {
      // At the same time: later the second one would know from the first that the key is out.
      await Promise.all(proxies.map((proxy) => send(proxy.url, '/v1/models', { headers })));
      // Each instance sends its alerts in order: the second one has nothing left when this one is sent.
      const last = proxies[1];
      if (last) await send(last.url, '/anthropic/v1/models', { headers });
      const marker = 'pool-empty anthropic';
      await until('the last event is sent', () => events.includes(marker));
      // The first instance may be slower with its own.
      await until('the first event is sent', () => events.includes('pool-empty openai'));
      expect(events.filter((event) => event === 'pool-empty openai')).toHaveLength(1);
      expect(events).toHaveLength(new Set(events).size);
    } finally {
      for (const proxy of proxies) await proxy.stop();
      await upstream.close();
      receiver.close();
    }
  });

  it('is sent by each while Redis is away', async () => {
    const closed = new Promise((resolve) => client.once('close', resolve));
    await server.kill();
    await closed;
    const { all, sent, untilOver } = instances(2);
    for (const alerts of all) alerts.poolEmpty('openai', 0);
    await untilOver(2);
    expect(sent).toHaveLength(2);
    await server.start();
  });
});
