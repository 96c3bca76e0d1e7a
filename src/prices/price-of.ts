import { costOf } from './cost';
import { PriceList } from './price-list';
import { ratesAt } from './rates';
import table from './table.json';
import type { Usage } from '../meter/usage';

/** Where the prices of the table come from. */
export const PRICE_SOURCE: { readonly name: string; readonly version: string; readonly date: string } =
  table.source;

const LISTS: ReadonlyMap<string, PriceList> = new Map(
  Object.entries<Readonly<Record<string, string>>>(table.providers).map(([name, entries]) => [
    name,
    new PriceList(entries),
  ]),
);
/** Azure sells OpenAI's models at OpenAI's prices, under names that a user gives to deployments. */
const SAME_PRICES: Readonly<Record<string, string>> = { azure: 'openai' };

/** What models cost that the operator has given prices for; they come before the table. */
export type OwnPrices = PriceList;

/**
 * What a request costs by the list prices of its provider, in whole nano-dollars, at most 2^53 − 1.
 * @param model what the response names, or else what was asked for
 * @param atMs Unix time, since prices change
 * @returns `undefined` if it is not priced, never 0 for that
 */
export function priceOf(provider: string, model: string, usage: Usage, atMs: number): number | undefined {
  return priceIn(LISTS.get(SAME_PRICES[provider] ?? provider), model, usage, atMs);
}

/** What it costs by one list. */
export function priceIn(
  list: PriceList | undefined,
  model: string,
  usage: Usage,
  atMs: number,
): number | undefined {
  const periods = list?.find(model);
  const rates = periods && ratesAt(periods, atMs, usage.longestInput ?? usage.input ?? 0);
  return rates && costOf(usage, rates);
}
