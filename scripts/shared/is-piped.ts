import { fstatSync } from 'node:fs';

/** Whether standard input is a pipe or a file; not a terminal, nor /dev/null as in a scheduled job. */
export function isPiped(): boolean {
  try {
    const input = fstatSync(0);
    return input.isFIFO() || input.isFile();
  } catch {
    return false; // closed
  }
}
