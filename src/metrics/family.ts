import type { Definition } from './definitions';
import type { Histogram } from './series';

/** One series of a metric at one moment. */
export interface Point {
  /** In the order of the metric's labels; '' for one that does not apply. */
  readonly labels: readonly string[];
  readonly value: number | Histogram;
}

/** A metric with its series at one moment. */
export interface Family {
  readonly definition: Definition;
  readonly points: readonly Point[];
}

/** A metric with one series that has no labels. */
export function single(definition: Definition, value: number): Family {
  return { definition, points: [{ labels: [], value }] };
}
