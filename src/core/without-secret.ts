import type { RawHeaders } from './headers';

/** Headers in whose values a secret does not stand. */
export function withoutSecret(rawHeaders: RawHeaders, secret: string): RawHeaders {
  const holds = (value: string) => value.length >= secret.length && value.includes(secret);
  if (!rawHeaders.some(holds)) return rawHeaders;
  return rawHeaders.map((value) => (holds(value) ? value.replaceAll(secret, '[redacted]') : value));
}
