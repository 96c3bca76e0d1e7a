import { createHash } from 'node:crypto';
import type { Provider } from '../providers/provider';
import { splitKeys } from './credentials';
import { continuesUpload } from './grants';
import type { CoolDown, PoolEvents } from './key-health';
import { KeyPool, type KeyStrategy } from './key-pool';
import type { KeyReport, WeightedKey } from './pool-key';

const NOWHERE = { path: '', query: '' };
/** What is kept of callers' joined keys, 4,096 keys at most; past it the pool used least recently starts anew. */
const MAX_CALLER_BYTES = 4 * 1024 * 1024;
/** What one key's state takes, beside its characters. */
const BYTES_A_KEY = 1_024;

interface CallerPool {
  readonly pool: KeyPool;
  readonly bytes: number;
}

export interface KeySourceOptions {
  readonly pools: ReadonlyMap<Provider, readonly WeightedKey[]>;
  readonly strategy: KeyStrategy;
  readonly now: () => number;
  readonly random: () => number;
  readonly events: PoolEvents;
}

/** Where a request's keys come from: the server's pool, else what the caller sent, one key or several joined. */
export class KeySource {
  readonly #server = new Map<Provider, KeyPool>();
  readonly #callers = new Map<string, CallerPool>();
  #callerBytes = 0;

  constructor(private readonly options: KeySourceOptions) {
    for (const [provider, keys] of options.pools) {
      if (keys.length > 0)
        this.#server.set(provider, new KeyPool(provider.name, keys, { ...options, owner: 'server' }));
    }
  }

  /**
   * @param target where the request goes: path and query
   * @returns a pool; a single key of the caller's; '' where the address is its own permission; undefined where there is
   * none at all
   * @throws ProxyError `too-many-keys`
   */
  for(
    provider: Provider,
    ownCredential: string | undefined,
    target: { readonly path: string; readonly query: string } = NOWHERE,
  ): KeyPool | string | undefined {
    if (ownCredential !== undefined && provider.ephemeralKey?.test(ownCredential)) return ownCredential;
    const source = this.#lasting(provider, ownCredential);
    if (!provider.keyInQuery) return source;
    if (target.query.includes('access_token=')) return ''; // short-lived as well, and in a place of its own
    // An upload belongs to the key that began it, which nobody here remembers; Google asks for the `upload_id` alone.
    return continuesUpload(target) && typeof source !== 'string' ? '' : source;
  }

  /** The server's own pool for a provider; `undefined` if it has no keys for it. */
  serverPool(provider: Provider): KeyPool | undefined {
    return this.#server.get(provider);
  }

  #lasting(provider: Provider, ownCredential: string | undefined): KeyPool | string | undefined {
    const server = this.#server.get(provider);
    if (server) return server;
    if (ownCredential === undefined) return undefined;
    const keys = splitKeys(ownCredential);
    return keys.length > 1 ? this.#callerPool(provider, ownCredential, keys) : keys[0];
  }

  /** The server's pools, by provider. */
  report(): Record<string, KeyReport[]> {
    return Object.fromEntries([...this.#server.values()].map((pool) => [pool.name, pool.report()]));
  }

  adopt(coolDown: CoolDown): void {
    for (const pool of this.#server.values()) if (pool.name === coolDown.pool) pool.adopt(coolDown);
  }

  /** The names of the server's pools. */
  poolNames(): string[] {
    return [...this.#server.values()].map((pool) => pool.name);
  }

  startAt(poolName: string, turn: number): void {
    for (const pool of this.#server.values()) if (pool.name === poolName) pool.startAt(turn);
  }

  #callerPool(provider: Provider, credential: string, keys: readonly string[]): KeyPool {
    const id = createHash('sha256').update(`${provider.name}\0${credential}`).digest('base64');
    const known = this.#callers.get(id);
    if (known) {
      this.#callers.delete(id); // set again, as the most recent
      this.#callers.set(id, known);
      return known.pool;
    }
    const pool = new KeyPool(
      `${provider.name} (caller)`,
      [...new Set(keys)].map((key) => ({ key, weight: 1 })),
      // A client's keys are nobody else's business: other instances are not told of them.
      {
        ...this.options,
        owner: 'client',
        events: { coolDown: () => undefined, addressSuspected: () => undefined },
      },
    );
    const bytes = credential.length + pool.keys.length * BYTES_A_KEY;
    this.#callers.set(id, { pool, bytes });
    this.#callerBytes += bytes;
    for (const [oldest, { bytes: freed }] of this.#callers) {
      if (this.#callerBytes <= MAX_CALLER_BYTES) break;
      this.#callers.delete(oldest);
      this.#callerBytes -= freed;
    }
    return pool;
  }
}
