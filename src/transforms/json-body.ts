import { rootMembers, type Member } from './json-scan';

/** A body that is meant to be JSON; it is scanned once, when somebody first wants to know. */
export class JsonBody {
  #members: readonly Member[] | undefined;
  #scanned = false;

  #bytes: Buffer;

  constructor(bytes: Buffer) {
    this.#bytes = bytes;
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

  /** Undefined where it is no JSON object, or one that no real request is like (see json-scan). */
  get members(): readonly Member[] | undefined {
    if (!this.#scanned) this.#members = rootMembers(this.bytes);
    this.#scanned = true;
    return this.#members;
  }

  /** Lets go of the bytes, wherever this body is still referred to; it is empty then. */
  forget(): void {
    this.#bytes = NOTHING;
    this.#members = undefined;
    this.#scanned = true;
  }
}

const NOTHING = Buffer.alloc(0);
