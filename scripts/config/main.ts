import path from 'node:path';
import { ConfigError, customProvidersOf, effectiveText, readConfig } from '../../src/config';
import { variableRows } from '../../src/config/provider-variables';
import type { Variable } from '../../src/config/variables';
import { readConfigFiles } from '../build/config-files';

/** Prints what the proxy would run with, as the environment stands; secrets are masked. */
const packaged = readConfigFiles(path.resolve(__dirname, '../../config'));
let problems: readonly string[] = [];
try {
  readConfig(process.env, packaged);
} catch (error) {
  if (!(error instanceof ConfigError)) throw error;
  problems = error.problems;
}
const rows = variableRows(customProvidersOf(process.env, packaged));
const width = Math.max(...rows.map((row) => row.name.length));
for (const row of rows) console.log(`${row.name.padEnd(width)}  ${shown(row)}  (${sourceOf(row)})`);
for (const problem of problems) console.error(`\nProblem: ${problem}`);
process.exitCode = problems.length > 0 ? 1 : 0;

function shown(row: Variable<unknown>): string {
  const text = effectiveText(row, process.env, packaged);
  if (text === '') return '(none)';
  // The userinfo of a URL and the tail of a key are secrets as well: a secret is counted, never shown.
  return row.secret ? `(${text.split(/[|,\n]/).length} set, not shown)` : text;
}

function sourceOf(row: Variable<unknown>): string {
  if (effectiveText(row, process.env) !== row.fallback) return 'environment';
  return effectiveText(row, {}, packaged) === row.fallback ? 'default' : 'configuration file';
}
