import type { UpstreamOrigin } from '../proxy/routing/upstream-origin';
import type { Provider } from '../providers/provider';
import type { FormatAddresses } from './parsers/custom-providers';
import { parseUrl, withoutVersion } from './parsers/upstream';

/**
 * Where a provider serves each of its other formats: at the address that the user gave, or beside its own API, on
 * whichever host that is.
 * @param origin the address of its own API
 */
export function formatOrigins(
  { messages, responses, defaultUpstream }: Provider,
  origin: UpstreamOrigin,
  given: FormatAddresses = {},
): readonly (readonly [Provider, UpstreamOrigin])[] {
  const beside = ({ formatPrefix = '' }: Provider) => ({
    ...origin,
    pathPrefix: prefixOfRelay(origin, defaultUpstream) + formatPrefix,
    replacesV1: false,
  });
  return [
    ...(messages ? [[messages, given.messages ?? beside(messages)] as const] : []),
    ...(responses ? [[responses, given.responses ?? beside(responses)] as const] : []),
  ];
}

/** What a relay has before the provider's own paths; on the provider's own host there is none. */
function prefixOfRelay({ host, pathPrefix }: UpstreamOrigin, defaultUpstream = ''): string {
  const own = parseUrl(defaultUpstream);
  if (own?.host === host) return '';
  const ownPrefix = withoutVersion((own?.pathname ?? '').replace(/\/+$/, ''));
  const prefix = withoutVersion(pathPrefix);
  return prefix.endsWith(ownPrefix) ? prefix.slice(0, prefix.length - ownPrefix.length) : prefix;
}
