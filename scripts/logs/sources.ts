import type { Environment } from '../../src/config/effective-value';
import { consolePage, type Site } from '../deploy/console';
import { DeployError } from '../deploy/deploy-error';
import { prepareRemoval } from '../deploy/prepare';
import { remedyFor } from '../deploy/remedies';
import { createScfApi } from '../deploy/scf-api';
import { ScfError } from '../deploy/scf-error';
import type { FunctionSettings } from '../deploy/serverless-file';
import { createSearchLog, remedyForLog } from './cls-api';
import { cloudRecords, type LogRecord } from './records';
import { linesOf, piecesOf } from './text-lines';

/** Where lines come from: a file, standard input, or the log of the function that serverless.yml describes. */
export interface LogSource {
  /** A file, `-` for standard input, or `undefined` for the function's log in CLS. */
  readonly file: string | undefined;
  readonly input: AsyncIterable<Buffer | string>;
  /** Where serverless.yml is. */
  readonly root: string;
  readonly environment: Environment;
  /** One of the regions of serverless.yml; `undefined` for the first. */
  readonly region?: string | undefined;
  /** Prints what is not part of the log. */
  readonly note?: (line: string) => void;
  /** Unix time in ms, from which CLS is searched; a file is read whole. */
  readonly fromMs: number | undefined;
  /** Waits for more, and says whether to continue; `undefined` to read once. */
  readonly follow: (() => Promise<boolean>) | undefined;
  /** The wall clock, in ms. */
  readonly now: () => number;
  /** The first pause before a call of Tencent's API is repeated. */
  readonly retryPauseMs?: number;
}

/** @throws DeployError if there is no function or no log of it; while reading, ScfError or Node's error of the file */
export async function recordsFrom(source: LogSource): Promise<AsyncIterable<LogRecord>> {
  const { file, input, follow } = source;
  if (file === undefined) return recordsOfFunction(source);
  return linesOf(file === '-' ? input : piecesOf(file, follow));
}

async function recordsOfFunction({
  root,
  environment,
  region: asked,
  note,
  now,
  retryPauseMs,
  fromMs = 0,
  follow,
}: LogSource): Promise<AsyncIterable<LogRecord>> {
  const { settings, connection } = prepareRemoval({ root, environment });
  const { name } = settings;
  const region = regionOf(settings, asked);
  const others = [settings.region, ...settings.otherRegions].filter((one) => one !== region);
  if (asked === undefined && others.length > 0)
    note?.(`The log of ${region}. For that of ${others.join(' or ')}: --region ${others[0] ?? ''}`);
  const { site } = connection;
  const what = `The function ${name} in ${region}`;
  const found = await createScfApi(connection, region, retryPauseMs)
    .getFunction(name)
    .catch((error: unknown) => {
      if (!(error instanceof ScfError)) throw error;
      throw new DeployError([
        `Could not look the function up: ${describe(error)} ${remedyFor(error, { ...settings, region }, site)}`,
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

/**
 * The regions in which the log is kept.
 * @returns one `undefined` if it is read from a file or from standard input
 * @throws DeployError with every problem of serverless.yml
 */
export function regionsOf({
  file,
  root,
  environment,
}: Pick<LogSource, 'file' | 'root' | 'environment'>): readonly (string | undefined)[] {
  if (file !== undefined) return [undefined];
  const { region, otherRegions } = prepareRemoval({ root, environment }).settings;
  return [region, ...otherRegions];
}

/** @throws DeployError if serverless.yml does not have the region */
function regionOf({ region, otherRegions }: FunctionSettings, asked = region): string {
  const regions = [region, ...otherRegions];
  if (regions.includes(asked)) return asked;
  throw new DeployError([
    `--region must be a region that serverless.yml deploys to: ${regions.join(' or ')}.`,
  ]);
}

/** What to print for an error while a log was read. */
export function problemsOf(
  error: unknown,
  file: string | undefined,
  site: Site | undefined,
): readonly string[] {
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
