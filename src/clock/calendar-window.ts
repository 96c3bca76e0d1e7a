/** A window of UTC's calendar; a week begins on Monday, `total` does not end. */
export type CalendarPeriod = 'day' | 'week' | 'month' | 'total';

export const DAY_MS = 86_400_000;
/** 1970 began on a Thursday. */
const MONDAY_MS = 4 * DAY_MS;

/** When the window ends that this moment (Unix time in ms) is in; `Infinity` for `total`. */
export function windowEndMs(period: CalendarPeriod, atMs: number): number {
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
