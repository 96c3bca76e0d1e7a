import { priceOf, PRICE_SOURCE, type OwnPrices } from '../prices/price-of';
import type { EndedRequest } from './ended-request';

/** Where prices come from, for a person. */
export const PRICES_NOTE = `usd is what the provider says, or else what PRICES or the list prices of ${PRICE_SOURCE.name} ${PRICE_SOURCE.version} of ${PRICE_SOURCE.date} say.`;

const NANO = 1e9;
/** For a request that costs nothing, whatever its model: its usage is known to be none. */
const FREE = 0;

/**
 * What a request costs in whole nano-dollars: what the provider says, or else what it costs by prices.
 * @returns `undefined` if that is not known
 */
export function chargeOf(
  { provider, model, metering, atMs }: EndedRequest,
  own: OwnPrices | undefined,
): number | undefined {
  if (!metering || metering.class === 'unmetered') return undefined;
  const { usage, costUsd } = metering;
  if (costUsd !== undefined) return Math.round(costUsd * NANO);
  if (!usage) return metering.class === 'metered' ? FREE : undefined;
  for (const name of [metering.model, model]) {
    const price = name === undefined ? undefined : priceOf(provider, name, usage, atMs, own);
    if (price !== undefined) return price;
  }
  return undefined;
}
