import type { IncomingHttpHeaders } from 'node:http';
import type { Dialect } from '../../dialects/dialect';
import { anthropicDialect, isAnthropicShaped } from '../../dialects/anthropic';
import { isOpenaiShaped, openaiDialect } from '../../dialects/openai';
import { hasSharedFormat, inFormatOf } from '../../providers/formats';
import type { Provider } from '../../providers/provider';
import type { Providers } from '../../providers/registry';
import {
  CREDENTIAL_HEADERS,
  credentialIn,
  queryCredentials,
  subprotocolCredential,
} from '../../http/credentials';
import type { ParsedTarget } from './parse-target';

/** The parts of a request that identify its provider. */
export interface DetectedRequest {
  readonly method?: string | undefined;
  readonly headers: IncomingHttpHeaders;
}

/**
 * The provider that a request is addressed to; `undefined` if it cannot be determined. The path is stronger evidence than
 * the kind of credential: Claude Code sends a Bearer token to `/v1/messages`. In order: the provider's segment, its own
 * paths (unless the key is of another provider that has them as well), the form of the key, which must not go to a
 * provider that did not issue it, headers that only its clients send, the header that contains the credential.
 * @param route with the normalised path: repeated segments would hide which provider the path belongs to
 */
export function detectProvider(
  route: Pick<ParsedTarget, 'provider' | 'path' | 'query'>,
  { method = 'GET', headers }: DetectedRequest,
  { all, byHeader, byKey }: Pick<Providers, 'all' | 'byHeader' | 'byKey'>,
): Provider | undefined {
  const { path } = route;
  const sends = (provider: Provider, inCredential: boolean) =>
    provider.identifyingHeaders.some(
      (name) => headers[name] !== undefined && isCredential(name) === inCredential,
    ) && serves(provider, path);
  if (route.provider) return route.provider;
  const owner = all.find((provider) => provider.ownsPath(path, method));
  if (owner) return sharing(path, () => issuerOf(byKey, headers, route.query)) ?? owner;
  return (
    issuerOf(byKey, headers, route.query) ??
    byHeader.find((provider) => sends(provider, false)) ??
    byHeader.find((provider) => sends(provider, true))
  );
}

/** The issuer of the key, if it serves the format of another's path as well: its key must not go to that other. */
function sharing(path: string, issuerOfKey: () => Provider | undefined): Provider | undefined {
  if (!hasSharedFormat(path)) return undefined;
  const issuer = issuerOfKey();
  return issuer && inFormatOf(issuer, path).provider !== issuer ? issuer : undefined;
}

function isCredential(name: string): boolean {
  return CREDENTIAL_HEADERS.some((header) => header === name);
}

/** Whether a provider may have this path, judged by its form. */
function serves({ dialect, openaiPaths }: Provider, path: string): boolean {
  return dialect === openaiDialect || !isOpenaiShaped(path) || openaiPaths.test(path);
}

/** The dialect that a request's client expects: that of the API to which the path belongs, whichever provider serves it. */
export function dialectOf(provider: Provider, path: string): Dialect {
  if (isOpenaiShaped(path)) return openaiDialect;
  return isAnthropicShaped(path) || isBelowAnthropic(provider, path) ? anthropicDialect : provider.dialect;
}

/** Whether a path is below the base URL that a provider has for Anthropic's clients, as `/deepseek/anthropic`. */
function isBelowAnthropic({ messages }: Provider, path: string): boolean {
  const base = messages?.formatPrefix;
  return base?.endsWith('/anthropic') === true && path.startsWith(`${base}/`);
}

/** The provider of the first credential with the form of its keys, in any place. */
function issuerOf(
  providers: readonly Provider[],
  headers: IncomingHttpHeaders,
  query: string,
): Provider | undefined {
  const issuer = (credential: string | undefined) =>
    credential === undefined
      ? undefined
      : providers.find(({ keyPattern }) => keyPattern?.test(credential) === true);
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
