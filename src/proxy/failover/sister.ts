import { ProxyError } from '../../errors/proxy-error';
import { CREDENTIAL_HEADERS } from '../../http/credentials';
import { headerIn, outboundHeaders, type RawHeaders } from '../../http/filter-headers';
import { SISTER_HEADER } from '../../http/header-lists';
import type { Provider } from '../../providers/provider';
import type { OutboundBody } from '../body/body';
import type { Exchange } from '../exchange/exchange';
import { requestingIdentity } from '../request/batch-results';
import type { OutboundRequest } from '../request/outbound-request';
import type { RelayedOutcome } from '../response/relay';
import type { ParsedTarget } from '../routing/parse-target';
import { upstreamPath, type UpstreamOrigin } from '../routing/upstream-origin';
import type { UpstreamClient } from '../upstream/upstream-client';

/** A request that the provider does not accept from the country of this proxy. */
export interface RefusedRequest {
  readonly exchange: Exchange;
  readonly target: Pick<ParsedTarget, 'stage' | 'prefix' | 'path' | 'query' | 'provider'>;
  readonly provider: Provider;
  /** Whether the model in the body has decided the provider: the sister must not decide otherwise. */
  readonly isRerouted: boolean;
  readonly body: OutboundBody;
}

/** Another deployment of this proxy, in a country that the providers serve. */
export class Sister {
  /** @param origin the base URL, whose path precedes every path; `undefined` if there is no sister */
  constructor(
    private readonly origin: UpstreamOrigin | undefined,
    private readonly upstreams: UpstreamClient,
  ) {}

  /**
   * Whether a request may be handed over: not if it comes from a sister, so that two that are refused alike cannot form a
   * loop, and not to this proxy itself. A client that sends the mark, or another host, only loses its own fallback.
   */
  takes({ request, upgrades }: Exchange): boolean {
    const { headers } = request;
    if (!this.origin || upgrades) return false;
    return headers[SISTER_HEADER] === undefined && headers.host !== this.origin.host;
  }

  /**
   * Sends the client's request to the sister, with the client's own credentials.
   * @returns its response, whatever its status; `undefined` if there was none, or the request could not be sent again
   * @throws the reason that stops the exchange meanwhile
   */
  async handOver(refused: RefusedRequest): Promise<RelayedOutcome | undefined> {
    const { exchange, body } = refused;
    const { origin } = this;
    if (!origin || !body.replayable || !this.takes(exchange)) return undefined;
    try {
      const upstream = await this.upstreams.send(outboundFor(origin, refused), body, exchange);
      exchange.record.sister = 'responded';
      const rawHeaders = withoutOurs(upstream.rawHeaders, exchange.proxyHeaders);
      exchange.addHeader('X-Proxy-Sister', 'responded');
      return { kind: 'relay', upstream, rawHeaders, onFailure: () => undefined, tap: undefined };
    } catch (error) {
      if (exchange.failure || !(error instanceof ProxyError)) throw error;
      exchange.record.sister = error.code;
      return undefined;
    }
  }
}

function outboundFor(origin: UpstreamOrigin, refused: RefusedRequest): OutboundRequest {
  const { request } = refused.exchange;
  return {
    origin,
    method: request.method ?? 'GET',
    path: upstreamPath({ ...origin, replacesV1: false }, pathAtSister(refused)),
    headers: headersForSister(
      refused.exchange.asksForUsage ? requestingIdentity(request.rawHeaders) : request.rawHeaders,
      origin.host,
      refused.body,
    ),
    upgrade: false,
    streams: () => false, // whether SCF's gateway speaks HTTP/2 is not known
  };
}

/** The request's path and query as they came, less the stage of a gateway in front of this proxy. */
function pathAtSister({ exchange, target, provider, isRerouted }: RefusedRequest): string {
  const { stage, prefix, path, query } = target;
  if (isRerouted && target.provider === undefined)
    return `${prefix.slice(stage.length)}/${provider.name}${path}${query}`;
  const { url = '/' } = exchange.request;
  return url.startsWith(`${stage}/`) ? url.slice(stage.length) : url;
}

/** As for a provider, but with every credential as the client sent it. */
function headersForSister(inbound: RawHeaders, host: string, { framing }: OutboundBody): string[] {
  const headers = outboundHeaders(inbound, { host, key: undefined, framing });
  for (let at = 0; at < inbound.length; at += 2) {
    const name = inbound[at] ?? '';
    if ((CREDENTIAL_HEADERS as readonly string[]).includes(name.toLowerCase()))
      headers.push(name, inbound[at + 1] ?? '');
  }
  headers.push(SISTER_HEADER, '1');
  return headers;
}

/** Without the headers that this proxy adds itself: the sister runs the same program. */
function withoutOurs(theirs: RawHeaders, ours: RawHeaders): RawHeaders {
  return theirs.filter((_, at) => headerIn(ours, (theirs[at - (at % 2)] ?? '').toLowerCase()) === undefined);
}
