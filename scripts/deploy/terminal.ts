import type { Redact } from '../../src/redact';

/** Where text goes: process.stdout, or a test's. */
export interface Output {
  write(text: string): unknown;
  readonly isTTY?: boolean;
}

/** What a person is told while a deployment runs. Whatever goes through here is redacted. */
export interface Terminal {
  say(line: string): void;
  /** What is being waited for. On a terminal the line is replaced by the next one; in a log each is told once. */
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
