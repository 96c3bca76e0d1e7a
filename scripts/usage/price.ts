import type { Amounts } from '../../src/books/amounts';
import { NO_USAGE, type Usage } from '../../src/meter/usage';
import { PRICE_SOURCE, type OwnPrices } from '../../src/prices/price-of';
import { requestPrice } from '../../src/prices/request-price';
import type { Price } from './usage-totals';

/** Where the prices come from that the log does not have. */
export const PRICES_NOTE = `usd is what the log says, or else what PRICES or the list prices of ${PRICE_SOURCE.name} ${PRICE_SOURCE.version} of ${PRICE_SOURCE.date} say.`;

/** What the log says a request costs, which is the provider's own figure at best; or else what it costs by prices. */
export function createPrice(own: OwnPrices | undefined): Price {
  return ({ nanoUsd, meter, provider, model, servedModel, timeMs, amounts }) => {
    if (nanoUsd !== undefined) return nanoUsd;
    if (meter === undefined || meter === 'unmetered') return undefined;
    if (provider === undefined || timeMs === undefined) return undefined;
    return requestPrice(
      { provider, models: [servedModel, model], usage: usageOf(amounts), atMs: timeMs },
      own,
    );
  };
}

/** The log does not tell writes to a cache for five minutes from those for an hour, which are rare. */
function usageOf({ cacheWrite, ...amounts }: Amounts): Usage {
  return { ...NO_USAGE, ...amounts, cacheWrite5m: cacheWrite };
}
