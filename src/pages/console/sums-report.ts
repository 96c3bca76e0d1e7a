import type { BookRow } from '../../books/book-rows';
import { timeAt, timesIn, type TimeCounts } from '../../clock/time-classes';
import { addSums, emptySums, spentBy, tokensOf, type Sums } from '../../books/sums';
import type { UsageRecords } from '../../books/usage-records';
import type { FirstToken, Scope, Use } from './report';

export function scopeOf({ scope, sinceMs }: Pick<UsageRecords, 'scope' | 'sinceMs'>): Scope {
  return { scope: scope === 'all instances' ? 'all' : 'instance', since_ms: sinceMs };
}

export function sumOf(rows: readonly BookRow[]): Sums {
  const sums = emptySums();
  for (const row of rows) addSums(sums, row.sums);
  return sums;
}

export function useOf(sums: Sums): Use {
  const { requests, errors, counts, metered, partial } = sums;
  return {
    requests,
    errors,
    tokens: tokensOf(metered) + tokensOf(partial),
    input_tokens: metered.amounts.input + partial.amounts.input,
    output_tokens: metered.amounts.output + partial.amounts.output,
    nano_usd: spentBy(sums) ?? null,
    unpriced: metered.unpriced + partial.unpriced,
    ...counts,
  };
}

export function firstTokenOf(counts: TimeCounts = new Map()): FirstToken {
  return {
    count: timesIn(counts),
    p50_ms: timeAt(counts, 0.5) ?? null,
    p95_ms: timeAt(counts, 0.95) ?? null,
  };
}

/** The exact values at two shares of some times; `null` if there are none. */
export function percentilesOf(times: readonly number[]) {
  const sorted = [...times].sort((one, other) => one - other);
  const at = (share: number) => sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)];
  const [p50, p95] = [at(0.5), at(0.95)];
  return p50 === undefined || p95 === undefined
    ? null
    : { count: sorted.length, p50_ms: Math.round(p50), p95_ms: Math.round(p95) };
}
