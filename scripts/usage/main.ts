import { runUsage } from './command';
import { isPiped } from '../shared/is-piped';

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
