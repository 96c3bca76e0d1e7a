import type { Redis } from 'ioredis';
import type { RateLimiterAbstract } from 'rate-limiter-flexible';
import type { CoolDown } from '../proxy/keys/key-health';
import { parseCoolDown } from '../proxy/keys/parse-cool-down';
import type { SharedKeys } from '../proxy/keys/key-source';
import type { OwnerStore } from '../proxy/owners/resource-owners';
import type { MakeLimiter } from '../proxy/auth/bad-token-limiter';
import type { Logger } from '../log/logger';
import type { Revocations } from '../proxy/tokens/revocations';
import type { SharedLimitStore } from '../proxy/limits/limit-store';
import { redisOwnerStore } from './owner-store';
import { firstAttempt } from './first-attempt';
import { followConfig, type ConfigFollower } from './feeds/config-feed';
import { meetInstances } from './feeds/instances';
import { followRevocations } from './feeds/revocation-feed';
import type { InstanceRow } from '../pages/console/report';
import type { SharedPlaces } from '../proxy/auth/token-places';
import { SharedKeySpending } from './key-spending';
import { redisPlaces } from './token-places';
import { redisAlertClaims, type AlertClaims } from './alert-claims';
import type { SharedUse } from './use/shared-use';

export interface SharingOptions {
  readonly redisUrl: string;
  /** Maximum time until a provider's response begins. */
  readonly timeoutMs: number;
}

/** What requests have used, summed over all instances. A page waits for `read`, for a second at most. */
export type UseStore = Pick<SharedUse, 'add' | 'read'>;

/** What instances share through Redis. Apart from `owners`, `limits` and pages, no request waits for it; failures are ignored. */
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
  readonly limits: SharedLimitStore;
  readonly use: UseStore;
  /** The same by hours, of the last day. */
  readonly hours: UseStore;
  readonly alerts: AlertClaims;
  /** Enters this instance, whose console is open, and finds the others. */
  readonly meetInstances: (self: InstanceRow) => Promise<readonly InstanceRow[]>;
  /** Resolves when everything that has been said so far is sent. */
  readonly close: () => Promise<void>;
}

const PREFIX = 'scf-llm-proxy';
const COOL_DOWNS = `${PREFIX}:cool-downs`;
const COOL_DOWNS_TTL_SECONDS = 25 * 60 * 60; // longer than any cool-down
/** More than all keys and models; a longer list is not read, since something else must have written it. */
const MAX_COOL_DOWNS = 20_000;
const COMMAND_TIMEOUT_MS = 500;
/** How long the end of the process waits for a Redis that it is still connecting to. */
const CLOSE_LIMIT_MS = 1_000;
/** The requests of an instance that has died count as running for so long; a shorter TIMEOUT shortens it. */
const MAX_LEASE_MS = 60_000;
const LEASE_MARGIN_MS = 1_000;

/** What this instance has to share. */
export interface SharedParts {
  readonly keys: SharedKeys;
  /** Of signed tokens; `undefined` if there are none. */
  readonly revocations: Revocations | undefined;
  /** What follows a configuration that is pushed; `undefined` if none is. */
  readonly configuration?: ConfigFollower | undefined;
  /** Takes what is secret, and what no log may have, out of a name that a client has written. */
  readonly cleanName: (name: string) => string;
  /** The wall clock, in ms. */
  readonly now: () => number;
  readonly logger: Logger;
}

/** Connects in the background and keeps retrying; each loss and each return is logged once. */
export function shareThroughRedis(
  { redisUrl, timeoutMs }: SharingOptions,
  { keys, revocations, configuration, cleanName, now, logger }: SharedParts,
): Sharing {
  const notices = new Notices(logger);
  const loaded = import('./redis-client');
  const connected = loaded.then((beside) => {
    const client = new beside.Redis(redisUrl, {
      // ioredis's connector gives each address Node's 250 ms, including the last.
      Connector: beside.RacingConnector,
      commandTimeout: COMMAND_TIMEOUT_MS,
      enableOfflineQueue: false, // a command that cannot be sent now fails now
      maxRetriesPerRequest: 0,
      retryStrategy: (times) => Math.min(times * 100, 2_000),
    });
    const subscriber = client.duplicate({ enableOfflineQueue: true, autoResubscribe: true });
    const tried = firstAttempt(client);
    const connect = () => tried.then(() => client);
    const use = new beside.SharedUse({ connect, cleanName, now });
    const hours = new beside.SharedUse({ period: beside.BY_HOUR, connect, cleanName, now });
    const limits = new beside.RedisLimits({
      connect,
      prefix: PREFIX,
      leaseMs: Math.min(timeoutMs, MAX_LEASE_MS) + LEASE_MARGIN_MS,
      wallMs: now,
      onStall() {
        notices.lost('timeout');
      },
      onResume() {
        notices.isBack();
      },
    });
    client.on('ready', () => {
      keySpending.catchUp().catch(() => undefined);
      limits.catchUp();
      use.send();
      hours.send();
    });
    follow(client, subscriber, keys, now, notices);
    if (revocations) followRevocations({ client, subscriber, revocations, logger });
    if (configuration) followConfig({ client, subscriber }, configuration, now);
    return { client, subscriber, connect, limits, use, hours };
  });

  const keySpending = new SharedKeySpending(async () => (await connected).client, PREFIX, keys);

  return {
    keySpending,
    places: redisPlaces(async () => (await connected).client, PREFIX),
    limits: {
      begin: async (...request) => (await connected).limits.begin(...request),
      state: async (...request) => (await connected).limits.state(...request),
      count: (...request) => {
        void connected.then(({ limits }) => {
          limits.count(...request);
        });
      },
    },
    use: {
      add(...request) {
        void connected.then(({ use }) => {
          use.add(...request);
        });
      },
      read: async (...filter) => (await connected).use.read(...filter),
    },
    hours: {
      add(...request) {
        void connected.then(({ hours }) => {
          hours.add(...request);
        });
      },
      read: async (...filter) => (await connected).hours.read(...filter),
    },
    meetInstances: (self) => meetInstances(async () => (await connected).connect(), self),
    alerts: redisAlertClaims(async () => (await connected).connect(), PREFIX),
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
      const [{ client }, { RateLimiterRedis }] = await Promise.all([connected, loaded]);
      return new RateLimiterRedis({
        ...options,
        storeClient: client,
        rejectIfRedisNotReady: true,
      });
    },
    async close() {
      const { client, subscriber, limits, use, hours } = await connected;
      // Requests that have just ended settle their accounts first.
      await new Promise((resolve) => setImmediate(resolve));
      const late = new Promise((resolve) => setTimeout(resolve, CLOSE_LIMIT_MS).unref());
      await Promise.race([Promise.all([use.flush(Infinity), hours.flush(Infinity)]), late]);
      limits.close();
      client.quit().catch(() => {
        client.disconnect();
      });
      subscriber.disconnect();
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
