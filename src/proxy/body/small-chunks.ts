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
