import type { IncomingHttpHeaders } from 'node:http';
import type { Provider } from '../providers/provider';
import { PROVIDERS } from '../providers/registry';
import { credentialIn } from './credentials';
import type { Route } from './route';

/**
 * Which provider a request is for. The path tells more than the kind of credential does: Claude Code sends a Bearer
 * token to `/v1/messages`. In order: the provider's segment, its own paths, its telltale headers, the form of the
 * key, the default.
 */
export function detectProvider(route: Route, headers: IncomingHttpHeaders, fallback: Provider): Provider {
  return (
    route.provider ??
    PROVIDERS.find((provider) => provider.ownsPath(route.path)) ??
    PROVIDERS.find((provider) => provider.telltaleHeaders.some((name) => headers[name] !== undefined)) ??
    byKey(credentialIn(headers, 'authorization')) ??
    fallback
  );
}

function byKey(credential: string | undefined): Provider | undefined {
  return credential === undefined
    ? undefined
    : PROVIDERS.find((provider) => provider.keyPattern.test(credential));
}
