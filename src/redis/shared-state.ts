import type { Redis } from 'ioredis';
import type { RateLimiterAbstract } from 'rate-limiter-flexible';
import type { CoolDown } from '../proxy/keys/key-health';
import { parseCoolDown } from '../proxy/keys/parse-cool-down';
import type { SharedKeys } from '../proxy/keys/key-source';
import type { OwnerStore } from '../proxy/owners/resource-owners';
import type { MakeLimiter } from '../proxy/auth/bad-token-limiter';
import type { Logger } from '../log/logger';
import type { Revocations } from '../proxy/tokens/revocations';
import type { LimitStore } from '../proxy/limits/limit-store';
import { redisOwnerStore } from './owner-store';
import { firstAttempt } from './first-attempt';
import { followConfig, type ConfigFollower } from './feeds/config-feed';
import { followRevocations } from './feeds/revocation-feed';
import type { SharedPlaces } from '../proxy/auth/token-places';
import { SharedKeySpending } from './key-spending';
import { redisPlaces } from './token-places';

export interface SharingOptions {
  readonly redisUrl: string;
  /** Maximum time until a provider's response begins. */
  readonly timeoutMs: number;
}

/** What instances share through Redis. Apart from `owners` and `limits`, no request waits for it; failures are ignored. */
export interface Sharing {
  readonly publish: (coolDown: CoolDown) => void;
  readonly makeLimiter: MakeLimiter;
  /** Which key created which object; a request that names one waits for it, for 50 ms at most. */
  readonly owners: OwnerStore;
  /** Where access tokens are used. */
  readonly places: SharedPlaces;
  /** What was spent with keys that have a budget. */
  readonly keySpending: Pick<SharedKeySpending, 'add'>;
  /** What access tokens use; a request of one with limits waits for it, for 250 ms at most once Redis was reached. */
  readonly limits: LimitStore;
  /** Resolves when everything that has been said so far is sent. */
  readonly close: () => Promise<void>;
}

const PREFIX = 'scf-llm-proxy';
const COOL_DOWNS = `${PREFIX}:cool-downs`;
const COOL_DOWNS_TTL_SECONDS = 25 * 60 * 60; // longer than any cool-down
/** More than all keys and models; a longer list is not read, since something else must have written it. */
const MAX_COOL_DOWNS = 20_000;
const COMMAND_TIMEOUT_MS = 500;
/** The requests of an instance that has died count as running for so long; a shorter TIMEOUT shortens it. */
const MAX_LEASE_MS = 60_000;
const LEASE_MARGIN_MS = 1_000;

/** What others change while the process runs; `undefined` for what is not followed. */
export interface Followed {
  /** Of signed tokens. */
  readonly revocations?: Revocations | undefined;
  readonly configuration?: ConfigFollower | undefined;
}

/** Connects in the background and keeps retrying; each loss and each return is logged once. */
export function shareThroughRedis(
  { redisUrl, timeoutMs }: SharingOptions,
  keys: SharedKeys,
  now: () => number,
  logger: Logger,
  { revocations, configuration }: Followed = {},
): Sharing {
  const notices = new Notices(logger);
  const loaded = Promise.all([import('ioredis'), import('./connector'), import('./limit-store')]);
  const connected = loaded.then(([{ Redis: Client }, { RacingConnector }, { RedisLimits }]) => {
    const client = new Client(redisUrl, {
      // ioredis's connector gives each address Node's 250 ms, including the last.
      Connector: RacingConnector,
      commandTimeout: COMMAND_TIMEOUT_MS,
      enableOfflineQueue: false, // a command that cannot be sent now fails now
      maxRetriesPerRequest: 0,
      retryStrategy: (times) => Math.min(times * 100, 2_000),
    });
    const subscriber = client.duplicate({ enableOfflineQueue: true, autoResubscribe: true });
    const tried = firstAttempt(client);
    client.on('ready', () => {
      keySpending.catchUp().catch(() => undefined);
    });
    follow(client, subscriber, keys, now, notices);
    if (revocations) followRevocations({ client, subscriber, revocations, logger });
    if (configuration) followConfig({ client, subscriber }, configuration, now);
    return { client, subscriber, tried, RedisLimits };
  });

  const keySpending = new SharedKeySpending(async () => (await connected).client, PREFIX, keys);

  const limits = connected.then(
    ({ client, tried, RedisLimits }) =>
      new RedisLimits({
        connect: () => tried.then(() => client),
        prefix: PREFIX,
        leaseMs: Math.min(timeoutMs, MAX_LEASE_MS) + LEASE_MARGIN_MS,
        onStall() {
          notices.lost('timeout');
        },
        onResume() {
          notices.isBack();
        },
      }),
  );

  return {
    keySpending,
    places: redisPlaces(async () => (await connected).client, PREFIX),
    limits: {
      begin: async (...request) => (await limits).begin(...request),
      state: async (...request) => (await limits).state(...request),
    },
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
      return new Promise((resolve) => {
        setImmediate(() => {
          void limits.then((store) => {
            store.close();
          });
          void connected.then(({ client, subscriber }) => {
            client.quit().catch(() => {
              client.disconnect();
            });
            subscriber.disconnect();
          });
          resolve();
        });
      });
    },
  };
}

function follow(
  client: Redis,
  subscriber: Redis,
  keys: SharedKeys,
  now: () => number,
  notices: Notices,
): void {
  const lose = (error?: NodeJS.ErrnoException) => {
    notices.lost(error?.code ?? 'closed');
  };
  client.on('error', lose).on('close', () => {
    lose();
  });
  subscriber.on('error', () => undefined);
  client.on('ready', () => {
    notices.isBack();
    // What was published while the connection was down (or the instance frozen) is read again.
    catchUp(client, keys, now).catch(lose);
  });
  subscriber.on('message', (_channel, text: string) => {
    adopt(text, keys, now());
  });
  subscriber.subscribe(COOL_DOWNS).catch(() => undefined); // ioredis subscribes again on every connection
}

/** Logs each loss and each return once. */
class Notices {
  #isLost = false;

  constructor(private readonly logger: Logger) {}

  lost(reason: string): void {
    if (!this.#isLost) this.logger.warn({ reason }, 'redis is out of reach; this instance goes on by itself');
    this.#isLost = true;
  }

  isBack(): void {
    if (this.#isLost) this.logger.info({}, 'redis is back');
    this.#isLost = false;
  }
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
