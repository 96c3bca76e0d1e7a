import { NO_USAGE, type Metering } from '../../src/meter/usage';
import type { Exchange } from '../../src/proxy/exchange/exchange';
import { makeExchange } from './exchange';

/** What a chat has used that costs 1,250,000 nano-dollars. */
export const METERED: Metering = {
  class: 'metered',
  model: 'gpt-5-mini',
  usage: { ...NO_USAGE, input: 1_000, output: 500 },
  costUsd: undefined,
};

/** The exchange of a request that has used this; of one that had no response, `undefined`. */
export function meteredExchange(metering: Metering | undefined): Exchange {
  const exchange = makeExchange();
  exchange.record.metering = metering;
  return exchange;
}
