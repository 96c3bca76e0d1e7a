import { monotonicMs } from '../../clock/monotonic';
import { ProxyError } from '../../errors/proxy-error';
import { collectAll } from '../exchange/buffer-gc';
import { BodyReaders, type ReaderTimes } from './body-readers';
import { DenseList, type Entry } from './dense-list';
import { WaitingBodies, type Claim, type Waiter, type WaitTimes } from './waiting-bodies';

/** Bodies up to this size may use the whole budget, larger ones only a part, so that large ones never delay small ones. */
const SMALL_BYTES = 256 * 1024;
const PART_FOR_LARGE = 3 / 4;

/** In ms. */
export interface BudgetTimes extends ReaderTimes, WaitTimes {
  readonly tickMs: number;
}

const DEFAULT_TIMES: BudgetTimes = {
  patienceMs: 500,
  maxWaitMs: 10_000,
  paceMs: 1_000,
  maxStallMs: 5_000,
  maxStandstillMs: 1_500,
  tickMs: 100,
};

/** A copy that is only kept for a second attempt. */
export interface SpareEntry extends Entry {
  readonly number: number;
  readonly drop: () => void;
}

/**
 * The memory that all request bodies together may use. Above the limit a body is not read from its client's socket until
 * there is room (the one with the fewest missing bytes goes first), then copies that are only kept for a second attempt
 * are dropped, and then the request fails with `too-busy`. Every wait is limited, so no two requests can wait for each
 * other.
 */
export class BodyBudget {
  #limitBytes: number;
  #heldBytes = 0;
  #releasedBytes = 0;
  readonly #waiting: WaitingBodies;
  readonly readers: BodyReaders;
  readonly #spares = new DenseList<SpareEntry>();
  #nextNumber = 0;
  readonly #times: BudgetTimes;
  #ticker: NodeJS.Timeout | undefined;
  #isServing = false;

  constructor(
    limitBytes: number,
    times: Partial<BudgetTimes> = {},
    private readonly collect = collectAll,
  ) {
    this.#limitBytes = limitBytes;
    this.#times = { ...DEFAULT_TIMES, ...times };
    this.readers = new BodyReaders(this.#times);
    this.#waiting = new WaitingBodies(this.#times);
  }

  get heldBytes(): number {
    return this.#heldBytes;
  }

  get waiting(): number {
    return this.#waiting.length;
  }

  get limitBytes(): number {
    return this.#limitBytes;
  }

  /** Lowers the limit, once more is known about the available memory. */
  lowerTo(limitBytes: number): void {
    this.#limitBytes = Math.min(this.#limitBytes, limitBytes);
  }

  /**
   * Takes room if it is available now.
   * @param ofBytes the size of the body that the room is for
   */
  take(bytes: number, ofBytes = bytes): boolean {
    if (isLarge(ofBytes) && this.#waiting.length > 0) return false; // the waiting bodies go first
    return this.#takeRoom(bytes, ofBytes);
  }

  /** Whether a body of this size could be held at once. */
  hasRoom(bytes: number): boolean {
    return this.#waiting.length === 0 && this.#hasRoom(bytes, bytes);
  }

  /** Counts bytes that are in memory already. */
  count(bytes: number): void {
    this.#heldBytes += bytes;
  }

  release(bytes: number): void {
    this.#heldBytes -= bytes;
    this.#releasedBytes += bytes;
    if (this.#waiting.length === 0) return;
    this.#waiting.moved();
    this.#serveWaitingSoon();
  }

  /**
   * Waits for room, and takes it.
   * @param done called once: with nothing when the room is taken, else with `too-busy`, or with `body-too-large` if
   * there will never be as much
   * @returns how to stop waiting; `done` is not called then
   */
  wait(claim: Claim, done: (failure?: ProxyError) => void): () => void {
    if (claim.ofBytes > this.#limitFor(claim.ofBytes)) {
      done(new ProxyError('body-too-large'));
      return () => undefined;
    }
    const waiter = this.#waiting.add(claim, done);
    if (!waiter) return () => undefined;
    this.#ticker ??= setInterval(() => {
      this.#tick(monotonicMs());
    }, this.#times.tickMs).unref();
    this.#serveWaitingSoon();
    return () => this.#stopWaiting(waiter);
  }

  /** Registers a copy that may be dropped if others wait for room; the oldest is dropped first. */
  addSpare(drop: () => void): SpareEntry {
    return this.#spares.add({ place: -1, number: this.#nextNumber++, drop });
  }

  removeSpare(entry: SpareEntry): void {
    this.#spares.remove(entry);
  }

  #limitFor(bytes: number): number {
    return isLarge(bytes) ? this.#limitBytes * PART_FOR_LARGE : this.#limitBytes;
  }

  #hasRoom(bytes: number, ofBytes: number): boolean {
    return this.#heldBytes + bytes <= this.#limitFor(ofBytes);
  }

  #takeRoom(bytes: number, ofBytes: number): boolean {
    if (!this.#hasRoom(bytes, ofBytes)) return false;
    if (isLarge(ofBytes)) this.#collectReleased();
    this.#heldBytes += bytes;
    return true;
  }

  /** Released memory is only free once V8 has collected it; V8 alone lets 64 MB of it accumulate. */
  #collectReleased(): void {
    const accumulatedBytes = this.#limitBytes / 2;
    if (this.#releasedBytes < accumulatedBytes) return;
    this.#releasedBytes = 0;
    if (process.memoryUsage().arrayBuffers > this.#heldBytes + accumulatedBytes) this.collect();
  }

  /** Later, when nothing on the stack refers to the memory that was just released. */
  #serveWaitingSoon(): void {
    if (this.#isServing) return;
    this.#isServing = true;
    setImmediate(() => {
      this.#isServing = false;
      this.#waiting.serve(({ bytes, ofBytes }) => this.#takeRoom(bytes, ofBytes), isLarge);
      this.#stopTicking();
    });
  }

  #stopWaiting(waiter: Waiter): void {
    this.#waiting.remove(waiter);
    this.#stopTicking();
  }

  /** It ticks only while bodies wait. */
  #stopTicking(): void {
    if (this.#waiting.length > 0) return;
    clearInterval(this.#ticker);
    this.#ticker = undefined;
  }

  #tick(nowMs: number): void {
    this.readers.limitSlow(nowMs);
    this.#dropSpares(nowMs);
    this.#waiting.breakDeadlock(nowMs);
    this.#waiting.failLate(nowMs);
    this.#serveWaitingSoon();
  }

  #dropSpares(nowMs: number): void {
    const wanted = this.#waiting.impatient(nowMs);
    if (!wanted) return;
    for (const spare of this.#spares.all().sort((one, other) => one.number - other.number)) {
      if (this.#hasRoom(wanted.bytes, wanted.ofBytes)) return;
      this.#spares.remove(spare);
      spare.drop();
    }
  }
}

function isLarge(bytes: number): boolean {
  return bytes > SMALL_BYTES;
}
