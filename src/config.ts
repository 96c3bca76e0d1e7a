import { nearestName } from './config/nearest-name';
import { providerVariables, variableRows } from './config/provider-variables';
import { customProviders, type CustomProvider, type ModelRouteEntry } from './config/routing';
import { VARIABLES, type Variable } from './config/variables';
import { isApiSegment } from './core/api-paths';
import { decoded } from './core/credentials';
import { ModelRoutes, modelPattern, type ModelRoute } from './core/model-routes';
import type { WeightedKey } from './core/pool-key';
import type { UpstreamOrigin } from './core/upstream-origin';
import type { Provider } from './providers/provider';
import { BUILT_IN, Providers } from './providers/registry';

type ValueOf<Row> = Row extends Variable<infer T> ? T : never;
type Values = { readonly [Key in keyof typeof VARIABLES]: ValueOf<(typeof VARIABLES)[Key]> };

/** The effective configuration. Times in ms, sizes in bytes. */
export type Config = Omit<Values, 'defaultProvider' | 'modelRoutes'> & {
  readonly providers: Providers;
  readonly defaultProvider: Provider;
  readonly modelRoutes: ModelRoutes;
  /** The same for a client with a key of its own that does not tell for which provider it is. */
  readonly ownKeyModelRoutes: ModelRoutes;
  readonly upstreams: ReadonlyMap<Provider, UpstreamOrigin>;
  /** The server's own keys; an empty list where callers send theirs. */
  readonly apiKeys: ReadonlyMap<Provider, readonly WeightedKey[]>;
  /** Whether anyone may spend the server's keys: it has some, and no access tokens. */
  readonly anonymous: boolean;
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
  const custom = customProvidersOf(environment, packaged);
  const names = variableRows(custom).flatMap(({ name, otherName }) =>
    otherName === undefined ? [name] : [name, otherName],
  );
  const problems = [...misspelt(environment, names), ...unknownInFile(packaged, names)];
  const read = <T>(row: Variable<T>): T | undefined => {
    const reading = row.read(effectiveText(row, environment, packaged));
    if ('value' in reading) return reading.value;
    problems.push(`${row.name} ${reading.problem}`);
    return undefined;
  };
  const values = Object.fromEntries(
    Object.entries(VARIABLES).map(([key, row]) => [key, read<unknown>(row)]),
  ) as unknown as Values; // whole once there is no problem
  const upstreams = new Map<Provider, UpstreamOrigin>();
  const apiKeys = new Map<Provider, readonly WeightedKey[]>();
  const known: Provider[] = [];
  const elsewhere = new Set<Provider>(); // at an address of the user's choice
  for (const { provider, upstream, keys } of providerVariables(custom)) {
    const pool = read(keys) ?? [];
    if ('read' in upstream && effectiveText(upstream, environment, packaged) === '') {
      if (pool.length > 0) {
        problems.push(`${keys.name} needs ${upstream.name} as well: the address of your own resource.`);
      }
      continue;
    }
    const origin = 'read' in upstream ? read(upstream) : upstream;
    known.push(provider);
    if (!('read' in upstream) || effectiveText(upstream, environment, packaged) !== provider.defaultUpstream)
      elsewhere.add(provider);
    if (origin) upstreams.set(provider, origin);
    apiKeys.set(provider, pool);
  }
  const providers = new Providers(known);
  const withKeys = providers.all.filter((provider) => (apiKeys.get(provider)?.length ?? 0) > 0);
  const onlyOne = withKeys.length === 1 ? withKeys[0] : undefined;
  const chosen = isSet(VARIABLES.defaultProvider, environment, packaged);
  const defaultProvider = (chosen ? undefined : onlyOne) ?? providers.named(values.defaultProvider);
  if (!defaultProvider) {
    problems.push(`DEFAULT_PROVIDER must be one of: ${providers.all.map(({ name }) => name).join(', ')}.`);
  }
  const routes = routesOf(values.modelRoutes, providers, withKeys, problems);
  // A key that was made for a gateway of the user's own must not go out to a provider that has never seen it.
  const strangers = providers.all.filter(
    (provider) =>
      !withKeys.includes(provider) &&
      (elsewhere.has(provider) || (defaultProvider !== undefined && !elsewhere.has(defaultProvider))),
  );
  const anonymous = withKeys.length > 0 && hasNoTokens(values);
  const config = {
    ...values,
    // Pages that may spend the server's keys are named one by one.
    corsOrigins: anonymous && values.corsOrigins === '*' ? [] : values.corsOrigins,
    providers,
    defaultProvider,
    modelRoutes: new ModelRoutes(routes),
    ownKeyModelRoutes: new ModelRoutes([...routes, ...ownModels(strangers)]),
    upstreams,
    apiKeys,
    anonymous,
  } as Config;
  problems.push(...contradictions(config));
  if (problems.length > 0) throw new ConfigError(problems);
  return Object.freeze(config);
}

/** The user's own providers are read first, since they bring variables of their own. */
export function customProvidersOf(
  environment: Environment,
  packaged: Environment = {},
): readonly CustomProvider[] {
  const reading = customProviders(effectiveText(VARIABLES.customProviders, environment, packaged));
  return 'value' in reading ? reading.value : [];
}

/** The table of models: the user's lines, then what each provider with keys says is its own. */
function routesOf(
  entries: readonly ModelRouteEntry[] = [],
  providers: Providers,
  withKeys: readonly Provider[],
  problems: string[],
): readonly ModelRoute[] {
  const routes: ModelRoute[] = [];
  for (const entry of entries) {
    const provider = providers.named(entry.provider);
    if (!provider) {
      problems.push(
        `MODEL_ROUTES names ${entry.provider}, which is not a provider here. It must be one of: ${providers.all.map(({ name }) => name).join(', ')}.`,
      );
    } else if (!withKeys.includes(provider)) {
      // A client's key is for the provider that it addressed; it must not be sent to another.
      problems.push(
        `MODEL_ROUTES names ${entry.provider}, for which the server has no keys. Set ${entry.provider.toUpperCase()}_API_KEYS.`,
      );
    } else {
      routes.push({ matches: modelPattern(entry.pattern), provider, model: entry.model });
    }
  }
  return [...routes, ...ownModels(withKeys)];
}

/** Models that a provider says are its own. */
function ownModels(providers: readonly Provider[]): ModelRoute[] {
  return providers.flatMap((provider) =>
    (provider.models ?? []).map((pattern) => ({ matches: modelPattern(pattern), provider })),
  );
}

/** Whether a variable is set at all, be it to its default. */
function isSet(
  row: Pick<Variable<unknown>, 'name' | 'otherName'>,
  environment: Environment,
  packaged: Environment,
): boolean {
  return effectiveText({ ...row, fallback: '' }, environment, packaged) !== '';
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
    ...passwordsIn(config.redisUrl),
  ];
}

/** The password of a URL: as it is written, and as it is meant. Errors of a client library name it without the URL. */
function passwordsIn(url: string): string[] {
  const written = /^\w+:\/\/[^/?#@]*?:([^/?#]+)@/.exec(url)?.[1];
  const inQuery = /[?&]password=([^&#]+)/.exec(url)?.[1]; // which the client library takes as well
  return [
    ...new Set([written, inQuery].flatMap((text) => (text === undefined ? [] : [text, decoded(text)]))),
  ];
}

/** Tokens with a problem are missing. */
function hasNoTokens({ accessTokens }: Partial<Pick<Config, 'accessTokens'>>): boolean {
  return accessTokens?.length === 0;
}

function contradictions(config: Partial<Config>): string[] {
  const problems: string[] = [];
  const tokens = config.accessTokens ?? [];
  const hasKeys = [...(config.apiKeys?.values() ?? [])].some(
    (keys: readonly WeightedKey[] | undefined) => (keys?.length ?? 0) > 0,
  );
  if (hasKeys && hasNoTokens(config) && config.allowAnonymous === false) {
    problems.push(
      'ACCESS_TOKENS must be set when the server has keys, or whoever finds its address spends them. If that is what you want, set ALLOW_ANONYMOUS=true.',
    );
  }
  const taken = new Set(config.stagePrefixes ?? []);
  const isTaken = (segment: string) => taken.has(segment) || isApiSegment(segment);
  if (tokens.some(({ token }) => isTaken(token) || config.providers?.named(token) !== undefined)) {
    problems.push(
      'ACCESS_TOKENS has a token that is also a segment of API paths, a provider or a stage prefix. Choose a longer one.',
    );
  }
  for (const { name, isPrivate } of config.customProviders ?? []) {
    if (isTaken(name) || BUILT_IN.some((provider) => provider.name === name)) {
      problems.push(
        `PROVIDERS has an entry, ${name}, whose name is taken: it is a provider of this proxy, a segment of API paths or a stage prefix. Choose another name; the upstream of a built-in provider is set with its own variable.`,
      );
    }
    if (isPrivate && config.allowPrivateProviders === false) {
      problems.push(
        `PROVIDERS has an entry, ${name}, at an address of this machine or of a private network. If that is what you want, set ALLOW_PRIVATE_PROVIDERS=true.`,
      );
    }
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

function misspelt(environment: Environment, known: readonly string[]): string[] {
  return Object.keys(environment).flatMap((name) => {
    const meant = nearestName(name, known);
    return meant === undefined
      ? []
      : [`${name} is not a variable of this proxy. Did you mean ${meant}? Rename or remove it.`];
  });
}

/** A file of ours holds nothing of others, so there every unknown name is a mistake. */
function unknownInFile(packaged: Environment, known: readonly string[]): string[] {
  return Object.keys(packaged)
    .filter((name) => !known.includes(name))
    .map((name) => {
      const meant = nearestName(name, known);
      return `${name} in the configuration file is not a variable of this proxy.${meant === undefined ? ' Remove it.' : ` Did you mean ${meant}?`}`;
    });
}
