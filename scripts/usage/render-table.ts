import { dayChart } from './chart';
import { counted, grouped, money, moneyDecimals, percent, printable } from './figures';
import { AMOUNT_FIELDS, AMOUNTS, type Amount } from '../../src/books/amounts';
import { costOf, type Figures, type Sums } from '../../src/books/sums';
import { METERS } from '../../src/meter/usage';
import type { UsageReport } from './report';
import { MAX_GROUPS, type Row, type UnpricedModel, type UsageTotals } from './usage-totals';

const MAX_MODELS_NAMED = 20;
/** Always shown, also if they are zero. */
const USUAL: readonly Amount[] = ['input', 'cachedInput', 'output'];
const HEADINGS: Readonly<Record<Amount, string>> = {
  input: 'input',
  cachedInput: 'cached',
  cacheWrite: 'cache write',
  output: 'output',
  reasoning: 'reasoning',
  audioInput: 'audio in',
  audioOutput: 'audio out',
  audioSeconds: 'audio s',
  images: 'images',
};

/** The report as a table, a chart, and what has to be known to read them. */
export function renderTable(report: UsageReport): string {
  const { totals } = report;
  const parts = [tableOf(totals), dayChart(totals), notesOf(report)];
  return parts
    .filter((lines) => lines.length > 0)
    .map((lines) => lines.join('\n'))
    .join('\n\n');
}

function tableOf(totals: UsageTotals): readonly string[] {
  const amounts = AMOUNTS.filter(
    (amount) => USUAL.includes(amount) || totals.total.metered.amounts[amount] > 0,
  );
  const decimals = moneyDecimals(totals.total.metered.nanoUsd);
  const { by } = totals;
  const figuresOf = (sums: Sums): string[] => [
    grouped(sums.requests),
    ...METERS.map((meter) => percent(sums.counts[meter], sums.requests)),
    ...amounts.map((amount) => grouped(sums.metered.amounts[amount])),
    money(costOf(sums.metered), decimals),
  ];
  const heading = [...by, 'requests', ...METERS, ...amounts.map((amount) => HEADINGS[amount]), 'usd'];
  const rows = totals.rows().map((row) => [...namesOf(row), ...figuresOf(row.sums)]);
  const total = ['total', ...by.slice(1).map(() => ''), ...figuresOf(totals.total)];
  const widths = heading.map((_, column) =>
    [heading, ...rows, total].reduce((width, cells) => Math.max(width, cells[column]?.length ?? 0), 0),
  );
  const lineOf = (cells: readonly string[]) =>
    cells
      .map((cell, at) => (at < by.length ? cell.padEnd(widths[at] ?? 0) : cell.padStart(widths[at] ?? 0)))
      .join('  ')
      .trimEnd();
  const rule = widths.map((width) => '─'.repeat(width)).join('──');
  return [lineOf(heading), rule, ...rows.map(lineOf), rule, lineOf(total)];
}

function namesOf({ values, other }: Row): string[] {
  if (other) return values.map((_, at) => (at === 0 ? '(other)' : ''));
  return values.map((value) => (value === undefined ? '–' : printable(value)));
}

function notesOf({ totals, malformedLines, prices }: UsageReport): readonly string[] {
  const { total, ignoredFields } = totals;
  const { requests, counts, metered, partial } = total;
  const without = requests - counts.metered - counts.partial - counts.unmetered;
  const shares = METERS.map((meter) => `${percent(counts[meter], requests)} ${meter}`).join(', ');
  const notes = [
    `${counted(requests, 'request')}: ${shares}, ${percent(without, requests)} without use (pages, error responses). Days are of UTC.`,
  ];
  if (counts.partial > 0)
    notes.push(
      `Not in these figures: ${counted(counts.partial, 'partial request')} used at least ${amountsOf(partial)}.`,
    );
  if (counts.unmetered > 0)
    notes.push(
      `Not in these figures: what ${counted(counts.unmetered, 'unmetered request')} used is not known. A chat stream reports it if the client sets stream_options.include_usage.`,
    );
  if (metered.unpriced > 0)
    notes.push(
      `Not in usd: ${counted(metered.unpriced, 'metered request')} without a price: ${modelsOf(totals.unpricedModels())}.`,
    );
  if (metered.priced > 0) notes.push(prices);
  if (totals.rows().some(({ other }) => other))
    notes.push(
      `There are more than ${grouped(MAX_GROUPS)} groups; "(other)" has what came after them. Group by less.`,
    );
  if (malformedLines > 0) notes.push(`Left out: ${counted(malformedLines, 'line')} that cannot be read.`);
  if (ignoredFields > 0)
    notes.push(
      `Left out: ${counted(ignoredFields, 'field')} with a value that is not possible, such as a negative number.`,
    );
  return notes;
}

/** What is known of incomplete requests, in words. */
function amountsOf(figures: Figures): string {
  const known = AMOUNTS.filter((amount) => amount === 'input' || figures.amounts[amount] > 0).map(
    (amount) => `${grouped(figures.amounts[amount])} ${AMOUNT_FIELDS[amount].replaceAll('_', ' ')}`,
  );
  const cost = costOf(figures);
  return [...known, ...(cost === undefined ? [] : [`${money(cost, moneyDecimals(cost))} usd`])].join(', ');
}

function modelsOf(models: readonly UnpricedModel[]): string {
  const named = models
    .slice(0, MAX_MODELS_NAMED)
    .map(({ provider, model, requests }) =>
      printable(`${provider ?? '–'}/${model ?? '–'} (${grouped(requests)})`),
    );
  const more = models.length - named.length;
  return [...named, ...(more > 0 ? [`and ${grouped(more)} more`] : [])].join(', ');
}
