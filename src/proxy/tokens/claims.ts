import { NANO_PER_USD } from '../../prices/nano-usd';
/** How much money may be spent. */
export interface MoneyLimit {
  /** At least 1. */
  readonly nanoUsd: number;
  /** The window of UTC in which it may be; a week begins on Monday, `total` does not end. */
  readonly period: 'day' | 'week' | 'month' | 'total';
}

/** What the holder of a token may do. A limit that is `undefined` does not exist. */
export interface TokenLimits {
  /** Requests in any minute. */
  readonly requestsPerMinute?: number | undefined;
  /** Requests at the same time. */
  readonly concurrency?: number | undefined;
  /** Tokens of input and output in any minute. */
  readonly tokensPerMinute?: number | undefined;
  readonly money?: MoneyLimit | undefined;
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
const MAX_TOKENS_PER_MINUTE = 1_000_000_000;
const MAX_USD = 1_000_000;
const NANO_PER_CENT = 10_000_000;
/** Beyond the year 9999 there is no date. */
export const MAX_SECONDS = 253_402_300_799;
/** Separates the fields of a token; no name holds one, and values have it escaped. */
const SEPARATOR = '~';

/**
 * The claims as they stand in a token, in characters that need no encoding in a URL, a header or a shell:
 * `mum~t5k2x9~r20~c3~mgpt-5-mini~mclaude-haiku-_w~popenai~xu1a2b3`.
 */
export function writeClaims({ name, issuedAt, expiresAt, limits }: TokenClaims): string {
  const { requestsPerMinute, concurrency, tokensPerMinute, money, models = [], providers = [] } = limits;
  return [
    name,
    `t${issuedAt.toString(36)}`,
    ...(requestsPerMinute === undefined ? [] : [`r${requestsPerMinute}`]),
    ...(concurrency === undefined ? [] : [`c${concurrency}`]),
    ...(tokensPerMinute === undefined ? [] : [`k${tokensPerMinute}`]),
    ...(money ? [`u${money.nanoUsd / NANO_PER_USD}${PERIOD_LETTERS.get(money.period) ?? ''}`] : []),
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
  let money: MoneyLimit | undefined;
  for (const field of fields) {
    const kind = field.charAt(0);
    const value = field.slice(1);
    if (kind === 'm' || kind === 'p') {
      const plain = unescaped(value);
      if (plain === undefined || plain === '') return undefined;
      (kind === 'm' ? models : providers).push(plain);
      continue;
    }
    if (kind === 'u') {
      if (money) return undefined;
      money = moneyIn(value);
      if (!money) return undefined;
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
      tokensPerMinute: counts.get('k'),
      money,
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
    case 'k': {
      const count = /^[1-9]\d{0,9}$/.test(value) ? Number(value) : NaN;
      return count <= MAX_TOKENS_PER_MINUTE ? count : undefined;
    }
    default:
      return undefined;
  }
}

const LETTERS = [
  ['d', 'day'],
  ['w', 'week'],
  ['m', 'month'],
  ['', 'total'],
] as const satisfies readonly (readonly [letter: string, period: MoneyLimit['period']])[];
const PERIODS = new Map<string, MoneyLimit['period']>(LETTERS);
const PERIOD_LETTERS = new Map<string, string>(LETTERS.map(([letter, period]) => [period, letter]));

/** `5m`, `2.5d`, `100`. */
function moneyIn(value: string): MoneyLimit | undefined {
  const letter = /[a-z]?$/.exec(value)?.[0] ?? '';
  const period = PERIODS.get(letter);
  const nanoUsd = nanoUsdIn(value.slice(0, value.length - letter.length));
  return nanoUsd === undefined || period === undefined ? undefined : { nanoUsd, period };
}

/** An amount of US dollars, from 0.01 to a million, in nano-dollars; `undefined` if it is not one. */
export function nanoUsdIn(text: string): number | undefined {
  const usd = /^\d{1,7}(?:\.\d{1,2})?$/.test(text) ? Number(text) : NaN;
  return usd > 0 && usd <= MAX_USD ? Math.round(usd * 100) * NANO_PER_CENT : undefined;
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
