import type { OwnerStore } from './core/resource-owners';

/** Longer than most providers keep anything that is asked for again; what is older is found by asking the keys. */
const TTL_MS = 30 * 24 * 60 * 60 * 1_000;
/** Writes under way at once; what comes on top is not shared, so that a Redis that stalls makes nothing grow. */
const MAX_SAVES = 256;

/** What is used of ioredis. */
interface Commands {
  set(key: string, value: string, unit: 'PX', ms: number): Promise<unknown>;
  mget(...keys: string[]): Promise<readonly unknown[]>;
}

/** Which key made which object, shared through Redis: one small value for each object, which expires by itself. */
export function redisOwnerStore(connect: () => Promise<Commands>, prefix: string): OwnerStore {
  const keyOf = (name: string) => `${prefix}:owner:${name}`;
  let saves = 0;
  return {
    save(name, fingerprint) {
      if (saves >= MAX_SAVES) return;
      saves++;
      void connect()
        .then((redis) => redis.set(keyOf(name), fingerprint, 'PX', TTL_MS))
        .catch(() => undefined) // the loss of the connection is logged already
        .finally(() => saves--);
    },
    async load(names) {
      return (await connect()).mget(...names.map(keyOf));
    },
  };
}
