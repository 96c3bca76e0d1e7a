import { write } from 'node:fs';
import { errorCode } from '../errors/node-errors';
import type { LogSink } from './log-sink';

export const STDOUT = 1;
/** Delay before the next attempt to write to a full pipe. */
const AGAIN_MS = 100;

/**
 * Writes to stdout from a thread of the pool. It waits here for a full pipe, not in the thread: a blocked thread is missing
 * for name lookups, and keeps the process from exiting.
 */
export class StdoutSink implements LogSink {
  #opened = false;
  /** Whether the last failed write left an incomplete line. */
  #midLine = false;

  write(text: string, done: (error?: Error) => void): void {
    if (!this.#opened) makeNonBlocking();
    this.#opened = true;
    this.#writeFrom(Buffer.from(this.#midLine ? `\n${text}` : text), 0, done);
  }

  #writeFrom(bytes: Buffer, from: number, done: (error?: Error) => void): void {
    write(STDOUT, bytes, from, (error, written) => {
      if (isFullPipe(error)) {
        setTimeout(() => {
          this.#writeFrom(bytes, from, done);
        }, AGAIN_MS).unref();
      } else if (error) {
        if (from > 0) this.#midLine = bytes[from - 1] !== LINE_END;
        done(error);
      } else if (from + written < bytes.length) this.#writeFrom(bytes, from + written, done);
      else {
        this.#midLine = false;
        done();
      }
    });
  }
}

const LINE_END = 0x0a;

/** Whether stdout takes nothing at the moment. */
export function isFullPipe(error: unknown): boolean {
  return /^(?:EAGAIN|EBUSY)$/.test(errorCode(error));
}

/** Node makes a pipe or socket non-blocking when `process.stdout` is first accessed. */
function makeNonBlocking(): void {
  process.stdout.on('error', () => undefined);
}
