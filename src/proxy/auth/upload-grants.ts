import { createHmac, scrypt, timingSafeEqual } from 'node:crypto';
import type { AccessToken } from './access-tokens';
import { withoutParameter } from '../../http/credentials';
import { continuesUpload, uploadIdIn } from '../routing/resumable-upload';

const PARAMETER = /[?&]proxy-grant=([\w.-]{1,64})\.([0-9a-z]{1,9})\.([\w-]{43})(?=&|$)/;
const LIFETIME_S = 24 * 60 * 60;
/** Methods that continue a resumable upload: https://ai.google.dev/gemini-api/docs/files, https://cloud.google.com/storage/docs/resumable-uploads */
const METHODS = new Set(['POST', 'PUT']);

/** The one upload that a grant permits. */
export interface GrantedUpload {
  /** The provider's name. */
  readonly provider: string;
  /** The URL's path as a client sends it, without stage, token and provider. */
  readonly path: string;
  /** With the `upload_id`. */
  readonly query: string;
}

/**
 * Replaces the access token in a URL that this proxy returns and that the client then uses without any credential: the
 * upload URL of a resumable upload, for which Google requires only the `upload_id`. A grant permits one upload
 * (provider, path, `upload_id`) with the methods that continue it, for a day, in every instance with the same
 * configuration, until any secret of that configuration changes.
 */
export class UploadGrants {
  readonly #tokens: ReadonlyMap<string, string>;
  #key: Buffer | undefined;
  #preparing: Promise<void> | undefined;

  /**
   * @param secrets everything else in the configuration that is secret and the same in all instances. A grant is a
   * signature that its holder can test guesses against, offline. With a server's key, an admin token or a Redis password
   * among the secrets, all of them would have to be guessed together. If there are none (clients send their own keys),
   * only the tokens protect it; a random key would differ in each instance, and uploads would fail at random. So the
   * key is derived slowly: each guess of a token, of at least 16 characters, costs 8 MB and 20 ms of CPU.
   * @param nowMs the wall clock
   */
  constructor(
    tokens: readonly AccessToken[],
    private readonly secrets: readonly string[],
    private readonly nowMs: () => number = Date.now,
    /** Whether there are signed tokens, whose names are in no list. */
    private readonly hasSignedTokens = false,
  ) {
    this.#tokens = new Map(tokens.map(({ name, token }) => [name, token]));
  }

  /** Derives the key, once, off the main thread; no grant can be made or verified before. */
  prepare(): Promise<void> {
    return (this.#preparing ??= new Promise((resolve, reject) => {
      const password = JSON.stringify([[...this.#tokens], this.secrets]);
      scrypt(password, 'scf-llm-proxy upload grants', 32, { N: 2 ** 13, r: 8, p: 1 }, (error, key) => {
        this.#key = key;
        if (error) reject(error);
        else resolve();
      });
    }));
  }

  /** The upload's query with a grant appended; unchanged if there is no such token, or nothing to grant. */
  withGrant(upload: GrantedUpload, tokenName: string): string {
    const expires = (Math.floor(this.nowMs() / 1_000) + LIFETIME_S).toString(36);
    const signature = continuesUpload(upload) ? this.#signature(upload, tokenName, expires) : undefined;
    return signature === undefined
      ? upload.query
      : `${upload.query}&proxy-grant=${tokenName}.${expires}.${signature.toString('base64url')}`;
  }

  /** The name of the token that a request's grant was made with; `undefined` if it has no valid grant. */
  tokenNameOf(upload: GrantedUpload, method: string): string | undefined {
    const [, tokenName = '', expires = '', signed = ''] = PARAMETER.exec(upload.query) ?? [];
    if (signed === '' || !METHODS.has(method) || !continuesUpload(upload)) return undefined;
    const signature = this.#signature(upload, tokenName, expires);
    if (!signature || !timingSafeEqual(signature, Buffer.from(signed, 'base64url'))) return undefined;
    return parseInt(expires, 36) * 1_000 > this.nowMs() ? tokenName : undefined;
  }

  #signature(
    { provider, path, query }: GrantedUpload,
    tokenName: string,
    expires: string,
  ): Buffer | undefined {
    const token = this.#tokens.get(tokenName) ?? (this.hasSignedTokens ? '' : undefined);
    if (token === undefined || !this.#key) return undefined;
    const signed = [provider, path, uploadIdIn(query), tokenName, token, expires];
    return createHmac('sha256', this.#key).update(JSON.stringify(signed)).digest();
  }
}

/** Whether a query has a parameter that was meant as a grant. */
export function hasGrant(query: string): boolean {
  return query.includes('proxy-grant=');
}

/** The query as it goes upstream. */
export function withoutGrant(query: string): string {
  return withoutParameter(query, 'proxy-grant');
}
