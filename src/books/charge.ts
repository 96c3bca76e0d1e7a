import { PRICE_SOURCE, type OwnPrices } from '../prices/price-of';
import { pricedParts } from '../prices/priced-parts';
import { requestPrice } from '../prices/request-price';
import type { EndedRequest } from './ended-request';

/** Where prices come from, for a person. */
export const PRICES_NOTE = `usd is what the provider says, or else what PRICES or the list prices of ${PRICE_SOURCE.name} ${PRICE_SOURCE.version} of ${PRICE_SOURCE.date} say.`;

/** What a request costs in whole nano-dollars; `undefined` if that is not known. */
export function chargeOf(
  { provider, model, metering, knownNanoUsd, atMs }: EndedRequest,
  own: OwnPrices | undefined,
): number | undefined {
  if (!metering || metering.class === 'unmetered') return undefined;
  if (knownNanoUsd !== undefined) return knownNanoUsd;
  const { usage, costUsd } = metering;
  if (metering.class === 'metered' && !usage && costUsd === undefined) return 0; // free of charge
  const prices = pricedParts(metering, model).map((part) =>
    requestPrice({ provider, models: part.models, usage: part.usage, costUsd, atMs }, own),
  );
  return prices.reduce((sum, price) => (sum === undefined || price === undefined ? undefined : sum + price));
}
