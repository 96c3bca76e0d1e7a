import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { parseEnv as parseEnvText } from 'node:util';
import { effectiveText, isSet, type Environment } from './effective-value';
import { providerVariables } from './provider-variables';
import { customProvidersOf } from './read-config';
import { VARIABLES } from './variables';

/** The variables by which a proxy outside SCF is configured. */
export interface LocalEnvironment {
  readonly environment: Environment;
  /** Keys that are set here, and that the server does not use. */
  readonly personalKeys: readonly string[];
}

/**
 * The environment of a start outside SCF: with the variables of `.env`, and without keys that are only the user's own.
 * Many people have a key in `OPENAI_API_KEY` for their tools. As a key of the server anyone who reaches this machine could
 * use it; so a name without the S counts only if it is clear who may: with access tokens, or `ALLOW_ANONYMOUS=true`.
 * @param folder where `.env` is
 */
export function localEnvironment(
  processEnvironment: Environment,
  folder: string,
  packaged: Environment = {},
): LocalEnvironment {
  const environment = withEnvFile(processEnvironment, readEnvFile(folder));
  const allowed = VARIABLES.allowAnonymous.parse(
    effectiveText(VARIABLES.allowAnonymous, environment, packaged),
  );
  const hasTokens = [VARIABLES.accessTokens, VARIABLES.tokenSecrets].some((variable) =>
    isSet(variable, environment, packaged),
  );
  if (hasTokens || ('value' in allowed && allowed.value)) {
    return { environment, personalKeys: [] };
  }
  const personalKeys = providerVariables(customProvidersOf(environment, packaged)).flatMap(
    ({ keys: { alias = '' } }) => ((environment[alias] ?? '') === '' ? [] : [alias]),
  );
  return {
    environment: Object.fromEntries(
      Object.entries(environment).filter(([name]) => !personalKeys.includes(name)),
    ),
    personalKeys,
  };
}

/** Says which keys are not used, and how to use them; `undefined` if there are none. */
export function personalKeysNote(names: readonly string[]): string | undefined {
  if (names.length === 0) return undefined;
  const [are, keys, them] = names.length === 1 ? ['is', 'a key', 'it'] : ['are', 'keys', 'them'];
  return `${names.join(', ')} ${are} set here, but not used as ${keys} of the server: clients send their own. To use ${them}, set ACCESS_TOKENS as well (npm run token makes one).`;
}

/** Node 18 does not have it. That runs on SCF only, where no such file is read. */
const parseEnv = parseEnvText as typeof parseEnvText | undefined;

/** Where variables are kept beside the environment: `.env` in the folder that a command runs in. */
export function envFileOf(folder: string): string {
  return join(folder, '.env');
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
