import type { Charge } from '../exchange/access-record';
import type { Exchange } from '../exchange/exchange';
import type { KeyPool } from '../keys/key-pool';
import type { ManagedKey } from '../keys/managed-key';
import type { Costs } from '../limits/costs';

/**
 * Counts what a request costs towards the budget of the key that it was last sent with, once that is known.
 * @param tried the keys that it is sent with, as they are added
 */
export function chargeLastKey(
  exchange: Exchange,
  pool: KeyPool,
  tried: readonly ManagedKey[],
  {
    costs,
    now,
    scope = exchange,
  }: {
    readonly costs: Costs;
    readonly now: () => number;
    readonly scope?: Pick<Exchange, 'onSettle'> | undefined;
  },
): void {
  scope.onSettle(() => {
    const key = tried.at(-1);
    if (!key?.spending) return undefined;
    const charge = ({ nanoUsd }: Charge) => {
      pool.charge(key, nanoUsd);
    };
    const cost = exchange.record.charge ?? costs.charge(exchange, now());
    if (cost instanceof Promise) return cost.then(charge);
    charge(cost);
    return undefined;
  });
}
