import type { Classification } from '../../providers/errors/error-response';
import { KeyHealth, type CoolDown, type PoolEvents } from './key-health';
import { ManagedKey, type KeyReport, type RestReason, type WeightedKey } from './managed-key';
import { rendezvousScore, conversationSeed } from './rendezvous-hash';
import { weightedLap } from './weighted-lap';

export type KeyStrategy = 'round-robin' | 'affinity';

/** How long a request waits for the first response of a key that is not verified yet. */
const PROBE_WAIT_MS = 1_000;

/** The least severe first. */
const REASONS: readonly RestReason[] = ['rate-limited', 'out-of-credit', 'invalid'];

/** What decides which key a request gets. */
export interface KeyRequest {
  /** What a rate limit covers: kind of endpoint and model (`scopeOf`). */
  readonly scope: string;
  /** Identifies the conversation, by a name or by its opening; used with affinity. */
  readonly conversation: string | undefined;
  /** The session that the client itself names; it keeps its key with round-robin as well. */
  readonly session?: string | undefined;
  /** The fingerprint of the only key that can serve it, because it made the object that the request names. */
  readonly owner?: string | undefined;
  /** Keys that this request has tried already. */
  readonly tried: readonly ManagedKey[];
}

/** Why no key is left for a request. */
export interface Shortage {
  /** The least severe of the reasons, as a rate limit ends by itself; `undefined` if a key is free. */
  readonly reason: RestReason | undefined;
  /** When the next request can be sent, in ms from now. */
  readonly retryAfterMs: number;
  /** When the first of the rate-limited keys is free again, in ms from now, whether another is free or not. */
  readonly limitedMs: number | undefined;
}

/** A key that one attempt has acquired. Its result is recorded once, and the key is released when the attempt is over. */
export class Lease {
  #recorded = false;
  #open = true;

  constructor(
    readonly poolKey: ManagedKey,
    private readonly scope: string,
    private readonly pool: KeyPool,
    /** Whether the key is disabled, and this request tries it because there is no other. */
    private readonly probe: boolean,
  ) {}

  /**
   * Records the classification of the response; `undefined` if there was no response.
   * @param served whether the provider served the request
   */
  record(classification: Classification | undefined, served = false): void {
    if (this.#recorded) return;
    this.#recorded = true;
    this.pool.recorded(this.poolKey, this.scope, classification, this.probe && served);
  }

  /** Records a failure that came later in a response that had begun well. */
  recordLate(classification: Classification): void {
    this.#recorded = true;
    this.pool.recorded(this.poolKey, this.scope, classification, false);
  }

  /** Releases the key, without a classification if none was recorded. */
  release(): void {
    this.record(undefined);
    if (!this.#open) return;
    this.#open = false;
    this.poolKey.open--;
  }
}

export interface KeyPoolOptions {
  readonly strategy: KeyStrategy;
  /** The owner of the keys: the server, or the client, which sent them joined. */
  readonly owner: 'server' | 'client';
  /** The wall clock, in ms. */
  readonly now: () => number;
  /** In [0, 1). */
  readonly random: () => number;
  readonly events: PoolEvents;
}

/**
 * Distributes requests over keys. Either in turn, exactly even over each lap (taking a turn is synchronous, so
 * concurrency changes nothing); or by affinity, so that a conversation stays on its key. Disabled keys are skipped; each
 * key is tried at most once per request. If all are disabled, one request at a time tries one, after a delay that grows
 * from a second to a minute, so that a recovery is noticed.
 */
export class KeyPool {
  readonly keys: readonly ManagedKey[];
  /** The turns of one lap: each key as often as its weight, spread out. */
  readonly #lap: readonly ManagedKey[];
  #next: number;
  #waiting: (() => void)[] = [];
  readonly #health: KeyHealth;

  constructor(
    readonly name: string,
    keys: readonly WeightedKey[],
    private readonly options: KeyPoolOptions,
  ) {
    this.keys = keys.map(({ key, weight }) => new ManagedKey(key, weight));
    const { now, events, owner } = options;
    this.#health = new KeyHealth(this.keys, { pool: name, suspectsAddress: owner === 'server', now, events });
    this.#lap = weightedLap(this.keys);
    this.#next = Math.floor(options.random() * this.#lap.length);
  }

  get strategy(): KeyStrategy {
    return this.options.strategy;
  }

  get owner(): 'server' | 'client' {
    return this.options.owner;
  }

  /** Whether the upstream URL is suspected at present, so that another key would not help. */
  get suspected(): boolean {
    return this.#health.suspected;
  }

  /** Sets the first turn, so that instances that share a pool do not all start with the same key. */
  startAt(turn: number): void {
    this.#next = turn % this.#lap.length;
  }

  /**
   * Acquires a key. `undefined` if all are disabled or tried.
   * A key that is not verified yet takes one request at a time, so that an invalid one gets one request and not a whole
   * burst; a request that finds only such keys waits for the first response, at most a second.
   */
  async acquire(keyRequest: KeyRequest): Promise<Lease | undefined> {
    const lease = this.take(keyRequest);
    if (lease !== 'wait') return lease;
    const endMs = performance.now() + PROBE_WAIT_MS; // not the wall clock, which may be set back
    for (;;) {
      const leftMs = endMs - performance.now();
      if (leftMs <= 0) {
        const key = this.#choose(keyRequest, () => true);
        return key ? this.#lease(keyRequest, key, false) : this.#probe(keyRequest);
      }
      await this.#nextRecord(leftMs);
      const lease = this.take(keyRequest);
      if (lease !== 'wait') return lease;
    }
  }

  /** Acquires a key synchronously; 'wait' if every remaining one is being verified by another request. */
  take(keyRequest: KeyRequest): Lease | undefined | 'wait' {
    const ready = (key: ManagedKey) => key.verified || key.open === 0 || this.keys.length === 1;
    const key = this.#choose(keyRequest, ready);
    if (key) return this.#lease(keyRequest, key, false);
    return this.#anyFree(keyRequest) ? 'wait' : this.#probe(keyRequest);
  }

  /** Whether a request could be retried with another key. */
  hasAnother(keyRequest: KeyRequest): boolean {
    return this.#anyFree(keyRequest) || this.#probeable(keyRequest) !== undefined;
  }

  /** Why a request finds no key, and when one is free. */
  shortage(keyRequest: KeyRequest): Shortage {
    const { scope, tried } = keyRequest;
    const nowMs = this.options.now();
    const keys = this.#candidates(keyRequest).filter((key) => !tried.includes(key));
    const rests = keys.map((key) => key.restIn(scope, nowMs)).filter((rest) => rest !== undefined);
    const soonest = (reason: RestReason) =>
      rests
        .filter((rest) => rest.reason === reason)
        .map(({ untilMs, probeAtMs }) => Math.max(0, Math.min(untilMs, probeAtMs) - nowMs))
        .sort((a, b) => a - b)[0];
    const limitedMs = soonest('rate-limited');
    if (this.suspected) return { reason: 'invalid', retryAfterMs: 0, limitedMs };
    if (rests.length < keys.length) return { reason: undefined, retryAfterMs: 0, limitedMs };
    const reason = REASONS.find((one) => rests.some((rest) => rest.reason === one));
    return { reason, retryAfterMs: reason === undefined ? 0 : (soonest(reason) ?? 0), limitedMs };
  }

  /** For `Lease` only. */
  recorded(
    key: ManagedKey,
    scope: string,
    classification: Classification | undefined,
    recovered: boolean,
  ): void {
    if (classification !== undefined) this.#health.record(key, scope, classification, recovered);
    if (this.#waiting.length === 0) return;
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const wake of waiting) wake();
  }

  /** Applies a cool-down from another instance. */
  adopt(coolDown: CoolDown): void {
    this.#health.adopt(coolDown);
  }

  report(): KeyReport[] {
    const nowMs = this.options.now();
    return this.keys.map((key) => key.report(nowMs));
  }

  /** The key that made the object that the request names, unless it is invalid or out of credit: then all keys. */
  #candidates({ owner, scope }: Pick<KeyRequest, 'owner' | 'scope'>): readonly ManagedKey[] {
    if (owner === undefined) return this.keys;
    const key = this.keys.find(({ fingerprint }) => fingerprint === owner);
    const rest = key?.restIn(scope, this.options.now());
    return key && (!rest || rest.reason === 'rate-limited') ? [key] : this.keys;
  }

  #anyFree(keyRequest: KeyRequest): boolean {
    const { scope, tried } = keyRequest;
    const nowMs = this.options.now();
    return this.#candidates(keyRequest).some((key) => !tried.includes(key) && !key.restIn(scope, nowMs));
  }

  #choose(keyRequest: KeyRequest, ready: (key: ManagedKey) => boolean): ManagedKey | undefined {
    const { scope, tried, conversation, session } = keyRequest;
    const nowMs = this.options.now();
    const free = (key: ManagedKey) => !tried.includes(key) && !key.restIn(scope, nowMs);
    const likely = (key: ManagedKey) => free(key) && !key.isUnlikely(scope, nowMs);
    const candidates = this.#candidates(keyRequest);
    if (candidates !== this.keys) {
      const key = candidates.find(free);
      return key && ready(key) ? key : undefined;
    }
    const name = this.options.strategy === 'affinity' ? (conversation ?? session) : session;
    if (name !== undefined) {
      const closest = this.#closest(name, likely) ?? this.#closest(name, free);
      return closest && ready(closest) ? closest : undefined;
    }
    return (
      this.#inTurn((key) => likely(key) && ready(key)) ??
      // Not before the likely one that is being verified has responded.
      (this.keys.some(likely) ? undefined : this.#inTurn((key) => free(key) && ready(key)))
    );
  }

  /** One request at a time tries a disabled key, if there is no other. */
  #probe(keyRequest: KeyRequest): Lease | undefined {
    const key = this.#probeable(keyRequest);
    const rest = key?.restIn(keyRequest.scope, this.options.now());
    if (!key || !rest) return undefined;
    rest.probeAtMs = this.options.now() + rest.probeDelayMs;
    return this.#lease(keyRequest, key, true);
  }

  #probeable(keyRequest: KeyRequest): ManagedKey | undefined {
    const { scope, tried } = keyRequest;
    const nowMs = this.options.now();
    // A client's own keys are only reordered, never withheld: the client learns from the provider's response what is
    // wrong.
    const atOnce = this.options.owner === 'client' && tried.length === 0;
    return this.#candidates(keyRequest).find((key) => {
      const rest = key.restIn(scope, nowMs);
      return rest !== undefined && (rest.probeAtMs <= nowMs || atOnce) && !tried.includes(key);
    });
  }

  #lease({ scope }: KeyRequest, key: ManagedKey, probe: boolean): Lease {
    key.open++;
    key.requests++;
    return new Lease(key, scope, this, probe);
  }

  #inTurn(fits: (key: ManagedKey) => boolean): ManagedKey | undefined {
    for (let step = 0; step < this.#lap.length; step++) {
      const at = (this.#next + step) % this.#lap.length;
      const key = this.#lap[at];
      if (!key || !fits(key)) continue;
      this.#next = (at + 1) % this.#lap.length;
      return key;
    }
    return undefined;
  }

  /** Rendezvous hashing: every instance ranks the keys alike, and a failing key moves only its own conversations. */
  #closest(conversation: string, fits: (key: ManagedKey) => boolean): ManagedKey | undefined {
    const seed = conversationSeed(conversation);
    let best: ManagedKey | undefined;
    let bestScore = -Infinity;
    for (const key of this.keys) {
      const score = rendezvousScore(seed, key.seed, key.weight);
      if (score > bestScore && fits(key)) [best, bestScore] = [key, score];
    }
    return best;
  }

  /** Resolves when a result is recorded, or after `ms`. */
  #nextRecord(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, ms);
      this.#waiting.push(() => {
        clearTimeout(timer);
        resolve();
      });
    });
  }
}
