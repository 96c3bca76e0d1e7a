import type { TLSSocket } from 'node:tls';
import type { UpstreamResponse } from './upstream-response';
import type { OutboundBody } from '../body/body';
import type { SentFor } from '../exchange/exchange';
import { Http2Connection } from './http2-connection';
import type { OutboundRequest } from '../request/outbound-request';

/** The HTTP/2 connections to one provider, as long as it supports HTTP/2. */
export class Http2Pool {
  #connections: Http2Connection[] = [];
  #offered = true;

  /** @param connect opens a TLS connection that negotiates the protocol */
  constructor(
    private readonly connect: () => Promise<TLSSocket>,
    private readonly idleMs: number,
  ) {}

  /**
   * Sends one request and waits for the head of its response.
   * @returns `undefined` if it has to be sent over HTTP/1.1
   * @throws what `Http2Connection.send` throws
   */
  async send(
    outbound: OutboundRequest,
    body: OutboundBody,
    exchange: SentFor,
  ): Promise<UpstreamResponse | undefined> {
    if (!this.#offered) return undefined;
    const connection = this.#withRoom();
    try {
      return await connection.send(outbound, body, exchange);
    } finally {
      if (connection.offered === false) this.#offered = false;
    }
  }

  close(): void {
    for (const connection of this.#connections.splice(0)) connection.retire();
  }

  #withRoom(): Http2Connection {
    this.#connections = this.#connections.filter(({ retired }) => !retired);
    const open = this.#connections.find(({ hasRoom }) => hasRoom);
    if (open) return open;
    const connection = new Http2Connection(this.connect(), this.idleMs);
    this.#connections.push(connection);
    return connection;
  }
}
