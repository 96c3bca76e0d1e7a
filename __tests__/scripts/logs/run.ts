import { runLogs } from '../../../scripts/logs/command';
import { inputOf } from '../../helpers/standard-input';

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
    input: inputOf(options.input ?? '', 7),
    now: options.nowMs ?? Date.now,
    retryPauseMs: 1,
    pause: options.pause ?? (() => Promise.resolve(true)),
  });
  return { status, output, errors, lines: output.split('\n').slice(0, -1) };
}
