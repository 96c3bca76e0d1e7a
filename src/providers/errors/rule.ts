import type { Classification } from './error-response';
import type { ErrorFacts } from './facts';

/** One row of a provider's table of errors: if all its conditions match, it classifies the response. */
export interface ErrorRule {
  readonly kind: Classification['kind'];
  /** Any of these; every status if absent. */
  readonly status?: readonly number[];
  /** Any of these stands in the body; a `*` at the end stands for any rest. */
  readonly codes?: readonly string[];
  /**
   * Only if no code identifies the error. Anchored at the beginning, and without unbounded repetition: it sees outside
   * text.
   */
  readonly message?: RegExp;
  /** The body has no code beside the status itself, so that the status is all there is to judge by. */
  readonly uncoded?: true;
  /** When it is over, as a wall clock time in ms, if the body says so. */
  readonly untilMs?: (facts: ErrorFacts, nowMs: number) => number | undefined;
}
