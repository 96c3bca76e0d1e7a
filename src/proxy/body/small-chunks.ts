import { IncomingMessage } from 'node:http';

/** A smaller chunk is copied: one that is kept takes some 100 bytes more than it has. */
const MIN_PASSED_BYTES = 1_024;
const PAGE_BYTES = 16 * 1024;
const NOTHING = Buffer.alloc(0);

/** Copies small chunks of a body together: a client may send a body in chunks of one byte, some millions of them. */
export class SmallChunks {
  #page: Buffer = NOTHING;
  #filled = 0;

  /** @param pass takes the bytes in their order, and may keep them */
  constructor(private readonly pass: (bytes: Buffer) => void) {}

  /** How many were added that were not passed on yet. */
  get bytes(): number {
    return this.#filled;
  }

  add(chunk: Buffer): void {
    if (chunk.length >= MIN_PASSED_BYTES) {
      this.flush();
      this.pass(chunk);
      return;
    }
    if (this.#filled + chunk.length > this.#page.length) {
      this.flush();
      this.#page = Buffer.allocUnsafeSlow(PAGE_BYTES);
    }
    chunk.copy(this.#page, this.#filled);
    this.#filled += chunk.length;
  }

  /** Passes on what was added. */
  flush(): void {
    if (this.#filled === 0) return;
    const bytes = this.#page.subarray(0, this.#filled);
    this.#page = this.#page.subarray(this.#filled); // its rest is for the next ones
    this.#filled = 0;
    this.pass(bytes);
  }
}

/**
 * A request whose body waits in few pieces. Node counts the bytes that nobody reads yet, not their chunks: 64 KB in chunks
 * of one byte take some 10 MB, and twenty such requests all the memory of a small instance.
 */
export class JoiningRequest extends IncomingMessage {
  #waiting: SmallChunks | undefined;

  override push(chunk: Buffer | null): boolean {
    if (chunk === null) this.#waiting?.flush();
    else if (this.readableLength > 0) {
      this.#waiting ??= new SmallChunks((bytes) => super.push(bytes));
      this.#waiting.add(chunk);
      return this.readableLength + this.#waiting.bytes < this.readableHighWaterMark;
    }
    return super.push(chunk);
  }

  /** Each reader calls it, also one of `data` events. With 0 it only asks for more to be received. */
  override read(size?: number): unknown {
    if (size !== 0) this.#waiting?.flush();
    return super.read(size);
  }
}
