import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';

/** Packages whose command has another name. */
const PACKAGES: Readonly<Record<string, string>> = { tsc: 'typescript' };

/**
 * Node's arguments for a command, which is either one of a package in the folder (`jest`, `tsc`) or a script (`a/b.ts`).
 * No shim of npm's is run: on Windows these are batch files.
 * @param folder that has the packages, or is below one that has
 * @throws Error if there is no such command
 */
export function nodeArguments([command, ...args]: readonly string[], folder: string): string[] {
  if (command === undefined) throw new Error('Usage: main.ts COMMAND or SCRIPT.ts, and its arguments');
  if (command.endsWith('.ts')) return ['--import', 'tsx', command, ...args];
  const name = PACKAGES[command] ?? command;
  const manifest = createRequire(path.join(folder, 'package.json')).resolve(`${name}/package.json`);
  const { bin } = JSON.parse(readFileSync(manifest, 'utf8')) as { bin?: string | Record<string, string> };
  const file = typeof bin === 'string' ? bin : bin?.[command];
  if (file === undefined) throw new Error(`The package ${name} has no command ${command}.`);
  return [path.join(path.dirname(manifest), file), ...args];
}
