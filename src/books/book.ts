import type { OwnPrices } from '../prices/price-of';
import { BookRows, KEPT_DAYS, type BookFilter, type BookRow } from './book-rows';
import { PRICES_NOTE, chargeOf } from './charge';
import type { EndedRequest } from './ended-request';
import type { UsageRecords } from './usage-records';

/** What requests have used in this instance, with what they cost. */
export class Book implements UsageRecords {
  readonly scope = 'this instance';
  readonly #rows = new BookRows();

  /** @param sinceMs Unix time from which it knows all requests */
  constructor(
    readonly sinceMs: number,
    private readonly ownPrices: OwnPrices | undefined,
  ) {}

  /** @returns what the request costs, in nano-dollars; `undefined` if that is not known */
  add(request: EndedRequest): number | undefined {
    const nanoUsd = chargeOf(request, this.ownPrices);
    this.#rows.add(request, nanoUsd);
    return nanoUsd;
  }

  get pricesNote(): string {
    return PRICES_NOTE;
  }

  get note(): string {
    return `Of this instance alone, since ${new Date(this.sinceMs).toISOString()}, at most ${KEPT_DAYS} days; days are of UTC. A row marked "other" is for what had no row left.`;
  }

  rows(filter?: BookFilter): readonly BookRow[] {
    return this.#rows.select(filter);
  }
}
