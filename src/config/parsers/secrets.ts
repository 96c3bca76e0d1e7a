import { MIN_TOKEN_LENGTH, TOKEN, type AccessToken } from '../../proxy/auth/access-tokens';
import type { Revocation } from '../../proxy/tokens/revocations';
import { items, type ParseResult } from './basic';

/** The form of a token's name. */
export const TOKEN_NAME = /^[\w.-]{1,64}$/;

const MAKE_ONE = 'Make a good one with: npm run token';

/** `laptop:TOKEN,phone:TOKEN`, or `TOKEN,TOKEN`, which are named token-1 and token-2. */
export function accessTokens(text: string): ParseResult<readonly AccessToken[]> {
  const tokens = items(text, /[,\n]/).map((item, at) => {
    const colon = item.indexOf(':');
    return colon === -1
      ? { name: `token-${at + 1}`, token: item }
      : { name: item.slice(0, colon), token: item.slice(colon + 1) };
  });
  if (!tokens.every(({ name, token }) => TOKEN_NAME.test(name) && TOKEN.test(token))) {
    return {
      problem:
        'must be a comma-separated list of name:token or token, both of letters, digits, ".", "_", "~" and "-".',
    };
  }
  const short = tokens.flatMap(({ token }, at) => (token.length < MIN_TOKEN_LENGTH ? [at + 1] : []));
  if (short.length > 0) {
    // By position: a name may be a token on the wrong side of the colon.
    return {
      problem: `has a token of fewer than ${MIN_TOKEN_LENGTH} characters, which can be guessed (in the list: number ${short.join(', ')}). ${MAKE_ONE}`,
    };
  }
  if (new Set(tokens.map(({ token }) => token)).size < tokens.length)
    return { problem: 'has the same token twice.' };
  if (new Set(tokens.map(({ name }) => name)).size < tokens.length)
    return { problem: 'has the same name twice.' };
  return { value: tokens };
}

/** What every HTTP client can send in a header. */
const SENDABLE = /^[\x20-\x7e]*$/;

/** One token; '' for none. */
export function adminToken(text: string): ParseResult<string> {
  if (!SENDABLE.test(text)) {
    return {
      problem: `must be of letters, digits and signs of ASCII, in one line: nobody could send another one. ${MAKE_ONE}`,
    };
  }
  return text === '' || text.length >= MIN_TOKEN_LENGTH
    ? { value: text }
    : { problem: `must have at least ${MIN_TOKEN_LENGTH} characters, or it can be guessed. ${MAKE_ONE}` };
}

/** Whoever holds a token can test guesses of the secret on a machine of their own, so it must not be guessable. */
const MIN_SECRET_LENGTH = 32;
const SECRET = /^[\x21-\x2b\x2d-\x7e]+$/;

/** Secrets separated by commas, the newest first. */
export function tokenSecrets(text: string): ParseResult<readonly string[]> {
  const secrets = items(text, /[,\n]/);
  if (!secrets.every((secret) => SECRET.test(secret) && secret.length >= MIN_SECRET_LENGTH)) {
    return {
      problem: `must be one secret of at least ${MIN_SECRET_LENGTH} characters without spaces, or several separated by commas, the newest first. Make a good one with: npm run token -- --secret`,
    };
  }
  return { value: secrets };
}

/** One secret; '' for none. */
export function configSecret(text: string): ParseResult<string> {
  return text === '' || (SECRET.test(text) && text.length >= MIN_SECRET_LENGTH)
    ? { value: text }
    : {
        problem: `must be one secret of at least ${MIN_SECRET_LENGTH} characters without spaces and commas. Make a good one with: npm run token -- --secret`,
      };
}

/** `mum`, `mum~t5k2x9` or `before:2026-11-29T12:00:00Z`. */
export function revokedTokens(text: string): ParseResult<readonly Revocation[]> {
  const revocations: Revocation[] = [];
  for (const item of items(text, /[,\n]/)) {
    const revocation = revocationOf(item);
    if (!revocation) {
      return {
        problem:
          'must be a comma-separated list of token names (mum), of ids (mum~t5k2x9), or of times before which all tokens were issued (before:2026-11-29T12:00:00Z).',
      };
    }
    revocations.push(revocation);
  }
  return { value: revocations };
}

/** One item of REVOKED_TOKENS; `undefined` if it is none. */
export function revocationOf(item: string): Revocation | undefined {
  const date = /^before:(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ)$/.exec(item)?.[1];
  if (date !== undefined) {
    const before = Date.parse(date) / 1_000;
    return Number.isFinite(before) ? { before } : undefined;
  }
  const [, name = '', issued] = /^([^~]*)(?:~t([0-9a-z]{1,8}))?$/.exec(item) ?? [];
  if (!TOKEN_NAME.test(name)) return undefined;
  return { name, issuedAt: issued === undefined ? undefined : parseInt(issued, 36) };
}
