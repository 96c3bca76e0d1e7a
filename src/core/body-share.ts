import type { ProxyError } from '../errors';
import type { BodyBudget, SpareEntry } from './body-budget';
import type { Reader, ReaderEntry } from './body-readers';
import type { Exchange } from './exchange';

/** Smaller ones are counted, and no more: most requests are small. */
const MIN_LISTED_BYTES = 64 * 1024;

/** What one request has of the budget for bodies. It is given back when the response is over, if not before. */
export class BodyShare implements Reader {
  #countedBytes = 0;
  #filledBytes = 0;
  #reading: ReaderEntry | undefined;
  #spare: SpareEntry | undefined;

  constructor(
    private readonly budget: BodyBudget,
    private readonly exchange: Exchange,
  ) {
    exchange.response.once('close', () => {
      this.release();
    });
  }

  get filledBytes(): number {
    return this.#filledBytes;
  }

  /**
   * Takes room that is there at once.
   * @param ofBytes how large the body is that it is for
   */
  take(bytes: number, ofBytes = bytes): boolean {
    if (!this.budget.take(bytes, ofBytes)) return false;
    this.#countedBytes += bytes;
    return true;
  }

  /**
   * Waits for room, as `BodyBudget.wait` does.
   * @param ofBytes how large the body is that it is for
   */
  wait(bytes: number, ofBytes: number, done: (failure?: ProxyError) => void): () => void {
    return this.budget.wait({ bytes, ofBytes, heldBytes: this.#filledBytes }, (failure) => {
      if (!failure) this.#countedBytes += bytes;
      done(failure);
    });
  }

  /**
   * Counts bytes that have come, towards what was taken for them.
   * @param aheadBytes what is taken for those to come, once there are more than were taken
   * @returns whether there was room; without it nothing more should be read until there is
   */
  fill(bytes: number, aheadBytes = 0): boolean {
    this.#filledBytes += bytes;
    const missing = this.#filledBytes - this.#countedBytes;
    if (missing <= 0 || this.take(missing + aheadBytes, this.#filledBytes + aheadBytes)) return true;
    this.budget.count(missing);
    this.#countedBytes += missing;
    return false;
  }

  startReading(): void {
    if (this.#countedBytes >= MIN_LISTED_BYTES) this.#reading = this.budget.readers.add(this);
  }

  stopReading(): void {
    if (this.#reading) this.budget.readers.remove(this.#reading);
    this.#reading = undefined;
  }

  /** Gives back what is over `bytes`. */
  shrinkTo(bytes: number): void {
    const over = this.#countedBytes - bytes;
    if (over <= 0) return;
    this.#countedBytes -= over;
    this.budget.give(over);
  }

  shrink(): void {
    this.shrinkTo(this.#filledBytes);
  }

  fail(failure: ProxyError): void {
    this.exchange.stop(failure);
  }

  /** Says that what is held may be dropped where others wait for room, until `keep`. */
  maySpare(drop: () => void): void {
    if (this.#spare || this.#countedBytes < MIN_LISTED_BYTES) return;
    this.#spare = this.budget.addSpare(() => {
      this.#spare = undefined;
      drop();
      this.shrinkTo(0);
    });
  }

  keep(): void {
    if (this.#spare) this.budget.removeSpare(this.#spare);
    this.#spare = undefined;
  }

  release(): void {
    this.keep();
    this.stopReading();
    this.shrinkTo(0);
  }
}
