import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';

export interface LogEntry {
  readonly msg?: string;
  /** In the entry `listening`. */
  readonly port?: number;
}

/**
 * Reads a running bundle's log.
 * @returns a function that waits for the next entry with a message; it resolves with `undefined` if the log ends before
 */
export function logEntries(stdout: Readable): (message: string) => Promise<LogEntry | undefined> {
  const lines = createInterface({ input: stdout })[Symbol.asyncIterator]();
  return async (message) => {
    for (;;) {
      const line = await lines.next();
      if (line.done) return undefined;
      const entry = JSON.parse(line.value) as LogEntry;
      if (entry.msg === message) return entry;
    }
  };
}
