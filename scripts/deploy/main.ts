import { setDefaultAutoSelectFamilyAttemptTimeout } from 'node:net';
import { runCommand } from './command';

// For fetch, whose connections cannot be raced (scripts/shared/agents.ts). Node gives each address 250 ms, which is less than
// a handshake with a far region may take; 4 s is enough for one whose first two packets are lost.
setDefaultAutoSelectFamilyAttemptTimeout(4_000);

void runCommand({
  arguments: process.argv.slice(2),
  environment: process.env,
  output: process.stdout,
  errorOutput: process.stderr,
}).then((status) => {
  process.exitCode = status;
});
