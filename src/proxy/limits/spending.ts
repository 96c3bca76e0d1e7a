import type { CalendarPeriod } from '../../clock/calendar-window';
import { WindowSum } from '../../clock/window-sum';

/**
 * What a token spends, in nano-dollars. Each period has a sum of its own: the period of a limit can change while the proxy
 * runs, and what was spent in a window of one is not what was spent in that of another.
 */
export class Spending {
  /** For requests that are running. */
  reserved = 0;
  readonly #sums: Partial<Record<CalendarPeriod, WindowSum>> = {};

  /** The sum of a period. */
  of(period: CalendarPeriod): WindowSum {
    return (this.#sums[period] ??= new WindowSum());
  }
}
