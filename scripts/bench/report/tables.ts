import { BASE, ratioOf, shownOf, type Results } from '../results';
import type { Figure, Scenario } from '../scenarios/scenario';
import { reservation, TARGETS, verdictOf, type Target } from '../targets';

/** Rows of cells; the first is the head. */
export type Table = readonly (readonly string[])[];

/** Every figure of every scenario that was measured, with one column for each proxy. */
export function figureTable(results: Results, scenarios: readonly Scenario[]): Table {
  const { peers } = results;
  const rows = scenarios
    .filter(({ name }) => results.rounds[name])
    .flatMap((scenario) =>
      scenario.figures.map((figure) => [
        `${scenario.title}: ${figure.title}`,
        ...peers.map(({ name }) => cell(results, scenario, figure, name)),
      ]),
    );
  return [['', ...peers.map(({ title }) => title)], ...rows];
}

/** `105 µs, 1.08× (1.02–1.15)`: the median, and the ratio to the bare pipe's in the same rounds. */
function cell(results: Results, scenario: Scenario, figure: Figure, peer: string): string {
  const shown = shownOf(results, scenario, figure, peer);
  if (!shown) return '–';
  const text = quantity(shown.median, figure);
  const ratio = figure.compared === 'ratio' ? ratioOf(results, scenario.name, peer, figure.key) : undefined;
  if (!ratio || peer === BASE) return text;
  const [least, most] = [ratio.min, ratio.max].map((value) => value.toFixed(2));
  return `${text}, ${ratio.median.toFixed(2)}× (${least}–${most})`;
}

/** `1,234.5 ms` */
export function quantity(value: number, { unit, digits }: Pick<Figure, 'unit' | 'digits'>): string {
  const number = value.toLocaleString('en', { minimumFractionDigits: digits, maximumFractionDigits: digits });
  return unit === '' ? number : `${number} ${unit}`;
}

/** Every target beside its figure. */
export function targetTable(results: Results, targets: readonly Target[] = TARGETS): Table {
  const rows = targets.map((target) => {
    const { title, limit, unit, digits, figure } = target;
    const reached = figure(results);
    return [
      title,
      `≤ ${limit}${unit}`,
      reached === undefined ? '–' : `${reached.toFixed(digits)}${unit}`,
      [verdictOf(target, results), reservation(target, results)].filter(Boolean).join(', '),
    ];
  });
  return [['', 'target', 'figure', ''], ...rows];
}

/** For a terminal: aligned columns. */
export function aligned(table: Table): string {
  const widths = (table[0] ?? []).map((_, column) =>
    Math.max(...table.map((row) => row[column]?.length ?? 0)),
  );
  return table
    .map((row) =>
      row
        .map((text, column) => text.padEnd(widths[column] ?? 0))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}

/** For a README. */
export function markdown(table: Table): string {
  const [head = [], ...rows] = table;
  const line = (row: readonly string[]) => `| ${row.join(' | ')} |`;
  return [line(head), line(head.map((_, column) => (column === 0 ? '---' : '---:'))), ...rows.map(line)].join(
    '\n',
  );
}
