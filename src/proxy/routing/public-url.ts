import type { IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';

/** Function URLs are https for clients, although the gateway's internal hop is http and may set the header to that. */
const FUNCTION_URL = /\.tencentscf\.com(?::\d+)?$/i;

/** What shows the address of a request. */
export interface AddressedRequest extends Pick<IncomingMessage, 'headers'> {
  readonly socket?: Pick<Socket, 'remoteAddress'>;
  /** The path below which Express has mounted this proxy; Express removes it from `url`. */
  readonly baseUrl?: string;
}

/** What is known of the servers in front of this proxy. */
export interface Front {
  /** `PUBLIC_URL`, without a slash at the end; '' if each request shows it. */
  readonly publicUrl: string;
  /** Whether a request comes from a server whose `X-Forwarded-Prefix` can be trusted. */
  readonly isTrusted: (request: AddressedRequest) => boolean;
}

const NO_FRONT: Front = { publicUrl: '', isTrusted: () => false };

/**
 * The URL under which a client reached this proxy, as its base URL begins: scheme, host, then the prefix of its path
 * (`/release`); no slash at the end. The host is untrusted client input: use it only for links sent to that client.
 */
export function publicUrl(request: AddressedRequest, prefix: string, front = NO_FRONT): string {
  if (front.publicUrl !== '') return front.publicUrl + prefix;
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
  const removed = front.isTrusted(request) ? forwardedPrefix(request.headers['x-forwarded-prefix']) : '';
  return `${scheme}://${host}${removed}${request.baseUrl ?? ''}${prefix}`;
}

const MAX_PREFIX_LENGTH = 256;
/** Whole segments, none of them `.` or `..`. */
const PREFIX = /^(?:\/(?!\.{1,2}(?:\/|$))[\w.~-]+)*$/;

/**
 * The prefix that servers in front have removed from the path: of several, each adds its own, the outermost first
 * (https://doc.traefik.io/traefik/middlewares/http/stripprefix/). '' if it is not a path.
 */
function forwardedPrefix(header: string | string[] | undefined): string {
  if (typeof header !== 'string' || header.length > MAX_PREFIX_LENGTH) return '';
  const prefix = header
    .split(',')
    .map((part) => withoutSlash(part.trim()))
    .join('');
  return PREFIX.test(prefix) ? prefix : '';
}

function withoutSlash(path: string): string {
  return path.endsWith('/') ? path.slice(0, -1) : path;
}

/** The path of `PUBLIC_URL`, as a request's path begins with it if no server in front removes it; usually ''. */
export function publicPath(url: string): string {
  return url === '' ? '' : withoutSlash(new URL(url).pathname);
}

/** A request target without that path, if it begins with it. */
export function withoutPublicPath(target: string, path: string): string {
  if (path === '' || !target.startsWith(path)) return target;
  const rest = target.slice(path.length);
  if (rest.startsWith('/')) return rest;
  return rest === '' || rest.startsWith('?') ? `/${rest}` : target;
}
