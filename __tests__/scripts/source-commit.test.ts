import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { buildScfEvent } from '../../scripts/build/build';
import { sourceCommit } from '../../scripts/build/source-commit';

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'source-commit-'));
});
afterEach(() => {
  rmSync(folder, { recursive: true });
});

function git(...args: string[]): string {
  const identity = [
    '-c',
    'user.name=test',
    '-c',
    'user.email=test@example.com',
    '-c',
    'commit.gpgsign=false',
  ];
  return execFileSync('git', [...identity, ...args], { cwd: folder, encoding: 'utf8' }).trim();
}

/** Makes the folder a repository of one file. */
function commitOneFile(): string {
  git('init', '--quiet');
  writeFileSync(path.join(folder, 'tracked.ts'), 'one');
  git('add', '.');
  git('commit', '--quiet', '--message', 'one');
  return git('rev-parse', 'HEAD').slice(0, 12);
}

describe('sourceCommit', () => {
  it('gives 12 digits of the commit of a clean tree, whatever lies beside its files.', () => {
    const commit = commitOneFile();
    writeFileSync(path.join(folder, 'notes.txt'), 'not tracked');
    expect(sourceCommit(folder)).toBe(commit);
  });

  it('marks a tree whose tracked files have changed.', () => {
    const commit = commitOneFile();
    writeFileSync(path.join(folder, 'tracked.ts'), 'two');
    expect(sourceCommit(folder)).toBe(`${commit}-dirty`);
    git('add', '.');
    expect(sourceCommit(folder)).toBe(`${commit}-dirty`);
  });

  it('does not write to the repository.', () => {
    commitOneFile();
    const index = path.join(folder, '.git/index');
    const before = readFileSync(index);
    utimesSync(path.join(folder, 'tracked.ts'), 1_000, 1_000); // same content, another time: git would refresh its index
    sourceCommit(folder);
    expect(readFileSync(index).equals(before)).toBe(true);
  });

  it('is unknown without a repository, in one without a commit, and in a folder of another project’s.', () => {
    expect(sourceCommit(folder)).toBe('unknown');
    git('init', '--quiet');
    expect(sourceCommit(folder)).toBe('unknown');
    commitOneFile();
    const inside = path.join(folder, 'vendor');
    mkdirSync(inside);
    expect(sourceCommit(inside)).toBe('unknown');
  });

  it('takes SOURCE_COMMIT rather than what git says, and shortens it.', () => {
    commitOneFile();
    expect(sourceCommit(folder, '0123456789abcdef0123456789abcdef01234567')).toBe('0123456789ab');
    expect(sourceCommit(folder, '0123456789ab-dirty')).toBe('0123456789ab-dirty');
    expect(sourceCommit(folder, '')).not.toBe('');
  });

  it.each(['main', '0123456', '0123456789AB', '0123456789ab"', '-dirty'])(
    'rejects "%s" as SOURCE_COMMIT, because it is not the hash of a commit.',
    (given) => {
      expect(() => sourceCommit(folder, given)).toThrow(/SOURCE_COMMIT must be the hash of a commit/);
    },
  );
});

it('A build with SOURCE_COMMIT set puts that commit into the bundle.', async () => {
  process.env['SOURCE_COMMIT'] = '0123456789abcdef';
  try {
    const { commit } = await buildScfEvent(path.join(folder, 'built'), path.join(folder, 'no-config'));
    expect(commit).toBe('0123456789ab');
    const code = readFileSync(path.join(folder, 'built/index.js'), 'latin1');
    expect(code).toContain('"0123456789ab"');
    expect(code).not.toContain('0123456789abc');
  } finally {
    delete process.env['SOURCE_COMMIT'];
  }
});
