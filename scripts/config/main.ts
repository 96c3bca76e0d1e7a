import { ConfigError, configRows, effectiveText, readConfig } from '../../src/config';
import { redact } from '../../src/redact';

/** Prints what the proxy would run with, as the environment stands; secrets are masked. */
let problems: readonly string[] = [];
try {
  readConfig(process.env);
} catch (error) {
  if (!(error instanceof ConfigError)) throw error;
  problems = error.problems;
}
const rows = configRows();
const width = Math.max(...rows.map((row) => row.name.length));
for (const row of rows) {
  const text = effectiveText(row, process.env);
  const source = text === row.fallback ? 'default' : 'environment';
  console.log(`${row.name.padEnd(width)}  ${redact(text) || '(none)'}  (${source})`);
}
for (const problem of problems) console.error(`\nProblem: ${problem}`);
process.exitCode = problems.length > 0 ? 1 : 0;
