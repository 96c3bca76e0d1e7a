import type { IncomingHttpHeaders } from 'node:http';
import type { Dialect } from '../dialects/dialect';
import { isOpenaiShaped, openaiDialect } from '../dialects/openai';
import type { Provider } from '../providers/provider';
import type { Providers } from '../providers/registry';
import { CREDENTIAL_HEADERS, credentialIn, queryCredentials, subprotocolCredential } from './credentials';
import type { Route } from './route';

/** What of a request tells which provider it is for. */
export interface DetectedRequest {
  readonly method?: string | undefined;
  readonly headers: IncomingHttpHeaders;
}

/**
 * Which provider a request is addressed to; `undefined` if nothing tells. The path tells more than the kind of
 * credential does: Claude Code sends a Bearer token to `/v1/messages`. In order: the provider's segment, its own paths,
 * headers that only its clients send, the form of the key, the header that the credential stands in.
 * @param route with the path as it goes out: what a client wrote twice would hide whose path it is
 */
export function detectProvider(
  route: Pick<Route, 'provider' | 'path' | 'query'>,
  { method = 'GET', headers }: DetectedRequest,
  { all }: Providers,
): Provider | undefined {
  const { path } = route;
  const sends = (provider: Provider, inCredential: boolean) =>
    provider.telltaleHeaders.some(
      (name) => headers[name] !== undefined && isCredential(name) === inCredential,
    ) && serves(provider, path);
  return (
    route.provider ??
    all.find((provider) => provider.ownsPath(path, method)) ??
    all.find((provider) => sends(provider, false)) ??
    byKey(all, headers, route.query) ??
    all.find((provider) => sends(provider, true))
  );
}

function isCredential(name: string): boolean {
  return CREDENTIAL_HEADERS.some((header) => header === name);
}

/** Whether a provider has this path at all, as far as its form tells. */
function serves({ dialect, openaiPaths }: Provider, path: string): boolean {
  return dialect === openaiDialect || !isOpenaiShaped(path) || openaiPaths.test(path);
}

/** The forms that a request's caller reads: those of the API that the path is of, whoever serves it. */
export function dialectOf(provider: Provider, path: string): Dialect {
  return isOpenaiShaped(path) ? openaiDialect : provider.dialect;
}

/** By the first credential whose form names one provider, wherever it stands. */
function byKey(all: readonly Provider[], headers: IncomingHttpHeaders, query: string): Provider | undefined {
  const issuer = (credential: string | undefined) =>
    credential === undefined
      ? undefined
      : all.find(({ keyPattern }) => keyPattern?.test(credential) === true);
  for (const header of CREDENTIAL_HEADERS) {
    const provider = issuer(credentialIn(headers, header));
    if (provider) return provider;
  }
  for (const credential of queryCredentials(query)) {
    const provider = issuer(credential);
    if (provider) return provider;
  }
  return headers['sec-websocket-protocol'] === undefined ? undefined : issuer(subprotocolCredential(headers));
}
