import { METERS } from '../meter/usage';
import { spentBy, emptySums, addSums, tokensOf, type Sums } from './sums';
import type { BookRow } from './book-rows';
import { usdOf } from './report';

/** What some rows have used together. */
export function sumOf(rows: readonly BookRow[]): Sums {
  const sums = emptySums();
  for (const row of rows) addSums(sums, row.sums);
  return sums;
}

/** In short: `usd` and `tokens` are at least what was used, of requests that broke off too. */
export function briefOf(sums: Sums) {
  const { requests, counts, metered, partial } = sums;
  return {
    requests,
    tokens: tokensOf(metered) + tokensOf(partial),
    usd: usdOf(spentBy(sums)),
    ...Object.fromEntries(METERS.map((meter) => [meter, counts[meter]])),
    unpriced: metered.unpriced + partial.unpriced,
  };
}
