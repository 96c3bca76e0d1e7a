import {
  statesOf,
  type CountedLimits,
  type Excess,
  type LimitState,
  type LimitStore,
  type Reservation,
  type Use,
} from './limit-store';
import { MinuteSum } from './minute-sum';
import { Spending } from './spending';

/** Tokens that are counted at once; of more, one without running requests that was used the longest ago is forgotten. */
const MAX_TOKENS = 10_000;
/** After this what was counted is in no minute any more. */
const MAX_CANCEL_MS = 60_000;
/** There is nothing to know of it before a request has ended. */
const RUNNING_RETRY_MS = 1_000;

/** A request that passed in this instance. */
export interface OwnReservation extends Reservation {
  /** To be called in place of `settle`, soon, if the request does not begin after all: it counts nowhere. */
  cancel(): void;
}

/** What one token uses; a part is there as soon as a limit needs it. */
interface Counter {
  running: number;
  requests?: MinuteSum;
  tokens?: MinuteSum;
  money?: Spending;
}

/** Counts in this instance what each token uses. */
export class TokenCounters implements LimitStore {
  /** In the order of their last use. */
  readonly #counters = new Map<string, Counter>();

  /**
   * @param nowMs a clock that is never set back
   * @param wallMs the wall clock, whose days and months are the windows of money
   */
  constructor(
    private readonly nowMs: () => number,
    private readonly wallMs: () => number,
  ) {}

  begin(id: string, limits: CountedLimits, reserveNanoUsd: number): OwnReservation | Excess {
    const counter = this.#counterOf(id);
    const now = this.nowMs();
    const excess = this.#excessOf(counter, limits, reserveNanoUsd, now);
    if (excess) return excess;
    counter.running++;
    if (limits.requestsPerMinute !== undefined) counter.requests?.add(now, 1);
    if (counter.money) counter.money.reserved += reserveNanoUsd;
    const release = () => {
      counter.running--;
      if (counter.money) counter.money.reserved -= reserveNanoUsd;
    };
    return {
      add: (use) => {
        this.#add(counter, limits, use);
      },
      settle: (use) => {
        release();
        this.#add(counter, limits, use);
      },
      cancel: () => {
        release();
        const isCounted = limits.requestsPerMinute !== undefined && this.nowMs() - now < MAX_CANCEL_MS;
        if (isCounted) counter.requests?.add(now, -1);
      },
    };
  }

  state(id: string, limits: CountedLimits): readonly LimitState[] {
    const counter = this.#counters.get(id) ?? { running: 0 };
    const now = this.nowMs();
    const { period } = limits.money ?? {};
    const money = counter.money ?? new Spending();
    const sum = period && money.of(period);
    const spent = period && sum ? sum.in(period, this.wallMs()) : 0;
    return statesOf(limits, {
      requests: counter.requests?.at(now) ?? 0,
      running: counter.running,
      tokens: counter.tokens?.at(now) ?? 0,
      spent,
      reserved: money.reserved,
      resetsAtMs: sum?.endMs === Infinity ? undefined : sum?.endMs,
    });
  }

  #excessOf(
    counter: Counter,
    { requestsPerMinute, concurrency, tokensPerMinute, money }: CountedLimits,
    reserveNanoUsd: number,
    now: number,
  ): Excess | undefined {
    if (money) {
      const { nanoUsd: limit, period } = money;
      const spending = (counter.money ??= new Spending());
      const wallMs = this.wallMs();
      const sum = spending.of(period);
      const spent = sum.in(period, wallMs);
      if (spent >= limit) {
        const { endMs } = sum;
        return { kind: 'money', limit, retryAfterMs: endMs === Infinity ? undefined : endMs - wallMs };
      }
      // A request that may cost more than is left passes alone, so that only one can exceed the limit.
      if (spending.reserved > 0 && spent + spending.reserved + reserveNanoUsd > limit)
        return { kind: 'money-reserved', limit, retryAfterMs: RUNNING_RETRY_MS };
    }
    if (concurrency !== undefined && counter.running >= concurrency)
      return { kind: 'concurrency', limit: concurrency, retryAfterMs: RUNNING_RETRY_MS };
    if (requestsPerMinute !== undefined) {
      const retryAfterMs = (counter.requests ??= new MinuteSum()).waitMs(now, requestsPerMinute);
      if (retryAfterMs > 0) return { kind: 'requests-per-minute', limit: requestsPerMinute, retryAfterMs };
    }
    if (tokensPerMinute !== undefined) {
      const retryAfterMs = (counter.tokens ??= new MinuteSum()).waitMs(now, tokensPerMinute);
      if (retryAfterMs > 0) return { kind: 'tokens-per-minute', limit: tokensPerMinute, retryAfterMs };
    }
    return undefined;
  }

  #add(counter: Counter, { tokensPerMinute, money }: CountedLimits, use: Use): void {
    if (tokensPerMinute !== undefined && use.tokens > 0) counter.tokens?.add(this.nowMs(), use.tokens);
    if (money && use.nanoUsd > 0)
      counter.money?.of(money.period).add(money.period, this.wallMs(), use.nanoUsd);
  }

  #counterOf(id: string): Counter {
    const known = this.#counters.get(id);
    const counter = known ?? { running: 0 };
    this.#counters.delete(id);
    this.#counters.set(id, counter);
    if (!known && this.#counters.size > MAX_TOKENS) this.#forgetOne();
    return counter;
  }

  #forgetOne(): void {
    for (const [id, { running }] of this.#counters) {
      if (running > 0) continue;
      this.#counters.delete(id);
      return;
    }
  }
}
