import { MIN_TOKEN_LENGTH } from '../../proxy/auth/access-tokens';
import {
  CLAIM_VALUE,
  MAX_SECONDS,
  nanoUsdIn,
  type MoneyLimit,
  type TokenLimits,
} from '../../proxy/tokens/claims';
import { items, type ParseResult } from './basic';
import { TOKEN_NAME } from './secrets';

/** The limits of an access token, as operators write them. */
export const LIMIT_FIELDS = ['usd', 'rpm', 'tpm', 'concurrency', 'models', 'providers', 'until'] as const;
export type LimitField = (typeof LIMIT_FIELDS)[number];
/** Their texts: `5/month`, `20`, `200k`, `3`, `gpt-5-mini,claude-haiku-*`, `openai`, `2027-01-31`. */
export type LimitTexts = Readonly<Partial<Record<LimitField, string | undefined>>>;

/** What an access token of ACCESS_TOKENS may do. */
export interface StaticLimits {
  readonly limits: TokenLimits;
  /** In seconds since 1970; `undefined` if it does not expire. */
  readonly expiresAt: number | undefined;
}

/** Called with a field and what is wrong with it, a phrase that follows its name. */
type Report = (field: LimitField, problem: string) => void;

const MAX_COUNT = 1_000_000;
const MAX_TOKENS_PER_MINUTE = 1e9;
const DAY_S = 24 * 60 * 60;
const NO_LIMITS: ReadonlyMap<string, StaticLimits> = new Map();

/** `mum: usd=5/month rpm=20; dad: models=gpt-5-mini`: what tokens of ACCESS_TOKENS may do, by name. */
export function tokenLimits(text: string): ParseResult<ReadonlyMap<string, StaticLimits>> {
  if (text === '') return { value: NO_LIMITS };
  const all = new Map<string, StaticLimits>();
  const problems: string[] = [];
  items(text, /[;\n]/).forEach((item, at) => {
    const [name, written] = cut(item, ':');
    const place = placeOf(name, at);
    const report = (problem: string) => problems.push(`${place}: ${problem}`);
    if (!TOKEN_NAME.test(name)) report('must begin with the name of an access token and a colon.');
    else if (all.has(name)) report('is there twice. Put its limits together.');
    const texts = fieldsIn(written, report);
    all.set(
      name,
      readLimits(texts, (field, problem) => report(`${field} ${problem}`)),
    );
  });
  return problems.length > 0
    ? { problem: `must be a table of limits by the names of access tokens. ${problems.join(' ')}` }
    : { value: all };
}

/** What messages call an entry. Its number, if its name is so long that it may be a token in the wrong place. */
export function placeOf(name: string, at: number): string {
  return TOKEN_NAME.test(name) && name.length < MIN_TOKEN_LENGTH ? name : `number ${at + 1}`;
}

function fieldsIn(written: string, report: (problem: string) => void): LimitTexts {
  const fields = new Map<LimitField, string>();
  const words = items(written, /\s/);
  if (words.length === 0) report('has no limits. Give it one, or remove it.');
  for (const word of words) {
    const [name, value] = cut(word, '=');
    const field = LIMIT_FIELDS.find((one) => one === name);
    if (field === undefined)
      report(
        `has something that is not a limit. A limit is one of ${LIMIT_FIELDS.join(', ')}, with its value behind it.`,
      );
    else if (fields.has(field)) report(`has ${field} twice. Remove one of them.`);
    else fields.set(field, value);
  }
  return Object.fromEntries(fields);
}

/** Reads limits and reports every problem; with a problem the result has no meaning. */
export function readLimits(texts: LimitTexts, report: Report): StaticLimits {
  const read = <T>(field: LimitField, parse: (text: string) => ParseResult<T>): T | undefined => {
    const text = texts[field];
    if (text === undefined) return undefined;
    const result = parse(text);
    if ('value' in result) return result.value;
    report(field, result.problem);
    return undefined;
  };
  return {
    limits: {
      requestsPerMinute: read('rpm', count),
      concurrency: read('concurrency', count),
      tokensPerMinute: read('tpm', tokensPerMinute),
      money: read('usd', moneyLimit),
      models: read('models', claimValues),
      providers: read('providers', claimValues),
    },
    expiresAt: read('until', endOfDay),
  };
}

function count(text: string): ParseResult<number> {
  return /^[1-9]\d{0,6}$/.test(text) && Number(text) <= MAX_COUNT
    ? { value: Number(text) }
    : { problem: `must be a whole number from 1 to ${MAX_COUNT}.` };
}

function claimValues(text: string): ParseResult<readonly string[]> {
  const value = text.split(',').map((item) => item.trim());
  return value.every((item) => CLAIM_VALUE.test(item))
    ? { value }
    : { problem: 'must be a comma-separated list, "*" standing for any characters but a slash.' };
}

const UNITS = new Map([
  ['', 1],
  ['k', 1_000],
  ['m', 1_000_000],
]);

/** `200000`, `200k`, `1.5m`. */
function tokensPerMinute(text: string): ParseResult<number> {
  const [, amount = '', unit = ''] = /^(\d{1,10}(?:\.\d{1,3})?)([km]?)$/i.exec(text) ?? [];
  const value = Math.round(Number(amount) * (UNITS.get(unit.toLowerCase()) ?? NaN) * 1_000) / 1_000;
  return amount !== '' && Number.isInteger(value) && value >= 1 && value <= MAX_TOKENS_PER_MINUTE
    ? { value }
    : { problem: 'must be a number of tokens from 1 to 1000000000, as 200000, 200k or 1.5m.' };
}

/** `5/month`; `5` for the whole life of the token. */
function moneyLimit(text: string): ParseResult<MoneyLimit> {
  const [amount = '', period = 'total', ...others] = text.split('/');
  const nanoUsd = nanoUsdIn(amount);
  return nanoUsd !== undefined && isPeriod(period) && others.length === 0
    ? { value: { nanoUsd, period } }
    : {
        problem:
          'must be an amount of US dollars from 0.01 to 1000000, and a day, week or month (UTC) if it is for one: 5/month, 0.50/day, 20.',
      };
}

function isPeriod(text: string): text is MoneyLimit['period'] {
  return text === 'day' || text === 'week' || text === 'month' || text === 'total';
}

/** The end of a day (UTC), in seconds since 1970. */
function endOfDay(text: string): ParseResult<number> {
  const start = /^\d{4}-\d\d-\d\d$/.test(text) ? Date.parse(`${text}T00:00:00Z`) : NaN;
  // Date.parse takes 2027-02-31 for the third of March.
  return Number.isFinite(start) && new Date(start).toISOString().startsWith(text)
    ? { value: Math.min(start / 1_000 + DAY_S, MAX_SECONDS) }
    : { problem: 'must be a day, as 2027-01-31; the token is valid until its end (UTC).' };
}

/** The trimmed texts before and behind the first separator; the whole text and nothing if there is none. */
function cut(text: string, separator: string): readonly [before: string, behind: string] {
  const at = text.indexOf(separator);
  return at === -1 ? [text.trim(), ''] : [text.slice(0, at).trim(), text.slice(at + 1).trim()];
}
