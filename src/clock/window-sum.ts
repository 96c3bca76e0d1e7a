import { windowEndMs, type CalendarPeriod } from './calendar-window';

/** A sum that begins anew with each window, at most 2^53 − 1. Times are those of the wall clock, in ms. */
export class WindowSum {
  #sum = 0;
  #endMs = -Infinity;

  /**
   * What was added in the window of this moment. A wall clock that is set back opens no earlier window: what that one allows
   * would be spent twice.
   */
  in(period: CalendarPeriod, wallMs: number): number {
    if (wallMs >= this.#endMs) {
      this.#sum = 0;
      this.#endMs = windowEndMs(period, wallMs);
    }
    return this.#sum;
  }

  /** When the window ends; `Infinity` if it does not. */
  get endMs(): number {
    return this.#endMs;
  }

  add(period: CalendarPeriod, wallMs: number, amount: number): void {
    this.#sum = Math.min(this.in(period, wallMs) + amount, Number.MAX_SAFE_INTEGER);
  }
}
