import { monotonicMs } from '../../clock/monotonic';
import { ProxyError } from '../../errors/proxy-error';

/** Each waiting body holds a chunk of 64 KB from its socket. */
const MAX_WAITING = 200;
const RETRY_AFTER_MS = 2_000;

/** In ms. */
export interface WaitTimes {
  /** How long a body waits for room before copies that are only kept for a second attempt are dropped. */
  readonly patienceMs: number;
  /** How long a body waits for room at most. */
  readonly maxWaitMs: number;
  /** How long no memory may be taken or released while partly received bodies wait. */
  readonly maxStandstillMs: number;
}

/** What a body waits for. */
export interface Claim {
  readonly bytes: number;
  /** The size of the body that the room is for, as far as it is known. */
  readonly ofBytes: number;
  /** The bytes of it that are in memory already. */
  readonly heldBytes: number;
}

/** A body that waits. */
export interface Waiter extends Claim {
  /** Its place: what it asks for, less what it holds, so that bodies that hold much are completed first. */
  readonly rank: number;
  readonly sinceMs: number;
  readonly done: (failure?: ProxyError) => void;
}

/** The bodies that wait for room, in the order of their rank. */
export class WaitingBodies {
  readonly #waiters: Waiter[] = [];
  /** When room was last taken or released. */
  #movedAtMs = 0;

  constructor(private readonly times: WaitTimes) {}

  get length(): number {
    return this.#waiters.length;
  }

  /** Adds a body in its place; `undefined` if too many wait already: it has failed then. */
  add(claim: Claim, done: Waiter['done']): Waiter | undefined {
    if (this.#waiters.length >= MAX_WAITING) {
      done(tooBusy());
      return undefined;
    }
    const rank = claim.bytes - claim.heldBytes;
    const waiter: Waiter = { ...claim, rank, sinceMs: monotonicMs(), done };
    const behind = this.#waiters.findIndex((other) => other.rank > rank);
    this.#waiters.splice(behind === -1 ? this.#waiters.length : behind, 0, waiter);
    return waiter;
  }

  /** Does nothing if it does not wait any more. */
  remove(waiter: Waiter): void {
    const at = this.#waiters.indexOf(waiter);
    if (at !== -1) this.#waiters.splice(at, 1);
  }

  /** To be called when room is released: this is no standstill. */
  moved(): void {
    this.#movedAtMs = monotonicMs();
  }

  /**
   * Lets bodies go on in their order. A large one without room holds up only other large ones.
   * @param take takes a body's room, if there is enough
   */
  serve(take: (claim: Claim) => boolean, isLarge: (bytes: number) => boolean): void {
    let largeWaits = false;
    for (const waiter of [...this.#waiters]) {
      const large = isLarge(waiter.ofBytes);
      if (large && largeWaits) continue;
      if (take(waiter)) {
        this.remove(waiter);
        this.moved();
        waiter.done();
      } else if (large) largeWaits = true;
      else return;
    }
  }

  /** What the bodies want that have waited for longer than `patienceMs`; `undefined` if none has. */
  impatient(nowMs: number): { readonly bytes: number; readonly ofBytes: number } | undefined {
    const [first] = this.#waiters;
    const late = this.#waiters.filter(({ sinceMs }) => nowMs - sinceMs >= this.times.patienceMs);
    if (!first || late.length === 0) return undefined;
    return { bytes: late.reduce((sum, { bytes }) => sum + bytes, 0), ofBytes: first.ofBytes };
  }

  /** Partly received bodies may hold all the room and each wait for more: the last of them fails. */
  breakDeadlock(nowMs: number): void {
    const [first] = this.#waiters;
    if (!first || nowMs - Math.max(first.sinceMs, this.#movedAtMs) < this.times.maxStandstillMs) return;
    const last = this.#waiters.filter((waiter) => waiter !== first && waiter.heldBytes > 0).pop();
    if (last) this.#fail(last);
  }

  /** Ends the wait of all that have waited for `maxWaitMs`. */
  failLate(nowMs: number): void {
    for (const waiter of [...this.#waiters]) {
      if (nowMs - waiter.sinceMs >= this.times.maxWaitMs) this.#fail(waiter);
    }
  }

  #fail(waiter: Waiter): void {
    this.remove(waiter);
    waiter.done(tooBusy());
  }
}

function tooBusy(): ProxyError {
  return new ProxyError('too-busy', { retryAfterMs: RETRY_AFTER_MS });
}
