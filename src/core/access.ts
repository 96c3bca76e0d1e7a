import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';
import {
  CREDENTIAL_HEADERS,
  credentialIn,
  queryCredentials,
  subprotocolCredential,
  type CredentialPlace,
} from './credentials';
import { SecretSearch } from './secret-search';
import { TokenFilter, fullyDecoded } from './token-filter';

/** Characters that stand in a URL's path as they are, since a token may stand there. */
export const TOKEN = /^[A-Za-z0-9._~-]+$/;
/** Fewer can be guessed, by whoever has many addresses or a list of common words. */
export const MIN_TOKEN_LENGTH = 16;

/** A token that lets a caller in, and the name that the log calls it by. */
export interface AccessToken {
  readonly name: string;
  readonly token: string;
}

/** What a caller presented, taken apart. */
export interface Admission {
  /** The token's name; undefined where none was presented that is right. */
  readonly tokenName: string | undefined;
  /** Whether something was presented that could have been meant as a token. */
  readonly presented: boolean;
  /** The client's own credentials, without any token. */
  readonly own: ReadonlyMap<CredentialPlace, string>;
  /** The query without the parameters that hold a token. */
  readonly query: string;
  /** Leaves tokens out of whatever else goes upstream; `undefined` if there are none. */
  readonly tokens: TokenFilter | undefined;
}

/**
 * Tells right tokens from wrong ones. Tokens are compared as HMACs under a key of this process: of equal length, in
 * constant time, and the table that finds them tells an attacker's stopwatch nothing, since nobody outside can choose
 * what a guess hashes to.
 */
export class AccessList {
  readonly #key = randomBytes(32);
  /**
   * Right tokens that have come before, so that not each request costs an HMAC. It is looked into by a hash that this
   * process has seeded, and only a guess of the same hash is compared: nothing to time.
   */
  readonly #right = new Map<string, string>();
  readonly #byDigest = new Map<string, { readonly name: string; readonly digest: Buffer }>();
  /** Asked only once a right token has come: how long it takes tells of what it looks for. */
  readonly #filter: TokenFilter | undefined;

  constructor(tokens: readonly AccessToken[]) {
    for (const { name, token } of tokens) {
      const digest = this.#digest(token);
      this.#byDigest.set(digest.toString('base64'), { name, digest });
    }
    if (tokens.length > 0) this.#filter = new TokenFilter(new SecretSearch(tokens.map(({ token }) => token)));
  }

  /** With no tokens everybody is let in. */
  get open(): boolean {
    return this.#byDigest.size === 0;
  }

  /** The name of a right token, else undefined. */
  nameOf(token: string): string | undefined {
    return this.#right.get(token) ?? this.#find(token);
  }

  #find(token: string): string | undefined {
    const digest = this.#digest(token);
    const found = this.#byDigest.get(digest.toString('base64'));
    if (!found || !timingSafeEqual(found.digest, digest)) return undefined;
    this.#right.set(token, found.name);
    return found.name;
  }

  /**
   * Looks in every place where a token may stand: a credential header, the query's `key`, a WebSocket's subprotocol;
   * in each, alone or behind the client's own key (`sk-…:token`).
   * @param pathToken the name of the token that the path had, if it had a right one
   */
  admit(headers: IncomingHttpHeaders, query: string, pathToken: string | undefined): Admission {
    const own = new Map<CredentialPlace, string>();
    let tokenName = pathToken;
    let presented = false;
    const look = (place: CredentialPlace, credential: string | undefined) => {
      if (credential === undefined) return;
      presented = true;
      const found = this.#parse(credential);
      tokenName ??= found.tokenName;
      if (found.own !== undefined && !own.has(place)) own.set(place, found.own);
    };
    for (const header of CREDENTIAL_HEADERS) look(header, credentialIn(headers, header));
    if (query !== '') for (const credential of queryCredentials(query)) look('?key', credential);
    if (headers['sec-websocket-protocol'] !== undefined) look('subprotocol', subprotocolCredential(headers));
    const tokens = this.#filter;
    if (!tokens || tokenName === undefined) return { tokenName, presented, own, query, tokens };
    // A second token, or one where nobody looked for it, is nobody's key.
    for (const [place, credential] of own) {
      const rest = tokens.credential(credential);
      if (rest === '') own.delete(place);
      else if (rest !== credential) own.set(place, rest);
    }
    return { tokenName, presented, own, query: query === '' ? '' : tokens.query(query), tokens };
  }

  /** A credential taken apart: `token`, or `key:token`, the colon encoded or not. */
  #parse(credential: string): { readonly tokenName?: string | undefined; readonly own?: string } {
    if (this.open) return { own: credential };
    const whole = this.nameOf(credential);
    if (whole !== undefined) return { tokenName: whole };
    const text = fullyDecoded(credential);
    const colon = text.lastIndexOf(':');
    if (colon === -1 && text === credential) return { own: credential };
    const behind = this.nameOf(text.slice(colon + 1).trim());
    if (behind === undefined) return { own: credential };
    const own = text.slice(0, Math.max(colon, 0)).trim();
    return own === '' ? { tokenName: behind } : { tokenName: behind, own };
  }

  #digest(token: string): Buffer {
    return createHmac('sha256', this.#key).update(token).digest();
  }
}

/** Tells callers apart who open a conversation with the same words. */
export function callerOf(admission: Admission, headers: IncomingHttpHeaders): string {
  return admission.tokenName ?? credentialIn(headers, 'authorization') ?? '';
}
