import path from 'node:path';
import { effectiveText, type Environment } from '../../src/config/effective-value';
import { PRICES_NOTE } from '../../src/books/charge';
import { dayOf } from '../../src/books/days';
import { VARIABLES } from '../../src/config/variables';
import { environmentOf, readConnection } from '../deploy/connection';
import { createDeployRedact } from '../deploy/secrets';
import type { Output } from '../deploy/terminal';
import { readConfigFiles } from '../build/config-files';
import { problemsOf } from '../logs/sources';
import { OperatorError } from '../operator/redis';
import { parseArguments, USAGE, type UsageArguments } from './arguments';
import { createPrice } from './price';
import { readUseFrom, redisUrlOf } from './read-redis';
import { readRequests } from './read-requests';
import { runReconcile } from './reconcile/command';
import type { BillOrigins } from './reconcile/reconcile';
import { renderCsv, renderJson } from './render-data';
import { renderTable } from './render-table';
import type { UsageReport } from './report';
import { UsageTotals } from './usage-totals';

export interface UsageCommand {
  readonly arguments: readonly string[];
  readonly environment: Environment;
  readonly output: Output;
  readonly errorOutput: Output;
  readonly input: AsyncIterable<Buffer | string>;
  /** Whether something is piped into standard input, so that it is read if no file is given. */
  readonly isPiped: boolean;
  /** Where serverless.yml and .env are. */
  readonly root?: string;
  /** The wall clock, in ms. */
  readonly now: () => number;
  /** The first pause before a call of Tencent's API is repeated. */
  readonly retryPauseMs?: number;
  /** Where bills are read; tests replace it. */
  readonly billOrigins?: BillOrigins;
}

const DEFAULT_SINCE_MS = 30 * 86_400_000;
const RENDERERS = { table: renderTable, csv: renderCsv, json: renderJson };

/** `npm run usage`, with its inputs and outputs as parameters. Resolves with the exit status. */
export async function runUsage(command: UsageCommand): Promise<number> {
  const root = command.root ?? path.resolve(__dirname, '../..');
  const environment = environmentOf(root, command.environment);
  const { credentials, site } = readConnection(environment);
  const options = parseArguments(command.arguments);
  // The log has no secrets; what is printed passes through the redaction all the same.
  const redact = createDeployRedact(credentials, {
    ...environment,
    ...(options?.redis ? { [VARIABLES.redisUrl.name]: options.redis } : {}),
  });
  const say = (output: Output, text: string) => output.write(`${redact(text)}\n`);
  if (!options || options.help) {
    say(options ? command.output : command.errorOutput, USAGE);
    return options ? 0 : 2;
  }
  if (options.redis !== undefined)
    return usageFromRedis(options.redis, { command, options, environment, say });
  const file = options.file ?? (command.isPiped ? '-' : undefined);
  try {
    const own = ownPrices(root, environment);
    if ('problem' in own) {
      say(command.errorOutput, `${VARIABLES.prices.name} ${own.problem}`);
      return 1;
    }
    const price = createPrice(own.value);
    const source = { ...command, root, environment, file };
    if (options.reconcile) {
      return await runReconcile({ command, source, options, price, say });
    }
    const backMs = options.sinceMs ?? (file === undefined ? DEFAULT_SINCE_MS : undefined);
    const fromMs = backMs === undefined ? undefined : command.now() - backMs;
    const totals = new UsageTotals(options.by, price);
    const malformedLines = await readRequests({ ...source, fromMs }, (request) => {
      totals.add(request);
    });
    const report: UsageReport = { totals, malformedLines, prices: PRICES_NOTE };
    say(command.output, RENDERERS[options.form](report));
    if (totals.total.requests === 0) say(command.errorOutput, emptyAdvice(file));
    return 0;
  } catch (error) {
    for (const problem of problemsOf(error, file, site)) say(command.errorOutput, problem);
    return 1;
  }
}

interface RedisUsage {
  readonly command: UsageCommand;
  readonly options: UsageArguments;
  readonly environment: Environment;
  readonly say: (output: Output, text: string) => void;
}

async function usageFromRedis(
  given: string,
  { command, options, environment, say }: RedisUsage,
): Promise<number> {
  const address = redisUrlOf(given, environment);
  if ('problem' in address) {
    say(command.errorOutput, address.problem);
    return 1;
  }
  const nowMs = command.now();
  const fromDay = dayOf(nowMs - (options.sinceMs ?? DEFAULT_SINCE_MS));
  try {
    const use = await readUseFrom(address.url, { fromDay }, nowMs);
    const totals = new UsageTotals(options.by, () => undefined);
    for (const row of use.rows()) totals.addRow(row);
    say(command.output, RENDERERS[options.form]({ totals, malformedLines: 0, prices: PRICES_NOTE }));
    say(command.errorOutput, use.note);
    return 0;
  } catch (error) {
    if (!(error instanceof OperatorError)) throw error;
    say(command.errorOutput, error.message);
    return 1;
  }
}

function ownPrices(root: string, environment: Environment) {
  const packaged = readConfigFiles(path.join(root, 'config'));
  return VARIABLES.prices.parse(effectiveText(VARIABLES.prices, environment, packaged));
}

function emptyAdvice(file: string | undefined): string {
  return file === '-'
    ? 'There was no request on standard input. Without a pipe, the log of the deployed function is read.'
    : 'There was no request. "--since 60d" looks further back.';
}
