import type { ManagedKey, RestReason } from './managed-key';
import { rendezvousScore, conversationSeed } from './rendezvous-hash';
import { weightedLap } from './weighted-lap';

export type KeyStrategy = 'round-robin' | 'affinity';

/** The least severe first. */
const REASONS: readonly RestReason[] = ['rate-limited', 'budget-spent', 'out-of-credit', 'invalid'];

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

export interface ChoiceOptions {
  readonly strategy: KeyStrategy;
  /** The owner of the keys: the server, or the client, which sent them joined. */
  readonly owner: 'server' | 'client';
  /** The wall clock, in ms. */
  readonly now: () => number;
  /** In [0, 1). */
  readonly random: () => number;
}

/**
 * Which key a request gets. Either in turn, exactly even over each lap (taking a turn is synchronous, so concurrency
 * changes nothing); or by affinity, so that a conversation stays on its key. Disabled keys and those that the request
 * has tried are skipped.
 */
export class KeyChoice {
  /** The turns of one lap: each key as often as its weight, spread out. */
  readonly #lap: readonly ManagedKey[];
  #next: number;

  constructor(
    private readonly keys: readonly ManagedKey[],
    private readonly options: ChoiceOptions,
  ) {
    this.#lap = weightedLap(keys);
    this.#next = Math.floor(options.random() * this.#lap.length);
  }

  /** Sets the first turn. */
  startAt(turn: number): void {
    this.#next = turn % this.#lap.length;
  }

  /** Whether a key is left for it, ready or not. */
  anyFree(keyRequest: KeyRequest): boolean {
    const { scope, tried } = keyRequest;
    const nowMs = this.options.now();
    return this.#candidates(keyRequest).some((key) => !tried.includes(key) && !key.restIn(scope, nowMs));
  }

  /**
   * The key whose turn it is, or that belongs to the conversation.
   * @param ready whether a key may be used now; a conversation waits for its own
   */
  choose(keyRequest: KeyRequest, ready: (key: ManagedKey) => boolean): ManagedKey | undefined {
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

  /** A disabled key that the request may try, if there is no other. */
  probeable(keyRequest: KeyRequest): ManagedKey | undefined {
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

  /**
   * Why a request finds no key, and when one is free.
   * @param suspected whether the upstream URL is suspected, so that another key would not help
   */
  shortage(keyRequest: KeyRequest, suspected: boolean): Shortage {
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
    if (suspected) return { reason: 'invalid', retryAfterMs: 0, limitedMs };
    if (rests.length < keys.length) return { reason: undefined, retryAfterMs: 0, limitedMs };
    const reason = REASONS.find((one) => rests.some((rest) => rest.reason === one));
    return { reason, retryAfterMs: reason === undefined ? 0 : (soonest(reason) ?? 0), limitedMs };
  }

  /** The key that made the object that the request names, unless it is invalid, or has no credit or budget left: then all keys. */
  #candidates({ owner, scope }: Pick<KeyRequest, 'owner' | 'scope'>): readonly ManagedKey[] {
    if (owner === undefined) return this.keys;
    const key = this.keys.find(({ fingerprint }) => fingerprint === owner);
    const rest = key?.restIn(scope, this.options.now());
    return key && (!rest || rest.reason === 'rate-limited') ? [key] : this.keys;
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
}
