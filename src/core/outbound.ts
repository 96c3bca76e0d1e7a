import type { Admission } from './access';
import type { OutboundBody } from './body';
import type { Exchange } from './exchange';
import { outboundHeaders } from './headers';
import { keyPlace } from './key-placement';
import type { Route } from './route';
import { upstreamPath, type Outbound, type UpstreamOrigin } from './upstream';

/** A request that was let in, as far as it decides what goes upstream. */
interface Asked {
  readonly exchange: Exchange;
  readonly route: Route;
  readonly admission: Admission;
}

/** How the caller's request goes to its provider: made once, and with each key afresh. */
export function outboundFor(
  { exchange, route, admission }: Asked,
  origin: UpstreamOrigin,
  body: OutboundBody,
): (key: string) => Outbound {
  const { request, provider, upgrades } = exchange;
  const path = provider.upstreamPath?.(exchange.path) ?? exchange.path;
  const place = keyPlace({ provider, path, query: route.query, headers: request.headers, admission });
  return (key) => ({
    origin,
    method: request.method ?? 'GET',
    path: upstreamPath(origin, path) + place.query(key),
    headers: outboundHeaders(request.rawHeaders, {
      host: origin.host,
      key: place.header(key),
      framing: body.framing,
      upgrade: upgrades ? { subprotocols: place.subprotocols(key) } : undefined,
    }),
    upgrade: upgrades,
  });
}
