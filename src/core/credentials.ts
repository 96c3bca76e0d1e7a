import type { IncomingHttpHeaders } from 'node:http';

/** Request headers that may carry a key, or an access token. */
export const CREDENTIAL_HEADERS = ['authorization', 'x-api-key', 'x-goog-api-key'] as const;
export type CredentialHeader = (typeof CREDENTIAL_HEADERS)[number];

/** What a credential header holds: the token of a `Bearer` scheme (RFC 6750), or the whole value of the others. */
export function credentialIn(headers: IncomingHttpHeaders, header: CredentialHeader): string | undefined {
  const value = headers[header];
  if (typeof value !== 'string') return undefined;
  // Another scheme than Bearer holds no API key.
  const credential = header === 'authorization' ? /^bearer +(.+)$/i.exec(value)?.[1]?.trim() : value.trim();
  return credential === '' ? undefined : credential;
}

/** The keys of a credential: several may be joined by `|` or `,`. Empty where it holds none. */
export function splitKeys(credential: string): readonly string[] {
  if (!/[|,]/.test(credential)) return [credential];
  return credential
    .split(/[|,]/)
    .map((key) => key.trim())
    .filter((key) => key !== '');
}
