import { Agent as HttpAgent, request as requestHttp, type RequestOptions } from 'node:http';
import { Agent as HttpsAgent, request as requestHttps } from 'node:https';
import type { TLSSocket } from 'node:tls';
import { ClientDisconnected, ProxyError } from '../../errors/proxy-error';
import { asOpenConnectionFailure, asUpstreamFailure, errorCode } from '../../errors/node-errors';
import { NotProcessed, type UpstreamResponse } from './upstream-response';
import type { OutboundBody } from '../body/body';
import { KEEP_ALIVE_DELAY_MS } from '../connect/connect-race';
import type { ProxyChoice } from '../connect/http-proxy';
import type { SentFor } from '../exchange/exchange';
import type { OutboundRequest } from '../request/outbound-request';
import { openTls, raceConnections, type Connecting } from '../connect/racing-agent';
import type { UpstreamOrigin } from '../routing/upstream-origin';
import { poolByOrigin, type PooledRequest, type PoolLimits, type PoolOptions } from './socket-pools';

/** Below the keep-alive time of the providers' front ends, so that a reused socket is rarely closed already. */
export const IDLE_SOCKET_MS = 55_000;
const IDLE_LIMITS: PoolLimits = { idleMs: IDLE_SOCKET_MS, maxFree: 256 };
const MAX_RESPONSE_HEADER_BYTES = 65_536;
/** The errors of a socket that the other side has closed before. */
const STALE_CODES = new Set(['ECONNRESET', 'EPIPE', 'ECONNABORTED', 'ENOTCONN', 'ETIMEDOUT']);

/** For agents whose sockets serve one request each. */
const FRESH = { keepAliveMsecs: KEEP_ALIVE_DELAY_MS } as const;

type SentRequest = PooledRequest & {
  maxHeaderSize?: number;
  insecureHTTPParser?: boolean;
};

/** Sends requests over HTTP/1.1: one at a time on a connection, which is reused. */
export class Http1Client {
  readonly #agents: { readonly 'http:': HttpAgent; readonly 'https:': HttpsAgent };
  readonly #opening: Readonly<Record<UpstreamOrigin['protocol'], ReturnType<typeof raceConnections>>>;
  /** For bodies that cannot be sent again, which would be lost on a socket that the upstream has closed. */
  readonly #freshAgents: { readonly 'http:': HttpAgent; readonly 'https:': HttpsAgent };

  /** @param httpProxy the user's HTTP proxy, if connections go through one */
  constructor(
    private readonly connectTimeoutMs: number,
    private readonly httpProxy?: ProxyChoice,
  ) {
    /*
     * No bound on the sockets in use: there is one a request, and a request that waited for another's socket would
     * wait as long as that one streams.
     * TLS sessions: an agent keeps the last one of each of 100 origins, which is more than there are.
     */
    const options = {
      keepAlive: true,
      keepAliveMsecs: KEEP_ALIVE_DELAY_MS,
    } as const;
    this.#agents = { 'http:': new HttpAgent(options), 'https:': new HttpsAgent(options) };
    this.#freshAgents = { 'http:': new HttpAgent(FRESH), 'https:': new HttpsAgent(FRESH) };
    this.#opening = {
      'http:': raceConnections(this.#agents['http:'], 'connect', connectTimeoutMs),
      'https:': raceConnections(this.#agents['https:'], 'secureConnect', connectTimeoutMs, httpProxy),
    };
    raceConnections(this.#freshAgents['http:'], 'connect', connectTimeoutMs);
    raceConnections(this.#freshAgents['https:'], 'secureConnect', connectTimeoutMs, httpProxy);
    for (const agent of Object.values(this.#agents)) poolByOrigin(agent, IDLE_LIMITS);
  }

  /**
   * Sends one request and waits for the head of its response.
   * @throws NotProcessed if it failed on a reused socket before the upstream had sent anything: that had closed it
   * (RFC 9112 §9.3.1 allows such a request to be sent again, as browsers do); ProxyError `upstream-*`,
   * `connect-timeout`; the reason that stops the exchange meanwhile
   */
  send(outbound: OutboundRequest, body: OutboundBody, exchange: SentFor): Promise<UpstreamResponse> {
    const { protocol, hostname, port, host } = outbound.origin;
    const connecting: Connecting = {};
    const options: RequestOptions & PoolOptions & { readonly connecting: Connecting } = {
      agent: (body.needsFreshSocket ? this.#freshAgents : this.#agents)[protocol],
      host: hostname,
      port,
      method: outbound.method,
      path: outbound.path,
      headers: outbound.headers,
      connecting,
      pool: host,
    };
    const request: SentRequest = (protocol === 'https:' ? requestHttps : requestHttp)(options);
    // Node reads these options from the request once the socket is assigned: in `options` they would be copied twice.
    request.maxHeaderSize = MAX_RESPONSE_HEADER_BYTES;
    // Overrides NODE_OPTIONS: if this proxy and a provider parse a framing differently, responses can be mixed up.
    request.insecureHTTPParser = false;
    request.maxHeadersCount = 0; // above a count Node drops headers silently; the size is limited instead
    return responseHead(request, connecting, outbound, body, exchange);
  }

  /** Requests in progress to an origin. */
  busy({ protocol, hostname, port, host }: UpstreamOrigin): number {
    const opening = this.#opening[protocol](hostname, port);
    return opening + (this.#agents[protocol].sockets[host]?.length ?? 0);
  }

  /**
   * A new TLS connection, on which the upstream chooses between HTTP/2 and HTTP/1.1.
   * @throws ProxyError `upstream-*`, `connect-timeout`
   */
  async connectTls(origin: UpstreamOrigin): Promise<TLSSocket> {
    try {
      // No TLS session is kept for it: it stays open for many requests, and in TLS 1.3 a session saves no round trip.
      const options = { ALPNProtocols: ['h2', 'http/1.1'] };
      return await openTls(origin, this.connectTimeoutMs, options, this.httpProxy).opened;
    } catch (error) {
      throw asUpstreamFailure(error);
    }
  }

  dropIdleSockets(protocol: UpstreamOrigin['protocol']): void {
    for (const sockets of Object.values(this.#agents[protocol].freeSockets)) {
      for (const socket of sockets ?? []) socket.destroy();
    }
  }
}

function responseHead(
  request: SentRequest,
  connecting: Connecting,
  { upgrade }: OutboundRequest,
  body: OutboundBody,
  exchange: SentFor,
): Promise<UpstreamResponse> {
  const head = new Promise<UpstreamResponse>((resolve, reject) => {
    request.on('response', (response) => {
      // Without the headers that name the new protocol a 101 cannot be relayed.
      if (response.statusCode === 101) request.destroy(new ProxyError('upstream-invalid'));
      else resolve(response);
    });
    // Stays: after the response's head the response reports errors.
    request.on('error', (error) => {
      reject(failedBeforeResponse(request, error) ? new NotProcessed(error) : failureOf(request, error));
    });
    request.on('upgrade', (response, socket, head) => {
      if (upgrade) {
        if (head.length > 0) socket.unshift(head);
        resolve(response);
        return;
      }
      socket.destroy(); // it was not requested
      reject(new ProxyError('upstream-invalid'));
    });
    exchange.onStop((reason) => {
      reject(reason);
      request.destroy(reason instanceof ClientDisconnected ? undefined : reason);
      connecting.cancel?.();
    });
  });
  body.sendTo(request); // outside the promise, so that no listener keeps the body as long as the response streams
  return head;
}

function failedBeforeResponse(request: SentRequest, error: unknown): boolean {
  return (
    request.reusedSocket &&
    STALE_CODES.has(errorCode(error)) &&
    (request.socket?.bytesRead ?? 0) === request.readBefore
  );
}

function failureOf(request: SentRequest, error: unknown): ProxyError | ClientDisconnected {
  return request.socket ? asOpenConnectionFailure(error) : asUpstreamFailure(error);
}
