/** How much of one limit of a token is used. */
export interface LimitState {
  readonly kind: 'requests-per-minute' | 'concurrency' | 'tokens-per-minute' | 'money';
  /** Of money: the window in UTC. */
  readonly period?: 'day' | 'week' | 'month' | 'total' | undefined;
  /** Of money in nano-dollars, as `used` and `left`. */
  readonly limit: number;
  readonly used: number;
  readonly left: number;
  /** When the window ends, by the wall clock in ms; `undefined` if the limit has none. */
  readonly resetsAtMs: number | undefined;
}
