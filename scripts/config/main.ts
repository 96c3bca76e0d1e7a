import path from 'node:path';
import { effectiveValue } from '../../src/config/effective-value';
import { ConfigError, customProvidersOf, readConfig } from '../../src/config/read-config';
import { variableRows } from '../../src/config/provider-variables';
import type { Variable } from '../../src/config/variables';
import { createRedact } from '../../src/log/redact';
import { readConfigFiles } from '../build/config-files';

/** Prints the proxy's effective configuration in this environment; secrets are masked. */
const packaged = readConfigFiles(path.resolve(__dirname, '../../config'));
let problems: readonly string[] = [];
try {
  readConfig(process.env, packaged);
} catch (error) {
  if (!(error instanceof ConfigError)) throw error;
  problems = error.problems;
}
/** Masks keys that are in a variable for other values by mistake. */
const redact = createRedact();
const rows = variableRows(customProvidersOf(process.env, packaged));
const width = Math.max(...rows.map((row) => row.name.length));
for (const row of rows) {
  const { text, source } = effectiveValue(row, process.env, packaged);
  console.log(`${row.name.padEnd(width)}  ${displayText(row, text)}  (${source})`);
}
for (const problem of problems) console.error(`\nProblem: ${problem}`);
process.exitCode = problems.length > 0 ? 1 : 0;

function displayText(row: Variable<unknown>, text: string): string {
  if (text === '') return '(none)';
  // Even the end of a key is secret: keys are counted, never shown.
  return row.secret ? `(${text.split(/[|,\n]/).length} set, not shown)` : redact(withoutUserinfo(text));
}

/** Masks user and password of every URL in a text, also of an invalid one (an `@` or a slash in its password). */
function withoutUserinfo(text: string): string {
  return text
    .split('://')
    .map((part, at) => (at === 0 ? part : part.replace(/^\S*@/, '[redacted]@')))
    .join('://');
}
