import type { CalendarPeriod } from '../../clock/calendar-window';
import { WindowSum } from '../../clock/window-sum';

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
  readonly #sum = new WindowSum();

  constructor(readonly budget: KeyBudget) {}

  /** Why the key is not used now; `undefined` if some of its budget is left. */
  restAt(nowMs: number): BudgetRest | undefined {
    if (this.spentAt(nowMs) < this.budget.nanoUsd) return undefined;
    const untilMs = this.endAt(nowMs);
    return { reason: 'budget-spent', untilMs, probeAtMs: untilMs, probeDelayMs: 0 }; // no request tries it
  }

  /** What was spent in the window of this moment, as far as this instance knows. */
  spentAt(nowMs: number): number {
    return this.#sum.in(this.budget.period, nowMs);
  }

  /** When the window of this moment ends; the last second of the year 9999 if it does not. */
  endAt(nowMs: number): number {
    this.spentAt(nowMs);
    return Math.min(this.#sum.endMs, LAST_DATE_MS);
  }

  /** What was spent in the same window stays spent when the budget is raised. */
  goOnFrom(previous: KeySpending | undefined, nowMs: number): void {
    if (previous?.budget.period === this.budget.period) this.raiseTo(previous.spentAt(nowMs), nowMs);
  }

  /** At least so much was spent. */
  raiseTo(nanoUsd: number, nowMs: number): void {
    this.#sum.add(this.budget.period, nowMs, Math.max(0, nanoUsd - this.spentAt(nowMs)));
  }
}
