import { matching, sortedBy, type Column } from '../../../src/pages/console-app/parts/rows';

interface Row {
  readonly name: string | null;
  readonly tokens: number | null;
}

const COLUMNS: readonly Column<Row>[] = [
  { key: 'name', title: 'Name', value: ({ name }) => name, cell: () => null },
  { key: 'tokens', title: 'Tokens', isNumber: true, value: ({ tokens }) => tokens, cell: () => null },
  { key: 'none', title: 'None', cell: () => null },
];
const ROWS: readonly Row[] = [
  { name: 'Anna', tokens: 30 },
  { name: 'ben', tokens: null },
  { name: null, tokens: 4 },
];
const namesOf = (rows: readonly Row[]) => rows.map(({ name }) => name);

describe('the rows of a table', () => {
  it.each([
    [{}, ['Anna', 'ben', null]],
    [{ name: ' AN ' }, ['Anna']],
    [{ name: 'n', tokens: '5' }, ['Anna']],
    [{ tokens: '4' }, ['Anna', null]],
    [{ tokens: '0' }, ['Anna', null]],
    [{ tokens: 'x' }, []],
    [{ none: 'x', other: 'y' }, ['Anna', 'ben', null]],
    [{ name: '.*' }, []],
  ])('that match %j are %j', (filters, expected) => {
    expect(namesOf(matching(ROWS, COLUMNS, filters))).toEqual(expected);
  });

  it.each([
    ['tokens', false, [null, 'Anna', 'ben']],
    ['tokens', true, ['Anna', null, 'ben']],
    ['name', false, ['Anna', 'ben', null]],
    ['name', true, ['ben', 'Anna', null]],
    ['none', true, ['Anna', 'ben', null]],
  ])('by %s, descending: %s, are %j', (key, descends, expected) => {
    expect(namesOf(sortedBy(ROWS, COLUMNS, { key, descends }))).toEqual(expected);
  });
});
