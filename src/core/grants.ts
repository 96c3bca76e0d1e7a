import { createHmac, scrypt, timingSafeEqual } from 'node:crypto';
import type { AccessToken } from './access';
import { withoutParameter } from './credentials';

const PARAMETER = /[?&]proxy-grant=([\w.-]{1,64})\.([0-9a-z]{1,9})\.([\w-]{43})(?=&|$)/;
const LIFETIME_S = 24 * 60 * 60;
/** How a resumable upload goes on: https://ai.google.dev/gemini-api/docs/files, https://cloud.google.com/storage/docs/resumable-uploads */
const METHODS = new Set(['POST', 'PUT']);

/** The one upload that a grant opens. */
export interface GrantedUpload {
  /** The provider's name. */
  readonly provider: string;
  /** The address's path as a client sends it, less stage, token and provider. */
  readonly path: string;
  /** With the `upload_id`. */
  readonly query: string;
}

/**
 * Stands for an access token in an address that this proxy hands out and that its client then uses without any
 * credential: the upload address of a resumable upload, whose `upload_id` is all that Google asks for. A grant opens one
 * upload (provider, path, `upload_id`) to the methods that go on with it, for a day, in every instance of one
 * configuration, until any secret of that configuration changes.
 */
export class Grants {
  readonly #tokens: ReadonlyMap<string, string>;
  #key: Buffer | undefined;
  #preparing: Promise<void> | undefined;

  /**
   * @param secrets all else that is secret in the configuration, and the same in all its instances. A grant is a
   * signature that its holder can test guesses against, offline. With a server's key, an admin token or a Redis password
   * among the secrets all of them would have to be guessed together. Where there is none (clients bring their own keys)
   * the tokens alone are left; a random key would be another in each instance, and uploads would fail at random. So the
   * key is derived slowly: each guess at a token, of 16 characters at least, costs 8 MB and 20 ms of CPU.
   * @param nowMs the wall clock
   */
  constructor(
    tokens: readonly AccessToken[],
    private readonly secrets: readonly string[],
    private readonly nowMs: () => number = Date.now,
  ) {
    this.#tokens = new Map(tokens.map(({ name, token }) => [name, token]));
  }

  /** Makes the key, once; nothing can be granted or recognised before. Off the main thread. */
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

  /** The upload's query with a grant behind it; unchanged if there is no such token, or nothing to grant. */
  added(upload: GrantedUpload, tokenName: string): string {
    const expires = (Math.floor(this.nowMs() / 1_000) + LIFETIME_S).toString(36);
    const signature = continuesUpload(upload) ? this.#signature(upload, tokenName, expires) : undefined;
    return signature === undefined
      ? upload.query
      : `${upload.query}&proxy-grant=${tokenName}.${expires}.${signature.toString('base64url')}`;
  }

  /** The name of the token that a request's grant stands for; `undefined` if it has none that is right. */
  holder(upload: GrantedUpload, method: string): string | undefined {
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
    const token = this.#tokens.get(tokenName);
    if (token === undefined || !this.#key) return undefined;
    const signed = [provider, path, uploadIdIn(query), tokenName, token, expires];
    return createHmac('sha256', this.#key).update(JSON.stringify(signed)).digest();
  }
}

/** Whether a path is one that uploads begin at, and go on at. */
export function isUploadPath(path: string): boolean {
  return path.startsWith('/upload/');
}

/** Whether a request goes on with a resumable upload, for which its `upload_id` is the permission. */
export function continuesUpload({ path, query }: { readonly path: string; readonly query: string }): boolean {
  return isUploadPath(path) && uploadIdIn(query) !== undefined;
}

/** What identifies a resumable upload; `undefined` if the query has none, or more than one. */
export function uploadIdIn(query: string): string | undefined {
  if (!query.includes('upload_id=')) return undefined;
  const ids = query
    .slice(1)
    .split('&')
    .filter((part) => part.startsWith('upload_id='));
  const id = ids[0]?.slice('upload_id='.length);
  return ids.length === 1 && id !== '' ? id : undefined;
}

/** Whether a query has something that was meant as a grant. */
export function hasGrant(query: string): boolean {
  return query.includes('proxy-grant=');
}

/** The query as it goes upstream. */
export function withoutGrant(query: string): string {
  return withoutParameter(query, 'proxy-grant');
}
