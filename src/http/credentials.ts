import type { IncomingHttpHeaders } from 'node:http';
import { ProxyError } from '../errors/proxy-error';

/**
 * Request headers that may carry a key or an access token: the only such list. Each is searched for a token, and is
 * never sent upstream unchanged (header-lists.ts).
 */
export const CREDENTIAL_HEADERS = [
  'authorization',
  'x-api-key',
  'x-goog-api-key',
  'api-key',
  'ocp-apim-subscription-key', // Azure API Management
  'x-auth-token',
  'x-access-token',
] as const;
export type CredentialHeader = (typeof CREDENTIAL_HEADERS)[number];

/** Every place of a request that may carry one; `?key` is the query's `key`. */
export type CredentialPlace = CredentialHeader | '?key' | 'subprotocol';

/** Browsers cannot set headers on a WebSocket: https://platform.openai.com/docs/guides/realtime-websocket */
export const KEY_SUBPROTOCOL = 'openai-insecure-api-key.';

/** The most parameters of one name that are read; more are only sent to cause work. */
const MAX_KEY_PARAMETERS = 4;

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

/** What the query's `key` parameters hold, decoded; mostly none or one, and never more than four. */
export function queryCredentials(query: string): readonly string[] {
  if (!query.includes('key=')) return [];
  return query
    .slice(1)
    .split('&')
    .filter((part) => part.startsWith('key=') && part !== 'key=')
    .slice(0, MAX_KEY_PARAMETERS)
    .map((part) => decoded(part.slice('key='.length)));
}

/** The query with another value for its `key`, and with only one `key`; the rest stays byte for byte. */
export function withQueryCredential(query: string, credential: string): string {
  let placed = false;
  const parts = query
    .slice(1)
    .split('&')
    .flatMap((part) => {
      if (!part.startsWith('key=')) return [part];
      if (placed) return [];
      placed = true;
      return [`key=${encodeURIComponent(credential)}`];
    });
  return `?${parts.join('&')}`;
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

/** The key among the subprotocols that a WebSocket's client offers. */
export function subprotocolCredential(headers: IncomingHttpHeaders): string | undefined {
  return subprotocolsOf(headers).find(isKeySubprotocol)?.slice(KEY_SUBPROTOCOL.length);
}

/** The subprotocols that a WebSocket's client offers, including one that carries a key. */
export function subprotocolsOf(headers: IncomingHttpHeaders): readonly string[] {
  const value = headers['sec-websocket-protocol'];
  return value === undefined ? [] : value.split(',').map((item) => item.trim());
}

/** Whether an item is not a real subprotocol but carries a key. */
export function isKeySubprotocol(item: string): boolean {
  return item.startsWith(KEY_SUBPROTOCOL);
}

/** The offered subprotocols with another key in place of the client's, and with only one key. */
export function withSubprotocolCredential(offered: readonly string[], credential: string): readonly string[] {
  const at = offered.findIndex(isKeySubprotocol);
  return offered.flatMap((item, index) => {
    if (!isKeySubprotocol(item)) return [item];
    return index === at ? [KEY_SUBPROTOCOL + credential] : [];
  });
}

/** The most keys that may be joined; each may be tried once per request. */
export const MAX_JOINED_KEYS = 32;

/**
 * The keys of a credential: several may be joined by `|` or `,`. Empty if it holds none.
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
