import { fstatSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { runUsage } from './command';

/** Before a call to CLS is repeated. */
const PAUSE_MS = 2_000;

// The reader of a pipe, such as head, may end first.
process.stdout.on('error', () => process.exit());

void runUsage({
  arguments: process.argv.slice(2),
  environment: process.env,
  output: process.stdout,
  errorOutput: process.stderr,
  input: process.stdin,
  isPiped: isPiped(),
  now: Date.now,
  pause: () => sleep(PAUSE_MS, true),
}).then((status) => {
  process.exitCode = status;
});

/** A pipe or a file; not a terminal, nor /dev/null as in a scheduled job. */
function isPiped(): boolean {
  try {
    const input = fstatSync(0);
    return input.isFIFO() || input.isFile();
  } catch {
    return false; // closed
  }
}
