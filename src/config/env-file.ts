import { readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import util from 'node:util';
import type { Environment } from './effective-value';

/** Node 18 does not have it. That runs on SCF only, where no such file is read. */
const { parseEnv } = util as { readonly parseEnv?: typeof util.parseEnv };

/** Where variables are kept beside the environment: `.env` in the folder that a command runs in. */
export function envFileOf(folder: string): string {
  return path.join(folder, '.env');
}

/** The variables of a folder's `.env`; none if there is no such file. */
export function readEnvFile(folder: string): Environment {
  const file = envFileOf(folder);
  // Other tools have a folder of that name.
  if (statSync(file, { throwIfNoEntry: false })?.isFile() !== true || !parseEnv) return {};
  return parseEnv(decode(readFileSync(file)));
}

/** This machine's variables, and those of a file that are not set here. An empty one counts as not set. */
export function withEnvFile(environment: Environment, fromFile: Environment): Environment {
  const set = Object.entries(environment).filter(([, value]) => value !== '');
  return { ...fromFile, ...Object.fromEntries(set) };
}

/** Windows' editors and PowerShell write a byte order mark, and `>` of PowerShell 5 writes UTF-16. */
function decode(bytes: Buffer): string {
  const encoding = bytes[0] === 0xff && bytes[1] === 0xfe ? 'utf-16le' : 'utf-8';
  return new TextDecoder(encoding).decode(bytes); // which removes the mark
}
