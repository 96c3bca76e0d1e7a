import { randomBytes } from 'node:crypto';
import { TOKEN_NAME } from '../../src/config/parsers/secrets';
import {
  CLAIM_VALUE,
  nanoUsdIn,
  readClaims,
  writeClaims,
  type MoneyLimit,
  type TokenClaims,
} from '../../src/proxy/tokens/claims';
import { MAX_SIGNED_LENGTH, signToken } from '../../src/proxy/tokens/signed-tokens';

/** The limits as they stand on the command line. */
export interface LimitTexts {
  readonly name?: string | undefined;
  readonly rpm?: string | undefined;
  readonly concurrency?: string | undefined;
  readonly tpm?: string | undefined;
  readonly usd?: string | undefined;
  readonly models?: string | undefined;
  readonly providers?: string | undefined;
  readonly until?: string | undefined;
}

/** A new value for TOKEN_SECRET: 256 bits. */
export function newSecret(): string {
  return randomBytes(32).toString('base64url');
}

/** A signed token, or what has to be changed to get one. */
export type SignedResult = { readonly token: string } | { readonly problem: string };

/**
 * @param secret the newest of TOKEN_SECRET
 * @param nowMs the wall clock, in ms
 */
export function newSignedToken(texts: LimitTexts, secret: string, nowMs: number): SignedResult {
  const problems: string[] = [];
  const { name = '' } = texts;
  if (!TOKEN_NAME.test(name)) problems.push('--name must be 1 to 64 letters, digits, ".", "_" or "-".');
  const count = (option: string, text: string | undefined) => {
    if (text === undefined) return undefined;
    if (!/^[1-9]\d{0,6}$/.test(text) || Number(text) > 1_000_000)
      problems.push(`--${option} must be a whole number from 1 to 1000000.`);
    return Number(text);
  };
  const list = (option: string, text: string | undefined) => {
    const items = text?.split(',').map((item) => item.trim());
    if (items && !items.every((item) => CLAIM_VALUE.test(item)))
      problems.push(
        `--${option} must be a comma-separated list, "*" standing for any characters but a slash.`,
      );
    return items;
  };
  const claims: TokenClaims = {
    name,
    issuedAt: Math.floor(nowMs / 1_000),
    expiresAt: endOf(texts.until, nowMs, problems),
    limits: {
      requestsPerMinute: count('rpm', texts.rpm),
      concurrency: count('concurrency', texts.concurrency),
      tokensPerMinute: tokensPerMinute(texts.tpm, problems),
      money: moneyLimit(texts.usd, problems),
      models: list('models', texts.models),
      providers: list('providers', texts.providers),
    },
  };
  if (problems.length > 0) return { problem: problems.join('\n') };
  const token = signToken(claims, secret);
  if (token.length > MAX_SIGNED_LENGTH || !readClaims(writeClaims(claims))) {
    return {
      problem: `The token would have ${token.length} characters, and clients take ${MAX_SIGNED_LENGTH}. Use a shorter name, or patterns with "*" in place of several models.`,
    };
  }
  return { token };
}

/** `200000`, `200k`, `1.5m`. */
function tokensPerMinute(text: string | undefined, problems: string[]): number | undefined {
  if (text === undefined) return undefined;
  const [, amount = '', unit = ''] = /^(\d{1,10}(?:\.\d{1,3})?)([km]?)$/i.exec(text) ?? [];
  const count = Math.round(Number(amount) * (UNITS.get(unit.toLowerCase()) ?? NaN) * 1_000) / 1_000;
  if (amount !== '' && Number.isInteger(count) && count >= 1 && count <= 1e9) return count;
  problems.push('--tpm must be a number of tokens from 1 to 1000000000, as 200000, 200k or 1.5m.');
  return undefined;
}

const UNITS = new Map([
  ['', 1],
  ['k', 1_000],
  ['m', 1_000_000],
]);

/** `5/month`; `5` for the whole life of the token. */
function moneyLimit(text: string | undefined, problems: string[]): MoneyLimit | undefined {
  if (text === undefined) return undefined;
  const [amount = '', period = 'total', ...others] = text.split('/');
  const nanoUsd = nanoUsdIn(amount);
  if (nanoUsd !== undefined && isPeriod(period) && others.length === 0) return { nanoUsd, period };
  problems.push(
    '--usd must be an amount of US dollars from 0.01 to 1000000, and a day, week or month (UTC) if it is for one: 5/month, 0.50/day, 20.',
  );
  return undefined;
}

function isPeriod(text: string): text is MoneyLimit['period'] {
  return text === 'day' || text === 'week' || text === 'month' || text === 'total';
}

/** The end of a day (UTC), in seconds since 1970. */
function endOf(until: string | undefined, nowMs: number, problems: string[]): number | undefined {
  if (until === undefined) return undefined;
  const start = /^\d{4}-\d\d-\d\d$/.test(until) ? Date.parse(`${until}T00:00:00Z`) : NaN;
  const end = start + 24 * 60 * 60 * 1_000;
  // Date.parse takes 2027-02-31 for the third of March.
  const isDate = Number.isFinite(start) && new Date(start).toISOString().startsWith(until);
  if (!isDate || end <= nowMs)
    problems.push(
      '--until must be a day that is not over, as 2027-01-31; the token is valid until its end (UTC).',
    );
  return end / 1_000;
}
