import type { Classification } from '../providers/error-response';
import { KeyHealth, type CoolDown, type PoolEvents } from './key-health';
import { PoolKey, type KeyReport, type RestReason, type WeightedKey } from './pool-key';
import { rendezvousScore, conversationSeed } from './rendezvous';
import { weightedLap } from './weighted-lap';

export type KeyStrategy = 'round-robin' | 'affinity';

/** How long a request waits for the first response of a key that nothing is known of yet. */
const PROBE_WAIT_MS = 1_000;

/** The least first. */
const REASONS: readonly RestReason[] = ['rate-limited', 'out-of-credit', 'invalid'];

/** What a request wants of a pool. */
export interface KeyWish {
  /** What a rate limit covers: kind of endpoint and model (`scopeOf`). */
  readonly scope: string;
  /** What names the conversation, explicitly or by its opening; used under affinity. */
  readonly conversation: string | undefined;
  /** The session that the client itself names; it keeps its key under round-robin as well. */
  readonly session?: string | undefined;
  /** The fingerprint of the one key that can serve it, as it made the object that the request names. */
  readonly owner?: string | undefined;
  /** Keys that this request has tried already. */
  readonly tried: readonly PoolKey[];
}

/** Why no key is left for a request. */
export interface Shortage {
  /** The least of the reasons, as a rate limit ends by itself; `undefined` if a key is free. */
  readonly reason: RestReason | undefined;
  /** When a request is let through again, in ms from now. */
  readonly retryAfterMs: number;
  /** When the first of the rate-limited keys is free again, in ms from now, whether another is free or not. */
  readonly limitedMs: number | undefined;
}

/** A key lent to one attempt. What became of it is recorded once, and the key is released when nothing runs on it. */
export class Lease {
  #recorded = false;
  #open = true;

  constructor(
    readonly poolKey: PoolKey,
    private readonly scope: string,
    private readonly pool: KeyPool,
    /** Whether the key is out, and this request tries it since there is no other. */
    private readonly probe: boolean,
  ) {}

  /**
   * Records what the response said of the key; `undefined` if there was none to say anything.
   * @param served whether the provider did what it was asked
   */
  record(classification: Classification | undefined, served = false): void {
    if (this.#recorded) return;
    this.#recorded = true;
    this.pool.recorded(this.poolKey, this.scope, classification, this.probe && served);
  }

  /** Records what came to light after a good beginning. */
  recordLate(classification: Classification): void {
    this.#recorded = true;
    this.pool.recorded(this.poolKey, this.scope, classification, false);
  }

  /** Gives the key back, without a word about it if nobody has recorded one. */
  release(): void {
    this.record(undefined);
    if (!this.#open) return;
    this.#open = false;
    this.poolKey.open--;
  }
}

export interface KeyPoolOptions {
  readonly strategy: KeyStrategy;
  /** Whose keys they are: the server's, or the client's own, sent joined. */
  readonly owner: 'server' | 'client';
  /** The wall clock, in ms. */
  readonly now: () => number;
  /** In [0, 1). */
  readonly random: () => number;
  readonly events: PoolEvents;
}

/**
 * Keys that share the work. In turn, exactly even over every run of as many requests as there are turns (taking a
 * turn is synchronous, so concurrency changes nothing); or by affinity, so that a conversation stays on its key.
 * Keys that are out are passed over; each is tried at most once a request. If all are out, one request at a time tries
 * one, after seconds that grow to a minute, so that a provider that recovers is noticed.
 */
export class KeyPool {
  readonly keys: readonly PoolKey[];
  /** The turns of one lap: each key as often as it weighs, spread out. */
  readonly #lap: readonly PoolKey[];
  #next: number;
  #waiting: (() => void)[] = [];
  readonly #health: KeyHealth;

  constructor(
    readonly name: string,
    keys: readonly WeightedKey[],
    private readonly options: KeyPoolOptions,
  ) {
    this.keys = keys.map(({ key, weight }) => new PoolKey(key, weight));
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

  /** Whether the address is suspected at present, so that another key would not help. */
  get suspected(): boolean {
    return this.#health.suspected;
  }

  /** Begins the lap elsewhere, so that instances that share a pool do not all begin with the same key. */
  startAt(turn: number): void {
    this.#next = turn % this.#lap.length;
  }

  /**
   * Lends a key. `undefined` if all are out or tried.
   * A key that nothing is known of yet takes one request at a time, so that a bad one is asked once and not by a whole
   * burst; a request that finds only such keys waits for the first response, but never long.
   */
  async lend(wish: KeyWish): Promise<Lease | undefined> {
    const lease = this.take(wish);
    if (lease !== 'wait') return lease;
    const endMs = performance.now() + PROBE_WAIT_MS; // not the wall clock, which may be set back
    for (;;) {
      const leftMs = endMs - performance.now();
      if (leftMs <= 0) {
        const key = this.#choose(wish, () => true);
        return key ? this.#lease(wish, key, false) : this.#probe(wish);
      }
      await this.#nextNews(leftMs);
      const later = this.take(wish);
      if (later !== 'wait') return later;
    }
  }

  /** Lends a key at once, or says 'wait' if every one that is left is on trial with another request. */
  take(wish: KeyWish): Lease | undefined | 'wait' {
    const ready = (key: PoolKey) => key.verified || key.open === 0 || this.keys.length === 1;
    const key = this.#choose(wish, ready);
    if (key) return this.#lease(wish, key, false);
    return this.#anyFree(wish) ? 'wait' : this.#probe(wish);
  }

  /** Whether a request could go on with another key. */
  hasAnother(wish: KeyWish): boolean {
    return this.#anyFree(wish) || this.#probeable(wish) !== undefined;
  }

  /** Why a request finds no key, and when it will. */
  shortage(wish: KeyWish): Shortage {
    const { scope, tried } = wish;
    const nowMs = this.options.now();
    const keys = this.#candidates(wish).filter((key) => !tried.includes(key));
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
    key: PoolKey,
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

  /** Takes over what another instance has learned. */
  adopt(coolDown: CoolDown): void {
    this.#health.adopt(coolDown);
  }

  report(): KeyReport[] {
    const nowMs = this.options.now();
    return this.keys.map((key) => key.report(nowMs));
  }

  /** The key that made what the request names, unless it cannot serve anybody: then some key says what it knows. */
  #candidates({ owner, scope }: Pick<KeyWish, 'owner' | 'scope'>): readonly PoolKey[] {
    if (owner === undefined) return this.keys;
    const key = this.keys.find(({ fingerprint }) => fingerprint === owner);
    const rest = key?.restIn(scope, this.options.now());
    return key && (!rest || rest.reason === 'rate-limited') ? [key] : this.keys;
  }

  #anyFree(wish: KeyWish): boolean {
    const { scope, tried } = wish;
    const nowMs = this.options.now();
    return this.#candidates(wish).some((key) => !tried.includes(key) && !key.restIn(scope, nowMs));
  }

  #choose(wish: KeyWish, ready: (key: PoolKey) => boolean): PoolKey | undefined {
    const { scope, tried, conversation, session } = wish;
    const nowMs = this.options.now();
    const free = (key: PoolKey) => !tried.includes(key) && !key.restIn(scope, nowMs);
    const likely = (key: PoolKey) => free(key) && !key.isUnlikely(scope, nowMs);
    const candidates = this.#candidates(wish);
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
      // Not before a likely one that is on trial has said what it is good for.
      (this.keys.some(likely) ? undefined : this.#inTurn((key) => free(key) && ready(key)))
    );
  }

  /** One request at a time tries a key that is out, if there is no other to turn to. */
  #probe(wish: KeyWish): Lease | undefined {
    const key = this.#probeable(wish);
    const rest = key?.restIn(wish.scope, this.options.now());
    if (!key || !rest) return undefined;
    rest.probeAtMs = this.options.now() + rest.probeDelayMs;
    return this.#lease(wish, key, true);
  }

  #probeable(wish: KeyWish): PoolKey | undefined {
    const { scope, tried } = wish;
    const nowMs = this.options.now();
    // A client's own keys are only put in order by what is known of them: the provider tells it what is wrong.
    const atOnce = this.options.owner === 'client' && tried.length === 0;
    return this.#candidates(wish).find((key) => {
      const rest = key.restIn(scope, nowMs);
      return rest !== undefined && (rest.probeAtMs <= nowMs || atOnce) && !tried.includes(key);
    });
  }

  #lease({ scope }: KeyWish, key: PoolKey, probe: boolean): Lease {
    key.open++;
    key.requests++;
    return new Lease(key, scope, this, probe);
  }

  #inTurn(fits: (key: PoolKey) => boolean): PoolKey | undefined {
    for (let step = 0; step < this.#lap.length; step++) {
      const at = (this.#next + step) % this.#lap.length;
      const key = this.#lap[at];
      if (!key || !fits(key)) continue;
      this.#next = (at + 1) % this.#lap.length;
      return key;
    }
    return undefined;
  }

  /** Rendezvous hashing: every instance ranks the keys alike, and a key's failing moves only its own conversations. */
  #closest(conversation: string, fits: (key: PoolKey) => boolean): PoolKey | undefined {
    const seed = conversationSeed(conversation);
    let best: PoolKey | undefined;
    let bestScore = -Infinity;
    for (const key of this.keys) {
      const score = rendezvousScore(seed, key.seed, key.weight);
      if (score > bestScore && fits(key)) [best, bestScore] = [key, score];
    }
    return best;
  }

  /** Resolves when something is recorded of a key, or after `ms`. */
  #nextNews(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, ms);
      this.#waiting.push(() => {
        clearTimeout(timer);
        resolve();
      });
    });
  }
}
