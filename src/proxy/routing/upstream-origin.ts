import { ProxyError } from '../../errors/proxy-error';
import type { Provider } from '../../providers/provider';

/** The destination of a provider's requests. */
export interface UpstreamOrigin {
  readonly protocol: 'http:' | 'https:';
  readonly hostname: string;
  readonly port: number;
  /** The value of `Host`. */
  readonly host: string;
  /** '' or `/prefix`, put before every path that does not begin with it. */
  readonly pathPrefix: string;
  /** Whether the prefix replaces a path's own `/v1`. */
  readonly replacesV1: boolean;
}

/** A path as it is sent to an upstream; begins with a slash. */
export function upstreamPath({ pathPrefix, replacesV1 }: UpstreamOrigin, path: string): string {
  if (pathPrefix !== '' && path.startsWith(`${pathPrefix}/`)) return path;
  if (!replacesV1) return pathPrefix + path;
  const version = /[^/]*$/.exec(pathPrefix)?.[0] ?? '';
  const [segment = '', ...rest] = path.slice(1).split('/');
  return segment === 'v1' || (segment === version && version !== '')
    ? `${pathPrefix}/${rest.join('/')}`
    : pathPrefix + path;
}

/** @throws ProxyError `proxy-error` if the provider has none, which the configuration does not allow */
export function originOf(
  upstreams: ReadonlyMap<Provider, UpstreamOrigin>,
  provider: Provider,
): UpstreamOrigin {
  const origin = upstreams.get(provider);
  if (origin) return origin;
  throw new ProxyError('proxy-error', { cause: new Error(`${provider.name} has no upstream`) });
}
