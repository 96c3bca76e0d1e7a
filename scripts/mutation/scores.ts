import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';

/** How many of a file's changes its tests notice. */
export interface FileScore {
  /** Of the file and its own test, when it was measured. */
  readonly hash: string;
  readonly noticed: number;
  readonly changes: number;
}

/** By file, from `src`. */
export type Scores = Readonly<Record<string, FileScore>>;

/** What is read of Stryker's report (https://stryker-mutator.io/docs/mutation-testing-elements/mutant-states-and-metrics). */
export interface Report {
  readonly files: Readonly<Record<string, { readonly mutants: readonly { readonly status: string }[] }>>;
}

const NOTICED = new Set(['Killed', 'Timeout']);
const UNNOTICED = new Set(['Survived', 'NoCoverage']);

/** In percent; 100 if there was nothing to change. */
export function percentOf({ noticed, changes }: Pick<FileScore, 'noticed' | 'changes'>): number {
  return changes === 0 ? 100 : (100 * noticed) / changes;
}

/** The sum of several files. */
export function sumOf(scores: readonly FileScore[]): Pick<FileScore, 'noticed' | 'changes'> {
  const sum = { noticed: 0, changes: 0 };
  for (const { noticed, changes } of scores) {
    sum.noticed += noticed;
    sum.changes += changes;
  }
  return sum;
}

/** The scores of a report's files. */
export function scoresIn({ files }: Report, root: string): Scores {
  return Object.fromEntries(
    Object.entries(files).map(([name, { mutants }]) => {
      const file = name.replace(/^src\//, '');
      const noticed = mutants.filter(({ status }) => NOTICED.has(status)).length;
      const unnoticed = mutants.filter(({ status }) => UNNOTICED.has(status)).length;
      return [file, { hash: hashOf(file, root), noticed, changes: noticed + unnoticed }];
    }),
  );
}

/** The measured files that are not as they were measured, or whose own test is not. */
export function changedFiles(scores: Scores, root: string): readonly string[] {
  return Object.entries(scores)
    .filter(([file]) => existsSync(path.join(root, 'src', file)))
    .filter(([file, { hash }]) => hash !== hashOf(file, root))
    .map(([file]) => file);
}

function hashOf(file: string, root: string): string {
  const hash = createHash('sha256');
  const test = file.replace(/\.ts$/, '.test.ts');
  for (const place of [path.join(root, 'src', file), path.join(root, '__tests__', test)])
    if (existsSync(place)) hash.update(readFileSync(place, 'utf8').replaceAll('\r\n', '\n')).update('\0');
  return hash.digest('hex').slice(0, 16);
}
