import type { MeterClass } from '../../src/meter/usage';
import { AMOUNTS, type Amount, type RequestUsage } from './request-usage';

/** Amounts of requests that are known to the same degree, and their price. */
export interface Figures {
  readonly amounts: Record<Amount, number>;
  /** Of those that have a price, in nano-dollars: exact up to nine million dollars. */
  nanoUsd: number;
  /** How many requests have a price, and how many have not. */
  priced: number;
  unpriced: number;
}

/** What a group of requests has used. */
export interface Sums {
  requests: number;
  /** How many requests are known to which degree; the others use nothing. */
  readonly counts: Record<MeterClass, number>;
  /** Of metered requests only. */
  readonly metered: Figures;
  /** Of partial requests: they have used at least this. */
  readonly partial: Figures;
}

export function emptySums(): Sums {
  return {
    requests: 0,
    counts: { metered: 0, partial: 0, unmetered: 0 },
    metered: emptyFigures(),
    partial: emptyFigures(),
  };
}

/** @param nanoUsd what the request costs; `undefined` if that is not known */
export function addTo(sums: Sums, { meter, amounts }: RequestUsage, nanoUsd: number | undefined): void {
  sums.requests++;
  if (meter === undefined) return;
  sums.counts[meter]++;
  if (meter === 'unmetered') return;
  const figures = sums[meter];
  for (const amount of AMOUNTS) figures.amounts[amount] += amounts[amount] ?? 0;
  if (nanoUsd === undefined) figures.unpriced++;
  else {
    figures.priced++;
    figures.nanoUsd += nanoUsd;
  }
}

/** The nano-dollars of all that have a price; `undefined` if none has. */
export function costOf({ priced, nanoUsd }: Figures): number | undefined {
  return priced === 0 ? undefined : nanoUsd;
}

export function tokensOf({ amounts }: Figures): number {
  return amounts.input + amounts.output;
}

function emptyFigures(): Figures {
  const amounts = {} as Record<Amount, number>;
  for (const amount of AMOUNTS) amounts[amount] = 0;
  return { amounts, nanoUsd: 0, priced: 0, unpriced: 0 };
}
