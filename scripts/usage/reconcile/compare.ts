import { DAY_MS } from '../../../src/clock/calendar-window';
import { tokensOf, type Sums } from '../../../src/books/sums';
import type { UsageTotals } from '../usage-totals';
import type { Bill, BilledItem } from './bill';

/** What the log and a provider's bill say of one day, or of one model. */
export interface ComparedRow {
  readonly provider: string;
  /** A day, or a model. */
  readonly name: string;
  /** Of the log, those that have used something. */
  readonly requests: number;
  /** How many of them are metered; all figures of ours are of metered and partial ones. */
  readonly metered: number;
  readonly unpriced: number;
  /** In nano-dollars; `undefined` if that side has nothing of it. */
  readonly ours: number | undefined;
  readonly theirs: number | undefined;
  readonly ourTokens: number | undefined;
  readonly theirTokens: number | undefined;
}

/** Whether a day of the log agrees with the bill; `not judged` if the log does not know all of it. */
export type Judgement = 'agrees' | 'differs' | 'not judged';

export interface Comparison {
  readonly days: readonly ComparedRow[];
  readonly models: readonly ComparedRow[];
}

/** The dimensions of the totals that a bill is compared with, in this order. */
export const BILL_DIMENSIONS = ['provider', 'day', 'model'] as const;
const MAX_DIFFERENCE_PERCENT = 1;

/** @param totals of the log, by `BILL_DIMENSIONS` */
export function compare(totals: UsageTotals, bills: ReadonlyMap<string, Bill>): Comparison {
  const days: ComparedRow[] = [];
  const models: ComparedRow[] = [];
  const logged = totals.rows().filter(({ other }) => !other);
  for (const [provider, bill] of bills) {
    const { fromMs, toMs } = bill.period;
    const own = logged.filter(({ values: [of] }) => of === provider);
    const byDay = new Map<string, Group>();
    for (let atMs = fromMs; atMs < toMs; atMs += DAY_MS)
      byDay.set(new Date(atMs).toISOString().slice(0, 10), { sums: [], items: [] });
    const byModel = new Map<string, Group>();
    const groupsOf = (day: string, model: string) => {
      const known = byModel.get(keyOf(model)) ?? { name: model, sums: [], items: [] };
      byModel.set(keyOf(model), known);
      return [byDay.get(day), known];
    };
    for (const { values, sums } of own)
      for (const group of groupsOf(values[1] ?? '', values[2] ?? '(not named)')) group?.sums.push(sums);
    for (const item of bill.items())
      for (const group of groupsOf(item.day, item.model)) group?.items.push(item);
    // A day without an item is one on which nothing is charged; a model without one may have another name there.
    for (const [day, group] of byDay) days.push(rowOf(provider, day, group, 0));
    for (const [key, group] of byModel) models.push(rowOf(provider, group.name ?? key, group, undefined));
  }
  models.sort((one, other) => (other.theirs ?? other.ours ?? 0) - (one.theirs ?? one.ours ?? 0));
  return { days, models };
}

/** Of money. Only a day of which the log knows everything can be wrong. */
export function judge(row: ComparedRow): Judgement {
  const { requests, metered, unpriced } = row;
  if (requests === 0 || metered < requests || unpriced > 0) return 'not judged';
  const difference = differencePercent(row.ours, row.theirs);
  if (difference === undefined) return 'not judged';
  return Math.abs(difference) > MAX_DIFFERENCE_PERCENT ? 'differs' : 'agrees';
}

/** How much more ours is than theirs; infinite if theirs is 0; `undefined` if one side has nothing. */
export function differencePercent(ours: number | undefined, theirs: number | undefined): number | undefined {
  if (ours === undefined || theirs === undefined) return undefined;
  if (ours === theirs) return 0;
  return ((ours - theirs) / Math.abs(theirs)) * 100;
}

interface Group {
  readonly name?: string;
  readonly sums: Sums[];
  readonly items: BilledItem[];
}

function rowOf(provider: string, name: string, { sums, items }: Group, noCost: 0 | undefined): ComparedRow {
  const total = (of: (one: Sums) => number) => sums.reduce((sum, one) => sum + of(one), 0);
  const known = <T extends 'nanoUsd' | 'tokens'>(field: T) =>
    items.flatMap((item) => (item[field] === undefined ? [] : [item[field]]));
  const sumOf = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0);
  const costs = known('nanoUsd');
  const tokens = known('tokens');
  const metered = total(({ counts }) => counts.metered);
  const requests = total(({ counts }) => counts.metered + counts.partial + counts.unmetered);
  const priced = total((one) => one.metered.priced + one.partial.priced);
  return {
    provider,
    name,
    requests,
    metered,
    unpriced: total((one) => one.metered.unpriced + one.partial.unpriced),
    ours: priced > 0 ? total((one) => one.metered.nanoUsd + one.partial.nanoUsd) : undefined,
    theirs: costs.length > 0 ? sumOf(costs) : noCost,
    ourTokens: requests > 0 ? total((one) => tokensOf(one.metered) + tokensOf(one.partial)) : undefined,
    theirTokens: tokens.length > 0 ? sumOf(tokens) : noCost,
  };
}

function keyOf(model: string): string {
  return model.toLowerCase();
}
