import { costOf, fieldsOf, tokensOf, type Figures, type Sums } from '../../src/books/sums';
import { METERS } from '../../src/meter/usage';
import { NANO_PER_USD } from '../../src/prices/nano-usd';
import type { UsageReport } from './report';

/** The rows as CSV with the log's names of fields; empty where something is not known. */
export function renderCsv({ totals }: UsageReport): string {
  const { by } = totals;
  const lines = totals
    .rows()
    .map(({ values, other, sums }) => [
      ...values.map((value) => (other ? '(other)' : textCell(value ?? ''))),
      ...Object.values(flat(sums)).map((value) => (value === null ? '' : String(value))),
    ]);
  return [[...by, ...Object.keys(flat(totals.total))], ...lines].map((cells) => cells.join(',')).join('\n');
}

/** Everything as one JSON object; `null` where something is not known. */
export function renderJson({ totals, malformedLines, prices }: UsageReport): string {
  const rows = totals.rows().map(({ values, other, sums }) => ({
    ...Object.fromEntries(totals.by.map((dimension, at) => [dimension, values[at] ?? null])),
    ...(other ? { other: true } : {}),
    ...flat(sums),
  }));
  const days = totals.days().map(({ day, sums }) => ({
    day,
    tokens: tokensOf(sums.metered),
    usd: usdOf(sums.metered),
  }));
  return JSON.stringify(
    {
      by: totals.by,
      rows,
      total: flat(totals.total),
      days,
      unpriced_models: totals.unpricedModels(),
      malformed_lines: malformedLines,
      ignored_fields: totals.ignoredFields,
      prices,
    },
    null,
    2,
  );
}

/** Facts by their names in the log; what incomplete requests have used stands apart. */
function flat({ requests, counts, metered, partial }: Sums): Record<string, number | null> {
  return {
    requests,
    ...Object.fromEntries(METERS.map((meter) => [meter, counts[meter]])),
    ...fieldsOf(metered),
    usd: usdOf(metered),
    unpriced: metered.unpriced,
    ...fieldsOf(partial, 'partial_'),
    partial_usd: usdOf(partial),
  };
}

function usdOf(figures: Figures): number | null {
  const nanoUsd = costOf(figures);
  return nanoUsd === undefined ? null : nanoUsd / NANO_PER_USD;
}

/** Quoted where needed. A client can name a model; an apostrophe keeps a spreadsheet from taking it for a formula. */
export function textCell(text: string): string {
  const safe = /^[=+\-@\t\r]/.test(text) ? `'${text}` : text;
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}
