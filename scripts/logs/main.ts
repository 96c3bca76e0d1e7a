import { setTimeout as sleep } from 'node:timers/promises';
import { runLogs } from './command';

/** Time between two searches. CLS has a line some seconds after it was written. */
const PAUSE_MS = 2_000;

// The reader of a pipe, such as head, may end first.
process.stdout.on('error', () => process.exit());

void runLogs({
  arguments: process.argv.slice(2),
  environment: process.env,
  output: process.stdout,
  errorOutput: process.stderr,
  input: process.stdin,
  now: Date.now,
  pause: () => sleep(PAUSE_MS, true),
}).then((status) => {
  process.exitCode = status;
});
