import type { IncomingHttpHeaders } from 'node:http';
import { ProxyError } from '../errors';

/** Request headers that may carry a key, or an access token. */
export const CREDENTIAL_HEADERS = ['authorization', 'x-api-key', 'x-goog-api-key', 'api-key'] as const;
export type CredentialHeader = (typeof CREDENTIAL_HEADERS)[number];

/** Every place of a request that may carry one; `?key` is the query's `key`. */
export type CredentialPlace = CredentialHeader | '?key' | 'subprotocol';

/** Browsers cannot set headers on a WebSocket: https://platform.openai.com/docs/guides/realtime-websocket */
export const KEY_SUBPROTOCOL = 'openai-insecure-api-key.';

const KEY_PARAMETER = /([?&]key=)([^&]*)/;
const EVERY_KEY_PARAMETER = new RegExp(KEY_PARAMETER, 'g');

/** What a credential header holds: the token of a `Bearer` scheme (RFC 6750), or the whole value of the others. */
export function credentialIn(headers: IncomingHttpHeaders, header: CredentialHeader): string | undefined {
  const value = headers[header];
  if (typeof value !== 'string') return undefined;
  // Another scheme than Bearer holds no API key.
  const credential = header === 'authorization' ? bearerIn(value) : value.trim();
  return credential === '' ? undefined : credential;
}

function bearerIn(value: string): string | undefined {
  return /^bearer /i.test(value) ? value.slice('bearer '.length).trim() : undefined;
}

/** What the query's `key` holds, decoded. */
export function queryCredential(query: string): string | undefined {
  const value = query.includes('key=') ? KEY_PARAMETER.exec(query)?.[2] : undefined;
  return value === undefined || value === '' ? undefined : decoded(value);
}

/** The query with another value in place of that of its `key`; the rest stays byte for byte. */
export function withQueryCredential(query: string, credential: string): string {
  return query.replace(
    EVERY_KEY_PARAMETER,
    (_parameter, name: string) => name + encodeURIComponent(credential),
  );
}

/** The query without the parameters of this name; the rest stays byte for byte. */
export function withoutParameter(query: string, name: string, isMeant = (_value: string) => true): string {
  if (!query.includes(`${name}=`)) return query;
  const kept = query
    .slice(1)
    .split('&')
    .filter((part) => !part.startsWith(`${name}=`) || !isMeant(part.slice(name.length + 1)));
  return kept.length === 0 ? '' : `?${kept.join('&')}`;
}

/** The key among the subprotocols that a WebSocket's caller offers. */
export function subprotocolCredential(headers: IncomingHttpHeaders): string | undefined {
  const offered = subprotocolsOf(headers).find((item) => item.startsWith(KEY_SUBPROTOCOL));
  return offered?.slice(KEY_SUBPROTOCOL.length);
}

/** The offered subprotocols with another key in place of the caller's. */
export function withSubprotocolCredential(headers: IncomingHttpHeaders, credential: string): string {
  return subprotocolsOf(headers)
    .map((item) => (item.startsWith(KEY_SUBPROTOCOL) ? KEY_SUBPROTOCOL + credential : item))
    .join(', ');
}

function subprotocolsOf(headers: IncomingHttpHeaders): string[] {
  const value = headers['sec-websocket-protocol'];
  return value === undefined ? [] : value.split(',').map((item) => item.trim());
}

/** So many keys may be joined; nobody has more for one provider, and each is asked once a request. */
export const MAX_JOINED_KEYS = 32;

/**
 * The keys of a credential: several may be joined by `|` or `,`. Empty where it holds none.
 * @throws ProxyError `too-many-keys`
 */
export function splitKeys(credential: string): readonly string[] {
  if (!/[|,]/.test(credential)) return [credential];
  const parts = credential.split(/[|,]/, MAX_JOINED_KEYS + 1);
  if (parts.length > MAX_JOINED_KEYS) throw new ProxyError('too-many-keys');
  return parts.map((key) => key.trim()).filter((key) => key !== '');
}

export function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
