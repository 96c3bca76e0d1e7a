import { VARIANTS, cellsOf } from '../../../scripts/chaos/cell';
import { renderOutcomes } from '../../../scripts/chaos/document';
import type { CellResult } from '../../../scripts/chaos/run';
import { WAYS } from '../../../scripts/chaos/ways';
import { read } from '../../docs/documents';

const ALL = WAYS.flatMap(({ ways }) => ways);

/** Every cell with one outcome, but for what a test says. */
function results(outcome: (cell: CellResult['cell']) => string): CellResult[] {
  return VARIANTS.flatMap((variant) => cellsOf(ALL, variant)).map((cell) => ({
    cell,
    outcome: outcome(cell),
    violations: [],
  }));
}

const rowOf = (text: string, name: string) =>
  text
    .split('\n')
    .find((line) => line.startsWith(`| ${name} |`))
    ?.split(' | ');

describe('the tables of failures', () => {
  it('have one outcome in a cell whose transports agree, and a dash where none can be', () => {
    const text = renderOutcomes(results(() => 'complete'));
    const row = rowOf(text, 'closes the connection');
    expect(row?.slice(1)).toEqual(['–', 'complete', 'complete', 'complete', 'complete', 'complete |']);
  });

  it('name the transports of an outcome if these differ', () => {
    const text = renderOutcomes(results(({ transport }) => (transport === 'HTTP/2' ? 'cut' : 'complete')));
    expect(rowOf(text, 'resets the connection')?.[2]).toBe('HTTP/1.1, TLS: complete; HTTP/2: cut');
  });

  it('have at least forty ways at six moments, each with a name of its own', () => {
    const names = ALL.map(({ name }) => name);
    expect(names.length).toBeGreaterThanOrEqual(40);
    expect(new Set(names).size).toBe(names.length);
    expect(renderOutcomes(results(() => 'complete'))).toContain(`${names.length} ways at 6 moments`);
  });

  it('are in the document, with each way', () => {
    const document = read('docs/failures.md').replace(/ +/g, ' ');
    expect(ALL.map(({ name }) => name).filter((name) => !document.includes(`| ${name} |`))).toEqual([]);
  });
});
