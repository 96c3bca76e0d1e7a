import fs from 'node:fs';
import { errorCode } from './errors';
import type { LogSink } from './log-buffer';

const STDOUT = 1;
/** A pipe that is full is tried again after so long. */
const AGAIN_MS = 100;

/**
 * Writes to stdout from a thread of the pool. A pipe that is full is waited for here and not in the thread: a thread
 * that the kernel holds is missing for name look-ups, and keeps the process from ending.
 */
export class StdoutSink implements LogSink {
  #opened = false;
  /** Whether the last write that failed left a line that is not whole. */
  #midLine = false;

  write(text: string, done: (error?: Error) => void): void {
    if (!this.#opened) makeNonBlocking();
    this.#opened = true;
    this.#writeFrom(Buffer.from(this.#midLine ? `\n${text}` : text), 0, done);
  }

  #writeFrom(bytes: Buffer, from: number, done: (error?: Error) => void): void {
    fs.write(STDOUT, bytes, from, (error, written) => {
      if (error && /^(?:EAGAIN|EBUSY)$/.test(errorCode(error))) {
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

/** Node does so to a pipe or a socket when its stream is first asked for. */
function makeNonBlocking(): void {
  process.stdout.on('error', () => undefined);
}
