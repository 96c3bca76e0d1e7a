import { KeyHealth, type CoolDown, type PoolEvents } from './key-health';
import { PoolKey, type KeyReport, type WeightedKey } from './pool-key';
import { rendezvousScore, conversationSeed } from './rendezvous';
import type { Verdict } from './verdict';
import { weightedLap } from './weighted-lap';

export type KeyStrategy = 'round-robin' | 'affinity';

/** How long a request waits for the first answer of a key that nothing is known of yet. */
const PROBE_WAIT_MS = 1_000;

/** What a request wants of a pool. */
export interface KeyWish {
  /** The model asked for, whose rate limits are its own; '' where it is not known. */
  readonly model: string;
  /** What names the conversation; undefined where keys are used in turn. */
  readonly conversation: string | undefined;
  /** Keys that this request has tried already. */
  readonly tried: readonly PoolKey[];
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
  readonly #health: KeyHealth;

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
    this.#health = new KeyHealth(name, this.keys, effects.now, effects.events);
    this.#lap = weightedLap(this.keys);
    this.#next = Math.floor(effects.random() * this.#lap.length);
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
    return this.keys.some((key) => !tried.includes(key) && key.coolsUntilMs(model, nowMs) === 0);
  }

  /** When the first key is free again for a model, in ms from now; 0 where one is. */
  soonestMs(model: string): number {
    const nowMs = this.effects.now();
    return Math.max(0, Math.min(...this.keys.map((key) => key.coolsUntilMs(model, nowMs))) - nowMs);
  }

  /** For `Lease` only. */
  settled(key: PoolKey, model: string, verdict: Verdict | undefined): void {
    if (verdict !== undefined) this.#health.learn(key, model, verdict);
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const wake of waiting) wake();
  }

  /** Takes over what another instance has learned. */
  adopt(coolDown: CoolDown): void {
    this.#health.adopt(coolDown);
  }

  report(): KeyReport[] {
    const nowMs = this.effects.now();
    return this.keys.map((key) => key.report(nowMs));
  }

  #choose(wish: KeyWish, ready: (key: PoolKey) => boolean): PoolKey | undefined {
    const nowMs = this.effects.now();
    const free = (key: PoolKey) => !wish.tried.includes(key) && key.coolsUntilMs(wish.model, nowMs) === 0;
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
    const seed = conversationSeed(conversation);
    let best: PoolKey | undefined;
    let bestScore = -Infinity;
    for (const key of this.keys) {
      const score = rendezvousScore(seed, key.seed, key.weight);
      if (score > bestScore && fits(key)) [best, bestScore] = [key, score];
    }
    return best;
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
