import { ProxyError } from '../errors';
import type { Admission } from './access';
import type { OutboundBody } from './body';
import type { Exchange } from './exchange';
import { outboundHeaders } from './headers';
import { keyPlace } from './key-placement';
import { askingForPlainBytes, rewritesBody } from './results-url';
import type { Route } from './route';
import { upstreamPath, type UpstreamOrigin } from './upstream-origin';

/** One attempt's request, as it goes out. */
export interface Outbound {
  readonly origin: UpstreamOrigin;
  readonly method: string;
  readonly path: string;
  readonly headers: readonly string[];
  /** Whether it asks to become a WebSocket, so that an answer of 101 is one. */
  readonly upgrade: boolean;
  /** Whether it asks for an answer that comes bit by bit; found out only where that matters. */
  readonly streams: () => boolean;
}

/** A request that was let in, as far as it decides what goes upstream. */
interface Asked {
  readonly exchange: Exchange;
  readonly route: Route;
  readonly admission: Admission;
}

/**
 * How the client's request goes to its provider: made once, and with each key afresh.
 * @param readable whether its response may have to be read here
 * @throws ProxyError `bad-path` if an access token stands in the path that would go upstream
 */
export function outboundFor(
  { exchange, route, admission }: Asked,
  origin: UpstreamOrigin,
  body: OutboundBody,
  streams: () => boolean,
  readable: boolean,
): (key: string) => Outbound {
  const { request, provider, upgrades, keyOwner } = exchange;
  const { tokens } = admission;
  const path = provider.upstreamPath?.(exchange.path) ?? exchange.path;
  if (tokens?.isIn(path) === true) throw new ProxyError('bad-path');
  const { headers } = request;
  const ownKey = keyOwner === 'client';
  const place = keyPlace({ provider, path, query: route.query, headers, admission, ownKey });
  const clean = tokens ? tokens.headers(request.rawHeaders) : request.rawHeaders;
  const inbound = rewritesBody(provider, request.method, exchange.path) ? askingForPlainBytes(clean) : clean;
  return (key) => ({
    origin,
    method: request.method ?? 'GET',
    path: upstreamPath(origin, path) + place.query(key),
    headers: outboundHeaders(inbound, {
      host: origin.host,
      key: place.header(key),
      serverKey: keyOwner === 'server',
      framing: body.framing,
      readable,
      upgrade: upgrades ? { subprotocols: place.subprotocols(key) } : undefined,
    }),
    upgrade: upgrades,
    streams,
  });
}
