import { METERS, type MeterClass } from '../meter/usage';
import { AMOUNTS, AMOUNT_FIELDS, type Amount, type Amounts } from './amounts';
import { countTime, timeClassOf, type TimeCounts } from '../clock/time-classes';

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
  /** How many of them failed, where that is counted. */
  errors: number;
  /** How many are known to which degree; the others use nothing. */
  readonly counts: Record<MeterClass, number>;
  /** Of metered requests only. */
  readonly metered: Figures;
  /** Of partial requests: they have used at least this. */
  readonly partial: Figures;
  /** Of streams: the time until the first token; `undefined` if it was not counted of any. */
  firstToken: TimeCounts | undefined;
}

export function emptySums(): Sums {
  return {
    requests: 0,
    errors: 0,
    counts: { metered: 0, partial: 0, unmetered: 0 },
    metered: emptyFigures(),
    partial: emptyFigures(),
    firstToken: undefined,
  };
}

/** What is known of one request. */
export interface SummedRequest {
  /** `undefined` for a request that uses nothing. */
  readonly meter: MeterClass | undefined;
  readonly amounts: Amounts;
  readonly isError?: boolean;
  /** `undefined` if it is not counted. */
  readonly firstTokenMs?: number | undefined;
}

/** Adds one request. @param nanoUsd what it costs; `undefined` if that is not known */
export function addRequest(
  sums: Sums,
  { meter, amounts, isError, firstTokenMs }: SummedRequest,
  nanoUsd: number | undefined,
): void {
  sums.requests++;
  if (isError) sums.errors++;
  if (firstTokenMs !== undefined) {
    sums.firstToken ??= new Map<number, number>();
    countTime(sums.firstToken, timeClassOf(firstTokenMs));
  }
  if (meter === undefined) return;
  sums.counts[meter]++;
  if (meter === 'unmetered') return;
  const figures = sums[meter];
  for (const name of AMOUNTS) figures.amounts[name] += amounts[name] ?? 0;
  if (nanoUsd === undefined) figures.unpriced++;
  else {
    figures.priced++;
    figures.nanoUsd += nanoUsd;
  }
}

/** Adds what other requests have used. */
export function addSums(to: Sums, from: Sums): void {
  to.requests += from.requests;
  to.errors += from.errors;
  for (const meter of METERS) to.counts[meter] += from.counts[meter];
  addFigures(to.metered, from.metered);
  addFigures(to.partial, from.partial);
  if (!from.firstToken) return;
  to.firstToken ??= new Map<number, number>();
  for (const [timeClass, times] of from.firstToken) countTime(to.firstToken, timeClass, times);
}

/** The nano-dollars of all that have a price; `undefined` if none has. */
export function costOf({ priced, nanoUsd }: Figures): number | undefined {
  return priced === 0 ? undefined : nanoUsd;
}

/** What requests have cost at least, those that broke off included; `undefined` if there are some and none has a price. */
export function spentBy({ counts, metered, partial }: Sums): number | undefined {
  const uses = METERS.some((meter) => counts[meter] > 0);
  const isKnown = metered.priced + partial.priced > 0;
  return isKnown || !uses ? Math.min(metered.nanoUsd + partial.nanoUsd, Number.MAX_SAFE_INTEGER) : undefined;
}

export function tokensOf({ amounts }: Figures): number {
  return amounts.input + amounts.output;
}

/** Amounts by their fields in the log. */
export function fieldsOf({ amounts }: Figures, prefix = ''): Record<string, number> {
  return Object.fromEntries(AMOUNTS.map((name) => [prefix + AMOUNT_FIELDS[name], amounts[name]]));
}

function addFigures(to: Figures, from: Figures): void {
  for (const name of AMOUNTS) to.amounts[name] += from.amounts[name];
  to.priced += from.priced;
  to.unpriced += from.unpriced;
  to.nanoUsd += from.nanoUsd;
}

function emptyFigures(): Figures {
  const amounts = Object.fromEntries(AMOUNTS.map((name) => [name, 0])) as Record<Amount, number>;
  return { amounts, nanoUsd: 0, priced: 0, unpriced: 0 };
}
