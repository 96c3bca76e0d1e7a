/** Tokens that are counted at once; of more, one without running requests that was used the longest ago is forgotten. */
const MAX_TOKENS = 10_000;
/** A minute, and the second that has begun: never more than the limit in any 60 s. */
const SECONDS = 61;

/** The requests of one token. */
interface Counter {
  running: number;
  /** How many came in each of the last seconds; the second's number modulo `SECONDS` is its place. */
  readonly came: Uint32Array;
  /** Their sum. */
  sum: number;
  /** The latest second that has a place. */
  latest: number;
}

export interface CountedLimits {
  readonly requestsPerMinute?: number | undefined;
  readonly concurrency?: number | undefined;
}

/** Why a request has to wait. */
export interface Excess {
  readonly kind: 'requests-per-minute' | 'concurrency';
  readonly limit: number;
  readonly retryAfterMs: number;
}

/** There is nothing to know of it before a request has ended. */
const CONCURRENCY_RETRY_MS = 1_000;

/**
 * Counts the requests of each token in this instance. A minute is any 60 seconds, so that no boundary lets twice as many
 * through.
 */
export class TokenCounters {
  /** In the order of their last use. */
  readonly #counters = new Map<string, Counter>();

  /** @param nowMs a clock that is never set back */
  constructor(private readonly nowMs: () => number) {}

  /**
   * Counts a request that begins, unless it is one too many.
   * @returns why it is; if `undefined`, `end` must be called once when the request has ended
   */
  begin(id: string, { requestsPerMinute, concurrency }: CountedLimits): Excess | undefined {
    const counter = this.#counterOf(id);
    if (concurrency !== undefined && counter.running >= concurrency)
      return { kind: 'concurrency', limit: concurrency, retryAfterMs: CONCURRENCY_RETRY_MS };
    const now = this.nowMs();
    const second = Math.floor(now / 1_000);
    moveTo(counter, second);
    if (requestsPerMinute !== undefined && counter.sum >= requestsPerMinute) {
      const freeAt = (firstSecondOf(counter) + SECONDS) * 1_000;
      return { kind: 'requests-per-minute', limit: requestsPerMinute, retryAfterMs: freeAt - now };
    }
    const place = second % SECONDS;
    counter.came[place] = (counter.came[place] ?? 0) + 1;
    counter.sum++;
    counter.running++;
    return undefined;
  }

  end(id: string): void {
    const counter = this.#counters.get(id);
    if (counter && counter.running > 0) counter.running--;
  }

  #counterOf(id: string): Counter {
    const known = this.#counters.get(id);
    const counter = known ?? { running: 0, came: new Uint32Array(SECONDS), sum: 0, latest: 0 };
    this.#counters.delete(id);
    this.#counters.set(id, counter);
    if (!known && this.#counters.size > MAX_TOKENS) this.#forgetOne();
    return counter;
  }

  #forgetOne(): void {
    for (const [id, { running }] of this.#counters) {
      if (running > 0) continue;
      this.#counters.delete(id);
      return;
    }
  }
}

/** Empties the places of the seconds that have begun since. */
function moveTo(counter: Counter, second: number): void {
  const passed = Math.min(SECONDS, second - counter.latest);
  for (let ago = 0; ago < passed; ago++) {
    const place = (second - ago) % SECONDS;
    counter.sum -= counter.came[place] ?? 0;
    counter.came[place] = 0;
  }
  if (passed > 0) counter.latest = second;
}

/** The first second of the window in which a request came. */
function firstSecondOf({ came, latest }: Counter): number {
  for (let second = latest - SECONDS + 1; second < latest; second++) {
    if ((came[(second + SECONDS) % SECONDS] ?? 0) > 0) return second;
  }
  return latest;
}
