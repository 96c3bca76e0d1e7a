import { createHash } from 'node:crypto';
import { rendezvousScore, seedOf } from './rendezvous';
import type { Verdict } from './verdict';

/** A key and how often it is used beside the others. */
export interface WeightedKey {
  readonly key: string;
  readonly weight: number;
}

export type KeyStrategy = 'round-robin' | 'affinity';

/** What a request wants of a pool. */
export interface KeyWish {
  /** The model asked for, whose rate limits are its own; '' where it is not known. */
  readonly model: string;
  /** What names the conversation; undefined where keys are used in turn. */
  readonly conversation: string | undefined;
  /** Keys that this request has tried already. */
  readonly tried: ReadonlySet<PoolKey>;
}

/** A key that is out for a while, as other instances are told of it. */
export interface CoolDown {
  readonly pool: string;
  /** Of the key; tells nothing of it. */
  readonly fingerprint: string;
  /** '' for every model. */
  readonly model: string;
  readonly reason: string;
  readonly untilMs: number;
  readonly strikes: number;
}

/** What `/-/keys` shows of a key. */
export interface KeyReport {
  readonly alias: string;
  readonly state: 'live' | 'cooling' | 'out';
  readonly until: string | null;
  readonly why: string | null;
  readonly models: readonly { readonly model: string; readonly until: string }[];
  readonly weight: number;
  readonly open: number;
  readonly requests: number;
  readonly failures: number;
}

export interface PoolEvents {
  /** A key has just been taken out here. */
  coolDown(coolDown: CoolDown): void;
  /** Every key fails alike: the address is suspected, and the keys stay. */
  addressSuspected(pool: string, reason: string): void;
}

const MINUTE_MS = 60_000;
/** How long a key that was called invalid stays out, the first time, the second, and from then on. */
const DEAD_MS = [10 * MINUTE_MS, 60 * MINUTE_MS, 24 * 60 * MINUTE_MS] as const;
const QUOTA_MS = 60 * MINUTE_MS;
/** Where a rate limit does not say until when. */
const RATE_LIMIT_MS = 20_000;
/** Keys that fail within so long of each other fail at once. */
const ALIKE_MS = 30_000;
/** For how long after that a refusal is taken for the address's, and no key is taken out. */
const SUSPICION_MS = 60_000;
/** How long a request waits for the first answer of a key that nothing is known of yet. */
const PROBE_WAIT_MS = 1_000;
const MAX_COOLING_MODELS = 64;

/** One key of a pool and what is known of it. Times are of the clock that the pool was given. */
export class PoolKey {
  readonly alias: string;
  readonly fingerprint: string;
  readonly seed: number;
  outUntilMs = 0;
  reason: string | undefined;
  strikes = 0;
  readonly coolingModels = new Map<string, number>();
  /** Whether its last answer was a good one; until then one request at a time tries it. */
  proven = false;
  open = 0;
  requests = 0;
  failures = 0;
  /** When it last failed for itself, and how. */
  failedAtMs = -Infinity;
  failedAs: string | undefined;

  constructor(
    readonly key: string,
    readonly weight: number,
  ) {
    const hash = createHash('sha256').update(key).digest('hex');
    this.fingerprint = hash.slice(0, 16);
    this.alias = `…${key.slice(-4)}-${hash.slice(0, 6)}`;
    this.seed = seedOf(key);
  }

  /** Until when it is not used for a model; 0 where it is. */
  coolsUntilMs(model: string, nowMs: number): number {
    const untilMs = Math.max(this.outUntilMs, this.coolingModels.get(model) ?? 0);
    return untilMs > nowMs ? untilMs : 0;
  }
}

/** A key lent to one attempt. It is settled once with what became of it, and given back when nothing runs on it. */
export class Lease {
  #settled = false;
  #open = true;

  constructor(
    readonly poolKey: PoolKey,
    private readonly model: string,
    private readonly pool: KeyPool,
  ) {}

  /** Says what the answer said of the key; undefined where there was none to say anything. */
  settle(verdict: Verdict | undefined): void {
    if (this.#settled) return;
    this.#settled = true;
    this.pool.settled(this.poolKey, this.model, verdict);
  }

  /** Gives the key back; settles it without a word where nobody did. */
  close(): void {
    this.settle(undefined);
    if (!this.#open) return;
    this.#open = false;
    this.poolKey.open--;
  }
}

/**
 * Keys that share the work. In turn, exactly even over every run of as many requests as there are turns (taking a
 * turn is synchronous, so concurrency changes nothing); or by affinity, so that a conversation stays on its key.
 * Keys that cool down are passed over; each is tried at most once a request.
 */
export class KeyPool {
  readonly keys: readonly PoolKey[];
  /** The turns of one lap: each key as often as it weighs, spread out. */
  readonly #lap: readonly PoolKey[];
  #next: number;
  #waiting: (() => void)[] = [];
  #suspectedUntilMs = -Infinity;

  constructor(
    readonly name: string,
    keys: readonly WeightedKey[],
    private readonly strategy: KeyStrategy,
    private readonly effects: {
      readonly now: () => number;
      readonly random: () => number;
      readonly events: PoolEvents;
    },
  ) {
    this.keys = keys.map(({ key, weight }) => new PoolKey(key, weight));
    this.#lap = spread(this.keys);
    this.#next = Math.floor(effects.random() * this.#lap.length);
  }

  get suspected(): boolean {
    return this.effects.now() < this.#suspectedUntilMs;
  }

  /** Begins the lap elsewhere, so that instances that share a pool do not all begin with the same key. */
  startAt(turn: number): void {
    this.#next = turn % this.#lap.length;
  }

  /**
   * Lends a key. Undefined where all are cooling or tried.
   * A key that nothing is known of yet takes one request at a time, so that a bad one is asked once and not by a whole
   * burst; a request that finds only such keys waits for the first answer, but never long.
   */
  async lend(wish: KeyWish): Promise<Lease | undefined> {
    const lease = this.take(wish);
    if (lease !== 'wait') return lease;
    const endMs = performance.now() + PROBE_WAIT_MS; // not the wall clock, which may be set back
    for (;;) {
      const leftMs = endMs - performance.now();
      if (leftMs <= 0)
        return this.#lease(
          wish,
          this.#choose(wish, () => true),
        );
      await this.#nextNews(leftMs);
      const later = this.take(wish);
      if (later !== 'wait') return later;
    }
  }

  /** Lends a key at once, or says 'wait' where every one that is left is on trial with another request. */
  take(wish: KeyWish): Lease | undefined | 'wait' {
    const ready = (key: PoolKey) => key.proven || key.open === 0 || this.keys.length === 1;
    const key = this.#choose(wish, ready);
    return key ? this.#lease(wish, key) : this.hasAnother(wish) ? 'wait' : undefined;
  }

  /** Whether a request could go on with another key. */
  hasAnother({ model, tried }: KeyWish): boolean {
    const nowMs = this.effects.now();
    return this.keys.some((key) => !tried.has(key) && key.coolsUntilMs(model, nowMs) === 0);
  }

  /** When the first key is free again for a model, in ms from now; 0 where one is. */
  soonestMs(model: string): number {
    const nowMs = this.effects.now();
    return Math.max(0, Math.min(...this.keys.map((key) => key.coolsUntilMs(model, nowMs))) - nowMs);
  }

  /** For `Lease` only. */
  settled(key: PoolKey, model: string, verdict: Verdict | undefined): void {
    if (verdict !== undefined) this.#learn(key, model, verdict);
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const wake of waiting) wake();
  }

  /** Takes over what another instance has learned. */
  adopt(coolDown: CoolDown): void {
    const key = this.keys.find(({ fingerprint }) => fingerprint === coolDown.fingerprint);
    if (!key) return;
    if (coolDown.model === '') {
      key.outUntilMs = coolDown.untilMs; // 0 where the address is suspected after all
      key.strikes = Math.max(key.strikes, coolDown.strikes);
      key.reason = coolDown.reason;
    } else {
      this.#coolModel(key, coolDown.model, coolDown.untilMs);
    }
    key.proven = false;
  }

  report(): KeyReport[] {
    const nowMs = this.effects.now();
    const iso = (ms: number) => new Date(ms).toISOString();
    return this.keys.map((key) => {
      const models = [...key.coolingModels].filter(([, untilMs]) => untilMs > nowMs);
      const out = key.outUntilMs > nowMs;
      return {
        alias: key.alias,
        state: out ? 'out' : models.length > 0 ? 'cooling' : 'live',
        until: out ? iso(key.outUntilMs) : null,
        why: out ? (key.reason ?? null) : models.length > 0 ? 'rate-limited' : null,
        models: models.map(([model, untilMs]) => ({ model, until: iso(untilMs) })),
        weight: key.weight,
        open: key.open,
        requests: key.requests,
        failures: key.failures,
      };
    });
  }

  #choose(wish: KeyWish, ready: (key: PoolKey) => boolean): PoolKey | undefined {
    const nowMs = this.effects.now();
    const free = (key: PoolKey) => !wish.tried.has(key) && key.coolsUntilMs(wish.model, nowMs) === 0;
    if (this.strategy !== 'affinity' || wish.conversation === undefined) {
      return this.#inTurn((key) => free(key) && ready(key));
    }
    const closest = this.#closest(wish.conversation, free);
    return closest && ready(closest) ? closest : undefined;
  }

  #lease(wish: KeyWish, key: PoolKey | undefined): Lease | undefined {
    if (!key) return undefined;
    key.open++;
    key.requests++;
    return new Lease(key, wish.model, this);
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
    const seed = seedOf(conversation);
    let best: PoolKey | undefined;
    let bestScore = -Infinity;
    for (const key of this.keys) {
      const score = rendezvousScore(seed, key.seed, key.weight);
      if (score > bestScore && fits(key)) [best, bestScore] = [key, score];
    }
    return best;
  }

  #learn(key: PoolKey, model: string, verdict: Verdict): void {
    switch (verdict.kind) {
      case 'fine':
        key.proven = true;
        key.strikes = 0;
        return;
      case 'dead':
        key.strikes++;
        this.#takeOut(key, verdict.kind, DEAD_MS[Math.min(key.strikes, DEAD_MS.length) - 1] ?? DEAD_MS[2]);
        return;
      case 'quota':
        this.#takeOut(key, verdict.kind, QUOTA_MS);
        return;
      case 'rate-limited': {
        const untilMs = this.effects.now() + (verdict.retryAfterMs ?? RATE_LIMIT_MS);
        key.failures++;
        key.proven = false;
        this.#coolModel(key, model, untilMs);
        this.effects.events.coolDown(this.#coolDown(key, model, verdict.kind, untilMs));
        return;
      }
      case 'unfit':
      case 'egress-refused':
      case 'unavailable':
        key.proven = true; // not its fault, and nothing to wait for
        return;
    }
  }

  #takeOut(key: PoolKey, reason: 'dead' | 'quota', forMs: number): void {
    const nowMs = this.effects.now();
    key.failures++;
    key.proven = false;
    key.failedAtMs = nowMs;
    key.failedAs = reason;
    if (nowMs < this.#suspectedUntilMs) return;
    if (
      this.keys.length > 1 &&
      this.keys.every((one) => one.failedAs === reason && nowMs - one.failedAtMs <= ALIKE_MS)
    ) {
      this.#suspectAddress(reason, nowMs);
      return;
    }
    key.outUntilMs = nowMs + forMs;
    key.reason = reason;
    this.effects.events.coolDown(this.#coolDown(key, '', reason, key.outUntilMs));
  }

  #suspectAddress(reason: string, nowMs: number): void {
    this.#suspectedUntilMs = nowMs + SUSPICION_MS;
    for (const key of this.keys) {
      key.outUntilMs = 0;
      key.reason = undefined;
      key.strikes = 0;
      this.effects.events.coolDown(this.#coolDown(key, '', reason, 0));
    }
    this.effects.events.addressSuspected(this.name, reason);
  }

  #coolDown(key: PoolKey, model: string, reason: string, untilMs: number): CoolDown {
    return { pool: this.name, fingerprint: key.fingerprint, model, reason, untilMs, strikes: key.strikes };
  }

  #coolModel(key: PoolKey, model: string, untilMs: number): void {
    key.coolingModels.set(model, Math.max(untilMs, key.coolingModels.get(model) ?? 0));
    if (key.coolingModels.size <= MAX_COOLING_MODELS) return;
    const nowMs = this.effects.now();
    for (const [name, until] of key.coolingModels) if (until <= nowMs) key.coolingModels.delete(name);
    // Callers name the models: a caller that makes names up must not make this grow.
    const first = key.coolingModels.keys().next();
    if (key.coolingModels.size > MAX_COOLING_MODELS && !first.done) key.coolingModels.delete(first.value);
  }

  /** Resolves when a lease is settled, or after `ms`. */
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

/** One lap in which each key stands as often as it weighs, spread as evenly as can be (smooth weighted round-robin). */
function spread(keys: readonly PoolKey[]): PoolKey[] {
  const total = keys.reduce((sum, key) => sum + key.weight, 0);
  const credit = keys.map(() => 0);
  return Array.from({ length: total }, () => {
    let best = 0;
    keys.forEach((key, at) => {
      credit[at] = (credit[at] ?? 0) + key.weight;
      if ((credit[at] ?? 0) > (credit[best] ?? 0)) best = at;
    });
    credit[best] = (credit[best] ?? 0) - total;
    return keys[best];
  }).filter((key) => key !== undefined);
}
