import type { Metering, MeterClass, Usage } from '../meter/usage';

export const METERS: readonly MeterClass[] = ['metered', 'partial', 'unmetered'];

/** The amounts of a request, by their fields in the log. */
export const AMOUNTS = {
  input_tokens: ({ input }) => input,
  cached_input_tokens: ({ cachedInput }) => cachedInput,
  cache_write_tokens: ({ cacheWrite5m, cacheWrite1h }) => (cacheWrite5m ?? 0) + (cacheWrite1h ?? 0),
  output_tokens: ({ output }) => output,
  reasoning_tokens: ({ reasoning }) => reasoning,
  audio_input_tokens: ({ audioInput }) => audioInput,
  audio_output_tokens: ({ audioOutput }) => audioOutput,
  audio_seconds: ({ audioSeconds }) => audioSeconds,
  images: ({ images }) => images,
} satisfies Record<string, (usage: Usage) => number | undefined>;
export type Amount = keyof typeof AMOUNTS;
const AMOUNT_NAMES = Object.keys(AMOUNTS) as readonly Amount[];

/** Amounts of requests that are known to the same degree, and their price. */
export interface Figures {
  readonly amounts: Record<Amount, number>;
  /** Of those that have a price, in nano-dollars: exact up to nine million dollars, and no more than that. */
  nanoUsd: number;
  /** How many requests have a price, and how many have not. */
  priced: number;
  unpriced: number;
}

/** What a group of requests has used. */
export interface Sums {
  requests: number;
  /** How many of them failed. */
  errors: number;
  /** How many are known to which degree; the others use nothing. */
  readonly counts: Record<MeterClass, number>;
  /** Of metered requests only. */
  readonly metered: Figures;
  /** Of partial requests: they have used at least this. */
  readonly partial: Figures;
}

export function emptySums(): Sums {
  return {
    requests: 0,
    errors: 0,
    counts: { metered: 0, partial: 0, unmetered: 0 },
    metered: emptyFigures(),
    partial: emptyFigures(),
  };
}

/** Adds one request. @param nanoUsd what it costs; `undefined` if that is not known */
export function addRequest(
  sums: Sums,
  metering: Metering | undefined,
  isError: boolean,
  nanoUsd: number | undefined,
): void {
  sums.requests++;
  if (isError) sums.errors++;
  if (!metering) return;
  sums.counts[metering.class]++;
  if (metering.class === 'unmetered') return;
  const figures = sums[metering.class];
  const { usage } = metering;
  if (usage) for (const name of AMOUNT_NAMES) figures.amounts[name] += AMOUNTS[name](usage) ?? 0;
  if (nanoUsd === undefined) figures.unpriced++;
  else {
    figures.priced++;
    addMoney(figures, nanoUsd);
  }
}

/** Adds what other requests have used. */
export function addSums(to: Sums, from: Sums): void {
  to.requests += from.requests;
  to.errors += from.errors;
  for (const meter of METERS) to.counts[meter] += from.counts[meter];
  addFigures(to.metered, from.metered);
  addFigures(to.partial, from.partial);
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
  return amounts.input_tokens + amounts.output_tokens;
}

function addFigures(to: Figures, from: Figures): void {
  for (const name of AMOUNT_NAMES) to.amounts[name] += from.amounts[name];
  to.priced += from.priced;
  to.unpriced += from.unpriced;
  addMoney(to, from.nanoUsd);
}

function addMoney(to: Figures, nanoUsd: number): void {
  to.nanoUsd = Math.min(to.nanoUsd + nanoUsd, Number.MAX_SAFE_INTEGER);
}

function emptyFigures(): Figures {
  const amounts = Object.fromEntries(AMOUNT_NAMES.map((name) => [name, 0])) as Record<Amount, number>;
  return { amounts, nanoUsd: 0, priced: 0, unpriced: 0 };
}
