/** A minute, and the second that has begun: never more than the limit in any 60 s. */
const SECONDS = 61;

/** What came in the last minute. A minute is any 60 seconds, so that no boundary lets twice as much through. */
export class MinuteSum {
  /** What came in each of the last seconds; the second's number modulo `SECONDS` is its place. */
  readonly #came = new Float64Array(SECONDS);
  #sum = 0;
  /** The latest second that has a place. */
  #latest = 0;

  /** @param nowMs by a clock that is never set back */
  at(nowMs: number): number {
    this.#moveTo(Math.floor(nowMs / 1_000));
    return this.#sum;
  }

  add(nowMs: number, count: number): void {
    const second = Math.floor(nowMs / 1_000);
    this.#moveTo(second);
    const place = second % SECONDS;
    this.#came[place] = (this.#came[place] ?? 0) + count;
    this.#sum += count;
  }

  /** How long until the sum is less than the limit; 0 if it is. */
  waitMs(nowMs: number, limit: number): number {
    let sum = this.at(nowMs);
    for (let second = this.#latest - SECONDS + 1; sum >= limit && second <= this.#latest; second++) {
      sum -= this.#came[(second + SECONDS) % SECONDS] ?? 0;
      if (sum < limit) return (second + SECONDS) * 1_000 - nowMs;
    }
    return 0;
  }

  /** Empties the places of the seconds that have begun since. */
  #moveTo(second: number): void {
    const passed = Math.min(SECONDS, second - this.#latest);
    for (let ago = 0; ago < passed; ago++) {
      const place = (second - ago) % SECONDS;
      this.#sum -= this.#came[place] ?? 0;
      this.#came[place] = 0;
    }
    if (passed > 0) this.#latest = second;
  }
}
