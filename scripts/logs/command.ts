import path from 'node:path';
import type { Environment } from '../../src/config/effective-value';
import { consolePage, type Site } from '../deploy/console';
import { environmentOf, readConnection } from '../deploy/connection';
import { DeployError } from '../deploy/deploy-error';
import { prepareRemoval } from '../deploy/prepare';
import { remedyFor } from '../deploy/remedies';
import { createScfApi } from '../deploy/scf-api';
import { ScfError } from '../deploy/scf-error';
import { createDeployRedact } from '../deploy/secrets';
import type { Output } from '../deploy/terminal';
import { parseArguments, USAGE, type LogArguments } from './arguments';
import { createSearchLog, remedyForLog } from './cls-api';
import { entryOf, isShown, type Filter } from './entry';
import { cloudRecords, type LogRecord } from './records';
import { renderJson, renderLine } from './render';
import { linesOf, piecesOf } from './text-lines';

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
    const records =
      options.file === undefined
        ? await recordsOfFunction({ ...command, root, environment }, fromMs ?? 0, follow)
        : linesOf(options.file === '-' ? command.input : piecesOf(options.file, follow));
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
    for (const problem of problemsOf(error, options, readConnection(environment).site))
      say(command.errorOutput, problem);
    return 1;
  }
}

/** The time from which lines are shown; `undefined` for all. */
function sinceOf({ file, sinceMs }: LogArguments, nowMs: number): number | undefined {
  const backMs = sinceMs ?? (file === undefined ? DEFAULT_SINCE_MS : undefined);
  return backMs === undefined ? undefined : nowMs - backMs;
}

/** @throws DeployError if there is no function or no log of it */
async function recordsOfFunction(
  { root, environment, now, retryPauseMs }: LogCommand & { readonly root: string },
  fromMs: number,
  follow: (() => Promise<boolean>) | undefined,
): Promise<AsyncIterable<LogRecord>> {
  const { settings, connection } = prepareRemoval({ root, environment });
  const { name, region } = settings;
  const { site } = connection;
  const what = `The function ${name} in ${region}`;
  const found = await createScfApi(connection, region, retryPauseMs)
    .getFunction(name)
    .catch((error: unknown) => {
      if (!(error instanceof ScfError)) throw error;
      throw new DeployError([
        `Could not look the function up: ${describe(error)} ${remedyFor(error, settings, site)}`,
      ]);
    });
  if (!found) throw new DeployError([`${what} does not exist. Create it with "npm run deploy".`]);
  const topicId = found.ClsTopicId ?? '';
  if (topicId === '') {
    throw new DeployError([
      `${what} has no log: it is off. Turn it on at ${consolePage('/scf/list', site)}, function ${name}, in the log settings of its configuration; with "logs: off" in serverless.yml the next deployment turns it off again, so remove that as well.`,
    ]);
  }
  const search = createSearchLog(connection, region, retryPauseMs);
  return cloudRecords({ search, topicId, functionName: name, fromMs, follow, now });
}

function problemsOf(error: unknown, { file }: LogArguments, site: Site | undefined): readonly string[] {
  if (error instanceof DeployError) return error.problems;
  if (error instanceof ScfError)
    return [`Could not read the log: ${describe(error)} ${remedyForLog(error, site)}`];
  const { code } = error as { readonly code?: unknown };
  if (file !== undefined && typeof code === 'string')
    return [`Cannot read ${file} (${code}). Check its name and its permissions.`];
  return [String(error)];
}

function describe({ message, code }: ScfError): string {
  return `${message}${code === '' ? '' : ` (${code})`}.`;
}
