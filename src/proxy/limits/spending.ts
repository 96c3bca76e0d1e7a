import type { MoneyLimit } from '../tokens/claims';

const DAY_MS = 86_400_000;
/** 1970 began on a Thursday. */
const MONDAY_MS = 4 * DAY_MS;

/** What a token spends in the window of its limit, in nano-dollars. */
export class Spending {
  reserved = 0;
  #spent = 0;
  #endMs = -Infinity;

  /**
   * What was spent in the window of this moment. A wall clock that is set back opens no earlier window: its money would be
   * spent twice.
   */
  in(period: MoneyLimit['period'], wallMs: number): number {
    if (wallMs >= this.#endMs) {
      this.#spent = 0;
      this.#endMs = windowEndMs(period, wallMs);
    }
    return this.#spent;
  }

  /** When the window ends, in ms; `Infinity` if it does not. */
  get endMs(): number {
    return this.#endMs;
  }

  add(period: MoneyLimit['period'], wallMs: number, nanoUsd: number): void {
    this.#spent = Math.min(this.in(period, wallMs) + nanoUsd, Number.MAX_SAFE_INTEGER);
  }
}

/** When the window ends that this moment (Unix time in ms) is in; `Infinity` for `total`. All windows are those of UTC. */
export function windowEndMs(period: MoneyLimit['period'], atMs: number): number {
  switch (period) {
    case 'day':
      return (Math.floor(atMs / DAY_MS) + 1) * DAY_MS;
    case 'week':
      return (Math.floor((atMs - MONDAY_MS) / (7 * DAY_MS)) + 1) * 7 * DAY_MS + MONDAY_MS;
    case 'month': {
      const date = new Date(atMs);
      return Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + 1, 1);
    }
    case 'total':
      return Infinity;
  }
}
