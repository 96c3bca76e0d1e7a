import type { OwnerStore } from '../proxy/owners/resource-owners';

/** Longer than most providers keep objects; for older ones the keys are tried. */
const TTL_MS = 30 * 24 * 60 * 60 * 1_000;
/** Maximum concurrent writes; others are skipped, so that a stalled Redis cannot make memory grow. */
const MAX_SAVES = 256;

/** The ioredis commands used here. */
interface Commands {
  set(key: string, value: string, unit: 'PX', ms: number): Promise<unknown>;
  mget(...keys: string[]): Promise<readonly unknown[]>;
}

/** Which key created which object, shared through Redis: one small value per object, with a TTL. */
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
