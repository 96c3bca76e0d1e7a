import { windowEndMs, type CalendarPeriod } from '../../clock/calendar-window';

/** How much may be spent with a key. */
export interface KeyBudget {
  /** At least 1. */
  readonly nanoUsd: number;
  readonly period: CalendarPeriod;
}

/** A time in which the key is not used, nor tried. */
interface BudgetRest {
  readonly reason: 'budget-spent';
  readonly untilMs: number;
  probeAtMs: number;
  readonly probeDelayMs: number;
}

/** The last second that is written with four digits of the year: it is a date everywhere, also where it is printed. */
const LAST_DATE_MS = 253_402_300_799_000;

/** What a key has spent of its budget. Times are those of the wall clock, in ms. */
export class KeySpending {
  #spentNanoUsd = 0;
  #endMs = -Infinity;
  /** Set while the budget is spent. */
  #rest: BudgetRest | undefined;

  constructor(readonly budget: KeyBudget) {}

  /** Why the key is not used now; `undefined` if some of its budget is left. */
  restAt(nowMs: number): BudgetRest | undefined {
    return this.#rest && this.#rest.untilMs > nowMs ? this.#rest : undefined;
  }

  /** What was spent in the window of this moment, as far as this instance knows. */
  spentAt(nowMs: number): number {
    this.#moveTo(nowMs);
    return this.#spentNanoUsd;
  }

  /** When the window of this moment ends; the last second of the year 9999 if it does not. */
  endAt(nowMs: number): number {
    this.#moveTo(nowMs);
    return this.#endMs;
  }

  /** At least so much was spent. */
  raiseTo(nanoUsd: number, nowMs: number): void {
    this.#moveTo(nowMs);
    this.#spentNanoUsd = Math.min(Math.max(this.#spentNanoUsd, nanoUsd), Number.MAX_SAFE_INTEGER);
    if (this.#spentNanoUsd < this.budget.nanoUsd) return;
    const untilMs = this.#endMs;
    this.#rest = { reason: 'budget-spent', untilMs, probeAtMs: untilMs, probeDelayMs: 0 }; // no request tries it
  }

  /** A clock that is set back opens no earlier window: its budget would be spent twice. */
  #moveTo(nowMs: number): void {
    if (nowMs < this.#endMs) return;
    this.#spentNanoUsd = 0;
    this.#rest = undefined;
    this.#endMs = Math.min(windowEndMs(this.budget.period, nowMs), LAST_DATE_MS);
  }
}
