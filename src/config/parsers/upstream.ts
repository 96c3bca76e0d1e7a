import type { UpstreamOrigin } from '../../proxy/routing/upstream-origin';
import type { ParseResult } from './basic';

/** Names that no public resolver resolves: RFC 6761, RFC 8375, and single labels, such as container names. */
const PRIVATE_NAME = /^(?:[^.:]+|.+\.(?:internal|local|localhost|home\.arpa|test))$/i;
const PRIVATE_ADDRESS =
  /^(?:0\.|127\.|10\.|192\.168\.|172\.(?:1[6-9]|2\d|3[01])\.|100\.(?:6[4-9]|[7-9]\d|1[01]\d|12[0-7])\.|169\.254\.|\[?(?:::|::1|::ffff:.*|f[cd][0-9a-f]{2}:.*|fe80:.*)\]?$)/i;

/** A path prefix that ends in a version replaces `/v1` of a client's path: `https://gateway/api/paas/v4`. */
const VERSIONED = /\/v\d+[a-z]*$/;

/** A path prefix without the version at its end. */
export function withoutVersion(pathPrefix: string): string {
  return pathPrefix.replace(VERSIONED, '');
}

/** Whether a host name or address is of this machine or a private network, without DNS; IPv6 with or without brackets. */
export function isPrivateHost(hostname: string): boolean {
  return PRIVATE_ADDRESS.test(hostname) || PRIVATE_NAME.test(hostname);
}

/**
 * Reads a provider's upstream: an origin with or without a path prefix. Plain http exposes keys on the network, so it is
 * allowed only for this machine and private networks.
 */
export function readUpstreamOrigin(
  text: string,
): { readonly value: UpstreamOrigin } | { readonly problem: string } {
  const url = parseUrl(text);
  if (!url || !/^https?:\/\//i.test(text)) {
    return {
      problem: 'must be an http(s) origin such as https://api.example.com, with or without a path prefix.',
    };
  }
  if (url.username !== '' || url.password !== '')
    return { problem: 'must not contain a user name or password.' };
  if (url.search !== '' || url.hash !== '' || /[?#]/.test(text))
    return { problem: 'must not have a query or a fragment.' };
  const protocol = url.protocol === 'https:' ? 'https:' : 'http:';
  if (protocol === 'http:' && !isPrivateHost(url.hostname)) {
    return {
      problem:
        'must be https: plain http exposes keys on the network. (http is for loopback and private networks.)',
    };
  }
  const pathPrefix = url.pathname.replace(/\/+$/, '');
  return {
    value: {
      protocol,
      hostname: url.hostname.replace(/^\[(.*)\]$/, '$1'), // Node wants IPv6 without its brackets
      port: url.port === '' ? (protocol === 'https:' ? 443 : 80) : Number(url.port),
      host: url.host,
      pathPrefix,
      replacesV1: VERSIONED.test(pathPrefix),
    },
  };
}

/** Host names of this machine. */
export const LOOPBACK = /^(?:localhost|127(?:\.\d{1,3}){3}|\[?::1\]?)$/i;

/** Reads the address of another deployment of this proxy; `undefined` if there is none. Plain http is for loopback only. */
export function readSisterUrl(
  text: string,
): { readonly value: UpstreamOrigin | undefined } | { readonly problem: string } {
  if (text === '') return { value: undefined };
  const url = parseUrl(text);
  if (url?.protocol === 'http:' && !LOOPBACK.test(url.hostname))
    return { problem: 'must be https: plain http exposes access tokens and keys on the network.' };
  const result = readUpstreamOrigin(text);
  if ('value' in result) return result;
  return {
    problem:
      'must be the https address of another deployment, such as https://1250000000-abc.ap-tokyo.tencentscf.com, without user name, query and fragment.',
  };
}

/** Whether an address is a port of this machine's loopback interface. */
export function isLoopbackPort({ hostname, port }: UpstreamOrigin, own: number): boolean {
  return port === own && LOOPBACK.test(hostname);
}

/** Whether an address is a Function URL in a region, which may be this function's own. */
export function isFunctionIn(region: string, { hostname }: UpstreamOrigin): boolean {
  return hostname.endsWith(`.${region}.tencentscf.com`);
}

/** Node 18.15 does not have `URL.canParse`. */
export function parseUrl(text: string): URL | undefined {
  try {
    return new URL(text);
  } catch {
    return undefined;
  }
}

const REDIS_PROBLEM =
  'must have the form redis://user:password@host:port/number, in which a sign of the password such as "/", "#", "?" or "%" is ' +
  'percent-encoded (%2F, %23, %3F, %25).';

/** Reads the address of a Redis, which the client library parses once it connects; '' if there is none. */
export function readRedisUrl(text: string): ParseResult<string> {
  if (text === '') return { value: '' };
  if (!/^rediss?:\/\/\S+$/.test(text)) return { problem: 'must begin with redis:// or rediss://.' };
  const url = parseUrl(text);
  const isReadable =
    url?.hash === '' &&
    /^(?:\/\d*)?$/.test(url.pathname) &&
    isDecodable(url.username) &&
    isDecodable(url.password);
  return isReadable ? { value: text } : { problem: REDIS_PROBLEM };
}

function isDecodable(text: string): boolean {
  try {
    decodeURIComponent(text);
    return true;
  } catch {
    return false;
  }
}
