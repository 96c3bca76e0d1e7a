import { PRICE_SOURCE, type OwnPrices } from '../prices/price-of';
import { BookRows, KEPT_DAYS, type BookFilter, type BookRow, type Windows } from './book-rows';
import { PRICES_NOTE, chargeOf } from './charge';
import type { EndedRequest } from './ended-request';
import type { UsageRecords } from './usage-records';

/** The current hour and the 24 before it. */
export const HOURS: Windows = { ms: 3_600_000, kept: 25, maxRows: 2_000, maxRestRows: 500 };

/** What requests have used in this instance, with what they cost. */
export class Book implements UsageRecords {
  readonly scope = 'this instance';
  readonly #rows = new BookRows();
  #hours: BookRows | undefined;

  /** @param sinceMs Unix time from which it knows all requests */
  constructor(
    readonly sinceMs: number,
    private readonly ownPrices: OwnPrices | undefined,
  ) {}

  /** From now on also keeps what each hour of the last day has used. */
  keepHours(): void {
    this.#hours ??= new BookRows(HOURS);
  }

  /** @returns what the request costs, in nano-dollars; `undefined` if that is not known */
  add(request: EndedRequest): number | undefined {
    const nanoUsd = chargeOf(request, this.ownPrices);
    this.#rows.add(request, nanoUsd);
    this.#hours?.add(request, nanoUsd);
    return nanoUsd;
  }

  get pricesNote(): string {
    return PRICES_NOTE;
  }

  get priceSource(): typeof PRICE_SOURCE {
    return PRICE_SOURCE;
  }

  get note(): string {
    return `Of this instance alone, since ${new Date(this.sinceMs).toISOString()}, at most ${KEPT_DAYS} days; days are of UTC. A row marked "other" is for what had no row left.`;
  }

  rows(filter?: BookFilter): readonly BookRow[] {
    return this.#rows.select(filter);
  }

  /** The rows of hours, whose number since 1970 is their `day`; none if hours are not kept. */
  hours(): readonly BookRow[] {
    return this.#hours?.select() ?? [];
  }
}
