import { nearestName } from './config/nearest-name';
import { PROVIDER_VARIABLES, VARIABLES, variableRows, type Variable } from './config/variables';
import { isApiSegment } from './core/api-paths';
import type { WeightedKey } from './core/pool-key';
import type { UpstreamOrigin } from './core/upstream';
import type { Provider } from './providers/provider';

type ValueOf<Row> = Row extends Variable<infer T> ? T : never;

/** The effective configuration. Times in ms, sizes in bytes. */
export type Config = { readonly [Key in keyof typeof VARIABLES]: ValueOf<(typeof VARIABLES)[Key]> } & {
  readonly upstreams: ReadonlyMap<Provider, UpstreamOrigin>;
  /** The server's own keys; an empty list where callers send theirs. */
  readonly apiKeys: ReadonlyMap<Provider, readonly WeightedKey[]>;
};

/** Variables by name. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** Everything wrong with a configuration, at once; a line a problem, each naming its variable and the remedy. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';

  constructor(readonly problems: readonly string[]) {
    super(
      `The configuration has ${problems.length === 1 ? 'a problem' : 'problems'}:\n${problems.map((line) => `  - ${line}`).join('\n')}`,
    );
  }
}

/**
 * Reads and checks the whole configuration.
 * @param packaged what the package's own configuration file set; the environment outweighs it
 * @throws ConfigError with every problem
 */
export function readConfig(environment: Environment, packaged: Environment = {}): Config {
  const problems = [...misspelt(environment), ...unknownInFile(packaged)];
  const read = <T>(row: Variable<T>): T | undefined => {
    const reading = row.read(effectiveText(row, environment, packaged));
    if ('value' in reading) return reading.value;
    problems.push(`${row.name} ${reading.problem}`);
    return undefined;
  };
  const values = Object.fromEntries(Object.entries(VARIABLES).map(([key, row]) => [key, read<unknown>(row)]));
  const upstreams = new Map(PROVIDER_VARIABLES.map(({ provider, upstream }) => [provider, read(upstream)]));
  const apiKeys = new Map(PROVIDER_VARIABLES.map(({ provider, keys }) => [provider, read(keys)]));
  const config = { ...values, upstreams, apiKeys } as unknown as Config; // whole once there is no problem
  problems.push(...contradictions(config));
  if (problems.length > 0) throw new ConfigError(problems);
  return Object.freeze(config);
}

/** The text a variable has in effect. Empty counts as not set: deploy tools write `''` for what they do not find. */
export function effectiveText(
  row: Pick<Variable<unknown>, 'name' | 'otherName' | 'fallback'>,
  environment: Environment,
  packaged: Environment = {},
): string {
  const names = row.otherName === undefined ? [row.name] : [row.name, row.otherName];
  for (const source of [environment, packaged]) {
    for (const name of names) {
      const text = source[name]?.trim();
      if (text !== undefined && text !== '') return text;
    }
  }
  return row.fallback;
}

/** Every secret of a configuration, for the redaction of whatever leaves. */
export function secretsOf(config: Config): string[] {
  return [
    ...config.accessTokens.map(({ token }) => token),
    ...[...config.apiKeys.values()].flatMap((keys) => keys.map(({ key }) => key)),
    ...[config.adminToken, config.redisUrl].filter((secret) => secret !== ''),
  ];
}

function contradictions(config: Partial<Config>): string[] {
  const problems: string[] = [];
  const tokens = config.accessTokens ?? [];
  const hasKeys = [...(config.apiKeys?.values() ?? [])].some(
    (keys: readonly WeightedKey[] | undefined) => (keys?.length ?? 0) > 0,
  );
  if (hasKeys && config.accessTokens?.length === 0 && config.allowAnonymous === false) {
    problems.push(
      'ACCESS_TOKENS must be set when the server has keys, or whoever finds its address spends them. If that is what you want, set ALLOW_ANONYMOUS=true.',
    );
  }
  const taken = new Set(config.stagePrefixes ?? []);
  if (tokens.some(({ token }) => taken.has(token) || isApiSegment(token))) {
    problems.push(
      'ACCESS_TOKENS has a token that is also a segment of API paths or a stage prefix. Choose a longer one.',
    );
  }
  if (
    config.adminToken !== undefined &&
    config.adminToken !== '' &&
    tokens.some(({ token }) => token === config.adminToken)
  ) {
    problems.push('ADMIN_TOKEN must not be one of ACCESS_TOKENS: what opens the one would open the other.');
  }
  return problems;
}

function knownNames(): string[] {
  return variableRows().flatMap(({ name, otherName }) =>
    otherName === undefined ? [name] : [name, otherName],
  );
}

function misspelt(environment: Environment): string[] {
  const known = knownNames();
  return Object.keys(environment).flatMap((name) => {
    const meant = nearestName(name, known);
    return meant === undefined
      ? []
      : [`${name} is not a variable of this proxy. Did you mean ${meant}? Rename or remove it.`];
  });
}

/** A file of ours holds nothing of others, so there every unknown name is a mistake. */
function unknownInFile(packaged: Environment): string[] {
  const known = knownNames();
  return Object.keys(packaged)
    .filter((name) => !known.includes(name))
    .map((name) => {
      const meant = nearestName(name, known);
      return `${name} in the configuration file is not a variable of this proxy.${meant === undefined ? ' Remove it.' : ` Did you mean ${meant}?`}`;
    });
}
