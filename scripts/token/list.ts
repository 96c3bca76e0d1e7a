import { parseArgs } from 'node:util';
import { effectiveText, type Environment } from '../../src/config/effective-value';
import { revocationOf } from '../../src/config/parsers/secrets';
import { VARIABLES } from '../../src/config/variables';
import type { Site } from '../deploy/console';
import { problemsOf, type LogSource } from '../logs/sources';
import { durationMs } from '../shared/duration';
import { grouped, money, moneyDecimals, printable } from '../usage/figures';
import { createPrice } from '../usage/price';
import { readUseFrom } from '../usage/read-redis';
import { readRequests } from '../usage/read-requests';
import { dayOf, dayText } from '../../src/books/days';
import { costOf } from '../../src/books/sums';
import { DAY_MS } from '../../src/clock/calendar-window';
import { UsageTotals } from '../usage/usage-totals';
import type { CommandResult } from '../operator/command-result';
import { configuredItems, staticNames } from './revoke';
import { openRevokedList } from './revoked-list';

export interface ListCommand extends Omit<LogSource, 'file' | 'fromMs' | 'follow'> {
  readonly arguments: readonly string[];
  /** Whether something is piped into standard input, so that it is read if no file is given. */
  readonly isPiped: boolean;
  readonly site?: Site | undefined;
}

/** What is known of tokens' use. */
interface Use {
  readonly totals: UsageTotals;
  /** When each was last used: a minute, or from Redis a day. */
  readonly lastUsed: ReadonlyMap<string, string>;
}

const MAX_NAMES = 10_000;
const DEFAULT_SINCE_MS = 30 * DAY_MS;
const EXPLANATION =
  'list takes a file with the log or "-" for standard input, and --since (7d), with which Redis is read (REDIS_URL), or else the log of the deployed function.';

/** Tokens by name: those of ACCESS_TOKENS, the revoked ones, and those that the log has seen. @throws OperatorError */
export async function listTokens(command: ListCommand): Promise<CommandResult> {
  const { environment } = command;
  const options = readArguments(command.arguments);
  if (!options) return { lines: [], notes: [EXPLANATION], status: 2 };
  const url = effectiveText(VARIABLES.redisUrl, environment);
  const revoked = new Map<string, string>();
  for (const item of configuredItems(environment)) revoked.set(item, 'revoked by REVOKED_TOKENS');
  if (url !== '')
    for (const [item, atS] of await itemsInRedis(url)) revoked.set(item, `revoked${since(atS)}`);
  let use: Use | undefined;
  const notes: string[] = [];
  const file = options.file ?? (command.isPiped ? '-' : undefined);
  if (file === undefined && url !== '') {
    const found = await useInRedis(url, command.now(), options.sinceMs ?? DEFAULT_SINCE_MS);
    use = found.use;
    notes.push(found.note);
  } else if (file !== undefined || options.sinceMs !== undefined) {
    try {
      use = await useIn(command, file, options.sinceMs);
    } catch (error) {
      return { lines: [], notes: problemsOf(error, file, command.site), status: 1 };
    }
  } else
    notes.push(
      'Use is shown with REDIS_URL, or with a log: npm run token -- list FILE, or --since 7d for the deployed function.',
    );
  const names = new Set([...staticNames(environment), ...revoked.keys()]);
  for (const { values } of use?.totals.rows() ?? []) if (values[0] !== undefined) names.add(values[0]);
  if (names.size === 0) return { lines: ['No token is known.'], notes, status: 0 };
  return { lines: tableOf([...names].sort(), { revoked, use, environment }), notes, status: 0 };
}

interface Known {
  readonly revoked: ReadonlyMap<string, string>;
  readonly use: Use | undefined;
  readonly environment: Environment;
}

function tableOf(names: readonly string[], { revoked, use, environment }: Known): readonly string[] {
  const inConfiguration = new Set(staticNames(environment));
  const sums = new Map((use?.totals.rows() ?? []).map(({ values, sums: one }) => [values[0], one] as const));
  const decimals = moneyDecimals(use?.totals.total.metered.nanoUsd ?? 0);
  const rows = names.map((name) => {
    const of = sums.get(name);
    const states = [
      ...(inConfiguration.has(name) ? ['in ACCESS_TOKENS'] : []),
      ...(revoked.has(name) ? [`${revoked.get(name) ?? ''}${madeAt(name)}`] : []),
    ];
    return [
      printable(name),
      states.length === 0 ? 'signed, or no longer configured' : states.join(', '),
      ...(use
        ? [
            grouped(of?.requests ?? 0),
            money(of && costOf(of.metered), decimals),
            use.lastUsed.get(name) ?? '–',
          ]
        : []),
    ];
  });
  const heading = ['token', 'state', ...(use ? ['requests', 'usd', 'last used (UTC)'] : [])];
  const widths = heading.map((_, at) =>
    Math.max(...[heading, ...rows].map((cells) => (cells[at] ?? '').length)),
  );
  return [heading, ...rows].map((cells) =>
    cells
      .map((cell, at) => (at < 2 ? cell.padEnd(widths[at] ?? 0) : cell.padStart(widths[at] ?? 0)))
      .join('  ')
      .trimEnd(),
  );
}

async function itemsInRedis(url: string): Promise<ReadonlyMap<string, number>> {
  const list = await openRevokedList(url);
  try {
    const items = await list.read();
    return new Map([...items].filter(([item]) => revocationOf(item) !== undefined));
  } finally {
    list.close();
  }
}

/** @throws OperatorError */
async function useInRedis(
  url: string,
  nowMs: number,
  backMs: number,
): Promise<{ readonly use: Use; readonly note: string }> {
  const { rows, note } = await readUseFrom(url, { fromDay: dayOf(nowMs - backMs) }, nowMs);
  const totals = new UsageTotals(['token'], () => undefined);
  const lastUsed = new Map<string, string>();
  for (const row of [...rows()].sort((one, other) => one.day - other.day)) {
    totals.addRow(row);
    if (row.token !== undefined) lastUsed.set(row.token, dayText(row.day));
  }
  return { use: { totals, lastUsed }, note };
}

async function useIn(
  command: ListCommand,
  file: string | undefined,
  backMs: number | undefined,
): Promise<Use> {
  const own = VARIABLES.prices.parse(effectiveText(VARIABLES.prices, command.environment));
  const totals = new UsageTotals(['token'], createPrice('value' in own ? own.value : undefined));
  const lastMs = new Map<string, number>();
  const fromMs = backMs === undefined ? undefined : command.now() - backMs;
  await readRequests({ ...command, file, fromMs }, (request) => {
    const { token, timeMs } = request;
    totals.add(request);
    if (token === undefined || timeMs === undefined) return;
    const known = lastMs.get(token);
    if (known === undefined ? lastMs.size < MAX_NAMES : known < timeMs) lastMs.set(token, timeMs);
  });
  return { totals, lastUsed: new Map([...lastMs].map(([name, ms]) => [name, minuteOf(ms)])) };
}

function readArguments(
  args: readonly string[],
): { readonly file: string | undefined; readonly sinceMs: number | undefined } | undefined {
  try {
    const { values, positionals } = parseArgs({
      args: [...args],
      allowPositionals: true,
      options: { since: { type: 'string' } },
    });
    const sinceMs = values.since === undefined ? undefined : durationMs(values.since);
    return positionals.length > 1 || Number.isNaN(sinceMs) ? undefined : { file: positionals[0], sinceMs };
  } catch {
    return undefined;
  }
}

function since(atS: number): string {
  return atS === 0 ? '' : ` at ${minuteOf(atS * 1_000)}`;
}

/** Of an id: when that token was made. */
function madeAt(item: string): string {
  const revocation = revocationOf(item);
  return revocation && 'name' in revocation && revocation.issuedAt !== undefined
    ? `, made at ${minuteOf(revocation.issuedAt * 1_000)}`
    : '';
}

function minuteOf(ms: number): string {
  const at = new Date(ms);
  return Number.isNaN(at.getTime()) ? '–' : at.toISOString().slice(0, 16).replace('T', ' ');
}
