import { windowEndMs } from '../../clock/calendar-window';
import type { MoneyLimit } from '../../proxy/tokens/claims';

/** Sums that wait for Redis; of more, the oldest is forgotten. There is one for each token with a limit that is used. */
const MAX_SUMS = 1_024;

/** Money that counts against a token's limit, and is not in Redis. */
export interface UnsentSum {
  /** Where the token's use is counted. */
  readonly keys: readonly (string | number)[];
  readonly period: MoneyLimit['period'];
  readonly nanoUsd: number;
}

/** What was spent while Redis was away, by token and window. */
export class UnsentMoney {
  readonly #sums = new Map<string, UnsentSum & { readonly endMs: number }>();

  /** @param wallMs the wall clock, in ms */
  constructor(private readonly wallMs: () => number) {}

  get isEmpty(): boolean {
    return this.#sums.size === 0;
  }

  keep({ keys, period, nanoUsd }: UnsentSum): void {
    const endMs = windowEndMs(period, this.wallMs());
    const name = `${keys.join()} ${endMs}`;
    const sum = Math.min((this.#sums.get(name)?.nanoUsd ?? 0) + nanoUsd, Number.MAX_SAFE_INTEGER);
    this.#sums.set(name, { keys, period, nanoUsd: sum, endMs });
    const oldest = this.#sums.keys().next();
    if (this.#sums.size > MAX_SUMS && !oldest.done) this.#sums.delete(oldest.value);
  }

  /** Takes out all that still count: Redis would add those of a window that is over to the next one. */
  takeAll(): readonly UnsentSum[] {
    const now = this.wallMs();
    const sums = [...this.#sums.values()].filter(({ endMs }) => endMs > now);
    this.#sums.clear();
    return sums;
  }
}

/**
 * Whether Redis will have a command although it did not respond in time: an instance that was frozen finds all its time limits
 * exceeded, and its commands executed. Sent again, it would count twice.
 */
export function isOnItsWay(error: unknown): boolean {
  return error instanceof Error && error.message === 'Command timed out';
}
