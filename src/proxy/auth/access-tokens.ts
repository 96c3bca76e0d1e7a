import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';
import {
  CREDENTIAL_HEADERS,
  credentialIn,
  queryCredentials,
  subprotocolCredential,
  type CredentialPlace,
} from '../../http/credentials';
import { SecretSearch } from '../../secrets/secret-search';
import { TokenFilter, fullyDecoded } from '../../secrets/token-filter';
import { ProxyError } from '../../errors/proxy-error';
import type { TokenLimits } from '../tokens/claims';
import type { KnownToken } from '../tokens/known-token';
import { SignedTokenSearch } from '../tokens/signed-token-search';
import type { SeenToken, SignedTokens } from '../tokens/signed-tokens';

/** Characters that need no encoding in a URL's path, because a token may be a segment of it. */
export const TOKEN = /^[A-Za-z0-9._~-]+$/;
/** Shorter tokens can be guessed by an attacker with many addresses or a list of common words. */
export const MIN_TOKEN_LENGTH = 16;

/** A token that authenticates a client, and its name in the log. */
export interface AccessToken {
  readonly name: string;
  readonly token: string;
  /** `undefined` if it has none. */
  readonly limits?: TokenLimits | undefined;
  /** In seconds since 1970; `undefined` if it does not expire. */
  readonly expiresAt?: number | undefined;
}

/** A token that this process knows, without itself. */
export type ListedToken = Omit<SeenToken, 'issuedAt'> & {
  /** In seconds since 1970; `undefined` of a static one. */
  readonly issuedAt: number | undefined;
};

/** The credentials that a client sent, parsed. */
export interface Authentication {
  /** The token's name; `undefined` if no valid one was sent. */
  readonly tokenName: string | undefined;
  /** The token itself, as later stages know it. */
  readonly token: KnownToken | undefined;
  /** Whether something was sent that may have been meant as a token. */
  readonly presented: boolean;
  /** The client's own credentials, without any token. */
  readonly credentials: ReadonlyMap<CredentialPlace, string>;
  /** The query without the parameters that hold a token. */
  readonly query: string;
  /** Removes tokens from everything else that goes upstream; `undefined` if there are none. */
  readonly tokens: TokenFilter | undefined;
}

/**
 * Distinguishes valid tokens from invalid ones. Tokens are compared as HMACs under a key of this process: of equal
 * length and in constant time. The time of the map lookup reveals nothing either, because an attacker cannot choose the
 * hash of a guess.
 */
export class AccessTokens {
  readonly #key = randomBytes(32);
  /**
   * Valid tokens that were sent before, so that not every request costs an HMAC. The map finds them by a hash that this
   * process has seeded, and compares only a guess with the same hash, so its timing reveals nothing.
   */
  readonly #valid = new Map<string, KnownToken>();
  readonly #byDigest = new Map<string, { readonly token: KnownToken; readonly digest: Buffer }>();
  /** Used only after a valid token was sent: its timing reveals something of the tokens. */
  readonly #filter: TokenFilter | undefined;

  /** @param nowMs the wall clock, in ms */
  constructor(
    tokens: readonly AccessToken[],
    private readonly signed?: SignedTokens,
    private readonly nowMs: () => number = Date.now,
  ) {
    for (const { name, token, limits, expiresAt } of tokens) {
      const digest = this.#digest(token);
      this.#byDigest.set(digest.toString('base64'), { token: { name, id: name, limits, expiresAt }, digest });
    }
    if (this.open) return;
    const search = new SecretSearch(tokens.map(({ token }) => token));
    this.#filter = new TokenFilter(signed ? new SignedTokenSearch(search) : search);
  }

  /** Whether no tokens are configured, so that every client is accepted. */
  get open(): boolean {
    return this.#byDigest.size === 0 && !this.signed;
  }

  /**
   * A valid token; `undefined` if it is not valid.
   * @throws ProxyError `token-expired`, `token-revoked`
   */
  find(token: string): KnownToken | undefined {
    const known = this.#valid.get(token);
    if (known) return this.#unexpired(known);
    return this.signed?.find(token) ?? this.#find(token);
  }

  /** The static tokens, and the signed ones that were seen lately. */
  listed(): readonly ListedToken[] {
    const known = [...this.#byDigest.values()].map(({ token }): ListedToken => ({
      token,
      issuedAt: undefined,
      isRevoked: false,
    }));
    return this.signed ? [...known, ...this.signed.seen()] : known;
  }

  #find(token: string): KnownToken | undefined {
    const digest = this.#digest(token);
    const found = this.#byDigest.get(digest.toString('base64'));
    if (!found || !timingSafeEqual(found.digest, digest)) return undefined;
    this.#valid.set(token, found.token);
    return this.#unexpired(found.token);
  }

  /** @throws ProxyError `token-expired` */
  #unexpired(token: KnownToken): KnownToken {
    if (token.expiresAt !== undefined && token.expiresAt <= this.nowMs() / 1_000)
      throw new ProxyError('token-expired');
    return token;
  }

  /**
   * Checks every place where a token may be: a credential header, the query's `key`, a WebSocket's subprotocol;
   * in each, alone or after the client's own key (`sk-…:token`).
   * @param pathToken the valid token in the path, if there was one
   * @throws ProxyError `token-expired`, `token-revoked`
   */
  authenticate(
    headers: IncomingHttpHeaders,
    query: string,
    pathToken: KnownToken | undefined,
  ): Authentication {
    const own = new Map<CredentialPlace, string>();
    let token = pathToken;
    let presented = false;
    const check = (place: CredentialPlace, credential: string | undefined) => {
      if (credential === undefined) return;
      presented = true;
      const found = this.#parse(credential);
      token ??= found.token;
      if (found.own !== undefined && !own.has(place)) own.set(place, found.own);
    };
    for (const header of CREDENTIAL_HEADERS) check(header, credentialIn(headers, header));
    if (query !== '') for (const credential of queryCredentials(query)) check('?key', credential);
    if (headers['sec-websocket-protocol'] !== undefined) check('subprotocol', subprotocolCredential(headers));
    const tokens = this.#filter;
    const tokenName = token?.name;
    if (!tokens || !token) return { tokenName, token, presented, credentials: own, query, tokens };
    // A second token, or one in an unexpected place, must not be used as a key.
    for (const [place, credential] of own) {
      const rest = tokens.credential(credential);
      if (rest === '') own.delete(place);
      else if (rest !== credential) own.set(place, rest);
    }
    const cleanQuery = query === '' ? '' : tokens.query(query);
    return { tokenName, token, presented, credentials: own, query: cleanQuery, tokens };
  }

  /** Parses a credential: `token`, or `key:token`, the colon encoded or not. */
  #parse(credential: string): { readonly token?: KnownToken | undefined; readonly own?: string } {
    if (this.open) return { own: credential };
    const whole = this.find(credential);
    if (whole) return { token: whole };
    const text = fullyDecoded(credential);
    const colon = text.lastIndexOf(':');
    if (colon === -1 && text === credential) return { own: credential };
    const behind = this.find(text.slice(colon + 1).trim());
    if (!behind) return { own: credential };
    const own = text.slice(0, Math.max(colon, 0)).trim();
    return own === '' ? { token: behind } : { token: behind, own };
  }

  #digest(token: string): Buffer {
    return createHmac('sha256', this.#key).update(token).digest();
  }
}

/** Distinguishes clients that open a conversation with the same words. */
export function clientIdOf(authentication: Authentication, headers: IncomingHttpHeaders): string {
  return authentication.tokenName ?? credentialIn(headers, 'authorization') ?? '';
}
