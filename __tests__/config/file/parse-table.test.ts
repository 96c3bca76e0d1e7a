import { parseTable } from '../../../src/config/file/parse-table';

it.each([
  ['brackets', '['.repeat(20_000) + ']'.repeat(20_000)],
  ['open brackets', `A: ${'{"a":'.repeat(20_000)}`],
  ['dashes', `${'- '.repeat(20_000)}a`],
  ['question marks', `${'? '.repeat(20_000)}a`],
  ['spaces', Array.from({ length: 1_000 }, (_, depth) => `${' '.repeat(depth)}a:`).join('\n')],
  ['tables without names', ': '.repeat(3_000)],
  ['tables without names, behind a name', `a: ${'? : '.repeat(3_000)}`],
])('a file whose %s are nested so deeply that the parser would end the process is refused', (_what, text) => {
  const { variables, problems } = parseTable(text, 'config.yml');
  expect(variables).toBeUndefined();
  expect(problems).toEqual([
    'config.yml has more than 200 brackets open at once, or a line with more than 200 spaces, dashes, colons or question marks in a row. Check that each bracket is closed.',
  ]);
});

it('a file with thousands of tables beside each other is read', () => {
  const table = Object.fromEntries(
    Array.from({ length: 3_000 }, (_, at) => [`t${at}`, { usd: '5', models: ['a'] }]),
  );
  expect(parseTable(JSON.stringify({ TOKEN_LIMITS: table }), 'config.json').problems).toEqual([]);
});
