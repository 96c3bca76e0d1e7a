import { createHash } from 'node:crypto';
import { formatsOf } from '../../providers/formats';
import type { Provider } from '../../providers/provider';
import { splitKeys } from '../../http/credentials';
import { continuesUpload } from '../routing/resumable-upload';
import type { CoolDown, KeyCharge, KeySpent, PoolEvents } from './key-health';
import type { KeyStrategy } from './key-choice';
import { KeyPool } from './key-pool';
import type { KeyReport, WeightedKey } from './managed-key';

const NOWHERE = { path: '', query: '' };
/** Limit for pools of clients' joined keys, 4,096 keys at most; above it the least recently used pool is dropped. */
const MAX_CLIENT_BYTES = 4 * 1024 * 1024;
/** The memory of one key's state, without its characters. */
const BYTES_A_KEY = 1_024;

/** Where a request's credential comes from. */
export type CredentialSource =
  | { readonly kind: 'pool'; readonly pool: KeyPool }
  /** A single key of the client's. */
  | { readonly kind: 'client-key'; readonly key: string }
  /** The request's own URL is its credential: a resumable upload, a short-lived token in the query. */
  | { readonly kind: 'address' };

/** The owner of the key that a request is sent with: `none` if its URL is its own credential. */
export type KeyOwner = 'server' | 'client' | 'none';

export function keyOwnerOf(source: CredentialSource): KeyOwner {
  if (source.kind === 'pool') return source.pool.owner;
  return source.kind === 'client-key' ? 'client' : 'none';
}

const ADDRESS: CredentialSource = { kind: 'address' };

type PoolSource = Extract<CredentialSource, { readonly kind: 'pool' }>;

interface ClientPool {
  readonly source: PoolSource;
  readonly bytes: number;
}

export interface KeySourceOptions {
  readonly pools: ReadonlyMap<Provider, readonly WeightedKey[]>;
  readonly strategy: KeyStrategy;
  readonly now: () => number;
  readonly random: () => number;
  readonly events: PoolEvents;
}

/** What instances share of the server's pools. */
export type SharedKeys = Pick<KeySource, 'adopt' | 'poolNames' | 'startAt' | 'budgets' | 'recordSpent'>;

/** Selects a request's keys: the server's pool, else what the client sent, one key or several joined. */
export class KeySource {
  readonly #server = new Map<Provider, PoolSource>();
  /** The same pools by what a provider is in another format. */
  readonly #inFormats = new Map<Provider, PoolSource>();
  readonly #clientPools = new Map<string, ClientPool>();
  #clientBytes = 0;

  /** @param previous pools of another configuration, by name, which these replace */
  constructor(
    private readonly options: KeySourceOptions,
    previous?: ReadonlyMap<string, KeyPool>,
  ) {
    for (const [provider, keys] of options.pools) {
      if (keys.length === 0) continue;
      const known = previous?.get(provider.name);
      const pool = new KeyPool(provider.name, keys, { ...options, owner: 'server' }, known);
      const source: PoolSource = { kind: 'pool', pool };
      this.#server.set(provider, source);
      for (const format of formatsOf(provider)) this.#inFormats.set(format, source);
    }
  }

  /**
   * @param target path and query of the request
   * @returns `undefined` if there is no credential at all
   * @throws ProxyError `too-many-keys`
   */
  for(
    provider: Provider,
    clientCredential: string | undefined,
    target: { readonly path: string; readonly query: string } = NOWHERE,
  ): CredentialSource | undefined {
    if (clientCredential !== undefined && provider.ephemeralKey?.test(clientCredential)) {
      return { kind: 'client-key', key: clientCredential };
    }
    const source = this.#permanent(provider, clientCredential);
    if (!provider.keyInQuery) return source;
    if (target.query.includes('access_token=')) return ADDRESS; // short-lived as well, and in its own place
    // An upload belongs to the key that began it, which is not known here; Google requires only the `upload_id`.
    return continuesUpload(target) && source?.kind !== 'client-key' ? ADDRESS : source;
  }

  /** The server's own pool for a provider; `undefined` if it has no keys for it. */
  serverPool(provider: Provider): KeyPool | undefined {
    return this.#serverSource(provider)?.pool;
  }

  #serverSource(provider: Provider): PoolSource | undefined {
    return this.#server.get(provider) ?? this.#inFormats.get(provider);
  }

  #permanent(provider: Provider, clientCredential: string | undefined): CredentialSource | undefined {
    const server = this.#serverSource(provider);
    if (server) return server;
    if (clientCredential === undefined) return undefined;
    const keys = splitKeys(clientCredential);
    if (keys.length > 1) return this.#clientPool(provider, clientCredential, keys);
    return keys[0] === undefined ? undefined : { kind: 'client-key', key: keys[0] };
  }

  /** The server's pools, by provider. */
  report(): Record<string, KeyReport[]> {
    return Object.fromEntries([...this.#server.values()].map(({ pool }) => [pool.name, pool.report()]));
  }

  adopt(coolDown: CoolDown): void {
    for (const { pool } of this.#server.values()) if (pool.name === coolDown.pool) pool.adopt(coolDown);
  }

  /** Takes over what all instances have spent with a key. */
  recordSpent({ pool: name, ...spent }: KeySpent): void {
    for (const { pool } of this.#server.values()) if (pool.name === name) pool.recordSpent(spent);
  }

  /** The keys with a budget, each with the window that it is in. */
  budgets(): Omit<KeyCharge, 'nanoUsd'>[] {
    const nowMs = this.options.now();
    return [...this.#server.values()].flatMap(({ pool }) =>
      pool.keys.flatMap(({ fingerprint, spending }) =>
        spending
          ? [{ pool: pool.name, fingerprint, period: spending.budget.period, endMs: spending.endAt(nowMs) }]
          : [],
      ),
    );
  }

  /** The names of the server's pools. */
  poolNames(): string[] {
    return [...this.#server.values()].map(({ pool }) => pool.name);
  }

  startAt(poolName: string, turn: number): void {
    for (const { pool } of this.#server.values()) if (pool.name === poolName) pool.startAt(turn);
  }

  #clientPool(provider: Provider, credential: string, keys: readonly string[]): PoolSource {
    const id = createHash('sha256').update(`${provider.name}\0${credential}`).digest('base64');
    const known = this.#clientPools.get(id);
    if (known) {
      this.#clientPools.delete(id); // set again, as the most recent
      this.#clientPools.set(id, known);
      return known.source;
    }
    const pool = new KeyPool(
      `${provider.name} (client)`,
      [...new Set(keys)].map((key) => ({ key, weight: 1 })),
      // The state of a client's keys is not shared with other instances.
      {
        ...this.options,
        owner: 'client',
        events: { coolDown: () => undefined, addressSuspected: () => undefined },
      },
    );
    const bytes = credential.length + pool.keys.length * BYTES_A_KEY;
    const source: PoolSource = { kind: 'pool', pool };
    this.#clientPools.set(id, { source, bytes });
    this.#clientBytes += bytes;
    for (const [oldest, { bytes: freed }] of this.#clientPools) {
      if (this.#clientBytes <= MAX_CLIENT_BYTES) break;
      this.#clientPools.delete(oldest);
      this.#clientBytes -= freed;
    }
    return source;
  }
}
