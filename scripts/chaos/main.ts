import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { format, resolveConfig } from 'prettier';
import { exitWith } from '../shared/exit-with';
import { renderOutcomes } from './document';
import { runChaos, type CellResult } from './run';
import { WAYS } from './ways';

const DOCUMENT = path.resolve(__dirname, '../../docs/failures.md');
const SECTION = /(<!-- outcomes -->)[^]*(<!-- \/outcomes -->)/;

/**
 * Fails as upstreams do, in every way at every moment, before the built bundle, and writes what the client saw into
 * docs/failures.md. With `--check` it writes nothing, and ends with 1 if the document says something else.
 */
async function main(): Promise<number> {
  const checks = process.argv.includes('--check');
  const results = await runChaos(WAYS.flatMap(({ ways }) => ways));
  const wrong = results.filter(({ violations }) => violations.length > 0);
  for (const { cell, outcome, violations } of wrong) {
    console.error(`${describe(cell)}: ${outcome}; ${violations.join('; ')}`);
  }
  const before = readFileSync(DOCUMENT, 'utf8');
  const after = await formatted(
    before.replace(
      SECTION,
      (_all, open: string, close: string) => `${open}\n\n${renderOutcomes(results)}\n\n${close}`,
    ),
  );
  const isSame = before === after;
  if (checks && !isSame) {
    console.error('docs/failures.md is out of date. Run: npm run chaos');
    for (const line of differences(before, after)) console.error(line);
  }
  if (!checks && !isSame) {
    writeFileSync(DOCUMENT, after);
    console.log('docs/failures.md was written.');
  }
  console.log(`${results.length - wrong.length} passed, ${wrong.length} failed`);
  return wrong.length > 0 || (checks && !isSame) ? 1 : 0;
}

function describe({ transport, form, way, moment }: CellResult['cell']): string {
  return `${transport}, ${form}, ${way.name}, ${moment}`;
}

function differences(before: string, after: string): string[] {
  const known = new Set(before.split('\n'));
  return after.split('\n').filter((line) => !known.has(line));
}

async function formatted(text: string): Promise<string> {
  return format(text, { ...(await resolveConfig(DOCUMENT)), filepath: DOCUMENT });
}

exitWith(main);
