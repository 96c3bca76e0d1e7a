import type { Usage } from '../meter/usage';
import { priceIn, priceOf, type OwnPrices } from './price-of';
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
 * What a request costs, in whole nano-dollars, at most 2^53 − 1. The operator's price for any of the model's names comes
 * before the list's: what is shown of a request is the name that was asked for.
 * @returns `undefined` if that is not known, never 0 for that
 */
export function requestPrice(
  { provider, models, usage, costUsd, atMs }: PricedRequest,
  own: OwnPrices | undefined,
): number | undefined {
  if (costUsd !== undefined) return Math.round(costUsd * NANO_PER_USD);
  if (!usage) return undefined;
  return (
    (own && firstOf(models, (model) => priceIn(own, model, usage, atMs))) ??
    firstOf(models, (model) => priceOf(provider, model, usage, atMs))
  );
}

function firstOf(
  models: PricedRequest['models'],
  price: (model: string) => number | undefined,
): number | undefined {
  for (const model of models) {
    const found = model === undefined ? undefined : price(model);
    if (found !== undefined) return found;
  }
  return undefined;
}
