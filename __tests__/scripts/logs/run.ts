import { runLogs } from '../../../scripts/logs/command';

export interface LogRun {
  readonly status: number;
  readonly output: string;
  readonly errors: string;
  readonly lines: readonly string[];
}

export interface LogRunOptions {
  readonly root?: string;
  readonly environment?: Readonly<Record<string, string | undefined>>;
  readonly input?: string;
  readonly nowMs?: () => number;
  /** Called in place of each pause; says whether to continue. */
  readonly pause?: () => Promise<boolean>;
}

/** Runs `npm run logs` in this process. */
export async function logs(args: readonly string[], options: LogRunOptions = {}): Promise<LogRun> {
  let output = '';
  let errors = '';
  const status = await runLogs({
    arguments: args,
    environment: options.environment ?? {},
    root: options.root ?? '/nonexistent',
    output: { write: (text) => (output += text) },
    errorOutput: { write: (text) => (errors += text) },
    input: piecesOf(options.input ?? ''),
    now: options.nowMs ?? Date.now,
    retryPauseMs: 1,
    pause: options.pause ?? (() => Promise.resolve(true)),
  });
  return { status, output, errors, lines: output.split('\n').slice(0, -1) };
}

/** In pieces that end anywhere, also within a character. */
// eslint-disable-next-line @typescript-eslint/require-await -- standard input is read asynchronously
async function* piecesOf(text: string): AsyncGenerator<Buffer> {
  const bytes = Buffer.from(text);
  for (let at = 0; at < bytes.length; at += 7) yield bytes.subarray(at, at + 7);
}
