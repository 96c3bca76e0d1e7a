import type { ProxyError } from '../../errors/proxy-error';
import type { BodyBudget, SpareEntry } from './body-budget';
import type { Reader, ReaderEntry } from './body-readers';
import type { Exchange } from '../exchange/exchange';

/** Smaller bodies are only counted, not listed: most requests are small. */
const MIN_LISTED_BYTES = 64 * 1024;

/** One request's share of the budget for bodies. It is released when the response closes, if not before. */
export class BodyShare implements Reader {
  #countedBytes = 0;
  #filledBytes = 0;
  #reading: ReaderEntry | undefined;
  #spare: SpareEntry | undefined;

  constructor(
    private readonly budget: BodyBudget,
    private readonly exchange: Exchange,
  ) {
    exchange.onClose(() => {
      this.release();
    });
  }

  get filledBytes(): number {
    return this.#filledBytes;
  }

  /**
   * Takes room if it is available now.
   * @param ofBytes the size of the body that the room is for
   */
  take(bytes: number, ofBytes = bytes): boolean {
    if (!this.budget.take(bytes, ofBytes)) return false;
    this.#countedBytes += bytes;
    return true;
  }

  /**
   * Waits for room, as `BodyBudget.wait` does.
   * @param ofBytes the size of the body that the room is for
   */
  wait(bytes: number, ofBytes: number, done: (failure?: ProxyError) => void): () => void {
    return this.budget.wait({ bytes, ofBytes, heldBytes: this.#filledBytes }, (failure) => {
      if (!failure) this.#countedBytes += bytes;
      done(failure);
    });
  }

  /**
   * Counts received bytes against the room that was taken for them.
   * @param aheadBytes room to take in advance, if more bytes were received than room was taken
   * @returns whether there was room; if not, nothing more should be read until there is
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

  /** Releases what is above `bytes`. */
  shrinkTo(bytes: number): void {
    const excess = this.#countedBytes - bytes;
    if (excess <= 0) return;
    this.#countedBytes -= excess;
    this.budget.release(excess);
  }

  shrink(): void {
    this.shrinkTo(this.#filledBytes);
  }

  fail(failure: ProxyError): void {
    this.exchange.stop(failure);
  }

  /** Allows the held bytes to be dropped if others wait for room, until `keep` is called. */
  allowDrop(drop: () => void): void {
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

  /** Releases all of it, so that it can be used for another body. */
  reset(): void {
    this.release();
    this.#filledBytes = 0;
  }

  release(): void {
    this.keep();
    this.stopReading();
    this.shrinkTo(0);
  }
}
