import type { ClientDisconnected, ProxyError } from '../../errors/proxy-error';
import type { SentFor } from '../exchange/exchange';

type Stop = (reason: ProxyError | ClientDisconnected) => void;

/** What a request of the proxy's own needs to be sent: it belongs to no client, and ends with none. */
export class OwnRequest implements SentFor {
  readonly record = { attempts: 0 };
  failure: ProxyError | undefined;
  readonly #stops = new Set<Stop>();

  onStop(stop: Stop): () => void {
    if (this.failure) stop(this.failure);
    else this.#stops.add(stop);
    return () => {
      this.#stops.delete(stop);
    };
  }

  /** Stops all that is under way, what began last first. The first reason stands. */
  stop(reason: ProxyError): void {
    if (this.failure) return;
    this.failure = reason;
    const stops = [...this.#stops].reverse();
    this.#stops.clear();
    for (const stop of stops) stop(reason);
  }
}
