import { METERS } from '../meter/usage';
import type { BookRow } from './book-rows';
import { dayText } from './days';
import { usdText } from './money';
import { addSums, costOf, emptySums, fieldsOf, tokensOf, type Sums } from './sums';

/** What rows can be grouped by. */
export const DIMENSIONS = ['token', 'model', 'provider', 'day'] as const;
export type Dimension = (typeof DIMENSIONS)[number];

interface Group {
  readonly values: readonly (string | null)[];
  readonly isRest: boolean;
  readonly sums: Sums;
}

/**
 * Rows in groups, what costs most first, or in the order of time if the day comes first; with their total, each day, and
 * the models without a price. Its members are those of `npm run usage -- --json`, but money is an exact text.
 */
export function reportOf(rows: readonly BookRow[], by: readonly Dimension[]) {
  const groups = grouped(rows, by);
  const total = emptySums();
  for (const { sums } of rows) addSums(total, sums);
  return {
    by,
    rows: sorted(groups, by).map(({ values, isRest, sums }) => ({
      ...Object.fromEntries(by.map((dimension, at) => [dimension, values[at] ?? null])),
      ...(isRest ? { other: true } : {}),
      ...figuresOf(sums),
    })),
    total: figuresOf(total),
    days: sorted(grouped(rows, ['day']), ['day']).map(({ values: [day], sums }) => ({
      day,
      tokens: tokensOf(sums.metered),
      usd: usdOf(costOf(sums.metered)),
    })),
    unpriced_models: unpricedModels(rows),
  };
}

/** What a group has used, with the log's names of fields; what incomplete requests have used stands apart. */
export function figuresOf({ requests, errors, counts, metered, partial }: Sums) {
  return {
    requests,
    errors,
    ...Object.fromEntries(METERS.map((meter) => [meter, counts[meter]])),
    ...fieldsOf(metered),
    usd: usdOf(costOf(metered)),
    unpriced: metered.unpriced,
    ...fieldsOf(partial, 'partial_'),
    partial_usd: usdOf(costOf(partial)),
  };
}

/** `null` where it is not known; no more than can be written exactly. */
export function usdOf(nanoUsd: number | undefined): string | null {
  return nanoUsd === undefined ? null : usdText(Math.min(nanoUsd, Number.MAX_SAFE_INTEGER));
}

function grouped(rows: readonly BookRow[], by: readonly Dimension[]): Group[] {
  const groups = new Map<string, Group>();
  for (const row of rows) {
    const values = by.map((dimension) => valueOf(row, dimension));
    const isRest = isRestOf(row, by);
    const key = JSON.stringify([isRest, ...values]);
    const group = groups.get(key) ?? { values, isRest, sums: emptySums() };
    groups.set(key, group);
    addSums(group.sums, row.sums);
  }
  return [...groups.values()];
}

/** Whether a row's value is missing for one of the dimensions because there was no row left for it. */
export function isRestOf({ rest }: BookRow, by: readonly Dimension[]): boolean {
  if (rest === undefined) return false;
  return by.some((dimension) => dimension !== 'day' && (dimension !== 'token' || rest === 'tokens'));
}

/** `null` if it is not known. */
export function valueOf(row: BookRow, dimension: Dimension): string | null {
  return dimension === 'day' ? dayText(row.day) : (row[dimension] ?? null);
}

function sorted(groups: readonly Group[], by: readonly Dimension[]): readonly Group[] {
  const byTime = by[0] === 'day';
  return [...groups].sort(
    (one, other) =>
      Number(one.isRest) - Number(other.isRest) ||
      (byTime ? compareText(one.values[0], other.values[0]) : 0) ||
      (costOf(other.sums.metered) ?? 0) - (costOf(one.sums.metered) ?? 0) ||
      tokensOf(other.sums.metered) - tokensOf(one.sums.metered) ||
      other.sums.requests - one.sums.requests,
  );
}

function compareText(one: string | null | undefined, other: string | null | undefined): number {
  return (one ?? '') < (other ?? '') ? -1 : 1;
}

/** Models of metered requests without a price, the most used first. */
function unpricedModels(rows: readonly BookRow[]) {
  return grouped(rows, ['provider', 'model'])
    .filter(({ sums }) => sums.metered.unpriced > 0)
    .map(({ values: [provider, model], sums }) => ({ provider, model, requests: sums.metered.unpriced }))
    .sort((one, other) => other.requests - one.requests);
}
