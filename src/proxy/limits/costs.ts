import type { Metering } from '../../meter/usage';
import type { OwnPrices } from '../../prices/price-of';
import type { PricedRequest } from '../../prices/request-price';
import type { Charge } from '../exchange/access-record';
import type { Exchange } from '../exchange/exchange';
import { chargeFor } from './charge';
import { costBound, type BoundedRequest } from './cost-bound';

/** What a request reserves of the daily cap, for which no body is read: 0.01 USD. */
export const CAP_RESERVE_NANO_USD = 10_000_000;

/** What requests cost, for the limits that need it. The table of prices is loaded with the first that does. */
export class Costs {
  #price: ((request: PricedRequest) => number | undefined) | undefined;

  constructor(private readonly own: OwnPrices | undefined) {}

  async bound(request: BoundedRequest): Promise<number> {
    return costBound(request, this.#price ?? (await this.#load()));
  }

  /**
   * What a request is charged; a promise only while the prices are being loaded.
   * @param metering what is known of it, if it is not over
   */
  charge(
    exchange: Exchange,
    atMs: number,
    metering: Metering | undefined = exchange.record.metering,
  ): Charge | Promise<Charge> {
    if (!this.#price && metering?.usage)
      return this.#load().then((price) => chargeFor(exchange, atMs, price, metering));
    return chargeFor(exchange, atMs, this.#price ?? (() => undefined), metering);
  }

  async #load(): Promise<(request: PricedRequest) => number | undefined> {
    const { requestPrice } = await import('../../prices/request-price');
    return (this.#price = (request) => requestPrice(request, this.own));
  }
}
