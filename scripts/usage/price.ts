import type { Amounts } from '../../src/books/amounts';
import { NO_USAGE, type Usage } from '../../src/meter/usage';
import type { OwnPrices } from '../../src/prices/price-of';
import { requestPrice } from '../../src/prices/request-price';
import type { Price } from './usage-totals';

/** What the log says a request costs, which is the provider's own figure at best; or else what it costs by prices. */
export function createPrice(own: OwnPrices | undefined): Price {
  return ({ nanoUsd, meter, provider, model, servedModel, timeMs, amounts, longestInput }) => {
    if (nanoUsd !== undefined) return nanoUsd;
    if (meter === undefined || meter === 'unmetered') return undefined;
    // As in the proxy's own sums, where a response without usage is free of charge if it is metered.
    const usage = Object.keys(amounts).length === 0 ? undefined : { ...usageOf(amounts), longestInput };
    if (!usage && meter === 'metered') return 0;
    if (provider === undefined || timeMs === undefined) return undefined;
    return requestPrice({ provider, models: [servedModel, model], usage, atMs: timeMs }, own);
  };
}

/** The log does not tell writes to a cache for five minutes from those for an hour, which are rare. */
function usageOf({ cacheWrite, ...amounts }: Amounts): Usage {
  return { ...NO_USAGE, ...amounts, cacheWrite5m: cacheWrite };
}
