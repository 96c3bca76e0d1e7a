import type { UpstreamAnswer } from './answer';
import { withoutParameter } from './credentials';
import { headerIn, type RawHeaders } from './headers';
import type { UpstreamOrigin } from './upstream-origin';

/** Response headers that send the client on to an absolute address. */
const ADDRESSES = ['location', 'x-goog-upload-url', 'x-goog-upload-control-url'] as const;
/** Those that are followed with the body of an upload, and so must not lead past this proxy. */
const UPLOAD = 'x-goog-upload-';

/** How addresses of an upstream become addresses of this proxy. */
export interface AddressMap {
  readonly origin: UpstreamOrigin;
  /** This proxy's own address with all that the request's path began with. */
  readonly publicUrl: () => string;
  /** Whether a key in an address is the server's, or stands for it, and so is not told. */
  readonly hidesKey: boolean;
  /** The query of an address that is now this proxy's; `path` is the one that a client asks for. */
  readonly query: (theirs: string, path: string) => string;
}

/** An absolute address, taken apart. The fragment never goes to a server, and nobody needs it. */
const ADDRESS = /^(https?):\/\/([^/?#]+)([^?#]*)(\?[^#]*)?(?:#.*)?$/i;

/**
 * The response's headers, with absolute addresses of the upstream made into this proxy's, so that what follows passes
 * through here as well. An upload's address on any other host is left out: the client must not be sent there. No
 * address, wherever it leads, holds a key of the server's.
 */
export function withOwnAddresses(upstream: Pick<UpstreamAnswer, 'rawHeaders'>, map: AddressMap): RawHeaders {
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

/** The same address at this proxy; `undefined` if it is not one of this upstream. */
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
