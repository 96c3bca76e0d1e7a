import { runCommand } from './command';

void runCommand({
  arguments: process.argv.slice(2),
  environment: process.env,
  output: process.stdout,
  errorOutput: process.stderr,
}).then((status) => {
  process.exitCode = status;
});
