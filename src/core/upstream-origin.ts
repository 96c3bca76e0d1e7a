/** Where a provider's requests go. */
export interface UpstreamOrigin {
  readonly protocol: 'http:' | 'https:';
  readonly hostname: string;
  readonly port: number;
  /** What `Host` says. */
  readonly host: string;
  /** '' or `/prefix`, put before every path that does not begin with it. */
  readonly pathPrefix: string;
  /** Whether the prefix stands in place of a path's own `/v1`. */
  readonly standsForV1: boolean;
}

/** A path as it goes to an upstream; begins with a slash. */
export function upstreamPath({ pathPrefix, standsForV1 }: UpstreamOrigin, path: string): string {
  if (pathPrefix !== '' && path.startsWith(`${pathPrefix}/`)) return path;
  if (!standsForV1) return pathPrefix + path;
  const version = /[^/]*$/.exec(pathPrefix)?.[0] ?? '';
  const [segment = '', ...rest] = path.slice(1).split('/');
  return segment === 'v1' || (segment === version && version !== '')
    ? `${pathPrefix}/${rest.join('/')}`
    : pathPrefix + path;
}
