/** Shares of clients' names, as of circuits. */
const MAX_NAMES = 1_000;
/** Of a new time in the average. */
const PART_OF_NEW = 0.2;
/** Nothing responds to a prompt in less. */
const LEAST_MS = 1_000;

/** How long each member takes to respond, so that nothing is begun that cannot respond in what is left of a request's time. */
export class ResponseTimes {
  readonly #averageMs = new Map<string, number>();

  record(name: string, ms: number): void {
    const before = this.#averageMs.get(name) ?? ms;
    this.#averageMs.delete(name); // set again, as the latest
    this.#averageMs.set(name, before + PART_OF_NEW * (ms - before));
    for (const oldest of this.#averageMs.keys()) {
      if (this.#averageMs.size <= MAX_NAMES) break;
      this.#averageMs.delete(oldest);
    }
  }

  /** What it takes at least, or usually if that is more. */
  neededMs(name: string): number {
    return Math.max(LEAST_MS, this.#averageMs.get(name) ?? 0);
  }
}
