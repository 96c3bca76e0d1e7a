import { createHash } from 'node:crypto';

/** Where instances share which key made what. Nothing of a key or an id can be told from what it is given. */
export interface OwnerStore {
  /** @param name of the object, a hash; `fingerprint` of the key that made it */
  save(name: string, fingerprint: string): void;
  /** What was saved under each name, as far as it is there: outside data. May reject, and may take its time. */
  load(names: readonly string[]): Promise<readonly unknown[]>;
}

export interface ResourceOwnersOptions {
  /** The server's pools; what other keys (a client's own) have made is told to nobody. */
  readonly isShared: (poolName: string) => boolean;
  /** `undefined` if this instance learns by itself. */
  readonly store?: () => OwnerStore | undefined;
}

/** Entries of each kind that are remembered; the one that was used least recently goes first. About 150 bytes each. */
const MAX_RESPONSES = 6_000;
const MAX_OBJECTS = 4_000;
const MAX_OF_CLIENTS = 1_000;
/** How long a request waits for the store, in ms; then it goes to any key, and others are asked if that one knows nothing. */
const LOAD_WAIT_MS = 50;
/** Lookups at once; a further request goes without, so that a slow store holds up few. */
const MAX_LOADS = 64;
const FINGERPRINT = /^[0-9a-f]{16}$/;
/** Made with each turn and asked for within minutes; they must not push out files, which are kept for months. */
const RESPONSE_ID = /^(?:resp|chatcmpl|gen|req)[-_]/;

/** Remembers which key of a pool made which object, so that later requests go to the key that knows it. */
export class ResourceOwners {
  readonly #responses = new RecentMap(MAX_RESPONSES);
  readonly #objects = new RecentMap(MAX_OBJECTS);
  readonly #ofClients = new RecentMap(MAX_OF_CLIENTS);
  #loads = 0;

  constructor(private readonly options: ResourceOwnersOptions) {}

  /** Whether an owner of any lasting object may be known, so that looking for ids in messages is worth its time. */
  get knowsObjects(): boolean {
    return this.#objects.size > 0 || this.#ofClients.size > 0 || this.options.store?.() !== undefined;
  }

  /** Remembers that a key of the pool has the object; the last word counts. */
  learn(poolName: string, id: string, fingerprint: string): void {
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

  /** As `ownerOf`; what this instance does not know it asks the others for, for 50 ms at most. */
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

/** Of one length, whatever a provider or a client calls an object; it holds on to no text that it was cut from. */
function nameOf(poolName: string, id: string): string {
  return createHash('sha256').update(`${poolName}\0${id}`).digest('base64url').slice(0, 22);
}

/** A map that forgets what was used least recently. */
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
