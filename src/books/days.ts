import { DAY_MS } from '../clock/calendar-window';
/** The number of a day since 1970, in UTC. */
export function dayOf(atMs: number): number {
  return Math.floor(atMs / DAY_MS);
}

/** `2026-11-29`. */
export function dayText(day: number): string {
  return new Date(day * DAY_MS).toISOString().slice(0, 10);
}

/** The day of a text such as `2026-11-29`; `undefined` if it is not one. */
export function dayIn(text: string): number | undefined {
  const ms = /^\d{4}-\d{2}-\d{2}$/.test(text) ? Date.parse(text) : NaN;
  // `2026-02-30` is a date for some engines.
  return Number.isNaN(ms) || dayText(dayOf(ms)) !== text ? undefined : dayOf(ms);
}

/** The first day of the month of a time. */
export function firstOfMonth(atMs: number): number {
  const at = new Date(atMs);
  return dayOf(Date.UTC(at.getUTCFullYear(), at.getUTCMonth(), 1));
}
