import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { format, resolveConfig } from 'prettier';
import { summaryChart } from '../bench/report/summary';
import type { Results } from '../bench/results';
import { renderSections, SECTIONS } from './render';

const ROOT = path.resolve(__dirname, '../..');
const CHART = 'scripts/bench/results/summary.svg';
const RESULTS = 'scripts/bench/results/latest.json';

/**
 * Writes the generated sections of the documents, and the README's chart. With `--check` it writes nothing, names each
 * file that would change, and ends with 1 if there is one.
 */
async function main(): Promise<void> {
  const checks = process.argv.includes('--check');
  const files: [file: string, text: string][] = [[CHART, summaryChart(JSON.parse(read(RESULTS)) as Results)]];
  for (const file of Object.keys(SECTIONS)) {
    files.push([file, await formatted(file, renderSections(file, read(file)))]);
  }
  for (const [file, text] of files) {
    if (text === read(file)) continue;
    console.log(checks ? `${file} is out of date. Run: npm run docs` : `${file} was written.`);
    if (checks) process.exitCode = 1;
    else writeFileSync(path.join(ROOT, file), text);
  }
}

/** '' if there is no such file yet. */
function read(file: string): string {
  try {
    return readFileSync(path.join(ROOT, file), 'utf8');
  } catch {
    return '';
  }
}

async function formatted(file: string, text: string): Promise<string> {
  const filepath = path.join(ROOT, file);
  return format(text, { ...(await resolveConfig(filepath)), filepath });
}

main().catch((error: unknown) => {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
});
