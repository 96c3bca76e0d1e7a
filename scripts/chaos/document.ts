import { cellsOf, FORMS, MOMENTS, TRANSPORTS, VARIANTS, type Form, type Moment, type Way } from './cell';
import type { CellResult } from './run';
import { WAYS } from './ways';

const MOMENT_TITLES: Readonly<Record<Moment, string>> = {
  connect: 'before it connects',
  handshake: 'on the new connection',
  head: 'before the head',
  first: 'before the first byte',
  middle: 'in the middle',
  end: 'after the last byte',
};

const FORM_TITLES: Readonly<Record<Form, string>> = {
  streamed: 'A streamed response',
  whole: 'A response with a length',
};
const CANNOT_BE = '–';

/** The tables of the document: what the client sees, by way and moment. */
export function renderOutcomes(results: readonly CellResult[]): string {
  const count = WAYS.reduce((sum, { ways }) => sum + ways.length, 0);
  const tables = FORMS.flatMap((form) => [
    `## ${FORM_TITLES[form]}`,
    ...WAYS.flatMap(({ subject, ways }) => {
      const rows = ways.filter((way) => (way.forms ?? FORMS).includes(form) && isRun(way, form));
      return rows.length === 0 ? [] : [`### ${subject}${SUFFIXES[form]}`, tableOf(rows, form, results)];
    }),
  ]);
  return [
    `${count} ways at ${MOMENTS.length} moments are ${count * MOMENTS.length} cells, of which ${distinct(results)} can be; with transports and forms ${results.length} were run.`,
    ...tables,
  ].join('\n\n');
}

/** Two headings with the same text would have the same anchor. */
const SUFFIXES: Readonly<Record<Form, string>> = { streamed: '', whole: ', with a length' };

function isRun(way: Way, form: Form): boolean {
  return VARIANTS.some((variant) => variant.form === form && cellsOf([way], variant).length > 0);
}

function distinct(results: readonly CellResult[]): number {
  return new Set(results.map(({ cell }) => `${cell.way.name} ${cell.moment}`)).size;
}

function tableOf(ways: readonly Way[], form: Form, results: readonly CellResult[]): string {
  const head = ['The upstream', ...MOMENTS.map((moment) => MOMENT_TITLES[moment])];
  const rows = ways.map((way) => [
    way.name,
    ...MOMENTS.map((moment) =>
      cellText(
        results.filter(({ cell }) => cell.way === way && cell.moment === moment && cell.form === form),
      ),
    ),
  ]);
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`;
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n');
}

/** One outcome if all transports have the same, else each with the transports that have it. */
function cellText(results: readonly CellResult[]): string {
  const byOutcome = new Map<string, string[]>();
  for (const transport of TRANSPORTS) {
    const outcome = results.find(({ cell }) => cell.transport === transport)?.outcome;
    if (outcome !== undefined) byOutcome.set(outcome, [...(byOutcome.get(outcome) ?? []), transport]);
  }
  const [only, ...others] = byOutcome.keys();
  if (only === undefined) return CANNOT_BE;
  if (others.length === 0) return only;
  return [...byOutcome].map(([outcome, transports]) => `${transports.join(', ')}: ${outcome}`).join('; ');
}
