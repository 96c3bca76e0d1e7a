import type { Usage } from '../meter/usage';
import { priceOf, type OwnPrices } from './price-of';
import { NANO_PER_USD } from './nano-usd';

/** What is known of a request that may have a price. */
export interface PricedRequest {
  readonly provider: string;
  /** Its names for the model, the more particular first: what the response says, then what was asked for. */
  readonly models: readonly (string | undefined)[];
  readonly usage: Usage | undefined;
  /** What the provider says it costs, in US dollars: that is a fact, and wins. */
  readonly costUsd?: number | undefined;
  /** Unix time. */
  readonly atMs: number;
}

/**
 * What a request costs, in whole nano-dollars, at most 2^53 − 1.
 * @returns `undefined` if that is not known, never 0 for that
 */
export function requestPrice(
  { provider, models, usage, costUsd, atMs }: PricedRequest,
  own: OwnPrices | undefined,
): number | undefined {
  if (costUsd !== undefined) return Math.round(costUsd * NANO_PER_USD);
  if (!usage) return undefined;
  for (const model of models) {
    const price = model === undefined ? undefined : priceOf(provider, model, usage, atMs, own);
    if (price !== undefined) return price;
  }
  return undefined;
}
