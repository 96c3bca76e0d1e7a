import http, { type ClientRequest, type RequestOptions } from 'node:http';
import https from 'node:https';
import type { Duplex } from 'node:stream';
import type { TLSSocket } from 'node:tls';
import { CallerLeft, ProxyError, asUpstreamFailure, errorCode } from '../errors';
import { NotTaken, type UpstreamAnswer } from './answer';
import type { OutboundBody } from './body';
import { KEEP_ALIVE_DELAY_MS } from './connect-race';
import type { Exchange } from './exchange';
import type { Outbound } from './outbound';
import { openTls, raceConnections, type Connecting } from './racing-agent';
import type { UpstreamOrigin } from './upstream-origin';

/** Below the keep-alive time of the providers' front ends, so that a socket is rarely dead when it is used again. */
export const IDLE_SOCKET_MS = 55_000;
const MAX_IDLE_SOCKETS = 256;
const MAX_ANSWER_HEADER_BYTES = 65_536;
/** What a socket that the other side has long closed fails with. */
const STALE_CODES = new Set(['ECONNRESET', 'EPIPE', 'ECONNABORTED', 'ENOTCONN', 'ETIMEDOUT']);

/** For one request each. */
const FRESH = { keepAliveMsecs: KEEP_ALIVE_DELAY_MS } as const;

/** A request, with what its socket had read before, where that was used before. */
type SentRequest = ClientRequest & {
  readBefore?: number;
  maxHeaderSize?: number;
  insecureHTTPParser?: boolean;
};

/** Sends requests over HTTP/1.1: one at a time on a connection, which is kept for the next. */
export class Http1Client {
  readonly #agents: { readonly 'http:': http.Agent; readonly 'https:': https.Agent };
  readonly #opening: Readonly<Record<UpstreamOrigin['protocol'], ReturnType<typeof raceConnections>>>;
  /** For bodies that cannot be sent again, which a socket that was closed meanwhile would lose. */
  readonly #freshAgents: { readonly 'http:': http.Agent; readonly 'https:': https.Agent };

  constructor(private readonly connectTimeoutMs: number) {
    /*
     * lifo: the socket used last is the least likely to have been closed meanwhile. No bound on the sockets in use: there
     * is one a request, and a request that waited for another's socket would wait for as long as that one streams.
     * TLS sessions: an agent keeps the last one of each of 100 origins, which is more than there are.
     */
    const options = {
      keepAlive: true,
      keepAliveMsecs: KEEP_ALIVE_DELAY_MS,
      scheduling: 'lifo',
      maxFreeSockets: MAX_IDLE_SOCKETS,
      timeout: IDLE_SOCKET_MS,
    } as const;
    this.#agents = { 'http:': new http.Agent(options), 'https:': new https.Agent(options) };
    this.#freshAgents = { 'http:': new http.Agent(FRESH), 'https:': new https.Agent(FRESH) };
    this.#opening = {
      'http:': raceConnections(this.#agents['http:'], 'connect', connectTimeoutMs),
      'https:': raceConnections(this.#agents['https:'], 'secureConnect', connectTimeoutMs),
    };
    raceConnections(this.#freshAgents['http:'], 'connect', connectTimeoutMs);
    raceConnections(this.#freshAgents['https:'], 'secureConnect', connectTimeoutMs);
    for (const agent of Object.values(this.#agents)) {
      agent.reuseSocket = (socket: Duplex & { bytesRead?: number }, request: SentRequest) => {
        request.readBefore = socket.bytesRead ?? 0;
        http.Agent.prototype.reuseSocket.call(agent, socket, request);
      };
    }
  }

  /**
   * Sends one request and waits for the head of its answer.
   * @throws NotTaken where it died on a reused socket before the upstream had said anything: that had closed it
   * (RFC 9112 §9.3.1 lets such a request be sent again, as browsers do); ProxyError `upstream-*`, `connect-timeout`;
   * whatever stops the exchange meanwhile
   */
  send(outbound: Outbound, body: OutboundBody, exchange: Exchange): Promise<UpstreamAnswer> {
    const { protocol, hostname, port } = outbound.origin;
    const connecting: Connecting = {};
    const options: RequestOptions & { readonly connecting: Connecting } = {
      agent: (body.needsFreshSocket ? this.#freshAgents : this.#agents)[protocol],
      host: hostname,
      port,
      method: outbound.method,
      path: outbound.path,
      headers: outbound.headers,
      connecting,
    };
    const request: SentRequest = (protocol === 'https:' ? https : http).request(options);
    // Options of Node's that it reads off the request once the socket is there: in `options` they would be copied twice.
    request.maxHeaderSize = MAX_ANSWER_HEADER_BYTES;
    // Whatever NODE_OPTIONS say: where this proxy and a provider read a framing differently, answers change places.
    request.insecureHTTPParser = false;
    request.maxHeadersCount = 0; // past a count Node leaves headers out without a word; the size is limited instead
    return answerHead(request, connecting, outbound, body, exchange);
  }

  /** Requests under way to an origin. */
  busy({ protocol, hostname, port }: UpstreamOrigin): number {
    const opening = this.#opening[protocol](hostname, port);
    const { sockets } = this.#agents[protocol];
    const own = `${hostname}:${port}:`;
    for (const name in sockets) if (name.startsWith(own)) return opening + (sockets[name]?.length ?? 0);
    return opening;
  }

  /**
   * A new TLS connection, on which the upstream chooses between HTTP/2 and HTTP/1.1.
   * @throws ProxyError `upstream-*`, `connect-timeout`
   */
  async connectTls(origin: UpstreamOrigin): Promise<TLSSocket> {
    try {
      // No TLS session is kept for it: it stays open for many requests, and in TLS 1.3 a session saves no round trip.
      return await openTls(origin, this.connectTimeoutMs, { ALPNProtocols: ['h2', 'http/1.1'] }).opened;
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

function answerHead(
  request: SentRequest,
  connecting: Connecting,
  { upgrade }: Outbound,
  body: OutboundBody,
  exchange: Exchange,
): Promise<UpstreamAnswer> {
  const head = new Promise<UpstreamAnswer>((resolve, reject) => {
    request.on('response', (answer) => {
      // Without the headers that name what it switches to, a 101 says nothing that could be relayed.
      if (answer.statusCode === 101) request.destroy(new ProxyError('upstream-invalid'));
      else resolve(answer);
    });
    // Stays: after the answer's head it is the answer that reports.
    request.on('error', (error) => {
      reject(diedUnheard(request, error) ? new NotTaken(error) : failureOf(request, error));
    });
    request.on('upgrade', (answer, socket, head) => {
      if (upgrade) {
        if (head.length > 0) socket.unshift(head);
        resolve(answer);
        return;
      }
      socket.destroy(); // nobody asked for one
      reject(new ProxyError('upstream-invalid'));
    });
    exchange.onStop((reason) => {
      reject(reason);
      request.destroy(reason instanceof CallerLeft ? undefined : reason);
      connecting.cancel?.();
    });
  });
  body.sendTo(request); // out here, where no listener keeps the body for as long as the answer streams
  return head;
}

function diedUnheard(request: SentRequest, error: unknown): boolean {
  return (
    request.reusedSocket &&
    STALE_CODES.has(errorCode(error)) &&
    (request.socket?.bytesRead ?? 0) === request.readBefore
  );
}

/** On a connection that was there, a time-out is TCP's: the other side vanished, and may have begun to work. */
function failureOf(request: SentRequest, error: unknown): ProxyError | CallerLeft {
  return request.socket && errorCode(error) === 'ETIMEDOUT'
    ? new ProxyError('upstream-reset', { cause: error })
    : asUpstreamFailure(error);
}
