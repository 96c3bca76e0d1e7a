import { windowEndMs } from '../../clock/calendar-window';
import type { MoneyLimit } from '../tokens/claims';

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
