import { rootMembers, type Member } from './scan';

/** A body that is expected to be JSON; it is scanned once, on first use. */
export class JsonBody {
  #members: readonly Member[] | undefined;
  #scanned = false;

  #bytes: Buffer;

  /** @param members what a scan of the bytes would find, if that is known */
  constructor(bytes: Buffer, members?: readonly Member[]) {
    this.#bytes = bytes;
    this.#members = members;
    this.#scanned = members !== undefined;
  }

  get bytes(): Buffer {
    return this.#bytes;
  }

  /**
   * Whether a member may begin so: a search through the bytes is cheaper than a scan, and dearer than one already done.
   * A name that is written with escapes (`\u006d…`) is not found by it, which no client needs for a field of ours.
   */
  mayHave(keyBeginning: string): boolean {
    return this.#scanned || this.bytes.includes(`"${keyBeginning}`);
  }

  /** `undefined` if it is not a JSON object, or exceeds the limits of the scanner (see `scan.ts`). */
  get members(): readonly Member[] | undefined {
    if (!this.#scanned) this.#members = rootMembers(this.bytes);
    this.#scanned = true;
    return this.#members;
  }

  /** Releases the bytes even if this body is still referenced; it is empty then. */
  forget(): void {
    this.#bytes = NOTHING;
    this.#members = undefined;
    this.#scanned = true;
  }
}

const NOTHING = Buffer.alloc(0);
