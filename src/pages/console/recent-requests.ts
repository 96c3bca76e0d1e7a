import type { FailedAttempt } from '../../proxy/exchange/access-record';
import type { MeterClass, Usage } from '../../meter/usage';

/** What is kept of a request that has ended: names and numbers, no part of a body, a header or an address. */
export interface RecentRequest {
  /** Counts the requests of this instance. */
  seq: number;
  readonly id: string;
  /** Unix time in ms. */
  readonly atMs: number;
  readonly token: string | undefined;
  readonly method: string;
  /** As it may be logged. */
  readonly path: string;
  readonly provider: string;
  readonly model: string | undefined;
  readonly modelServed: string | undefined;
  readonly isStream: boolean | undefined;
  readonly status: number;
  readonly outcome: string;
  readonly isError: boolean;
  /** The code of a failure of ours. */
  readonly failure: string | undefined;
  /** Whether the client may repeat it with success; `undefined` if that is not known. */
  readonly isWorthRepeating: boolean | undefined;
  readonly upstreamError: string | undefined;
  readonly meter: MeterClass | undefined;
  readonly usage: Usage | undefined;
  /** What it costs; `undefined` if that is not known, or not yet. */
  nanoUsd: number | undefined;
  readonly firstByteMs: number | undefined;
  readonly firstTokenMs: number | undefined;
  readonly ms: number;
  readonly tokensPerSecond: number | undefined;
  readonly bytes: number;
  readonly attempts: number;
  /** As the log calls the key that it was sent with last. */
  readonly key: string | undefined;
  readonly failedAttempts: readonly FailedAttempt[] | undefined;
}

/** How many requests are listed. */
export const CAPACITY = 300;
/** Names of models that are kept as texts of their own. */
const MAX_NAMES = 256;

/** The last requests of this instance, in a bounded memory: some 400 bytes each, and their models' names. */
export class RecentRequests {
  readonly #requests: RecentRequest[] = [];
  readonly #names = new Map<string, string>();
  #count = 0;

  /** How many there were so far; the number of the last one. */
  get count(): number {
    return this.#count;
  }

  add(request: RecentRequest): void {
    request.seq = ++this.#count;
    this.#requests[(this.#count - 1) % CAPACITY] = request;
  }

  /** The newest first. @param afterSeq only those with a higher number */
  newest(afterSeq = 0): readonly RecentRequest[] {
    const found: RecentRequest[] = [];
    const oldest = Math.max(afterSeq, this.#count - CAPACITY);
    for (let seq = this.#count; seq > oldest; seq--) {
      const request = this.#requests[(seq - 1) % CAPACITY];
      if (request) found.push(request);
    }
    return found;
  }

  /** The same name as a text that keeps no address and no body alive, which it may be a part of. */
  nameOf(name: string | undefined, clean: (name: string) => string): string | undefined {
    if (name === undefined) return undefined;
    const known = this.#names.get(name);
    if (known !== undefined) return known;
    if (this.#names.size >= MAX_NAMES) this.#names.clear();
    const own = Buffer.from(name).toString();
    const cleaned = clean(own);
    this.#names.set(own, cleaned);
    return cleaned;
  }
}
