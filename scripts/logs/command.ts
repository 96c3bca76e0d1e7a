import path from 'node:path';
import type { Environment } from '../../src/config/effective-value';
import { environmentOf, readConnection } from '../deploy/connection';
import { createDeployRedact } from '../deploy/secrets';
import type { Output } from '../deploy/terminal';
import { parseArguments, USAGE, type LogArguments } from './arguments';
import { entryOf, isShown, type Filter } from './entry';
import { renderJson, renderLine } from './render';
import { problemsOf, recordsFrom } from './sources';

export interface LogCommand {
  readonly arguments: readonly string[];
  readonly environment: Environment;
  readonly output: Output;
  readonly errorOutput: Output;
  readonly input: AsyncIterable<Buffer | string>;
  /** Where serverless.yml and .env are. */
  readonly root?: string;
  /** The wall clock, in ms. */
  readonly now: () => number;
  /** Waits a moment; resolves with whether to continue following. */
  readonly pause: () => Promise<boolean>;
  /** The first pause before a call of Tencent's API is repeated. */
  readonly retryPauseMs?: number;
}

const DEFAULT_SINCE_MS = 3_600_000;

/** `npm run logs`, with its inputs and outputs as parameters. Resolves with the exit status. */
export async function runLogs(command: LogCommand): Promise<number> {
  const root = command.root ?? path.resolve(__dirname, '../..');
  const environment = environmentOf(root, command.environment);
  // The log has no secrets; every line passes through the redaction all the same.
  const redact = createDeployRedact(readConnection(environment).credentials, environment);
  const say = (output: Output, text: string) => output.write(`${redact(text)}\n`);
  const options = parseArguments(command.arguments);
  if (!options || options.help) {
    say(options ? command.output : command.errorOutput, USAGE);
    return options ? 0 : 2;
  }
  try {
    const fromMs = sinceOf(options, command.now());
    const filter: Filter = { ...options, sinceMs: fromMs };
    const follow = options.follow ? command.pause : undefined;
    const note = (line: string) => say(command.errorOutput, line);
    const { file, region } = options;
    const source = { ...command, root, environment, file, region, note, fromMs, follow };
    const records = await recordsFrom(source);
    const render = options.json ? renderJson : renderLine;
    let shown = 0;
    for await (const record of records) {
      const entry = entryOf(record);
      if (!entry || !isShown(entry, filter)) continue;
      shown++;
      say(command.output, render(entry));
    }
    if (shown === 0) say(command.errorOutput, 'No such lines. "--since 1d" looks further back.');
    return 0;
  } catch (error) {
    for (const problem of problemsOf(error, options.file, readConnection(environment).site))
      say(command.errorOutput, problem);
    return 1;
  }
}

/** The time from which lines are shown; `undefined` for all. */
function sinceOf({ file, sinceMs }: LogArguments, nowMs: number): number | undefined {
  const backMs = sinceMs ?? (file === undefined ? DEFAULT_SINCE_MS : undefined);
  return backMs === undefined ? undefined : nowMs - backMs;
}
