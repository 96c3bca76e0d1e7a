import { createHash } from 'node:crypto';

/** The shared record of which key made which object. It gets only hashes, which reveal nothing of a key or an id. */
export interface OwnerStore {
  /** @param name of the object, a hash; `fingerprint` of the key that made it */
  save(name: string, fingerprint: string): void;
  /** What was saved under each name, if anything: untrusted data. May reject, and may be slow. */
  load(names: readonly string[]): Promise<readonly unknown[]>;
}

export interface ResourceOwnersOptions {
  /** Whether a pool is the server's; objects of other keys (a client's own) are not shared. */
  readonly isShared: (poolName: string) => boolean;
  /** `undefined` if nothing is shared. */
  readonly store?: () => OwnerStore | undefined;
}

/** The number of entries of each kind; the least recently used is dropped first. About 150 bytes each. */
const MAX_RESPONSES = 6_000;
const MAX_OBJECTS = 4_000;
const MAX_OF_CLIENTS = 1_000;
/** How long a request waits for the store, in ms; then it uses any key, and tries others if that one lacks the object. */
const LOAD_WAIT_MS = 50;
/** Concurrent lookups; further requests skip the lookup, so that a slow store delays only a few. */
const MAX_LOADS = 64;
const FINGERPRINT = /^[0-9a-f]{16}$/;
/** Made with each turn and used within minutes; they must not displace files, which are kept for months. */
const RESPONSE_ID = /^(?:resp|chatcmpl|gen|req)[-_]/;

/** Remembers which key of a pool made which object, so that later requests use the key that has it. */
export class ResourceOwners {
  readonly #responses: RecentMap;
  readonly #objects: RecentMap;
  readonly #ofClients: RecentMap;
  #loads = 0;

  /** @param previous whose memory it goes on with */
  constructor(
    private readonly options: ResourceOwnersOptions,
    previous?: ResourceOwners,
  ) {
    this.#responses = previous ? previous.#responses : new RecentMap(MAX_RESPONSES);
    this.#objects = previous ? previous.#objects : new RecentMap(MAX_OBJECTS);
    this.#ofClients = previous ? previous.#ofClients : new RecentMap(MAX_OF_CLIENTS);
  }

  /** Whether the owner of any long-lived object may be known, so that a search for ids in messages is worthwhile. */
  get knowsObjects(): boolean {
    return this.#objects.size > 0 || this.#ofClients.size > 0 || this.options.store?.() !== undefined;
  }

  /** Records that a key of the pool has the object; a later record replaces an earlier one. */
  record(poolName: string, id: string, fingerprint: string): void {
    const name = nameOf(poolName, id);
    const known = this.#mapFor(poolName, id);
    if (known.get(name) === fingerprint) return;
    known.set(name, fingerprint);
    if (this.options.isShared(poolName)) this.options.store?.()?.save(name, fingerprint);
  }

  /** The fingerprint of the key that made the first object of those that is known to this instance. */
  ownerOf(poolName: string, ids: readonly string[]): string | undefined {
    for (const id of ids) {
      const fingerprint = this.#mapFor(poolName, id).get(nameOf(poolName, id));
      if (fingerprint !== undefined) return fingerprint;
    }
    return undefined;
  }

  /** As `ownerOf`; if this instance does not know the owner it reads the shared store, for 50 ms at most. */
  find(poolName: string, ids: readonly string[]): string | undefined | Promise<string | undefined> {
    if (ids.length === 0) return undefined;
    const known = this.ownerOf(poolName, ids);
    const store = known === undefined && this.options.isShared(poolName) ? this.options.store?.() : undefined;
    return store && this.#loads < MAX_LOADS ? this.#load(store, poolName, ids) : known;
  }

  async #load(store: OwnerStore, poolName: string, ids: readonly string[]): Promise<string | undefined> {
    this.#loads++;
    const loading = store.load(ids.map((id) => nameOf(poolName, id))).finally(() => this.#loads--);
    let timer: NodeJS.Timeout | undefined;
    const timeout = new Promise<readonly unknown[]>((resolve) => {
      timer = setTimeout(resolve, LOAD_WAIT_MS, []);
    });
    const found = await Promise.race([loading, timeout]).catch(() => []);
    clearTimeout(timer);
    ids.forEach((id, at) => {
      const fingerprint = found[at];
      if (typeof fingerprint === 'string' && FINGERPRINT.test(fingerprint))
        this.#mapFor(poolName, id).set(nameOf(poolName, id), fingerprint);
    });
    return this.ownerOf(poolName, ids);
  }

  #mapFor(poolName: string, id: string): RecentMap {
    if (!this.options.isShared(poolName)) return this.#ofClients;
    return RESPONSE_ID.test(id) ? this.#responses : this.#objects;
  }
}

/** A hash of fixed length, which keeps no reference to a longer string. */
function nameOf(poolName: string, id: string): string {
  return createHash('sha256').update(`${poolName}\0${id}`).digest('base64url').slice(0, 22);
}

/** A map that drops the least recently used entry. */
class RecentMap {
  readonly #entries = new Map<string, string>();

  constructor(private readonly maxEntries: number) {}

  get size(): number {
    return this.#entries.size;
  }

  get(name: string): string | undefined {
    const value = this.#entries.get(name);
    if (value !== undefined) this.set(name, value);
    return value;
  }

  set(name: string, value: string): void {
    this.#entries.delete(name); // set again, as the most recent
    this.#entries.set(name, value);
    const oldest = this.#entries.keys().next();
    if (this.#entries.size > this.maxEntries && !oldest.done) this.#entries.delete(oldest.value);
  }
}
