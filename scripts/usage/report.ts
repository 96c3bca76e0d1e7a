import type { UsageTotals } from './usage-totals';

/** What the renderers show. */
export interface UsageReport {
  readonly totals: UsageTotals;
  /** Lines that are no JSON object of the proxy's log. */
  readonly malformedLines: number;
  /** Where prices come from, for a person. */
  readonly prices: string;
}
