import type { IncomingHttpHeaders } from 'node:http';
import type { Dialect } from '../dialects/dialect';
import { isOpenaiShaped, openaiDialect } from '../dialects/openai';
import type { Provider } from '../providers/provider';
import type { Providers } from '../providers/registry';
import { credentialIn, queryCredential } from './credentials';
import type { Route } from './route';

/**
 * Which provider a request is for. The path tells more than the kind of credential does: Claude Code sends a Bearer
 * token to `/v1/messages`. In order: the provider's segment, its own paths, its telltale headers, the form of the
 * key, the default.
 */
export function detectProvider(
  route: Pick<Route, 'provider' | 'path' | 'query'>,
  headers: IncomingHttpHeaders,
  { all }: Providers,
  fallback: Provider,
): Provider {
  return (
    route.provider ??
    all.find((provider) => provider.ownsPath(route.path)) ??
    all.find(
      (provider) =>
        provider.telltaleHeaders.some((name) => headers[name] !== undefined) && serves(provider, route.path),
    ) ??
    byKey(all, credentialIn(headers, 'authorization') ?? queryCredential(route.query)) ??
    fallback
  );
}

/** Whether a provider has this path at all, as far as its form tells. */
function serves({ dialect, openaiPaths }: Provider, path: string): boolean {
  return dialect === openaiDialect || !isOpenaiShaped(path) || openaiPaths.test(path);
}

/** The forms that a request's caller reads: those of the API that the path is of, whoever serves it. */
export function dialectOf(provider: Provider, path: string): Dialect {
  return isOpenaiShaped(path) ? openaiDialect : provider.dialect;
}

function byKey(all: readonly Provider[], credential: string | undefined): Provider | undefined {
  return credential === undefined
    ? undefined
    : all.find(({ keyPattern }) => keyPattern?.test(credential) === true);
}
