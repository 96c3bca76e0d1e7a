import type { RawHeaders } from '../../http/filter-headers';
import type { Provider } from '../../providers/provider';

/** Whether a response on this path may contain a URL of the upstream in its body, so that it is read and changed. */
export function rewritesBody({ bodyAddresses }: Provider, method: string | undefined, path: string): boolean {
  return bodyAddresses !== undefined && method !== 'HEAD' && bodyAddresses.paths.test(path);
}

/** A request's headers, changed so that the response has no content coding. */
export function requestingIdentity(raw: RawHeaders): RawHeaders {
  const kept = raw.filter((_, at) => raw[at - (at % 2)]?.toLowerCase() !== 'accept-encoding');
  return [...kept, 'Accept-Encoding', 'identity'];
}
