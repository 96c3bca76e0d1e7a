import { isDeepStrictEqual } from 'node:util';
import { monotonicMs } from '../../clock/monotonic';
import type { Classification } from '../../providers/errors/error-response';
import { KeyHealth, type CoolDown, type KeySpent, type PoolEvents } from './key-health';
import {
  KeyChoice,
  type ChoiceOptions,
  type KeyRequest,
  type KeyStrategy,
  type Shortage,
} from './key-choice';
import { Lease } from './lease';
import { ManagedKey, type KeyReport, type WeightedKey } from './managed-key';

/** How long a request waits for the first response of a key that is not verified yet. */
const PROBE_WAIT_MS = 1_000;

export interface KeyPoolOptions extends ChoiceOptions {
  readonly events: PoolEvents;
}

/**
 * Distributes requests over keys, and records what comes of them. Each key is tried at most once per request. If all are
 * disabled, one request at a time tries one, after a delay that grows from a second to a minute, so that a recovery is
 * noticed.
 */
export class KeyPool {
  readonly keys: readonly ManagedKey[];
  /** Whether any key has a budget. */
  readonly hasBudgets: boolean;
  #waiting: (() => void)[] = [];
  readonly #choice: KeyChoice;
  readonly #health: KeyHealth;

  /** @param previous the pool that this one replaces: keys that are in both go on as they are */
  constructor(
    readonly name: string,
    keys: readonly WeightedKey[],
    private readonly options: KeyPoolOptions,
    previous?: KeyPool,
  ) {
    const known = new Map(previous?.keys.map((key) => [key.key, key]));
    this.keys = keys.map(({ key, weight, budget }) => {
      const same = known.get(key);
      if (same && isDeepStrictEqual(same.budget, budget)) {
        same.weight = weight;
        return same;
      }
      const managed = new ManagedKey(key, weight, budget);
      managed.spending?.goOnFrom(same?.spending, options.now());
      return managed;
    });
    this.hasBudgets = this.keys.some(({ spending }) => spending !== undefined);
    const { now, events, owner } = options;
    this.#health = new KeyHealth(this.keys, { pool: name, suspectsAddress: owner === 'server', now, events });
    this.#choice = new KeyChoice(this.keys, options);
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
    this.#choice.startAt(turn);
  }

  /**
   * Acquires a key. `undefined` if all are disabled or tried.
   * A key that is not verified yet takes one request at a time, so that an invalid one gets one request and not a whole
   * burst; a request that finds only such keys waits for the first response, at most a second.
   */
  async acquire(keyRequest: KeyRequest): Promise<Lease | undefined> {
    const lease = this.take(keyRequest);
    if (lease !== 'wait') return lease;
    const endMs = monotonicMs() + PROBE_WAIT_MS; // not the wall clock, which may be set back
    for (;;) {
      const leftMs = endMs - monotonicMs();
      if (leftMs <= 0) {
        const key = this.#choice.choose(keyRequest, () => true);
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
    const key = this.#choice.choose(keyRequest, ready);
    if (key) return this.#lease(keyRequest, key, false);
    return this.#choice.anyFree(keyRequest) ? 'wait' : this.#probe(keyRequest);
  }

  /** Whether a request could be retried with another key. */
  hasAnother(keyRequest: KeyRequest): boolean {
    return this.#choice.anyFree(keyRequest) || this.#choice.probeable(keyRequest) !== undefined;
  }

  /** Why a request finds no key, and when one is free. */
  shortage(keyRequest: KeyRequest): Shortage {
    return this.#choice.shortage(keyRequest, this.suspected);
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

  /** Counts what a request has cost towards the budget of its key. */
  charge(key: ManagedKey, nanoUsd: number): void {
    this.#health.charge(key, nanoUsd);
  }

  /** Takes over what all instances have spent with a key. */
  recordSpent(spent: Omit<KeySpent, 'pool'>): void {
    this.#health.recordSpent(spent);
  }

  /** Applies a cool-down from another instance. */
  adopt(coolDown: CoolDown): void {
    this.#health.adopt(coolDown);
  }

  report(): KeyReport[] {
    const nowMs = this.options.now();
    return this.keys.map((key) => key.report(nowMs));
  }

  /** One request at a time tries a disabled key, if there is no other. */
  #probe(keyRequest: KeyRequest): Lease | undefined {
    const key = this.#choice.probeable(keyRequest);
    const rest = key?.restIn(keyRequest.scope, this.options.now());
    if (!key || !rest) return undefined;
    rest.probeAtMs = this.options.now() + rest.probeDelayMs;
    return this.#lease(keyRequest, key, true);
  }

  #lease({ scope }: KeyRequest, key: ManagedKey, probe: boolean): Lease {
    key.open++;
    key.requests++;
    return new Lease(key, scope, this, probe);
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
