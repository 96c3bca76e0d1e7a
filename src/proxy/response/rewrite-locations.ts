import type { UpstreamResponse } from '../upstream/upstream-response';
import { withoutParameter } from '../../http/credentials';
import { headerIn, type RawHeaders } from '../../http/filter-headers';
import type { UpstreamOrigin } from '../routing/upstream-origin';

/** Response headers that contain an absolute URL that the client follows. */
const ADDRESSES = ['location', 'x-goog-upload-url', 'x-goog-upload-control-url'] as const;
/** The prefix of those to which the client uploads, so they must not bypass this proxy. */
const UPLOAD = 'x-goog-upload-';

/** How URLs of an upstream become URLs of this proxy. */
export interface AddressMap {
  readonly origin: UpstreamOrigin;
  /** This proxy's own URL with the prefix of the request's path. */
  readonly publicUrl: () => string;
  /** Whether a key in a URL is the server's, or represents it, and so is removed. */
  readonly hidesKey: boolean;
  /** The query of a URL that is now this proxy's; `path` is the one that a client requests. */
  readonly query: (theirs: string, path: string) => string;
}

/** Parses an absolute URL. The fragment is never sent to a server, and is dropped. */
const ADDRESS = /^(https?):\/\/([^/?#]+)([^?#]*)(\?[^#]*)?(?:#.*)?$/i;

/**
 * The response's headers, with absolute URLs of the upstream replaced by URLs of this proxy, so that the next requests
 * pass through it as well. An upload URL on any other host is removed: the client must not upload there. The server's
 * key is removed from every URL.
 */
export function withOwnAddresses(
  upstream: Pick<UpstreamResponse, 'rawHeaders'>,
  map: AddressMap,
): RawHeaders {
  const { rawHeaders } = upstream;
  if (ADDRESSES.every((name) => headerIn(rawHeaders, name) === undefined)) return rawHeaders;
  const mapped: string[] = [];
  for (let at = 0; at < rawHeaders.length; at += 2) {
    const name = rawHeaders[at] ?? '';
    const lower = name.toLowerCase();
    const value = rawHeaders[at + 1] ?? '';
    if (!ADDRESSES.some((address) => address === lower)) {
      mapped.push(name, value);
      continue;
    }
    const theirs = map.hidesKey ? withoutKeyParameter(value) : value;
    const own = ownAddress(theirs, map);
    if (own !== undefined) mapped.push(name, own);
    else if (!lower.startsWith(UPLOAD)) mapped.push(name, theirs);
  }
  return mapped;
}

/** The same URL at this proxy; `undefined` if it is not a URL of this upstream. */
export function ownAddress(
  address: string,
  { origin, publicUrl, query: queryOf }: AddressMap,
): string | undefined {
  const [, scheme = '', host = '', path = '', query = ''] = ADDRESS.exec(address) ?? [];
  if (withoutDefaultPort(host.toLowerCase(), scheme.toLowerCase()) !== origin.host) return undefined;
  const below = path.startsWith(`${origin.pathPrefix}/`) ? path.slice(origin.pathPrefix.length) : path;
  return publicUrl() + below + queryOf(query, below);
}

function withoutDefaultPort(host: string, scheme: string): string {
  const port = scheme === 'https' ? ':443' : ':80';
  return host.endsWith(port) ? host.slice(0, -port.length) : host;
}

/** Google repeats the query of the request in what it redirects to. */
function withoutKeyParameter(address: string): string {
  const [, before = address, query = '', fragment = ''] = /^([^?#]*)(\?[^#]*)(#.*)?$/.exec(address) ?? [];
  return before + withoutParameter(query, 'key') + fragment;
}
