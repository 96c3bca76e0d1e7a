import { randomBytes } from 'node:crypto';
import { TOKEN_NAME } from '../../src/config/parsers/secrets';
import { readLimits, type LimitTexts as Limits } from '../../src/config/parsers/token-limits';
import { readClaims, writeClaims, type TokenClaims } from '../../src/proxy/tokens/claims';
import { MAX_SIGNED_LENGTH, signToken } from '../../src/proxy/tokens/signed-tokens';

/** Name and limits as they stand on the command line. */
export type LimitTexts = Limits & { readonly name?: string | undefined };

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
  const { limits, expiresAt } = readLimits(texts, (field, problem) => problems.push(`--${field} ${problem}`));
  if (expiresAt !== undefined && expiresAt * 1_000 <= nowMs)
    problems.push('--until must be a day that is not over.');
  const claims: TokenClaims = { name, issuedAt: Math.floor(nowMs / 1_000), expiresAt, limits };
  if (problems.length > 0) return { problem: problems.join('\n') };
  const token = signToken(claims, secret);
  if (token.length > MAX_SIGNED_LENGTH || !readClaims(writeClaims(claims))) {
    return {
      problem: `The token would have ${token.length} characters, and clients take ${MAX_SIGNED_LENGTH}. Use a shorter name, or patterns with "*" in place of several models.`,
    };
  }
  return { token };
}
