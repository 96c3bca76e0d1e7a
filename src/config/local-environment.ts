import { effectiveText, isSet, type Environment } from './effective-value';
import { readEnvFile, withEnvFile } from './env-file';
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
  if (isSet(VARIABLES.accessTokens, environment, packaged) || ('value' in allowed && allowed.value)) {
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
