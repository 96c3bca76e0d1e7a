import type {
  CountedLimits,
  Excess,
  LimitState,
  LimitStore,
  Reservation,
  SharedLimitStore,
  Use,
} from './limit-store';
import type { OwnReservation, TokenCounters } from './token-counters';
import type { AppliedLimits } from './token-gate';

/** How long a limit that no request has waited for counts as reached in this instance; then the store is asked again. */
const REMEMBERED_MS = 10_000;
const MAX_REMEMBERED = 1_000;

type Result = Reservation | Excess;

/**
 * Counts in this instance, and then for all instances. What this instance refuses costs no round trip, and its counts hold
 * when the store of all is out of reach.
 */
export class LayeredCounters implements LimitStore {
  /** Tokens whose daily cap is used up. */
  readonly #capped = new Map<string, { readonly excess: Excess; readonly atMs: number }>();

  /**
   * @param shared `undefined` as long as there is none
   * @param nowMs a clock that is never set back
   */
  constructor(
    private readonly own: TokenCounters,
    private readonly shared: () => SharedLimitStore | undefined,
    private readonly nowMs: () => number,
  ) {}

  begin(id: string, limits: AppliedLimits, reserveNanoUsd: number): Result | Promise<Result> {
    const capped = this.#capped.get(id);
    if (capped && limits.money?.isDailyCap) {
      const agoMs = this.nowMs() - capped.atMs;
      const leftMs = (capped.excess.retryAfterMs ?? 0) - agoMs;
      if (agoMs < REMEMBERED_MS && leftMs > 0) return { ...capped.excess, retryAfterMs: leftMs };
      this.#capped.delete(id);
    }
    const own = this.own.begin(id, limits, reserveNanoUsd);
    if ('kind' in own) return own;
    const shared = this.shared();
    if (!shared) return own;
    const sharing = Promise.resolve(shared.begin(id, limits, reserveNanoUsd));
    if (!isOnlyCapped(limits)) return beginBoth(own, sharing);
    return this.#beginUnasked(id, own, sharing, (use) => {
      shared.count(id, limits, use);
    });
  }

  async state(id: string, limits: CountedLimits): Promise<readonly LimitState[]> {
    try {
      const shared = await this.shared()?.state(id, limits);
      if (shared) return mostUsed(shared, this.own.state(id, limits));
    } catch {
      // It is out of reach, which is logged already.
    }
    return this.own.state(id, limits);
  }

  /**
   * A token without limits of its own waits for nothing: its cap is exceeded by what an instance has begun meanwhile, and
   * that counts as well.
   */
  #beginUnasked(
    id: string,
    own: Reservation,
    sharing: Promise<Result>,
    count: (use: Use) => void,
  ): Reservation {
    void sharing.then((result) => {
      if (!('kind' in result) || result.kind !== 'money') return;
      if (this.#capped.size >= MAX_REMEMBERED) this.#capped.clear();
      this.#capped.set(id, { excess: result, atMs: this.nowMs() });
    });
    return {
      add(use) {
        own.add(use);
        count(use); // at once, so that the state that is asked for next has it
      },
      settle(use) {
        own.settle(use);
        void sharing.then((result) => {
          if ('kind' in result) count(use);
          else result.settle(use);
        });
      },
    };
  }
}

/** The states of all instances; of one that knows less than this instance does, since it was out of reach, this one's. */
function mostUsed(shared: readonly LimitState[], own: readonly LimitState[]): readonly LimitState[] {
  return shared.map(
    (state) => own.find(({ kind, used }) => kind === state.kind && used > state.used) ?? state,
  );
}

async function beginBoth(own: OwnReservation, sharing: Promise<Result>): Promise<Result> {
  const shared = await sharing;
  if ('kind' in shared) {
    own.cancel();
    return shared;
  }
  return {
    add(use: Use) {
      own.add(use);
      shared.add(use);
    },
    settle(use: Use) {
      own.settle(use);
      shared.settle(use);
    },
  };
}

function isOnlyCapped({ money, requestsPerMinute, concurrency, tokensPerMinute }: AppliedLimits): boolean {
  return (
    money?.isDailyCap === true &&
    requestsPerMinute === undefined &&
    concurrency === undefined &&
    tokensPerMinute === undefined
  );
}
