import type { MoneyLimit, TokenLimits } from '../tokens/claims';

/** The limits of a token that are counted. */
export type CountedLimits = Pick<
  TokenLimits,
  'requestsPerMinute' | 'concurrency' | 'tokensPerMinute' | 'money'
>;

/** Why a request has to wait. */
export interface Excess {
  /** `money-reserved`: what is left is reserved for requests that are running. */
  readonly kind: 'requests-per-minute' | 'concurrency' | 'tokens-per-minute' | 'money' | 'money-reserved';
  /** Of money in nano-dollars. */
  readonly limit: number;
  /** `undefined` if waiting does not help. */
  readonly retryAfterMs: number | undefined;
}

/** What a request has used; both at least 0. */
export interface Use {
  /** Tokens of input and output. */
  readonly tokens: number;
  readonly nanoUsd: number;
}

/** A request that passed. */
export interface Reservation {
  /** Counts a part of what it has used, while it goes on; `settle` then gets the rest. */
  add(use: Use): void;
  /** To be called once, when the request is over. */
  settle(use: Use): void;
}

/** How much of one limit is used. */
export interface LimitState {
  readonly kind: 'requests-per-minute' | 'concurrency' | 'tokens-per-minute' | 'money';
  /** Of money the window in UTC, a week from its Monday; `total` never begins again. */
  readonly period?: MoneyLimit['period'] | undefined;
  /** Of money in nano-dollars, as `used` and `left`. */
  readonly limit: number;
  /** May be more than the limit, by what the last request has used. */
  readonly used: number;
  /** At least 0; of money what running requests have reserved is not left. */
  readonly left: number;
  /** When the window ends, by the wall clock in ms; `undefined` if the limit has none. */
  readonly resetsAtMs: number | undefined;
}

/** What is counted of a token, the money in nano-dollars. */
export interface Counts {
  readonly requests: number;
  readonly running: number;
  readonly tokens: number;
  readonly spent: number;
  readonly reserved: number;
  readonly resetsAtMs: number | undefined;
}

/** How much of each limit is used; a limit that a token does not have is left out. */
export function statesOf(limits: CountedLimits, counts: Counts): readonly LimitState[] {
  const states: LimitState[] = [];
  const add = (kind: LimitState['kind'], limit: number | undefined, used: number) => {
    if (limit === undefined) return;
    states.push({ kind, limit, used, left: Math.max(0, limit - used), resetsAtMs: undefined });
  };
  add('requests-per-minute', limits.requestsPerMinute, counts.requests);
  add('concurrency', limits.concurrency, counts.running);
  add('tokens-per-minute', limits.tokensPerMinute, counts.tokens);
  if (limits.money) {
    const { period, nanoUsd: limit } = limits.money;
    const { spent: used, reserved, resetsAtMs } = counts;
    const left = Math.max(0, limit - used - reserved);
    states.push({ kind: 'money', period, limit, used, left, resetsAtMs });
  }
  return states;
}

/** Counts what tokens use: in this instance, or for all of them. */
export interface LimitStore {
  /**
   * Counts a request, unless it is one too many.
   * @param id of the token
   * @param reserveNanoUsd what is not left for others as long as it runs
   */
  begin(
    id: string,
    limits: CountedLimits,
    reserveNanoUsd: number,
  ): Reservation | Excess | Promise<Reservation | Excess>;
  /** How much of each of these limits is used. */
  state(id: string, limits: CountedLimits): readonly LimitState[] | Promise<readonly LimitState[]>;
}

/** Counts for all instances. */
export interface SharedLimitStore extends LimitStore {
  /** Counts what a request has used so far, or one that did not wait for its `begin`, and ran although that refused it. */
  count(id: string, limits: CountedLimits, use: Use): void;
}
