import type { Provider } from '../../providers/provider';
import { keyOwnerOf, type CredentialSource } from '../keys/key-source';
import { ProxyError } from '../../errors/proxy-error';
import type { Authentication } from '../auth/access-tokens';
import type { OutboundBody } from '../body/body';
import type { Exchange } from '../exchange/exchange';
import { withHeaders, withoutHeaders } from './change-headers';
import { outboundHeaders } from '../../http/filter-headers';
import type { HeaderChanges } from '../../transforms/rule';
import { placeCredential } from './credential-placement';
import { requestingIdentity, rewritesBody } from './batch-results';
import { missingListHeaders } from '../routing/model-list-path';
import type { ParsedTarget } from '../routing/parse-target';
import { upstreamPath, type UpstreamOrigin } from '../routing/upstream-origin';

/** One attempt's request, as it is sent. */
export interface OutboundRequest {
  readonly origin: UpstreamOrigin;
  readonly method: string;
  readonly path: string;
  readonly headers: readonly string[];
  /** Whether it requests an upgrade to a WebSocket, so that a 101 response is one. */
  readonly upgrade: boolean;
  /** Whether it requests a streamed response; computed only if that matters. */
  readonly streams: () => boolean;
}

/** The parts of an authenticated request that decide what is sent upstream. */
interface InboundRequest {
  readonly exchange: Exchange;
  readonly target: Pick<ParsedTarget, 'query' | 'provider'>;
  readonly client: Authentication;
  readonly provider: Provider;
  readonly path: string;
}

interface OutboundOptions {
  readonly origin: UpstreamOrigin;
  readonly body: OutboundBody;
  readonly credentials: CredentialSource;
  readonly streams: () => boolean;
  /** What rules change of the client's headers; `undefined` for nothing. */
  readonly changes: HeaderChanges | undefined;
}

/**
 * Prepares the outbound request once; the result builds it anew with each key.
 * @throws ProxyError `bad-path` if the outbound path contains an access token
 */
export function buildOutbound(
  { exchange, target, client, provider, path: inboundPath }: InboundRequest,
  { origin, body, credentials, streams, changes }: OutboundOptions,
): (key: string) => OutboundRequest {
  const { request, upgrades } = exchange;
  const { tokens } = client;
  const path = provider.upstreamPath?.(inboundPath) ?? inboundPath;
  if (tokens?.isIn(path) === true) throw new ProxyError('bad-path');
  const { headers } = request;
  const owner = keyOwnerOf(credentials);
  const place = placeCredential({
    provider,
    path,
    query: target.query,
    headers,
    client,
    isClientKey: owner === 'client',
  });
  const clean = tokens ? tokens.headers(request.rawHeaders) : request.rawHeaders;
  const isRead = exchange.asksForUsage || rewritesBody(provider, request.method, inboundPath);
  const readable = isRead ? requestingIdentity(clean) : clean;
  const missing = missingListHeaders(target, path, request);
  const complete = missing.length === 0 ? readable : [...readable, ...missing.flat()];
  const inbound = changes ? withoutHeaders(complete, changes.dropped) : complete;
  const headersFor = (key: string) =>
    outboundHeaders(inbound, {
      host: origin.host,
      key: place.header(key),
      serverKey: owner === 'server',
      framing: body.framing,
      readable: credentials.kind === 'pool', // the proxy may have to read its response
      upgrade: upgrades
        ? { subprotocols: place.subprotocols(key), withoutExtensions: messagesAreRead(exchange) }
        : undefined,
    });
  return (key) => ({
    origin,
    method: request.method ?? 'GET',
    path: upstreamPath(origin, path) + place.query(key),
    // Behind the filter, or a client could take them out by naming them in `Connection`.
    headers: changes ? withHeaders(headersFor(key), changes.added) : headersFor(key),
    upgrade: upgrades,
    streams,
  });
}

/** Whether the proxy has to read a WebSocket's messages, so that they must not be compressed. */
function messagesAreRead({ socket, onUse }: Exchange): boolean {
  return socket !== undefined || onUse !== undefined;
}
