import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { parseEnv } from 'node:util';
import type { Environment } from '../../src/config/effective-value';

/**
 * The environment for the CLI: this machine's variables, which override those of `.env.<stage>`, or of `.env` if there is
 * no such file (the CLI's own order). Empty ones count as not set, as for `npm run deploy`.
 */
export function readEnvironment(
  folder: string,
  args: readonly string[],
  environment: Environment,
): Environment {
  const stage = optionOf(args, '--stage') ?? 'dev';
  const file = [`.env.${stage}`, '.env'].map((name) => path.join(folder, name)).find(existsSync);
  const fromFile = file === undefined ? {} : parseEnv(readFileSync(file, 'utf8'));
  const set = ([, value]: [string, string | undefined]) => value !== '';
  return Object.fromEntries([
    ...Object.entries(fromFile).filter(set),
    ...Object.entries(environment).filter(set),
  ]);
}

function optionOf(args: readonly string[], name: string): string | undefined {
  const index = args.indexOf(name);
  if (index >= 0) return args[index + 1];
  return args.find((arg) => arg.startsWith(`${name}=`))?.slice(name.length + 1);
}
