import type { TLSSocket } from 'node:tls';
import type { UpstreamAnswer } from './answer';
import type { OutboundBody } from './body';
import type { Exchange } from './exchange';
import { Http2Connection } from './http2-connection';
import type { Outbound } from './outbound';

/** The HTTP/2 connections to one provider, as long as it offers that. */
export class Http2Pool {
  #connections: Http2Connection[] = [];
  #offered = true;

  /** @param connect opens a TLS connection that negotiates the protocol */
  constructor(
    private readonly connect: () => Promise<TLSSocket>,
    private readonly idleMs: number,
  ) {}

  /**
   * Sends one request and waits for the head of its answer.
   * @returns undefined where it has to go over HTTP/1.1
   * @throws what `Http2Connection.send` throws
   */
  async send(
    outbound: Outbound,
    body: OutboundBody,
    exchange: Exchange,
  ): Promise<UpstreamAnswer | undefined> {
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
