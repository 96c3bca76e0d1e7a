import { fstatSync } from 'node:fs';
import { runUsage } from './command';

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
