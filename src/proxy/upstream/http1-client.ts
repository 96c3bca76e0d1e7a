import type { TLSSocket } from 'node:tls';
import type { Socket } from 'node:net';
import { ClientDisconnected, type ProxyError } from '../../errors/proxy-error';
import { asOpenConnectionFailure, asUpstreamFailure, errorCode } from '../../errors/node-errors';
import { NotProcessed, type UpstreamResponse } from './upstream-response';
import type { OutboundBody } from '../body/body';
import type { Opening } from '../connect/connect-race';
import type { ProxyChoice } from '../connect/http-proxy';
import { openTls, openTo } from '../connect/open-to';
import type { SentFor } from '../exchange/exchange';
import { Connection } from '../http1/connection';
import { ConnectionPool } from '../http1/connection-pool';
import { OutgoingRequest } from '../http1/outgoing-request';
import type { OutboundRequest } from '../request/outbound-request';
import type { UpstreamOrigin } from '../routing/upstream-origin';

/** Below the keep-alive time of the providers' front ends, so that a reused connection is rarely closed already. */
export const IDLE_SOCKET_MS = 55_000;
const MAX_IDLE = 256;
/** The errors of a socket that the other side has closed before. */
const STALE_CODES = new Set(['ECONNRESET', 'EPIPE', 'ECONNABORTED', 'ENOTCONN', 'ETIMEDOUT']);
const ALPN = { ALPNProtocols: ['http/1.1'] };

/** Sends requests over HTTP/1.1: one at a time on a connection, which is reused (docs/decisions/0013). */
export class Http1Client {
  /**
   * No bound on the connections in use: there is one a request, and a request that waited for another's would wait as long
   * as that one streams.
   */
  readonly #pool = new ConnectionPool({ idleMs: IDLE_SOCKET_MS, maxIdle: MAX_IDLE });
  /** The last TLS session of each origin, which saves a new connection a part of the handshake. */
  readonly #sessions = new Map<string, Buffer>();

  /** @param httpProxy the user's HTTP proxy, if connections go through one */
  constructor(
    private readonly connectTimeoutMs: number,
    private readonly httpProxy?: ProxyChoice,
  ) {}

  /**
   * Sends one request and waits for the head of its response.
   * @throws NotProcessed if it failed on a reused connection before the upstream had sent anything: that had closed it
   * (RFC 9112 §9.3.1 allows such a request to be sent again, as browsers do); ProxyError `upstream-*`,
   * `connect-timeout`; the reason that stops the exchange meanwhile
   */
  send(outbound: OutboundRequest, body: OutboundBody, exchange: SentFor): Promise<UpstreamResponse> {
    const name = nameOf(outbound.origin);
    // What cannot be sent again would be lost on a connection that the upstream has closed.
    const open = body.needsFreshSocket ? undefined : this.#pool.take(name);
    const sending = new Sending(outbound, body, open);
    const head = sending.head(exchange);
    if (open) open.serve(sending.request);
    else this.#open(outbound.origin, name, sending);
    body.sendTo(sending.request);
    return head;
  }

  /** Requests in progress to an origin. */
  busy(origin: UpstreamOrigin): number {
    return this.#pool.busy(nameOf(origin));
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
    this.#pool.close((name) => name.startsWith(`${protocol}//`));
  }

  #open(origin: UpstreamOrigin, name: string, sending: Sending): void {
    const opening = this.#connect(origin, name);
    sending.opening = opening;
    this.#pool.count(name, 1);
    opening.opened.then(
      (socket) => {
        sending.opening = undefined;
        const connection = new Connection(socket, name, this.#pool);
        if (sending.request.destroyed) socket.destroy();
        else connection.serve(sending.request);
      },
      (error: unknown) => {
        this.#pool.count(name, -1);
        sending.opening = undefined;
        this.#sessions.delete(name);
        sending.request.fail(error);
      },
    );
  }

  #connect(origin: UpstreamOrigin, name: string): Opening<Socket> {
    if (origin.protocol === 'http:') return openTo(origin, this.connectTimeoutMs);
    const session = this.#sessions.get(name);
    const options = session ? { ...ALPN, session } : ALPN;
    const opening = openTls(origin, this.connectTimeoutMs, options, this.httpProxy);
    const keep = (socket: TLSSocket) => {
      socket.on('session', (latest) => this.#sessions.set(name, latest));
    };
    opening.opened.then(keep, () => undefined);
    return opening;
  }
}

function nameOf({ protocol, host }: UpstreamOrigin): string {
  return `${protocol}//${host}`;
}

/** One request on its way to the head of its response. */
class Sending {
  readonly request: OutgoingRequest;
  /** Its connection, while that is being opened. */
  opening: Opening<Socket> | undefined;
  #resolve: (response: UpstreamResponse) => void = () => undefined;
  #reject: (reason: unknown) => void = () => undefined;
  readonly #head = new Promise<UpstreamResponse>((resolve, reject) => {
    this.#resolve = resolve;
    this.#reject = reject;
  });

  /** @param reused its connection, if that has served others */
  constructor(
    outbound: OutboundRequest,
    { framing, needsFreshSocket }: OutboundBody,
    private readonly reused: Connection | undefined,
  ) {
    const options = {
      isChunked: framing === 'chunked',
      keepsAlive: !needsFreshSocket,
      upgrades: outbound.upgrade,
    };
    this.request = new OutgoingRequest(outbound, options, this);
  }

  head(exchange: SentFor): Promise<UpstreamResponse> {
    exchange.onStop((reason) => {
      this.#reject(reason);
      this.request.destroy(reason instanceof ClientDisconnected ? undefined : reason);
    });
    return this.#head;
  }

  onResponse(response: UpstreamResponse): void {
    this.#resolve(response);
  }

  onFailure(error: unknown, wasOpen: boolean): void {
    this.opening?.cancel();
    this.#reject(this.#isUnprocessed(error) ? new NotProcessed(error) : failureOf(error, wasOpen));
  }

  #isUnprocessed(error: unknown): boolean {
    return this.reused !== undefined && STALE_CODES.has(errorCode(error)) && !this.reused.hasResponded;
  }
}

function failureOf(error: unknown, wasOpen: boolean): ProxyError | ClientDisconnected {
  return wasOpen ? asOpenConnectionFailure(error) : asUpstreamFailure(error);
}
