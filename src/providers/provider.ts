import type { CredentialHeader } from '../core/credentials';
import type { Failure } from '../errors';
import type { Countries } from './countries';

/** A header as it is sent: name and value. */
export type Header = readonly [name: string, value: string];

/**
 * What this proxy must know of one upstream API. A provider is one file of settings and small total
 * functions, and one line in `registry.ts`; nothing else in the house names a provider.
 */
export interface Provider {
  /** The path segment that addresses it (`/openai/v1/…`), and the stem of its variables (`OPENAI_UPSTREAM`). */
  readonly name: string;
  /** An https origin, with or without a path prefix. */
  readonly defaultUpstream: string;
  /** Whether only this provider has such a path: evidence that outweighs the kind of credential. */
  ownsPath(path: string): boolean;
  /** Request headers that only this provider's clients send, in lower case. */
  readonly telltaleHeaders: readonly string[];
  /** Keys that only this provider issues. */
  readonly keyPattern: RegExp;
  /** From where it may be asked. */
  readonly countries: Countries;
  /** Where its clients put the key, the most native first, in lower case. */
  readonly keyHeaders: readonly CredentialHeader[];
  /** The one header that carries `key` to this upstream. */
  keyHeader(key: string): Header;
  /** Whether a JSON body on this path is a chat with a `messages` list, which the transforms may edit. */
  isChatPath(path: string): boolean;
  /** The body of an error of ours, in this provider's shape, such that its SDK raises its right class. */
  errorBody(failure: Failure): object;
  /** One server-sent event that tells this provider's clients that a running stream failed. */
  streamErrorEvent(failure: Failure, path: string): string;
}
