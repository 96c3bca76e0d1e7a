import { monotonicMs } from '../../clock/monotonic';
import type { ClientDisconnected, ProxyError } from '../../errors/proxy-error';
import type { Exchange } from './exchange';
import { CHECKS_PER_LIMIT, type TimeLimits } from './timeouts';

/** Time limits are checked at least this often: the margin that a function's own limit leaves is a second. */
const MAX_TICK_MS = 250;
const MIN_TICK_MS = 2;

/**
 * The exchanges under way, and one ticker for all their time limits. A dense list, not a `Set`: a set that is added to
 * and deleted from for ever leaves a chain of dead tables behind, which keeps dead requests alive until the next major
 * collection (2 MB were promoted at each scavenge).
 */
export class ActiveExchanges {
  readonly #exchanges: Exchange[] = [];
  readonly #tickMs: number;
  #ticker: NodeJS.Timeout | undefined;
  #whenNone: (() => void)[] = [];

  constructor({ timeoutMs, idleTimeoutMs, heartbeatAfterMs }: TimeLimits) {
    const shortestMs = Math.min(timeoutMs, idleTimeoutMs, heartbeatAfterMs || Infinity);
    this.#tickMs = Math.min(MAX_TICK_MS, Math.max(MIN_TICK_MS, Math.floor(shortestMs / CHECKS_PER_LIMIT)));
  }

  get none(): boolean {
    return this.#exchanges.length === 0;
  }

  /** How many of them are relayed, and how many of those stream a response. */
  count(): { readonly requests: number; readonly streams: number } {
    const relayed = this.#exchanges.filter(({ record }) => !record.isOwnResponse);
    return {
      requests: relayed.length,
      streams: relayed.filter(({ record }) => record.isStream === true).length,
    };
  }

  add(exchange: Exchange): void {
    exchange.place = this.#exchanges.push(exchange) - 1;
    // It goes on until a tick finds nothing to do, so that not every request has to start it.
    this.#ticker ??= setInterval(() => {
      this.#tick();
    }, this.#tickMs).unref();
  }

  remove(exchange: Exchange): void {
    const last = this.#exchanges.pop();
    if (last && last !== exchange) {
      last.place = exchange.place;
      this.#exchanges[exchange.place] = last;
    }
    if (this.none) for (const resolve of this.#whenNone.splice(0)) resolve();
  }

  /** Resolves when the last is over. */
  whenNone(): Promise<void> {
    return new Promise<void>((resolve) => {
      if (this.none) resolve();
      else this.#whenNone.push(resolve);
    });
  }

  /** Stops all of them; resolves when the last is over. */
  stopAll(reason: () => ProxyError | ClientDisconnected): Promise<void> {
    const over = this.whenNone();
    for (const exchange of [...this.#exchanges]) exchange.stop(reason());
    return over;
  }

  #tick(): void {
    if (this.none) {
      clearInterval(this.#ticker);
      this.#ticker = undefined;
      return;
    }
    const nowMs = monotonicMs();
    for (const exchange of [...this.#exchanges]) exchange.timeouts?.check(nowMs);
  }
}
