import type { Exchange } from './exchange/exchange';
import type { Timeouts } from './exchange/timeouts';
import type { Outcome } from './failover/attempt';
import { keyOwnerOf } from './keys/key-source';
import { rewritesBody } from './request/batch-results';
import type { RequestPlan } from './request-plan';
import { meterBuffered } from './response/meter-exchange';
import { relay, type RelayedOutcome } from './response/relay';
import { ownAddress, withOwnAddresses } from './response/rewrite-locations';
import { withOwnBodyAddresses } from './response/rewrite-results';
import { isUpgraded, tunnel } from './response/tunnel';
import { lastFrames } from './sockets/last-frames';
import { sendBuffered } from './upstream/buffered-response';
import { abandon, type UpstreamResponse } from './upstream/upstream-response';

/**
 * Gives the client what came back. Resolves when the response streams.
 * @throws ProxyError as long as nothing of the response has gone out
 */
export function respond(
  outcome: Outcome,
  plan: RequestPlan,
  exchange: Exchange,
  timeouts: Timeouts,
): void | Promise<void> {
  const { socket } = exchange;
  if (socket && !(outcome.kind === 'relay' && isUpgraded(outcome.upstream))) {
    const { status, text } = outcome.kind === 'buffered' ? outcome.response : unread(outcome.upstream);
    socket.refuse(status, text);
  } else if (outcome.kind === 'buffered') {
    sendBuffered(outcome.response, exchange, outcome.headers);
    meterBuffered(exchange, outcome.response);
  } else if (isUpgraded(outcome.upstream))
    tunnel(outcome.upstream, exchange, {
      rawHeaders: outcome.rawHeaders,
      timeouts,
      keyOwner: keyOwnerOf(plan.credentials),
      lastFrames: (reason) => lastFrames(reason, exchange),
    });
  else if (rewritesBody(plan.provider, plan.method, plan.path))
    return relayRewritten(outcome, plan, exchange, timeouts);
  else {
    const rawHeaders = withOwnAddresses(outcome, plan.addresses);
    relay({ ...outcome, rawHeaders }, exchange, timeouts);
  }
}

/** A response that is no WebSocket's, and is left unread. */
function unread(upstream: UpstreamResponse): { readonly status: number; readonly text: undefined } {
  abandon(upstream);
  return { status: upstream.statusCode ?? 502, text: undefined };
}

/** Relays one of the few responses whose body has addresses of the upstream. */
async function relayRewritten(
  outcome: RelayedOutcome,
  { addresses }: RequestPlan,
  exchange: Exchange,
  timeouts: Timeouts,
): Promise<void> {
  const { upstream, rawHeaders } = outcome;
  const rewritten = await withOwnBodyAddresses(upstream, rawHeaders, exchange, (address) =>
    ownAddress(address, addresses),
  );
  const headers = withOwnAddresses(rewritten === upstream ? { rawHeaders } : rewritten, addresses);
  relay({ ...outcome, upstream: rewritten, rawHeaders: headers }, exchange, timeouts);
}
