import { Duplex } from 'node:stream';

/**
 * The connection of a request that arrived as an event: it stores what is written. The app ends and resets it like a real
 * socket; serverless-http's replacement has no methods for that.
 */
export class MemorySocket extends Duplex {
  /** The whole request is there from the start, so no bytes arrive. */
  readonly bytesRead = 0;
  /** Gateways speak TLS to the client; the index page builds its address from this. */
  readonly encrypted = true;
  readonly #written: Buffer[] = [];

  constructor(readonly remoteAddress: string) {
    // Nothing drains before the response is complete, so no writer may wait for that.
    super({ writableHighWaterMark: Number.MAX_SAFE_INTEGER });
    this.on('error', () => undefined); // 'close' reports it
  }

  override _read(): void {
    // nothing follows the request
  }

  override _write(chunk: Buffer, _encoding: BufferEncoding, done: () => void): void {
    this.#written.push(chunk);
    done();
  }

  /** Node buffers the writes of one tick; a reset would lose them, including an error event. */
  override cork(): void {
    // every write is stored at once
  }

  written(): Buffer {
    return Buffer.concat(this.#written);
  }

  setTimeout(): this {
    return this;
  }

  destroySoon(): void {
    this.end(() => this.destroy());
  }

  resetAndDestroy(): this {
    return this.destroy();
  }
}
