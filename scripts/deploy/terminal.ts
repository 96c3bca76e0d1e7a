import type { Redact } from '../../src/log/redact';

/** Where text is written: process.stdout, or a test's output. */
export interface Output {
  write(text: string): unknown;
  readonly isTTY?: boolean;
}

/** Prints the messages of a deployment. All of them are redacted. */
export interface Terminal {
  say(line: string): void;
  /** What the deployment waits for. On a terminal the next line replaces this one; in a log each is printed once. */
  progress(line: string): void;
}

const CLEAR_LINE = '\r\u001b[K';

export function createTerminal(output: Output, redact: Redact): Terminal {
  let waitingFor = '';
  return {
    say(line) {
      output.write(`${waitingFor !== '' && output.isTTY ? CLEAR_LINE : ''}${redact(line)}\n`);
      waitingFor = '';
    },
    progress(line) {
      if (line === waitingFor && !output.isTTY) return;
      waitingFor = line;
      output.write(output.isTTY ? `${CLEAR_LINE}  ${redact(line)}` : `  ${redact(line)}\n`);
    },
  };
}
