import type { Environment } from '../../../src/config/effective-value';
import type { Output } from '../../deploy/terminal';
import type { LogSource } from '../../logs/sources';
import type { UsageArguments } from '../arguments';
import { PRICES_NOTE } from '../../../src/books/charge';
import { readRequests } from '../read-requests';
import { UsageTotals, type Price } from '../usage-totals';
import { BILL_DIMENSIONS, judge } from './compare';
import {
  adminKeysIn,
  BILL_ORIGINS,
  periodOf,
  readBills,
  reconciliationOf,
  type BillOrigins,
} from './reconcile';
import { renderCsv, renderJson, renderTable } from './render';

export interface ReconcileCommand {
  readonly command: {
    /** What was given to the command itself, without `.env`. */
    readonly environment: Environment;
    readonly output: Output;
    readonly errorOutput: Output;
    readonly now: () => number;
    readonly billOrigins?: BillOrigins;
  };
  readonly source: Omit<LogSource, 'follow' | 'fromMs'>;
  readonly options: Pick<UsageArguments, 'sinceMs' | 'form'>;
  readonly price: Price;
  /** Prints a line without secrets. */
  readonly say: (output: Output, text: string) => void;
}

const RENDERERS = { table: renderTable, csv: renderCsv, json: renderJson };

/**
 * `npm run usage -- --reconcile`. Resolves with the exit status: 1 if a fully metered day differs from its bill, or if a
 * bill could not be read.
 * @throws as `readRequests`
 */
export async function runReconcile(parameters: ReconcileCommand): Promise<number> {
  const { command, source, options, price } = parameters;
  const given = adminKeysIn(command.environment, source.environment);
  if ('problem' in given) {
    parameters.say(command.errorOutput, given.problem);
    return 2;
  }
  const secrets = [...given.keys.values()];
  const say = (output: Output, text: string) => {
    parameters.say(
      output,
      secrets.reduce((line, secret) => line.replaceAll(secret, '[redacted]'), text),
    );
  };
  const period = periodOf(command.now(), options.sinceMs);
  const { bills, problems } = await readBills({
    keys: given.keys,
    period,
    origins: command.billOrigins ?? BILL_ORIGINS,
    environment: source.environment,
  });
  for (const problem of problems) say(command.errorOutput, problem);
  if (bills.size === 0) return 1;
  let withOwnKeys = 0;
  const totals = new UsageTotals(BILL_DIMENSIONS, ({ nanoUsd }) => nanoUsd);
  const malformedLines = await readRequests({ ...source, fromMs: period.fromMs }, (request) => {
    const { timeMs = NaN, provider = '', meter, key, servedModel, model } = request;
    if (!(timeMs >= period.fromMs && timeMs < period.toMs) || !bills.has(provider)) return;
    if (meter === undefined) return;
    if (key === undefined) withOwnKeys++;
    // The bill has the name of the model that has responded.
    else totals.add({ ...request, nanoUsd: price(request), model: servedModel ?? model });
  });
  const report = reconciliationOf(totals, bills, {
    period,
    withOwnKeys,
    malformedLines,
    prices: PRICES_NOTE,
  });
  say(command.output, RENDERERS[options.form](report));
  return problems.length > 0 || report.days.some((row) => judge(row) === 'differs') ? 1 : 0;
}
