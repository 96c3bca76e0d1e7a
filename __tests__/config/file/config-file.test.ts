import { mkdirSync, mkdtempSync, rmSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { ConfigFile } from '../../../src/config/file/config-file';
import type { FileTable } from '../../../src/config/file/parse-table';

const TIMES = { settleMs: 5, pollMs: 10 };
let folder: string;
let file: ConfigFile | undefined;

beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'config-file-'));
});
afterEach(() => {
  file?.close();
  rmSync(folder, { recursive: true });
});

const at = (name: string) => path.join(folder, name);

it.each([
  [
    'is a folder',
    () => {
      mkdirSync(at('f'));
    },
    /must be the path of a file/,
  ],
  ['is missing', () => undefined, /cannot be read \(ENOENT\)/],
  [
    'is empty',
    () => {
      writeFileSync(at('f'), '\n');
    },
    /sets no variable\. Write \{\}/,
  ],
  [
    'has only comments',
    () => {
      writeFileSync(at('f'), '# A: 1\n');
    },
    /sets no variable/,
  ],
  [
    'is huge',
    () => {
      writeFileSync(at('f'), 'A: 1');
      truncateSync(at('f'), 1024 * 1024 + 1);
    },
    /at most 1048576 bytes/,
  ],
  [
    'names itself',
    () => {
      writeFileSync(at('f'), 'CONFIG_FILE: planted');
    },
    /must be set in the environment/,
  ],
])('A file that %s has a problem.', (_what, make, problem) => {
  make();
  file = new ConfigFile(at('f'));
  expect(file.first.problems).toEqual([expect.stringMatching(problem)]);
  expect(file.first.problems[0]).not.toContain('planted');
});

it('A file without variables may say so.', () => {
  writeFileSync(at('f'), '{}');
  file = new ConfigFile(at('f'));
  expect(file.first).toEqual({ variables: {}, problems: [] });
});

it('A link to a file of another folder, of which no change is reported, is read now and then; each content counts once.', async () => {
  mkdirSync(at('elsewhere'));
  mkdirSync(at('here'));
  writeFileSync(at('elsewhere/f'), 'A: 1');
  symlinkSync(at('elsewhere/f'), at('here/f'));
  file = new ConfigFile(at('here/f'));
  const contents: FileTable['variables'][] = [];
  let wake: () => void = () => undefined;
  file.follow(({ variables }) => {
    contents.push(variables);
    wake();
  }, TIMES);
  for (const value of ['2', '3']) {
    const passedOn = new Promise<void>((resolve) => (wake = resolve));
    writeFileSync(at('elsewhere/f'), `A: ${value}`);
    await passedOn;
  }
  await file.reread();
  expect(contents).toEqual([{ A: '2' }, { A: '3' }, { A: '3' }]);
});
