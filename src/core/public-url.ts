import type { IncomingMessage } from 'node:http';

/** Function URLs are https from outside, whatever the gateway's inner hop, which is http, makes of the header. */
const FUNCTION_URL = /\.tencentscf\.com(?::\d+)?$/i;

/**
 * The address that a request reached this proxy at, as a client's base URL begins: scheme, host, then what its path
 * began with (`/release`); no slash at the end. The host is the caller's word: for links to itself only.
 */
export function publicUrl(request: Pick<IncomingMessage, 'headers'>, prefix: string): string {
  const host = /^[\w.:[\]-]{1,255}$/.exec(request.headers.host ?? '')?.[0] ?? 'this-host';
  const forwarded = request.headers['x-forwarded-proto'];
  const local = /^(?:localhost|127\.|\[::1\])/.test(host);
  const scheme = FUNCTION_URL.test(host)
    ? 'https'
    : forwarded === 'http' || forwarded === 'https'
      ? forwarded
      : local
        ? 'http'
        : 'https';
  return `${scheme}://${host}${prefix}`;
}
