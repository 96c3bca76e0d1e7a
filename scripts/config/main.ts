import path from 'node:path';
import { ConfigError, customProvidersOf, effectiveText, readConfig } from '../../src/config';
import { variableRows } from '../../src/config/provider-variables';
import type { Variable } from '../../src/config/variables';
import { createRedact } from '../../src/redact';
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
/** A key in a variable that is no secret is a mistake, and no reason to show it. */
const redact = createRedact();
const rows = variableRows(customProvidersOf(process.env, packaged));
const width = Math.max(...rows.map((row) => row.name.length));
for (const row of rows) console.log(`${row.name.padEnd(width)}  ${shown(row)}  (${sourceOf(row)})`);
for (const problem of problems) console.error(`\nProblem: ${problem}`);
process.exitCode = problems.length > 0 ? 1 : 0;

function shown(row: Variable<unknown>): string {
  const text = effectiveText(row, process.env, packaged);
  if (text === '') return '(none)';
  // The tail of a key is a secret as well: a secret is counted, never shown.
  return row.secret ? `(${text.split(/[|,\n]/).length} set, not shown)` : redact(withoutUserinfo(text));
}

/** User and password of every URL in a text masked, also of one that is refused (an `@` or a slash in its password). */
function withoutUserinfo(text: string): string {
  return text
    .split('://')
    .map((part, at) => (at === 0 ? part : part.replace(/^\S*@/, '[redacted]@')))
    .join('://');
}

function sourceOf(row: Variable<unknown>): string {
  if (effectiveText(row, process.env) !== row.fallback) return 'environment';
  return effectiveText(row, {}, packaged) === row.fallback ? 'default' : 'configuration file';
}
