import type { IncomingMessage } from 'node:http';

/** Function URLs are https for clients, although the gateway's internal hop is http and may set the header to that. */
const FUNCTION_URL = /\.tencentscf\.com(?::\d+)?$/i;

/**
 * The URL under which a client reached this proxy, as its base URL begins: scheme, host, then the prefix of its path
 * (`/release`); no slash at the end. The host is untrusted client input: use it only for links sent to that client.
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
