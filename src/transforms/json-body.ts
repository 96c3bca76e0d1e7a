import { rootMembers, type Member } from './json-scan';

/** A body that is meant to be JSON; it is scanned once, when somebody first wants to know. */
export class JsonBody {
  #members: readonly Member[] | undefined;
  #scanned = false;

  constructor(readonly bytes: Buffer) {}

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
}
