import { Duplex } from 'node:stream';

/**
 * The connection of a request that came as an event: it remembers what is written. The app ends and resets it as it
 * would a real one, which serverless-http's stand-in has no methods for.
 */
export class MemorySocket extends Duplex {
  /** The request was there as a whole before anybody read (core/watch.ts counts what arrives). */
  readonly bytesRead = 0;
  /** Gateways speak TLS to the caller; the index page builds its address from this. */
  readonly encrypted = true;
  readonly #written: Buffer[] = [];

  constructor(readonly remoteAddress: string) {
    // Nothing drains before the answer is whole, so nobody must wait for that.
    super({ writableHighWaterMark: Number.MAX_SAFE_INTEGER });
    this.on('error', () => undefined); // a destroyed one tells by 'close'
  }

  override _read(): void {
    // nothing comes after the request
  }

  override _write(chunk: Buffer, _encoding: BufferEncoding, done: () => void): void {
    this.#written.push(chunk);
    done();
  }

  /** Node holds the writes of one turn back together; those before a reset would be lost, an error event among them. */
  override cork(): void {
    // everything is taken at once
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
