import { dayText } from '../../src/books/days';
import { valueOf, type Dimension, type RequestUsage } from './request-usage';
import type { BookRow } from '../../src/books/book-rows';
import { DIMENSIONS as ROW_DIMENSIONS, isRestOf, valueOf as valueOfRow } from '../../src/books/report';
import { addRequest, addSums, costOf, emptySums, tokensOf, type Sums } from '../../src/books/sums';

/** One row of the result: a value for each dimension, in their order, and what it has used. */
export interface Row {
  readonly values: readonly (string | undefined)[];
  /** Whether it stands for all groups that had no room. */
  readonly other: boolean;
  readonly sums: Sums;
}

export interface UnpricedModel {
  readonly provider: string | undefined;
  readonly model: string | undefined;
  readonly requests: number;
}

export const MAX_GROUPS = 10_000;
/** More than ten years. */
const MAX_DAYS = 4_000;
const MAX_UNPRICED = 1_000;

/** What a request costs in nano-dollars; `undefined` if that is not known. */
export type Price = (request: RequestUsage) => number | undefined;

/** Sums requests up by group and by day; its memory does not grow with their number. */
export class UsageTotals {
  readonly total = emptySums();
  /** Fields of lines that were not what they should be. */
  ignoredFields = 0;

  readonly #groups = new Map<string, Sums>();
  readonly #days = new Map<string, Sums>();
  readonly #unpriced = new Map<string, number>();
  #other: Sums | undefined;

  constructor(
    readonly by: readonly Dimension[],
    readonly price: Price,
  ) {}

  add(request: RequestUsage): void {
    const nanoUsd = this.price(request);
    this.ignoredFields += request.ignored;
    addRequest(this.total, request, nanoUsd);
    const values = this.by.map((dimension) => valueOf(request, dimension));
    addRequest(this.#groupOf(values), request, nanoUsd);
    const day = valueOf(request, 'day');
    if (day !== undefined) {
      const sums = sumsIn(this.#days, day, MAX_DAYS);
      if (sums) addRequest(sums, request, nanoUsd);
    }
    if (request.meter === 'metered' && nanoUsd === undefined) this.#countUnpriced(request);
  }

  /** Adds what is summed up already; it has no other dimensions than `ROW_DIMENSIONS`. */
  addRow(row: BookRow): void {
    const by = this.by.flatMap((one) => ROW_DIMENSIONS.filter((dimension) => dimension === one));
    addSums(this.total, row.sums);
    const values = by.map((dimension) => valueOfRow(row, dimension) ?? undefined);
    addSums(isRestOf(row, by) ? this.#rest() : this.#groupOf(values), row.sums);
    const day = sumsIn(this.#days, dayText(row.day), MAX_DAYS);
    if (day) addSums(day, row.sums);
    const { unpriced } = row.sums.metered;
    if (unpriced > 0) this.#countUnpriced(row, unpriced);
  }

  /** In the order of time if that comes first, otherwise what costs most first; what had no room last. */
  rows(): readonly Row[] {
    const rows = [...this.#groups].map(([key, sums]): Row => ({ values: valuesIn(key), other: false, sums }));
    const byTime = this.by[0] === 'day' || this.by[0] === 'hour';
    rows.sort(
      (one, other) =>
        (byTime ? compareFirst(one, other) : 0) ||
        compareUse(one.sums, other.sums) ||
        compareText(keyOf(one.values), keyOf(other.values)), // so that the order is that of no source
    );
    if (this.#other) rows.push({ values: this.by.map(() => undefined), other: true, sums: this.#other });
    return rows;
  }

  /** In the order of time. */
  days(): readonly { readonly day: string; readonly sums: Sums }[] {
    return [...this.#days]
      .sort(([one], [other]) => compareText(one, other))
      .map(([day, sums]) => ({ day, sums }));
  }

  /** Models of metered requests without a price, the most used first. */
  unpricedModels(): readonly UnpricedModel[] {
    return [...this.#unpriced]
      .sort(([oneKey, one], [otherKey, other]) => other - one || compareText(oneKey, otherKey))
      .map(([key, requests]) => {
        const [provider, model] = valuesIn(key);
        return { provider, model, requests };
      });
  }

  #groupOf(values: readonly (string | undefined)[]): Sums {
    return sumsIn(this.#groups, keyOf(values), MAX_GROUPS) ?? this.#rest();
  }

  #rest(): Sums {
    return (this.#other ??= emptySums());
  }

  #countUnpriced({ provider, model }: Pick<RequestUsage, 'provider' | 'model'>, requests = 1): void {
    const key = keyOf([provider, model]);
    const count = this.#unpriced.get(key);
    if (count === undefined && this.#unpriced.size >= MAX_UNPRICED) return;
    this.#unpriced.set(key, (count ?? 0) + requests);
  }
}

/** `undefined` if there is none, and no room for another. */
function sumsIn(map: Map<string, Sums>, key: string, max: number): Sums | undefined {
  const known = map.get(key);
  if (known || map.size >= max) return known;
  const sums = emptySums();
  map.set(key, sums);
  return sums;
}

/** The key is all that is kept of a line, so that no part of its text keeps the whole in memory. */
function keyOf(values: readonly (string | undefined)[]): string {
  return JSON.stringify(values);
}

function valuesIn(key: string): readonly (string | undefined)[] {
  return (JSON.parse(key) as readonly (string | null)[]).map((value) => value ?? undefined);
}

function compareUse(one: Sums, other: Sums): number {
  return (
    (costOf(other.metered) ?? 0) - (costOf(one.metered) ?? 0) ||
    tokensOf(other.metered) - tokensOf(one.metered) ||
    other.requests - one.requests
  );
}

function compareFirst({ values: [one = ''] }: Row, { values: [other = ''] }: Row): number {
  return compareText(one, other);
}

function compareText(one: string, other: string): number {
  return one < other ? -1 : one > other ? 1 : 0;
}
