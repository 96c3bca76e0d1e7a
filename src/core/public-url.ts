import type { IncomingMessage } from 'node:http';

/**
 * The address that a request reached this proxy at, as a client's base URL begins: scheme, host, then what its path
 * began with (`/release`); no slash at the end. The host is the caller's word: for links to itself only.
 */
export function publicUrl(request: Pick<IncomingMessage, 'headers'>, prefix: string): string {
  const host = /^[\w.:[\]-]{1,255}$/.exec(request.headers.host ?? '')?.[0] ?? 'this-host';
  const forwarded = request.headers['x-forwarded-proto'];
  const local = /^(?:localhost|127\.|\[::1\])/.test(host);
  const scheme = forwarded === 'http' || forwarded === 'https' ? forwarded : local ? 'http' : 'https';
  return `${scheme}://${host}${prefix}`;
}
