import { ProxyError } from '../errors';
import { collectAll } from './body-garbage';
import { BodyReaders, type ReaderTimes } from './body-readers';
import { DenseList, type Entry } from './dense-list';

/** Bodies up to this size may use the whole budget, larger ones only a part: large ones never hold up small ones. */
const SMALL_BYTES = 256 * 1024;
const PART_FOR_LARGE = 3 / 4;
/** Each that waits holds a socket's chunk of 64 KB. */
const MAX_WAITING = 200;
const RETRY_AFTER_MS = 2_000;

/** In ms. */
export interface BudgetTimes extends ReaderTimes {
  /** How long a body waits for room before copies that are only kept for a second try are dropped. */
  readonly patienceMs: number;
  /** How long a body waits for room at most. */
  readonly maxWaitMs: number;
  /** How long nothing may move while some wait that have come in part. */
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
  /** How large the body is that it is for, as far as that is known. */
  readonly ofBytes: number;
  /** What it has in memory already. */
  readonly heldBytes: number;
}

interface Waiter extends Claim {
  /** The one that is nearest to its end goes first. */
  readonly missing: number;
  readonly sinceMs: number;
  readonly done: (failure?: ProxyError) => void;
}

/** A copy that is only kept for a second try. */
export interface SpareEntry extends Entry {
  readonly number: number;
  readonly drop: () => void;
}

/**
 * The memory that request bodies take together. Past it a body is not read from its client's socket until there is
 * room (the one that wants least goes first), then copies that are only kept for a second try are dropped, and then it
 * is refused with `too-busy`. Nothing waits for ever, so no two requests can wait for each other.
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
  #admitting = false;
  /** When room was last given, or given back. */
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

  /** Lowers the limit, once more is known of the memory. */
  lowerTo(limitBytes: number): void {
    this.#limitBytes = Math.min(this.#limitBytes, limitBytes);
  }

  /**
   * Takes room that is there at once.
   * @param ofBytes how large the body is that it is for
   */
  take(bytes: number, ofBytes = bytes): boolean {
    if (ofBytes > SMALL_BYTES && this.#waiting.length > 0) return false; // it is their turn
    return this.#takeRoom(bytes, ofBytes);
  }

  /** Whether a body of this size could be held at once. */
  hasRoom(bytes: number): boolean {
    return this.#waiting.length === 0 && this.#hasRoom(bytes, bytes);
  }

  /** Counts what is in memory already. */
  count(bytes: number): void {
    this.#heldBytes += bytes;
  }

  give(bytes: number): void {
    this.#heldBytes -= bytes;
    this.#releasedBytes += bytes;
    if (this.#waiting.length === 0) return;
    this.#movedAtMs = performance.now();
    this.#admitSoon();
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
      this.#admitSoon();
    }
    return () => this.#leave(waiter);
  }

  /** Says that something may be dropped where others wait for room; the oldest is dropped first. */
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

  /** What was released is only free once V8 has collected it, and by itself it lets 64 MB pile up. */
  #collectReleased(): void {
    const piledUp = this.#limitBytes / 4;
    if (this.#releasedBytes < piledUp) return;
    this.#releasedBytes = 0;
    if (process.memoryUsage().arrayBuffers > this.#heldBytes + piledUp) this.collect();
  }

  /** Later, when nothing on the stack has what was just released. */
  #admitSoon(): void {
    if (this.#admitting) return;
    this.#admitting = true;
    setImmediate(() => {
      this.#admitting = false;
      this.#admit();
    });
  }

  #admit(): void {
    let largeWait = false;
    for (const waiter of [...this.#waiting]) {
      const large = waiter.ofBytes > SMALL_BYTES;
      if (large && largeWait) continue;
      if (this.#takeRoom(waiter.bytes, waiter.ofBytes)) {
        this.#leave(waiter);
        this.#movedAtMs = performance.now();
        waiter.done();
      } else if (large) largeWait = true;
      else return;
    }
  }

  #leave(waiter: Waiter): void {
    const at = this.#waiting.indexOf(waiter);
    if (at !== -1) this.#waiting.splice(at, 1);
    if (this.#waiting.length > 0) return;
    clearInterval(this.#ticker);
    this.#ticker = undefined;
  }

  /** Only while somebody waits. */
  #tick(nowMs: number): void {
    this.readers.press(nowMs);
    this.#dropSpares(nowMs);
    this.#untangle(nowMs);
    for (const waiter of [...this.#waiting]) {
      if (nowMs - waiter.sinceMs < this.#times.maxWaitMs) continue;
      this.#leave(waiter);
      waiter.done(tooBusy());
    }
    this.#admitSoon();
  }

  /** Bodies that came in part may have all the room, and each wait for more: the one that has least makes way. */
  #untangle(nowMs: number): void {
    const [first] = this.#waiting;
    if (!first || nowMs - Math.max(first.sinceMs, this.#movedAtMs) < this.#times.maxStandstillMs) return;
    const last = this.#waiting.filter((waiter) => waiter !== first && waiter.heldBytes > 0).pop();
    if (!last) return;
    this.#leave(last);
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
