import { PRICE_SOURCE } from '../../src/prices/price-of';
import { ok, warn, type Finding } from './result';
import { DAY_MS } from '../../src/clock/calendar-window';

const MAX_AGE_DAYS = 60;
/**
 * Whether the table of prices of this checkout is recent.
 * @param date when it was published
 */
export function checkPrices(nowMs: number, { date }: { readonly date: string } = PRICE_SOURCE): Finding {
  const days = Math.floor((nowMs - Date.parse(date)) / DAY_MS);
  const detail = `The table of prices is of ${date}`;
  if (days <= MAX_AGE_DAYS) return ok(detail);
  return warn(
    `${detail}, ${days} days old`,
    'Update this checkout and deploy again. What has changed since can be set in PRICES.',
  );
}
