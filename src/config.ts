import type { UpstreamOrigin } from './core/upstream';
import type { Provider } from './providers/provider';
import { PROVIDERS, providerNamed } from './providers/registry';
import { nearestName } from './config/nearest-name';
import { STANDING_TRANSFORMS, TRANSFORM_KINDS } from './transforms/registry';
import type { Transform } from './transforms/transform';
import { readUpstreamOrigin } from './config/upstream-origin';

/** A value as it was read, or what is wrong with it: a phrase that goes on after the variable's name, never its value. */
type Reading<T> = { readonly value: T } | { readonly problem: string };

/** One row of the table: one environment variable. */
interface Variable<T> {
  readonly name: string;
  /** What holds where the variable is not set or empty. */
  readonly fallback: string;
  /** For the README: what it does, with its unit. */
  readonly about: string;
  readonly read: (text: string) => Reading<T>;
}

const variable = <T>(row: Variable<T>): Variable<T> => row;

/** The one table of variables. A new variable is one row here; README, validation and `npm run config` follow. */
const VARIABLES = {
  port: variable({
    name: 'PORT',
    fallback: '9000',
    about: 'Port to listen on; SCF expects 9000. 0 takes a free one.',
    read: integer(0, 65_535),
  }),
  defaultProvider: variable({
    name: 'DEFAULT_PROVIDER',
    fallback: 'openai',
    about: 'The provider of a request that says nothing of its own.',
    read: oneOf(
      PROVIDERS.map((provider) => provider.name),
      providerNamed,
    ),
  }),
  stagePrefixes: variable({
    name: 'STAGE_PREFIXES',
    fallback: 'release,test,prepub',
    about: 'First path segments that a gateway in front adds; one is removed.',
    read: list(/^[\w.~-]+$/, 'path segments of letters, digits, ".", "_", "~" and "-"'),
  }),
  connectTimeoutMs: variable({
    name: 'CONNECT_TIMEOUT',
    fallback: '10000',
    about: 'ms until a connection to the provider stands, TLS included.',
    read: integer(1, 600_000),
  }),
  timeoutMs: variable({
    name: 'TIMEOUT',
    fallback: '600000',
    about:
      "ms until the provider's answer begins. The function's own limit (`X-Scf-Timeout`), less a margin, comes first where it is shorter.",
    read: integer(1, 86_400_000),
  }),
  idleTimeoutMs: variable({
    name: 'IDLE_TIMEOUT',
    fallback: '300000',
    about: 'ms of silence inside a request or an answer after which it is given up.',
    read: integer(1, 86_400_000),
  }),
  maxBodyBytes: variable({
    name: 'MAX_BODY_BYTES',
    fallback: '52428800',
    about: 'Bytes of a request body; a larger one is refused with 413. SCF itself stops at 6 MB.',
    read: integer(0, 2 ** 40),
  }),
  corsOrigins: variable({
    name: 'CORS_ORIGINS',
    fallback: '*',
    about:
      'Web origins whose pages may read answers, as a list (`https://chat.example.com,http://localhost:3000`), or `*`.',
    read: origins,
  }),
  shutdownGraceMs: variable({
    name: 'SHUTDOWN_GRACE',
    fallback: '8000',
    about: 'ms that running answers may still take after SIGTERM. Docker kills after 10000.',
    read: integer(0, 900_000),
  }),
  transforms: variable({
    name: 'MESSAGE_TRANSFORMS',
    fallback: '',
    about: `Changes to chat bodies, as a list. ${TRANSFORM_KINDS.map((kind) => kind.about).join(' ')}`,
    read: transforms,
  }),
};

/** One more row for each provider. */
const UPSTREAM_VARIABLES = PROVIDERS.map((provider) => ({
  provider,
  row: variable({
    name: `${provider.name.toUpperCase()}_UPSTREAM`,
    fallback: provider.defaultUpstream,
    about: `Where requests for \`${provider.name}\` go: an origin, or an origin with a path prefix.`,
    read: readUpstreamOrigin,
  }),
}));

type ValueOf<Row> = Row extends Variable<infer T> ? T : never;

/** The effective configuration. Times in ms, sizes in bytes. */
export type Config = { readonly [Key in keyof typeof VARIABLES]: ValueOf<(typeof VARIABLES)[Key]> } & {
  readonly upstreams: ReadonlyMap<Provider, UpstreamOrigin>;
};

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

/** Every row, in the order of the README's table. */
export function configRows(): readonly Variable<unknown>[] {
  const { port, ...others } = VARIABLES;
  return [port, ...UPSTREAM_VARIABLES.map(({ row }) => row), ...Object.values(others)];
}

/**
 * Reads and checks the whole configuration.
 * @throws ConfigError with every problem
 */
export function readConfig(environment: Environment): Config {
  const problems = misspelt(environment);
  const read = <T>(row: Variable<T>): T => {
    const reading = row.read(effectiveText(row, environment));
    if ('value' in reading) return reading.value;
    problems.push(`${row.name} ${reading.problem}`);
    return undefined as T; // never seen: a problem ends in the throw below
  };
  const values = Object.fromEntries(Object.entries(VARIABLES).map(([key, row]) => [key, read<unknown>(row)]));
  const upstreams = new Map(UPSTREAM_VARIABLES.map(({ provider, row }) => [provider, read(row)]));
  if (problems.length > 0) throw new ConfigError(problems);
  return Object.freeze({ ...(values as Omit<Config, 'upstreams'>), upstreams });
}

/** The text a variable has in effect. Empty counts as not set: deploy tools write `''` for what they do not find. */
export function effectiveText(
  row: Pick<Variable<unknown>, 'name' | 'fallback'>,
  environment: Environment,
): string {
  const text = environment[row.name]?.trim();
  return text === undefined || text === '' ? row.fallback : text;
}

function misspelt(environment: Environment): string[] {
  const known = configRows().map((row) => row.name);
  return Object.keys(environment).flatMap((name) => {
    const meant = nearestName(name, known);
    return meant === undefined
      ? []
      : [`${name} is not a variable of this proxy. Did you mean ${meant}? Rename or remove it.`];
  });
}

function integer(min: number, max: number): (text: string) => Reading<number> {
  return (text) => {
    const value = /^\d{1,15}$/.test(text) ? Number(text) : NaN;
    return value >= min && value <= max
      ? { value }
      : { problem: `must be a whole number from ${min} to ${max}.` };
  };
}

function oneOf<T>(
  names: readonly string[],
  find: (name: string) => T | undefined,
): (text: string) => Reading<T> {
  return (text) => {
    const value = find(text);
    return value === undefined ? { problem: `must be one of: ${names.join(', ')}.` } : { value };
  };
}

function items(text: string): string[] {
  return text
    .split(',')
    .map((item) => item.trim())
    .filter((item) => item !== '');
}

function list(pattern: RegExp, what: string): (text: string) => Reading<readonly string[]> {
  return (text) => {
    const value = items(text);
    return value.every((item) => pattern.test(item))
      ? { value }
      : { problem: `must be a comma-separated list of ${what}.` };
  };
}

/** An origin as browsers write it: scheme, host, port, nothing after it. */
const WEB_ORIGIN = /^[a-z][a-z0-9+.-]*:\/\/[^/?#\s@]+$/;

function origins(text: string): Reading<'*' | readonly string[]> {
  const value = items(text);
  if (value.includes('*')) {
    return value.length === 1
      ? { value: '*' }
      : { problem: 'must be either * or a list of origins, not both.' };
  }
  return value.every((item) => WEB_ORIGIN.test(item))
    ? { value }
    : {
        problem:
          'must be * or a comma-separated list of origins such as https://chat.example.com, in lower case and without a path.',
      };
}

function transforms(text: string): Reading<readonly Transform[]> {
  const armed: Transform[] = [...STANDING_TRANSFORMS];
  for (const item of items(text)) {
    const [name, argument = ''] = item.split(/:(.*)/s);
    const kind = TRANSFORM_KINDS.find((candidate) => candidate.name === name);
    const transform = kind?.arm(argument);
    if (!transform) {
      return {
        problem: `must be a comma-separated list of transforms: ${TRANSFORM_KINDS.map((one) => `${one.name}:N`).join(', ')} (N from 1 to 99).`,
      };
    }
    armed.push(transform);
  }
  return { value: armed };
}
