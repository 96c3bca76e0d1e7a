import { createHmac, timingSafeEqual } from 'node:crypto';
import { ProxyError } from '../../errors/proxy-error';
import { readClaims, writeClaims, type TokenClaims } from './claims';
import type { KnownToken } from './known-token';
import { idOf, type Revocations } from './revocations';
import { SIGNED_PREFIX } from './signed-token-search';

/** It has to fit into a client's field for the key. */
export const MAX_SIGNED_LENGTH = 120;
/** Of the signature, in characters: 128 bits. */
const SIGNATURE_LENGTH = 22;
const SIGNATURE_BYTES = 16;
/** Tokens that are kept with their claims, so that not every request costs a signature. */
const MAX_KNOWN = 1_024;
/** An instance's clock may be a little behind the one that the token was made by. */
const MAX_AHEAD_S = 300;

type KnownClaims = TokenClaims & KnownToken;

/** A signed token that was verified, without itself. */
export interface SeenToken {
  readonly token: KnownToken;
  /** In seconds since 1970. */
  readonly issuedAt: number;
  readonly isRevoked: boolean;
}

/** Makes a token that holds its own name and limits, so that no instance needs a list of tokens. */
export function signToken(claims: TokenClaims, secret: string): string {
  const text = SIGNED_PREFIX + writeClaims(claims);
  return `${text}~${signatureOf(text, secret).toString('base64url')}`;
}

/** Verifies signed tokens by any of several secrets, so that a new secret can be used before the old one is retired. */
export class SignedTokens {
  readonly #known = new Map<string, KnownClaims>();

  /** @param nowMs the wall clock, in ms */
  constructor(
    private readonly secrets: readonly string[],
    private readonly revocations: Revocations,
    private readonly nowMs: () => number,
  ) {}

  /**
   * A valid token; `undefined` if it is not one.
   * @throws ProxyError `token-expired`, `token-revoked`: only for a token that was valid
   */
  find(token: string): KnownToken | undefined {
    if (!token.startsWith(SIGNED_PREFIX)) return undefined;
    const claims = this.#known.get(token) ?? this.#verified(token);
    if (!claims) return undefined;
    const now = this.nowMs() / 1_000;
    if (claims.issuedAt > now + MAX_AHEAD_S) return undefined;
    if (claims.expiresAt !== undefined && claims.expiresAt <= now) throw new ProxyError('token-expired');
    if (this.revocations.concern(claims)) throw new ProxyError('token-revoked');
    return claims;
  }

  /** Those that were seen lately, whether they are still valid or not. */
  seen(): readonly SeenToken[] {
    return [...this.#known.values()].map((claims) => {
      const { name, id, limits, expiresAt, issuedAt } = claims;
      const token = { name, id, limits, expiresAt };
      return { token, issuedAt, isRevoked: this.revocations.concern(claims) };
    });
  }

  #verified(token: string): KnownClaims | undefined {
    if (token.length > MAX_SIGNED_LENGTH) return undefined;
    const at = token.lastIndexOf('~');
    const signature = token.slice(at + 1);
    const text = token.slice(0, at);
    // The length is compared first: of several spellings of a signature only the one that was made is accepted.
    if (signature.length !== SIGNATURE_LENGTH) return undefined;
    const bytes = Buffer.from(signature, 'base64url');
    if (bytes.length !== SIGNATURE_BYTES || bytes.toString('base64url') !== signature) return undefined;
    let isValid = false;
    for (const secret of this.secrets) {
      const isEqual = timingSafeEqual(signatureOf(text, secret), bytes);
      isValid ||= isEqual;
    }
    const read = isValid ? readClaims(text.slice(SIGNED_PREFIX.length)) : undefined;
    if (!read) return undefined;
    const claims = { ...read, id: idOf(read.name, read.issuedAt) };
    if (this.#known.size >= MAX_KNOWN) this.#known.clear();
    this.#known.set(token, claims);
    return claims;
  }
}

function signatureOf(text: string, secret: string): Buffer {
  return createHmac('sha256', secret).update(text).digest().subarray(0, SIGNATURE_BYTES);
}
