import type { UpstreamAnswer } from './answer';
import { headerIn, type RawHeaders } from './headers';
import type { UpstreamOrigin } from './upstream-origin';

/** Answer headers that send the client on to an absolute address. */
const ADDRESSES = ['location', 'x-goog-upload-url', 'x-goog-upload-control-url'] as const;
/** Those that are followed with the body of an upload, and so must not lead past this proxy. */
const UPLOAD = 'x-goog-upload-';

/** How addresses of an upstream become addresses of this proxy. */
export interface AddressMap {
  readonly origin: UpstreamOrigin;
  /** This proxy's own address with all that the request's path began with. */
  readonly publicUrl: () => string;
  /** What becomes of an address's query. */
  readonly query: (theirs: string) => string;
}

/**
 * The answer's headers, with absolute addresses of the upstream made into this proxy's, so that what follows passes
 * through here as well. An upload's address on any other host is left out: the client must not be sent there.
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
    const own = ownAddress(value, map);
    if (own !== undefined) mapped.push(name, own);
    else if (!lower.startsWith(UPLOAD)) mapped.push(name, value);
  }
  return mapped;
}

function ownAddress(address: string, { origin, publicUrl, query: queryOf }: AddressMap): string | undefined {
  const [, host = '', path = '', query = ''] = /^https?:\/\/([^/?#]+)([^?#]*)(\?[^#]*)?/i.exec(address) ?? [];
  if (host.toLowerCase() !== origin.host) return undefined;
  const below = path.startsWith(`${origin.pathPrefix}/`) ? path.slice(origin.pathPrefix.length) : path;
  return publicUrl() + below + queryOf(query);
}
