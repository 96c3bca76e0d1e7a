import { ProxyError } from '../../errors/proxy-error';
import { collectAll } from '../exchange/buffer-gc';
import { BodyReaders, type ReaderTimes } from './body-readers';
import { DenseList, type Entry } from './dense-list';

/** Bodies up to this size may use the whole budget, larger ones only a part, so that large ones never delay small ones. */
const SMALL_BYTES = 256 * 1024;
const PART_FOR_LARGE = 3 / 4;
/** Each waiting body holds a chunk of 64 KB from its socket. */
const MAX_WAITING = 200;
const RETRY_AFTER_MS = 2_000;

/** In ms. */
export interface BudgetTimes extends ReaderTimes {
  /** How long a body waits for room before copies that are only kept for a second attempt are dropped. */
  readonly patienceMs: number;
  /** How long a body waits for room at most. */
  readonly maxWaitMs: number;
  /** How long no memory may be taken or released while partly received bodies wait. */
  readonly maxStandstillMs: number;
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

/** What a body waits for. */
export interface Claim {
  readonly bytes: number;
  /** The size of the body that the room is for, as far as it is known. */
  readonly ofBytes: number;
  /** The bytes of it that are in memory already. */
  readonly heldBytes: number;
}

interface Waiter extends Claim {
  /** Bytes still missing; the body with the fewest goes first. */
  readonly missing: number;
  readonly sinceMs: number;
  readonly done: (failure?: ProxyError) => void;
}

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
  readonly #waiting: Waiter[] = [];
  readonly readers: BodyReaders;
  readonly #spares = new DenseList<SpareEntry>();
  #nextNumber = 0;
  readonly #times: BudgetTimes;
  #ticker: NodeJS.Timeout | undefined;
  #isServing = false;
  /** When room was last taken or released. */
  #movedAtMs = 0;

  constructor(
    limitBytes: number,
    times: Partial<BudgetTimes> = {},
    private readonly collect = collectAll,
  ) {
    this.#limitBytes = limitBytes;
    this.#times = { ...DEFAULT_TIMES, ...times };
    this.readers = new BodyReaders(this.#times);
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
    if (ofBytes > SMALL_BYTES && this.#waiting.length > 0) return false; // the waiting bodies go first
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
    this.#movedAtMs = performance.now();
    this.#serveWaitingSoon();
  }

  /**
   * Waits for room, and takes it.
   * @param done called once: with nothing when the room is taken, else with `too-busy`, or with `body-too-large` if
   * there will never be as much
   * @returns how to stop waiting; `done` is not called then
   */
  wait(claim: Claim, done: (failure?: ProxyError) => void): () => void {
    const missing = claim.bytes - claim.heldBytes;
    const waiter: Waiter = { ...claim, missing, sinceMs: performance.now(), done };
    if (claim.ofBytes > this.#limitFor(claim.ofBytes)) done(new ProxyError('body-too-large'));
    else if (this.#waiting.length >= MAX_WAITING) done(tooBusy());
    else {
      const behind = this.#waiting.findIndex((other) => other.missing > missing);
      this.#waiting.splice(behind === -1 ? this.#waiting.length : behind, 0, waiter);
      this.#ticker ??= setInterval(() => {
        this.#tick(performance.now());
      }, this.#times.tickMs).unref();
      this.#serveWaitingSoon();
    }
    return () => this.#removeWaiter(waiter);
  }

  /** Registers a copy that may be dropped if others wait for room; the oldest is dropped first. */
  addSpare(drop: () => void): SpareEntry {
    return this.#spares.add({ place: -1, number: this.#nextNumber++, drop });
  }

  removeSpare(entry: SpareEntry): void {
    this.#spares.remove(entry);
  }

  #limitFor(bytes: number): number {
    return bytes > SMALL_BYTES ? this.#limitBytes * PART_FOR_LARGE : this.#limitBytes;
  }

  #hasRoom(bytes: number, ofBytes: number): boolean {
    return this.#heldBytes + bytes <= this.#limitFor(ofBytes);
  }

  #takeRoom(bytes: number, ofBytes: number): boolean {
    if (!this.#hasRoom(bytes, ofBytes)) return false;
    if (ofBytes > SMALL_BYTES) this.#collectReleased();
    this.#heldBytes += bytes;
    return true;
  }

  /** Released memory is only free once V8 has collected it; V8 alone lets 64 MB of it accumulate. */
  #collectReleased(): void {
    const accumulatedBytes = this.#limitBytes / 4;
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
      this.#serveWaiting();
    });
  }

  #serveWaiting(): void {
    let largeWaits = false;
    for (const waiter of [...this.#waiting]) {
      const large = waiter.ofBytes > SMALL_BYTES;
      if (large && largeWaits) continue;
      if (this.#takeRoom(waiter.bytes, waiter.ofBytes)) {
        this.#removeWaiter(waiter);
        this.#movedAtMs = performance.now();
        waiter.done();
      } else if (large) largeWaits = true;
      else return;
    }
  }

  #removeWaiter(waiter: Waiter): void {
    const at = this.#waiting.indexOf(waiter);
    if (at !== -1) this.#waiting.splice(at, 1);
    if (this.#waiting.length > 0) return;
    clearInterval(this.#ticker);
    this.#ticker = undefined;
  }

  /** Runs only while bodies wait. */
  #tick(nowMs: number): void {
    this.readers.limitSlow(nowMs);
    this.#dropSpares(nowMs);
    this.#breakDeadlock(nowMs);
    for (const waiter of [...this.#waiting]) {
      if (nowMs - waiter.sinceMs < this.#times.maxWaitMs) continue;
      this.#removeWaiter(waiter);
      waiter.done(tooBusy());
    }
    this.#serveWaitingSoon();
  }

  /** Partly received bodies may hold all the room and each wait for more: the one with the most missing bytes fails. */
  #breakDeadlock(nowMs: number): void {
    const [first] = this.#waiting;
    if (!first || nowMs - Math.max(first.sinceMs, this.#movedAtMs) < this.#times.maxStandstillMs) return;
    const last = this.#waiting.filter((waiter) => waiter !== first && waiter.heldBytes > 0).pop();
    if (!last) return;
    this.#removeWaiter(last);
    last.done(tooBusy());
  }

  #dropSpares(nowMs: number): void {
    const [first] = this.#waiting;
    const late = this.#waiting.filter(({ sinceMs }) => nowMs - sinceMs >= this.#times.patienceMs);
    if (!first || late.length === 0) return;
    const wanted = late.reduce((sum, { bytes }) => sum + bytes, 0);
    for (const spare of this.#spares.all().sort((one, other) => one.number - other.number)) {
      if (this.#hasRoom(wanted, first.ofBytes)) return;
      this.#spares.remove(spare);
      spare.drop();
    }
  }
}

function tooBusy(): ProxyError {
  return new ProxyError('too-busy', { retryAfterMs: RETRY_AFTER_MS });
}
