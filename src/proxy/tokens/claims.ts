/** What the holder of a token may do. A limit that is `undefined` does not exist. */
export interface TokenLimits {
  /** Requests in any minute. */
  readonly requestsPerMinute?: number | undefined;
  /** Requests at the same time. */
  readonly concurrency?: number | undefined;
  /** Patterns, with `*` for any characters but a slash. */
  readonly models?: readonly string[] | undefined;
  /** Names of providers. */
  readonly providers?: readonly string[] | undefined;
}

/** What a signed token says. */
export interface TokenClaims {
  /** Its name in the log. */
  readonly name: string;
  /** In seconds since 1970. */
  readonly issuedAt: number;
  /** In seconds since 1970; `undefined` if it does not expire. */
  readonly expiresAt?: number | undefined;
  readonly limits: TokenLimits;
}

const MAX_COUNT = 1_000_000;
/** Beyond the year 9999 there is no date. */
const MAX_SECONDS = 253_402_300_799;
/** Separates the fields of a token; no name holds one, and values have it escaped. */
const SEPARATOR = '~';

/**
 * The claims as they stand in a token, in characters that need no encoding in a URL, a header or a shell:
 * `mum~t5k2x9~r20~c3~mgpt-5-mini~mclaude-haiku-_w~popenai~xu1a2b3`.
 */
export function writeClaims({ name, issuedAt, expiresAt, limits }: TokenClaims): string {
  const { requestsPerMinute, concurrency, models = [], providers = [] } = limits;
  return [
    name,
    `t${issuedAt.toString(36)}`,
    ...(requestsPerMinute === undefined ? [] : [`r${requestsPerMinute}`]),
    ...(concurrency === undefined ? [] : [`c${concurrency}`]),
    ...models.map((model) => `m${escaped(model)}`),
    ...providers.map((provider) => `p${escaped(provider)}`),
    ...(expiresAt === undefined ? [] : [`x${expiresAt.toString(36)}`]),
  ].join(SEPARATOR);
}

/**
 * The claims of a text; `undefined` if any part of it is not known. A token of a later version that has a limit which
 * this one does not know must not count as one without that limit.
 */
export function readClaims(text: string): TokenClaims | undefined {
  const [name = '', ...fields] = text.split(SEPARATOR);
  const counts = new Map<string, number>();
  const models: string[] = [];
  const providers: string[] = [];
  for (const field of fields) {
    const kind = field.charAt(0);
    const value = field.slice(1);
    if (kind === 'm' || kind === 'p') {
      const plain = unescaped(value);
      if (plain === undefined || plain === '') return undefined;
      (kind === 'm' ? models : providers).push(plain);
      continue;
    }
    const count = countOf(kind, value);
    if (count === undefined || counts.has(kind)) return undefined;
    counts.set(kind, count);
  }
  const issuedAt = counts.get('t');
  if (name === '' || issuedAt === undefined) return undefined;
  return {
    name,
    issuedAt,
    expiresAt: counts.get('x'),
    limits: {
      requestsPerMinute: counts.get('r'),
      concurrency: counts.get('c'),
      models: models.length > 0 ? models : undefined,
      providers: providers.length > 0 ? providers : undefined,
    },
  };
}

function countOf(kind: string, value: string): number | undefined {
  switch (kind) {
    case 't':
    case 'x': {
      const seconds = /^[0-9a-z]{1,8}$/.test(value) ? parseInt(value, 36) : NaN;
      return seconds <= MAX_SECONDS ? seconds : undefined;
    }
    case 'r':
    case 'c': {
      const count = /^[1-9]\d{0,6}$/.test(value) ? Number(value) : NaN;
      return count <= MAX_COUNT ? count : undefined;
    }
    default:
      return undefined;
  }
}

const ESCAPES: readonly (readonly [character: string, written: string])[] = [
  ['_', '_u'],
  ['*', '_w'],
  ['/', '_s'],
  [':', '_c'],
  ['@', '_a'],
  ['+', '_p'],
];
const WRITTEN = new Map(ESCAPES);
const PLAIN = new Map(ESCAPES.map(([character, written]) => [written, character]));

/** The form of a model's pattern, or of a provider's name, that a token can hold. */
export const CLAIM_VALUE = /^[A-Za-z0-9.*/:@+_-]{1,100}$/;

function escaped(text: string): string {
  return text.replace(/[_*/:@+]/g, (character) => WRITTEN.get(character) ?? character);
}

function unescaped(text: string): string | undefined {
  const parts = text.split('_');
  let plain = parts[0] ?? '';
  for (const part of parts.slice(1)) {
    const character = PLAIN.get(`_${part.charAt(0)}`);
    if (character === undefined) return undefined;
    plain += character + part.slice(1);
  }
  return CLAIM_VALUE.test(plain) ? plain : undefined;
}
