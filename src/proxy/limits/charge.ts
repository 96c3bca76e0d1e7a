import { ClientDisconnected } from '../../errors/proxy-error';
import { isFree, isMetered } from '../../meter/endpoints';
import type { Charge } from '../exchange/access-record';
import type { Exchange } from '../exchange/exchange';
import { pricedParts } from '../../prices/priced-parts';
import type { PricedRequest } from '../../prices/request-price';

/** What a request is taken to cost if that is not known: 0.10 USD. */
export const ASSUMED_NANO_USD = 100_000_000;
/** The tokens that it is taken to have used then. */
export const ASSUMED_TOKENS = 5_000;

const ASSUMED: Charge = { kind: 'assumed', tokens: ASSUMED_TOKENS, nanoUsd: ASSUMED_NANO_USD };
const NOTHING: Charge = { kind: 'known', tokens: 0, nanoUsd: 0 };

/**
 * What a request takes of its token's limits: what the provider says it has used. If it does not say, or not all of it, or
 * there is no price for it, no less than what is assumed: of a WebSocket, for each of its responses.
 * @param price in nano-dollars; `undefined` if there is none
 * @param metering what is known of it, if it is not over
 */
export function chargeFor(
  { record, provider, failure, response, request, path }: Exchange,
  atMs: number,
  price: (request: PricedRequest) => number | undefined,
  metering = record.metering,
): Charge {
  const { model, attempts } = record;
  if (!metering) {
    // A client that leaves before the response begins may still have made the provider work.
    const hasLeft = attempts > 0 && failure instanceof ClientDisconnected && !response.headersSent;
    return hasLeft && isMetered(request.method ?? '') && !isFree(path) ? ASSUMED : NOTHING;
  }
  const { class: meter, usage, costUsd, responses } = metering;
  if (meter === 'unmetered') return ASSUMED;
  if (meter === 'metered' && !usage && costUsd === undefined) return NOTHING; // free of charge
  const tokens = (usage?.input ?? 0) + (usage?.output ?? 0);
  const untold = responses?.untold ?? 0;
  let nanoUsd = 0;
  let isKnown = true;
  for (const part of pricedParts(metering, model)) {
    const known = price({ provider: provider.name, models: part.models, usage: part.usage, costUsd, atMs });
    isKnown &&= known !== undefined;
    nanoUsd += known ?? part.responses * ASSUMED_NANO_USD;
  }
  if (meter === 'metered' && isKnown) return { kind: 'known', tokens, nanoUsd };
  return {
    kind: 'assumed',
    tokens: meter === 'metered' ? tokens : Math.max(tokens + untold * ASSUMED_TOKENS, ASSUMED_TOKENS),
    nanoUsd: Math.max(nanoUsd + untold * ASSUMED_NANO_USD, ASSUMED_NANO_USD),
  };
}
