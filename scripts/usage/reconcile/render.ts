import { counted, grouped, money, moneyDecimals, percent, printable } from '../figures';
import { NANO_PER_USD } from '../../../src/prices/nano-usd';
import { textCell } from '../render-data';
import { differencePercent, judge, type ComparedRow } from './compare';
import type { Reconciliation } from './reconcile';

const MAX_DAYS_NAMED = 10;

/** Days, models, and what has to be known to read them. */
export function renderTable(report: Reconciliation): string {
  const { days, models } = report;
  const parts = [tableOf('day', days), models.length > 0 ? tableOf('model', models) : [], notesOf(report)];
  return parts
    .filter((lines) => lines.length > 0)
    .map((lines) => lines.join('\n'))
    .join('\n\n');
}

/** One line a day and one a model, with the same fields; empty where something is not known. */
export function renderCsv({ days, models }: Reconciliation): string {
  const lines = [...days.map((row) => flat('day', row)), ...models.map((row) => flat('model', row))].map(
    (fields) =>
      Object.values(fields)
        .map((value) => (typeof value === 'string' ? textCell(value) : value === null ? '' : String(value)))
        .join(','),
  );
  const nothing = { provider: '', name: '', requests: 0, metered: 0, unpriced: 0 };
  const none = { ours: undefined, theirs: undefined, ourTokens: undefined, theirTokens: undefined };
  return [Object.keys(flat('day', { ...nothing, ...none })).join(','), ...lines].join('\n');
}

/** Everything as one JSON object; `null` where something is not known. */
export function renderJson(report: Reconciliation): string {
  const { days, models, period, withOwnKeys, malformedLines, prices } = report;
  return JSON.stringify(
    {
      from: new Date(period.fromMs).toISOString(),
      to: new Date(period.toMs).toISOString(),
      days: days.map((row) => flat('day', row)),
      models: models.map((row) => flat('model', row)),
      requests_with_client_keys: withOwnKeys,
      malformed_lines: malformedLines,
      prices,
    },
    null,
    2,
  );
}

function flat(of: 'day' | 'model', row: ComparedRow): Readonly<Record<string, string | number | null>> {
  const { provider, name, requests, metered, unpriced, ours, theirs, ourTokens, theirTokens } = row;
  return {
    of,
    provider,
    name,
    requests,
    metered,
    unpriced,
    our_usd: ours === undefined ? null : ours / NANO_PER_USD,
    billed_usd: theirs === undefined ? null : theirs / NANO_PER_USD,
    usd_difference_percent: finite(differencePercent(ours, theirs)),
    our_tokens: ourTokens ?? null,
    billed_tokens: theirTokens ?? null,
    tokens_difference_percent: finite(differencePercent(ourTokens, theirTokens)),
    judgement: of === 'day' ? judge(row) : null,
  };
}

/** JSON has no infinity. */
function finite(value: number | undefined): number | null {
  return value === undefined || !Number.isFinite(value) ? null : value;
}

function tableOf(of: 'day' | 'model', rows: readonly ComparedRow[]): readonly string[] {
  const decimals = moneyDecimals(Math.max(0, ...rows.flatMap(({ ours = 0, theirs = 0 }) => [ours, theirs])));
  const heading = [
    ...['provider', of, 'requests', 'metered', 'our usd', 'billed usd', 'difference'],
    ...['our tokens', 'billed tokens', 'difference'],
  ];
  const lines = rows.map((row) => [
    row.provider,
    printable(row.name),
    grouped(row.requests),
    percent(row.metered, row.requests),
    money(row.ours, decimals),
    money(row.theirs, decimals),
    signed(differencePercent(row.ours, row.theirs)),
    row.ourTokens === undefined ? '–' : grouped(row.ourTokens),
    row.theirTokens === undefined ? '–' : grouped(row.theirTokens),
    signed(differencePercent(row.ourTokens, row.theirTokens)),
  ]);
  const widths = heading.map((_, at) =>
    Math.max(...[heading, ...lines].map((cells) => (cells[at] ?? '').length)),
  );
  const lineOf = (cells: readonly string[]) =>
    cells
      .map((cell, at) => (at < 2 ? cell.padEnd(widths[at] ?? 0) : cell.padStart(widths[at] ?? 0)))
      .join('  ')
      .trimEnd();
  return [lineOf(heading), widths.map((width) => '─'.repeat(width)).join('──'), ...lines.map(lineOf)];
}

function signed(difference: number | undefined): string {
  if (difference === undefined) return '–';
  if (!Number.isFinite(difference)) return 'not billed';
  return `${difference > 0 ? '+' : ''}${difference.toFixed(2)} %`;
}

function notesOf({ days, withOwnKeys, malformedLines, prices }: Reconciliation): readonly string[] {
  const differing = days.filter((row) => judge(row) === 'differs');
  const agreeing = days.filter((row) => judge(row) === 'agrees');
  const others = days.filter((row) => judge(row) === 'not judged');
  const notes = [
    `Whole days of UTC. Ours is the log, metered and partial requests; billed is what the provider says.`,
  ];
  if (agreeing.length > 0)
    notes.push(
      `${counted(agreeing.length, 'fully metered day')} ${agreeing.length === 1 ? 'agrees' : 'agree'} with the bill within 1 %.`,
    );
  if (differing.length > 0) notes.push(explanationOf(differing));
  const absent = others.filter(({ requests, theirs }) => requests === 0 && theirs !== 0);
  if (absent.length > 0)
    notes.push(
      `Not judged: ${counted(absent.length, 'day')} with a bill and no request in the log (${named(absent)}). CLS keeps lines for seven days unless you set another topic.`,
    );
  const incomplete = others.filter(({ requests }) => requests > 0);
  if (incomplete.length > 0)
    notes.push(
      `Not judged: ${counted(incomplete.length, 'day')} with requests that are partial, unmetered or unpriced (${named(incomplete)}); the bill has what they used. A chat stream reports it if the client sets stream_options.include_usage, and PRICES sets prices.`,
    );
  if (withOwnKeys > 0)
    notes.push(
      `Left out: ${counted(withOwnKeys, 'request')} with a key of the client's own, which is on another bill.`,
    );
  if (malformedLines > 0) notes.push(`Left out: ${counted(malformedLines, 'line')} that cannot be read.`);
  return [...notes, prices];
}

function explanationOf(differing: readonly ComparedRow[]): string {
  const isBilledMore = differing.some(({ ours = 0, theirs = 0 }) => theirs > ours);
  const isBilledLess = differing.some(({ ours = 0, theirs = 0 }) => theirs < ours);
  const reasons = [
    ...(isBilledMore
      ? [
          'other users and projects of the same organisation',
          'keys that are not in this pool, or that are used without this proxy',
          'what unmetered requests and requests outside this log used (another function, a log that does not have the whole day)',
          'tools such as web search, and faster service tiers',
          'cache writes for an hour, which the log does not tell from those for five minutes',
        ]
      : []),
    ...(isBilledLess
      ? [
          'keys of another organisation in this pool',
          'batches and slower service tiers, discounts, and free tokens',
          'a bill that is not complete yet: it may be hours late',
        ]
      : []),
    'a price that has changed (npm run prices)',
  ];
  return `The difference of ${counted(differing.length, 'fully metered day')} is over 1 % (${named(differing)}). What may explain it: ${reasons.join('; ')}.`;
}

function named(days: readonly ComparedRow[]): string {
  const names = days.slice(0, MAX_DAYS_NAMED).map(({ provider, name }) => `${provider} ${name}`);
  const more = days.length - names.length;
  return [...names, ...(more > 0 ? [`and ${more} more`] : [])].join(', ');
}
