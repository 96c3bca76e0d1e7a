import { createHash, createHmac, timingSafeEqual } from 'node:crypto';
import type { AccessToken } from './access';
import { withoutParameter } from './credentials';

const PARAMETER = /[?&]proxy-grant=([\w.-]{1,64})\.([\w-]{43})(?=&|$)/;

/**
 * Stands for an access token in an address that this proxy hands out and that its caller then uses without any
 * credential: the upload address of a resumable upload, whose `upload_id` is all that Google asks for. A grant is good
 * for one `upload_id`, in every instance, until its token is withdrawn; nothing of the token can be told from it.
 */
export class Grants {
  readonly #tokens: ReadonlyMap<string, string>;
  readonly #key: Buffer;

  /** @param secrets all that instances of one configuration share: who sees a grant cannot guess a weak token from it */
  constructor(tokens: readonly AccessToken[], secrets: readonly string[]) {
    this.#tokens = new Map(tokens.map(({ name, token }) => [name, token]));
    this.#key = createHash('sha256')
      .update(JSON.stringify([tokens, secrets]))
      .digest();
  }

  /** The query with a grant behind it; unchanged where there is no such token or nothing to grant. */
  added(query: string, tokenName: string): string {
    const uploadId = uploadIdIn(query);
    const token = this.#tokens.get(tokenName);
    if (uploadId === undefined || token === undefined) return query;
    return `${query}&proxy-grant=${tokenName}.${this.#signature(token, uploadId).toString('base64url')}`;
  }

  /** The name of the token that a query's grant stands for; undefined where there is no right one. */
  holder(query: string): string | undefined {
    const [, tokenName = '', signed = ''] = PARAMETER.exec(query) ?? [];
    const uploadId = uploadIdIn(query);
    const token = this.#tokens.get(tokenName);
    if (uploadId === undefined || token === undefined) return undefined;
    return timingSafeEqual(this.#signature(token, uploadId), Buffer.from(signed, 'base64url'))
      ? tokenName
      : undefined;
  }

  #signature(token: string, uploadId: string): Buffer {
    return createHmac('sha256', this.#key).update(`${token}\0${uploadId}`).digest();
  }
}

/** Whether a request goes on with a resumable upload, for which its `upload_id` is the permission. */
export function continuesUpload({ path, query }: { readonly path: string; readonly query: string }): boolean {
  return path.startsWith('/upload/') && uploadIdIn(query) !== undefined;
}

/** What identifies a resumable upload; undefined where the query has none. */
export function uploadIdIn(query: string): string | undefined {
  return query.includes('upload_id=') ? /[?&]upload_id=([^&]+)/.exec(query)?.[1] : undefined;
}

/** The query as it goes upstream. */
export function withoutGrant(query: string): string {
  return withoutParameter(query, 'proxy-grant');
}
