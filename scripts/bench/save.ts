import { mkdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { format, resolveConfig } from 'prettier';
import { CACHE } from './rig/cache';
import { withResults } from './report/readme';

export interface Files {
  readonly json: string;
  readonly svg: string;
  /** The short chart of the project's README. */
  readonly summarySvg: string;
  /** The text between the README's markers. */
  readonly section: string;
}

/**
 * Writes the results into the cache, or into the tree, formatted as the tree requires.
 * @returns the folder
 */
export async function save({ json, svg, summarySvg, section }: Files, intoTree: boolean): Promise<string> {
  const folder = intoTree ? path.join(__dirname, 'results') : path.join(CACHE, 'results');
  await mkdir(folder, { recursive: true });
  await writeFormatted(path.join(folder, 'latest.json'), json);
  await writeFile(path.join(folder, 'latest.svg'), svg);
  await writeFile(path.join(folder, 'summary.svg'), summarySvg);
  if (intoTree) {
    const readme = path.join(__dirname, 'README.md');
    await writeFormatted(readme, withResults(await readFile(readme, 'utf8'), section));
  }
  return folder;
}

async function writeFormatted(file: string, text: string): Promise<void> {
  const config = (await resolveConfig(path.join(__dirname, 'README.md'))) ?? {};
  await writeFile(file, await format(text, { ...config, filepath: file }));
}
