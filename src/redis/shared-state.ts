import type { Redis } from 'ioredis';
import type { RateLimiterAbstract } from 'rate-limiter-flexible';
import type { CoolDown } from '../proxy/keys/key-health';
import { parseCoolDown } from '../proxy/keys/parse-cool-down';
import type { SharedKeys } from '../proxy/keys/key-source';
import type { OwnerStore } from '../proxy/owners/resource-owners';
import type { MakeLimiter } from '../proxy/auth/bad-token-limiter';
import type { Logger } from '../log/logger';
import type { Revocations } from '../proxy/tokens/revocations';
import { redisOwnerStore } from './owner-store';
import { followRevocations } from './revocation-feed';
import type { SharedPlaces } from '../proxy/auth/token-places';
import { SharedKeySpending } from './key-spending';
import { redisPlaces } from './token-places';

/** What instances share through Redis. Apart from `owners`, no request waits for it; failures are ignored. */
export interface Sharing {
  readonly publish: (coolDown: CoolDown) => void;
  readonly makeLimiter: MakeLimiter;
  /** Which key created which object; a request that names one waits for it, for 50 ms at most. */
  readonly owners: OwnerStore;
  /** Where access tokens are used. */
  readonly places: SharedPlaces;
  /** What was spent with keys that have a budget. */
  readonly keySpending: Pick<SharedKeySpending, 'add'>;
  readonly close: () => void;
}

const PREFIX = 'scf-llm-proxy';
const COOL_DOWNS = `${PREFIX}:cool-downs`;
const COOL_DOWNS_TTL_SECONDS = 25 * 60 * 60; // longer than any cool-down
/** More than all keys and models; a longer list is not read, since something else must have written it. */
const MAX_COOL_DOWNS = 20_000;
const COMMAND_TIMEOUT_MS = 500;

/**
 * Connects in the background and keeps retrying; each loss and each return is logged once.
 * @param revocations of signed tokens; `undefined` if there are none
 */
export function shareThroughRedis(
  url: string,
  keys: SharedKeys,
  now: () => number,
  logger: Logger,
  revocations?: Revocations,
): Sharing {
  const loaded = Promise.all([import('ioredis'), import('./connector')]);
  const connected = loaded.then(([{ Redis: Client }, { RacingConnector }]) => {
    const client = new Client(url, {
      // ioredis's connector gives each address Node's 250 ms, including the last.
      Connector: RacingConnector,
      commandTimeout: COMMAND_TIMEOUT_MS,
      enableOfflineQueue: false, // a command that cannot be sent now fails now
      maxRetriesPerRequest: 0,
      retryStrategy: (times) => Math.min(times * 100, 2_000),
    });
    const subscriber = client.duplicate({ enableOfflineQueue: true, autoResubscribe: true });
    client.on('ready', () => {
      keySpending.catchUp().catch(() => undefined);
    });
    follow(client, subscriber, keys, now, logger);
    if (revocations) followRevocations({ client, subscriber, revocations, logger });
    return { client, subscriber };
  });

  const keySpending = new SharedKeySpending(async () => (await connected).client, PREFIX, keys);

  return {
    keySpending,
    places: redisPlaces(async () => (await connected).client, PREFIX),
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

function follow(client: Redis, subscriber: Redis, keys: SharedKeys, now: () => number, logger: Logger): void {
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
    if (lost) logger.info({}, 'redis is back');
    lost = false;
    // What was published while the connection was down (or the instance frozen) is read again.
    catchUp(client, keys, now).catch(loseOnce);
  });
  subscriber.on('message', (_channel, text: string) => {
    adopt(text, keys, now());
  });
  subscriber.subscribe(COOL_DOWNS).catch(() => undefined); // ioredis subscribes again on every connection
}

async function catchUp(client: Redis, keys: SharedKeys, now: () => number): Promise<void> {
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

/** @returns when the key's cool-down ends; `undefined` if the text is not a cool-down */
function adopt(text: string, keys: SharedKeys, nowMs: number): number | undefined {
  const coolDown = parseCoolDown(text, nowMs);
  if (coolDown) keys.adopt(coolDown);
  return coolDown?.untilMs;
}
