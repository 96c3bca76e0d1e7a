const FIRST_BYTES = 1_024;

/** Bytes of a head that is not whole yet; however small the pieces, each byte is copied a few times at most. */
export class HeldBytes {
  #buffer: Buffer | undefined;
  #length = 0;

  get length(): number {
    return this.#length;
  }

  add(bytes: Uint8Array): void {
    const length = this.#length + bytes.length;
    if (!this.#buffer || this.#buffer.length < length) {
      const larger = Buffer.allocUnsafe(Math.max(FIRST_BYTES, 2 * length));
      if (this.#buffer) larger.set(this.#buffer.subarray(0, this.#length));
      this.#buffer = larger;
    }
    this.#buffer.set(bytes, this.#length);
    this.#length = length;
  }

  /** A view of all of them, until more are added. */
  view(): Buffer {
    return this.#buffer?.subarray(0, this.#length) ?? NONE;
  }

  clear(): void {
    this.#buffer = undefined;
    this.#length = 0;
  }
}

const NONE = Buffer.alloc(0);
