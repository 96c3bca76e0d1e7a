import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { changedFiles, percentOf, scoresIn, sumOf } from '../../../scripts/mutation/scores';

const mutants = (...statuses: string[]) => ({ mutants: statuses.map((status) => ({ status })) });

describe('the scores of a mutation run', () => {
  let root: string;
  const write = (file: string, text: string) => {
    mkdirSync(path.dirname(path.join(root, file)), { recursive: true });
    writeFileSync(path.join(root, file), text);
  };

  beforeEach(() => {
    root = mkdtempSync(path.join(tmpdir(), 'mutation-'));
    write('src/http/a.ts', 'a');
    write('src/http/b.ts', 'b');
    write('__tests__/http/a.test.ts', 'tests a');
  });
  afterEach(() => {
    rmSync(root, { recursive: true });
  });

  it('count what was noticed or ran into its time, of all that could be noticed', () => {
    const files = {
      'src/http/a.ts': mutants('Killed', 'Timeout', 'Survived', 'NoCoverage', 'Ignored', 'CompileError'),
      'src/http/b.ts': mutants('Ignored'),
    };
    const scores = scoresIn({ files }, root);
    expect(scores['http/a.ts']).toMatchObject({ noticed: 2, changes: 4 });
    expect(Object.values(scores).map(percentOf)).toEqual([50, 100]);
    expect(sumOf(Object.values(scores))).toEqual({ noticed: 2, changes: 4 });
  });

  it.each([
    ['nothing', undefined, []],
    ['a file', 'src/http/a.ts', ['http/a.ts']],
    ['its own test', '__tests__/http/a.test.ts', ['http/a.ts']],
    ['another test', '__tests__/http/c.test.ts', []],
    ['a test where there was none', '__tests__/http/b.test.ts', ['http/b.ts']],
    ['a file that was not measured', 'src/http/c.ts', []],
  ])('tell which files are to be measured again after a change of %s', (_what, changed, expected) => {
    const files = { 'src/http/a.ts': mutants('Killed'), 'src/http/b.ts': mutants('Killed') };
    const scores = scoresIn({ files }, root);
    if (changed !== undefined) write(changed, 'changed');
    expect(changedFiles(scores, root)).toEqual(expected);
  });

  it('need no second run for a file that is gone, or for other ends of lines', () => {
    write('src/http/a.ts', 'a\nb\n');
    const scores = scoresIn(
      { files: { 'src/http/a.ts': mutants('Killed'), 'src/http/b.ts': mutants() } },
      root,
    );
    write('src/http/a.ts', 'a\r\nb\r\n');
    rmSync(path.join(root, 'src/http/b.ts'));
    expect(changedFiles(scores, root)).toEqual([]);
  });
});
