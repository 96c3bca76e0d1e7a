import { NotProcessed, type UpstreamResponse } from './upstream-response';
import type { OutboundBody } from '../body/body';
import type { ProxyChoice } from '../connect/http-proxy';
import type { SentFor } from '../exchange/exchange';
import { Http1Client, IDLE_SOCKET_MS } from './http1-client';
import { Http2Pool } from './http2-pool';
import type { OutboundRequest } from '../request/outbound-request';
import type { UpstreamOrigin } from '../routing/upstream-origin';

/** Sends requests to the upstreams: over HTTP/1.1, and streams over HTTP/2 once there are many. */
export class UpstreamClient {
  readonly #http1: Http1Client;
  readonly #http2 = new Map<UpstreamOrigin, Http2Pool>();

  /**
   * @param http2After the number of requests in progress to a provider from which HTTP/2 is used
   * @param httpProxy the user's HTTP proxy, if connections go through one
   */
  constructor(
    connectTimeoutMs: number,
    private readonly http2After: number,
    httpProxy?: ProxyChoice,
  ) {
    this.#http1 = new Http1Client(connectTimeoutMs, httpProxy);
  }

  /**
   * Sends one request and waits for the head of its response. A request that its upstream has not processed is sent once
   * more on a new connection: SCF freezes an instance between requests, and when it resumes the upstream has closed the
   * idle ones.
   * @throws ProxyError `upstream-*`, `connect-timeout`; the reason that stops the exchange meanwhile
   */
  async send(outbound: OutboundRequest, body: OutboundBody, exchange: SentFor): Promise<UpstreamResponse> {
    exchange.record.attempts++;
    try {
      const shared = this.#sharedFor(outbound);
      const response = shared && (await shared.send(outbound, body, exchange));
      return response ?? (await this.#http1.send(outbound, body, exchange));
    } catch (error) {
      if (!(error instanceof NotProcessed) || exchange.failure || !body.replayable) throw error;
      this.#http1.dropIdleSockets(outbound.origin.protocol);
      exchange.record.attempts++;
      return this.#http1.send(outbound, body, exchange);
    }
  }

  /** Closes idle connections; requests in progress continue. */
  close(): void {
    this.#http1.dropIdleSockets('http:');
    this.#http1.dropIdleSockets('https:');
    for (const pool of this.#http2.values()) pool.close();
  }

  /**
   * Over TLS a connection of its own costs a stream 30 KB and each of its chunks a third more CPU than a shared one does
   * (`npm run bench -- --only memory,tls-paced`); for a few streams, and for single responses, HTTP/1.1 costs less.
   */
  #sharedFor({ origin, streams }: OutboundRequest): Http2Pool | undefined {
    if (origin.protocol !== 'https:' || this.#http1.busy(origin) < this.http2After || !streams()) {
      return undefined;
    }
    const known = this.#http2.get(origin);
    if (known) return known;
    const pool = new Http2Pool(() => this.#http1.connectTls(origin), IDLE_SOCKET_MS);
    this.#http2.set(origin, pool);
    return pool;
  }
}
