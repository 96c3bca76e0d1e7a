import path from 'node:path';
import { effectiveValue, type Source } from '../../src/config/effective-value';
import { localEnvironment, personalKeysNote } from '../../src/config/local-environment';
import { ConfigError, customProvidersOf, readConfig } from '../../src/config/read-config';
import { variableRows } from '../../src/config/provider-variables';
import type { Variable } from '../../src/config/variables';
import { createRedact } from '../../src/log/redact';
import { readConfigFiles } from '../build/config-files';
import { exitWith } from '../shared/exit-with';

const USAGE = `npm run config
npm run config -- push

  Without a word it prints the effective configuration in this environment; secrets are counted.
  push  running instances take over what config/ says, through REDIS_URL, without a deployment`;

const root = path.resolve(__dirname, '../..');
/** Masks keys that are in a variable for other values by mistake. */
const redact = createRedact();

function main(): void {
  const [verb, ...others] = process.argv.slice(2);
  if (verb === undefined) print();
  else if (verb === 'push' && others.length === 0) exitWith(push);
  else {
    console.error(USAGE);
    process.exitCode = 2;
  }
}

async function push(): Promise<number> {
  const table = readConfigFiles(path.join(root, 'config'));
  const { environment } = localEnvironment(process.env, root, table);
  // Loaded here: to print the configuration needs no Redis.
  const { pushConfiguration } = await import('./push');
  const { lines, notes, status } = await pushConfiguration({ environment, table, now: Date.now });
  for (const line of lines) console.log(redact(line));
  for (const note of notes) console.error(redact(note));
  return status;
}

function print(): void {
  const packaged = readConfigFiles(path.join(root, 'config'));
  const { environment, personalKeys } = localEnvironment(process.env, root, packaged);
  let problems: readonly string[] = [];
  let warnings: readonly string[] = [];
  try {
    ({ warnings } = readConfig(environment, packaged));
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    problems = error.problems;
  }
  const rows = variableRows(customProvidersOf(environment, packaged));
  const width = Math.max(...rows.map((row) => row.name.length));
  for (const row of rows) {
    const { text, source } = effectiveValue(row, environment, packaged);
    console.log(`${row.name.padEnd(width)}  ${displayText(row, text)}  (${place(row, source)})`);
  }
  const note = personalKeysNote(personalKeys);
  if (note !== undefined) console.log(`\n${note}`);
  for (const warning of warnings) console.error(`\nWarning: ${warning}`);
  for (const problem of problems) console.error(`\nProblem: ${problem}`);
  process.exitCode = problems.length > 0 ? 1 : 0;
}

/** `.env` is part of the environment for the configuration; here the user wants to find the line. */
function place({ name, alias = name }: Variable<unknown>, source: Source): string {
  const here = [name, alias].some((one) => (process.env[one] ?? '') !== '');
  return source === 'environment' && !here ? 'the file .env' : source;
}

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

main();
