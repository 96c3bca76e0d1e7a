import type { Redis } from 'ioredis';
import type { RateLimiterAbstract } from 'rate-limiter-flexible';
import type { CoolDown } from './core/key-health';
import { parseCoolDown } from './core/parse-cool-down';
import type { KeySource } from './core/key-source';
import type { OwnerStore } from './core/resource-owners';
import type { MakeLimiter } from './core/throttle';
import type { Logger } from './log';
import { redisOwnerStore } from './redis-owners';

/** What instances share through Redis. Nothing here is waited for by a request; what fails is done without. */
export interface Sharing {
  readonly publish: (coolDown: CoolDown) => void;
  readonly makeLimiter: MakeLimiter;
  /** Which key made which object; a request that names one waits for it, for 50 ms at most. */
  readonly owners: OwnerStore;
  readonly close: () => void;
}

const PREFIX = 'scf-llm-proxy';
const COOL_DOWNS = `${PREFIX}:cool-downs`;
const COOL_DOWNS_TTL_SECONDS = 25 * 60 * 60; // longer than any cool-down
/** Keys and their models are fewer; a longer list is not read, since somebody else wrote it. */
const MAX_COOL_DOWNS = 20_000;
const COMMAND_TIMEOUT_MS = 500;

/** Connects in the background, and goes on trying; the log tells of losses and returns, once each. */
export function shareThroughRedis(url: string, keys: KeySource, now: () => number, logger: Logger): Sharing {
  const loaded = Promise.all([import('ioredis'), import('./redis-connector')]);
  const connected = loaded.then(([{ Redis: Client }, { RacingConnector }]) => {
    const client = new Client(url, {
      // Its own gives each of a name's addresses Node's 250 ms, the last included.
      Connector: RacingConnector,
      commandTimeout: COMMAND_TIMEOUT_MS,
      enableOfflineQueue: false, // a command that cannot go now fails now
      maxRetriesPerRequest: 0,
      retryStrategy: (times) => Math.min(times * 100, 2_000),
    });
    const subscriber = client.duplicate({ enableOfflineQueue: true, autoResubscribe: true });
    follow(client, subscriber, keys, now, logger);
    return { client, subscriber };
  });

  return {
    owners: redisOwnerStore(async () => (await connected).client, PREFIX),
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
    adopt(text, keys, now());
  });
  subscriber.subscribe(COOL_DOWNS).catch(() => undefined); // sent again on every connection
}

async function catchUp(client: Redis, keys: KeySource, now: () => number): Promise<void> {
  if ((await client.hlen(COOL_DOWNS)) <= MAX_COOL_DOWNS) {
    for (const [field, text] of Object.entries(await client.hgetall(COOL_DOWNS))) {
      const untilMs = adopt(text, keys, now());
      if (untilMs === undefined || untilMs <= now()) await client.hdel(COOL_DOWNS, field);
    }
  }
  for (const pool of keys.poolNames()) {
    const turn = await client.incr(`${PREFIX}:rotation:${pool}`);
    if (Number.isSafeInteger(turn) && turn >= 0) keys.startAt(pool, turn);
  }
}

/** @returns until when a key is out; `undefined` if the text is no cool-down */
function adopt(text: string, keys: KeySource, nowMs: number): number | undefined {
  const coolDown = parseCoolDown(text, nowMs);
  if (coolDown) keys.adopt(coolDown);
  return coolDown?.untilMs;
}
