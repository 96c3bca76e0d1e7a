import { writeSync as writeNow } from 'node:fs';
import type { LogDestination } from './logger';
import { STDOUT, isFullPipe } from './stdout-sink';

/** Maximum length kept while stdout cannot take them; further lines are dropped. */
const MAX_HELD = 1_048_576;

/**
 * Writes each line before `write` returns, for the event function, whose instance may be frozen as soon as a response is
 * returned. Lines that stdout does not take at the moment are written with the next one.
 */
export class SyncStdout implements LogDestination {
  /** What is being written. */
  #bytes: Buffer = Buffer.alloc(0);
  #waiting = '';

  /** @param writeSync `fs.writeSync`, except in tests */
  constructor(private readonly writeSync: (fd: number, bytes: Buffer) => number = writeNow) {}

  write(line: string): void {
    if (this.#bytes.length + this.#waiting.length + line.length <= MAX_HELD) this.#waiting += line;
    try {
      this.#writeAll();
    } catch (error) {
      if (isFullPipe(error)) return;
      this.#bytes = Buffer.alloc(0); // no request fails because of its log
      this.#waiting = '';
    }
  }

  #writeAll(): void {
    while (this.#bytes.length > 0 || this.#waiting !== '') {
      if (this.#bytes.length === 0) {
        this.#bytes = Buffer.from(this.#waiting);
        this.#waiting = '';
      }
      this.#bytes = this.#bytes.subarray(this.writeSync(STDOUT, this.#bytes));
    }
  }
}
