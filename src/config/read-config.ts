import { crossFieldProblems, hasNoTokens } from './cross-field-problems';
import { unknownInFile, unknownVariables } from './did-you-mean';
import { effectiveText, isSet, type Environment } from './effective-value';
import { formatOrigins } from './format-origins';
import { secretsInAlertUrl } from './parsers/alert-url';
import { secretsInHeaders } from './parsers/otel';
import { modelRouteProblems } from './model-route-problems';
import { chainOf } from './parsers/model-chains';
import {
  readCustomProviders,
  unversionedBases,
  type CustomProvider,
  type ReadProviders,
} from './parsers/custom-providers';
import type { ModelRouteEntry } from './parsers/routing';
import { parseUrl } from './parsers/upstream';
import { providerVariables, variableRows } from './provider-variables';
import { VARIABLES, type Variable } from './variables';
import { decoded } from '../http/credentials';
import { ModelRoutes, modelPattern, type ModelRoute } from '../proxy/routing/model-routes';
import type { WeightedKey } from '../proxy/keys/managed-key';
import type { UpstreamOrigin } from '../proxy/routing/upstream-origin';
import type { Provider } from '../providers/provider';
import { Providers } from '../providers/registry';

type ValueOf<Row> = Row extends Variable<infer T> ? T : never;
type Values = { readonly [Key in keyof typeof VARIABLES]: ValueOf<(typeof VARIABLES)[Key]> };

/** The effective configuration. Times in ms, sizes in bytes. */
export type Config = Omit<Values, 'defaultProvider' | 'modelRoutes'> & {
  readonly providers: Providers;
  readonly defaultProvider: Provider;
  readonly modelRoutes: ModelRoutes;
  /** The same for a client with its own key, if the key does not identify its provider. */
  readonly ownKeyModelRoutes: ModelRoutes;
  readonly upstreams: ReadonlyMap<Provider, UpstreamOrigin>;
  /** The server's own keys; an empty list if clients send theirs. */
  readonly apiKeys: ReadonlyMap<Provider, readonly WeightedKey[]>;
  /** Whether anyone may use the server's keys: it has some, and no access tokens. */
  readonly anonymous: boolean;
  /** What is unusual, but may be meant; one line each, with its variable. */
  readonly warnings: readonly string[];
};

/** Every problem of a configuration at once; one line per problem, with its variable and the remedy. */
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
 * @param packaged variables from the package's configuration file; the environment overrides them
 * @throws ConfigError with every problem
 */
export function readConfig(environment: Environment, packaged: Environment = {}): Config {
  const { value: custom, problems: customProblems } = customIn(environment, packaged);
  const names = variableRows(custom).flatMap(({ name, alias }) =>
    alias === undefined ? [name] : [name, alias],
  );
  const problems = [...unknownVariables(environment, names), ...unknownInFile(packaged, names)];
  problems.push(...customProblems.map((problem) => `${VARIABLES.customProviders.name} ${problem}`));
  const read = <T>(row: Variable<T>): T | undefined => {
    const result = row.parse(effectiveText(row, environment, packaged));
    if ('value' in result) return result.value;
    problems.push(`${row.name} ${result.problem}`);
    return undefined;
  };
  const values = Object.fromEntries(
    Object.entries(VARIABLES).map(([key, row]) => [
      key,
      row === VARIABLES.customProviders ? custom : read<unknown>(row),
    ]),
  ) as unknown as Values; // complete if there is no problem
  const upstreams = new Map<Provider, UpstreamOrigin>();
  const apiKeys = new Map<Provider, readonly WeightedKey[]>();
  const known: Provider[] = [];
  const customOrigin = new Set<Provider>(); // at an address that the user chose
  for (const variables of providerVariables(custom)) {
    const { provider, upstream, keys } = variables;
    const pool = read(keys) ?? [];
    if ('parse' in upstream && effectiveText(upstream, environment, packaged) === '') {
      if (pool.length > 0) {
        problems.push(`${keys.name} needs ${upstream.name} as well: the address of your own resource.`);
      }
      continue;
    }
    const origin = 'parse' in upstream ? read(upstream) : upstream;
    known.push(provider);
    if (!('parse' in upstream) || effectiveText(upstream, environment, packaged) !== provider.defaultUpstream)
      customOrigin.add(provider);
    if (origin) {
      upstreams.set(provider, origin);
      for (const [format, address] of formatOrigins(provider, origin, variables.formats))
        upstreams.set(format, address);
    }
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
  problems.push(...modelRouteProblems(values.modelRoutes));
  // A key for the user's own gateway must not be sent to a provider that did not issue it.
  const ownKeyProviders = providers.all.filter(
    (provider) =>
      !withKeys.includes(provider) &&
      (customOrigin.has(provider) || (defaultProvider !== undefined && !customOrigin.has(defaultProvider))),
  );
  const anonymous = withKeys.length > 0 && hasNoTokens(values);
  const config = {
    ...values,
    ...withLimits(values),
    // Origins that may use the server's keys must be listed one by one.
    corsOrigins: anonymous && values.corsOrigins === '*' ? [] : values.corsOrigins,
    allowedHosts: [values.allowedHosts, hostOf(values.publicUrl)].flat(),
    providers,
    defaultProvider,
    modelRoutes: new ModelRoutes(routes, withKeys),
    ownKeyModelRoutes: new ModelRoutes([...routes, ...ownModels(ownKeyProviders)], withKeys),
    upstreams,
    apiKeys,
    anonymous,
    warnings: unversionedBases(custom),
  } as Config;
  problems.push(
    ...crossFieldProblems({
      ...config,
      onScf: environment['TENCENTCLOUD_RUNENV'] === 'SCF',
      region: environment['TENCENTCLOUD_REGION'],
    }),
  );
  if (problems.length > 0) throw new ConfigError(problems);
  return Object.freeze(config);
}

/** The access tokens with what TOKEN_LIMITS says of them, if neither has a problem. */
function withLimits({ accessTokens, tokenLimits }: Partial<Values>): Partial<Pick<Values, 'accessTokens'>> {
  if (!accessTokens || !tokenLimits || tokenLimits.size === 0) return {};
  return { accessTokens: accessTokens.map((token) => ({ ...token, ...tokenLimits.get(token.name) })) };
}

/** The user's providers are read first, since each adds its own variables. */
export function customProvidersOf(
  environment: Environment,
  packaged: Environment = {},
): readonly CustomProvider[] {
  return customIn(environment, packaged).value;
}

function customIn(environment: Environment, packaged: Environment): ReadProviders {
  return readCustomProviders(effectiveText(VARIABLES.customProviders, environment, packaged));
}

/** The table of models: the user's entries, then the models that each provider with keys claims. */
function routesOf(
  entries: readonly ModelRouteEntry[] = [],
  providers: Providers,
  withKeys: readonly Provider[],
  problems: string[],
): readonly ModelRoute[] {
  const routes: ModelRoute[] = [];
  for (const entry of entries) {
    const wrong = problemsOfTargets(entry, providers, withKeys);
    problems.push(...wrong);
    const provider = providers.named(entry.provider);
    if (!provider || wrong.length > 0) continue;
    const chain = chainOf(entry, providers, problems);
    const alias = entry.model === undefined || entry.pattern.includes('*') ? undefined : entry.pattern;
    routes.push({ matches: modelPattern(entry.pattern), provider, model: entry.model, alias, chain });
  }
  return [...routes, ...ownModels(withKeys)];
}

function problemsOfTargets(
  { steps, ...only }: ModelRouteEntry,
  providers: Providers,
  withKeys: readonly Provider[],
): readonly string[] {
  return [...new Set((steps?.flat() ?? [only]).map(({ provider }) => provider))].flatMap((name) => {
    const provider = providers.named(name);
    if (!provider) {
      return `MODEL_ROUTES names ${name}, which is not a provider of this proxy. It must be one of: ${providers.all.map((known) => known.name).join(', ')}.`;
    }
    // A client's key is for the provider in its request; it must not be sent to another.
    return withKeys.includes(provider)
      ? []
      : `MODEL_ROUTES names ${name}, for which the server has no keys. Set ${name.toUpperCase()}_API_KEYS.`;
  });
}

/** The host name of the address that the operator has for this proxy; none if it is not set, or has a problem. */
function hostOf(publicUrl: string | undefined): string[] {
  const host = parseUrl(publicUrl ?? '')?.hostname;
  return host === undefined ? [] : [host];
}

/** The models that providers claim. */
function ownModels(providers: readonly Provider[]): ModelRoute[] {
  return providers.flatMap((provider) =>
    (provider.models ?? []).map((pattern) => ({ matches: modelPattern(pattern), provider })),
  );
}

/** Every secret of a configuration, for redaction. */
export function secretsOf(config: Config): string[] {
  return [
    ...config.accessTokens.map(({ token }) => token),
    ...config.tokenSecrets,
    ...[...config.apiKeys.values()].flatMap((keys) => keys.map(({ key }) => key)),
    ...[config.adminToken, config.metricsToken, config.redisUrl, config.configSecret].filter(
      (secret) => secret !== '',
    ),
    ...secretsInHeaders(config.otlpHeaders),
    ...passwordsIn(config.redisUrl),
    ...secretsInAlertUrl(config.alertUrl),
  ];
}

/** The password of a URL, encoded and decoded. Errors of a client library may contain it without the URL. */
function passwordsIn(url: string): string[] {
  const written = /^\w+:\/\/[^/?#@]*?:([^/?#]+)@/.exec(url)?.[1];
  const inQuery = /[?&]password=([^&#]+)/.exec(url)?.[1]; // which the client library accepts as well
  return [
    ...new Set([written, inQuery].flatMap((text) => (text === undefined ? [] : [text, decoded(text)]))),
  ];
}
