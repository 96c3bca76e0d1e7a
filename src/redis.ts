import type { Redis } from 'ioredis';
import type { RateLimiterAbstract } from 'rate-limiter-flexible';
import type { CoolDown } from './core/key-health';
import type { KeySource } from './core/key-source';
import type { MakeLimiter } from './core/throttle';
import type { Logger } from './log';

/** What instances share through Redis. Nothing here is waited for by a request; what fails is done without. */
export interface Sharing {
  readonly publish: (coolDown: CoolDown) => void;
  readonly makeLimiter: MakeLimiter;
  readonly close: () => void;
}

const PREFIX = 'scf-llm-proxy';
const COOL_DOWNS = `${PREFIX}:cool-downs`;
const COOL_DOWNS_TTL_SECONDS = 25 * 60 * 60; // longer than any cool-down
const COMMAND_TIMEOUT_MS = 500;

/** Connects in the background, and goes on trying; the log tells of losses and returns, once each. */
export function shareThroughRedis(url: string, keys: KeySource, now: () => number, logger: Logger): Sharing {
  const connected = import('ioredis').then(({ Redis: Client }) => {
    const client = new Client(url, {
      commandTimeout: COMMAND_TIMEOUT_MS,
      connectTimeout: 2_000,
      enableOfflineQueue: false, // a command that cannot go now fails now
      maxRetriesPerRequest: 0,
      retryStrategy: (times) => Math.min(times * 100, 2_000),
    });
    const subscriber = client.duplicate({ enableOfflineQueue: true, autoResubscribe: true });
    follow(client, subscriber, keys, now, logger);
    return { client, subscriber };
  });

  return {
    publish(coolDown) {
      void connected
        .then(({ client }) => {
          const text = JSON.stringify(coolDown);
          const field = `${coolDown.pool}|${coolDown.fingerprint}|${coolDown.model}`;
          return client
            .multi()
            .hset(COOL_DOWNS, field, text)
            .expire(COOL_DOWNS, COOL_DOWNS_TTL_SECONDS)
            .publish(COOL_DOWNS, text)
            .exec();
        })
        .catch(() => undefined); // the loss of the connection is logged already
    },
    async makeLimiter(options): Promise<RateLimiterAbstract> {
      const { client } = await connected;
      const { default: RateLimiterRedis } = await import('rate-limiter-flexible/lib/RateLimiterRedis.js');
      return new RateLimiterRedis({
        ...options,
        storeClient: client,
        rejectIfRedisNotReady: true,
      });
    },
    close() {
      void connected.then(({ client, subscriber }) => {
        client.disconnect();
        subscriber.disconnect();
      });
    },
  };
}

function follow(client: Redis, subscriber: Redis, keys: KeySource, now: () => number, logger: Logger): void {
  let lost = false;
  const loseOnce = (error?: NodeJS.ErrnoException) => {
    if (!lost)
      logger.warn(
        { reason: error?.code ?? 'closed' },
        'redis is out of reach; this instance goes on by itself',
      );
    lost = true;
  };
  client.on('error', loseOnce).on('close', () => {
    loseOnce();
  });
  subscriber.on('error', () => undefined);
  client.on('ready', () => {
    if (lost) logger.info('redis is back');
    lost = false;
    // What was published while the connection was down (or the instance frozen) is read again.
    catchUp(client, keys, now).catch(loseOnce);
  });
  subscriber.on('message', (_channel, text: string) => {
    adopt(text, keys);
  });
  subscriber.subscribe(COOL_DOWNS).catch(() => undefined); // sent again on every connection
}

async function catchUp(client: Redis, keys: KeySource, now: () => number): Promise<void> {
  for (const [field, text] of Object.entries(await client.hgetall(COOL_DOWNS))) {
    if (!adopt(text, keys, now())) await client.hdel(COOL_DOWNS, field);
  }
  for (const pool of keys.poolNames()) keys.startAt(pool, await client.incr(`${PREFIX}:rotation:${pool}`));
}

/** @returns whether it still matters */
function adopt(text: string, keys: KeySource, nowMs = -Infinity): boolean {
  try {
    const coolDown = JSON.parse(text) as CoolDown;
    if (!(coolDown.untilMs > nowMs)) return false;
    keys.adopt(coolDown);
    return true;
  } catch {
    return false;
  }
}
