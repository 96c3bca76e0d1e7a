import type { IncomingHttpHeaders } from 'node:http';
import type { Header } from '../../http/header';
import type { Provider } from '../../providers/provider';
import type { Authentication } from '../auth/access-tokens';
import {
  isKeySubprotocol,
  subprotocolsOf,
  withQueryCredential,
  withSubprotocolCredential,
  withoutParameter,
  type CredentialPlace,
} from '../../http/credentials';
import { withoutGrant } from '../auth/upload-grants';

/**
 * Where a request's key is placed. A server's key is only ever in a header, wherever the client's was, because upstreams
 * repeat URLs in error pages, redirects and logs. A client's own key stays where the client put it, if the provider takes it
 * there.
 */
export interface CredentialPlacement {
  /** The query as it goes upstream. */
  query(key: string): string;
  /** The header that carries the key; `undefined` if another place does. */
  header(key: string): Header | undefined;
  /** The `Sec-WebSocket-Protocol` of an upgrade; `undefined` if it offers none. */
  subprotocols(key: string): string | undefined;
}

export interface PlacedRequest {
  readonly provider: Provider;
  /** As it goes upstream. */
  readonly path: string;
  /** As the client sent it. */
  readonly query: string;
  readonly headers: IncomingHttpHeaders;
  readonly client: Authentication;
  /** Whether the key is the client's own. */
  readonly isClientKey: boolean;
}

/** An empty key is not placed: a URL may be its own credential. */
export function placeCredential({
  provider,
  path,
  query,
  headers,
  client,
  isClientKey,
}: PlacedRequest): CredentialPlacement {
  const { tokens } = client;
  const place = isClientKey ? clientPlace(provider, client.credentials) : undefined;
  // Google takes OAuth tokens, and any key of its OpenAI-compatible API, as a Bearer token only.
  const inQuery = (key: string) =>
    place === '?key' && provider.keyInQuery === true && provider.keyHeader(key, path)[0] !== 'Authorization';
  const inSubprotocol = place === 'subprotocol';
  const rest = withoutGrant(client.query);
  const holdsKey = provider.keyInQuery === true || place === '?key';
  const plainQuery = holdsKey ? withoutParameter(rest, 'key') : rest;
  const offered = subprotocolsOf(headers);
  return {
    query(key) {
      if (key === '' || !inQuery(key)) return plainQuery;
      const placed = withQueryCredential(withoutGrant(query), key);
      return tokens ? tokens.query(placed) : placed;
    },
    header: (key) =>
      key === '' || inSubprotocol || inQuery(key) ? undefined : provider.keyHeader(key, path),
    subprotocols(key) {
      const items = inSubprotocol
        ? withSubprotocolCredential(offered, key)
        : offered.filter((item) => !isKeySubprotocol(item));
      const clean = tokens ? tokens.items(items) : items;
      return clean.length === 0 ? undefined : clean.join(', ');
    },
  };
}

/** The client's own credential for a provider, from the place that this provider's clients use. */
export function clientCredential(
  provider: Provider,
  own: ReadonlyMap<CredentialPlace, string>,
): string | undefined {
  const place = clientPlace(provider, own);
  return place && own.get(place);
}

/** The place that a provider's clients use, the most native first; else any place with a key of the provider's form. */
function clientPlace(
  { keyHeaders, keyInQuery, keyPattern }: Provider,
  own: ReadonlyMap<CredentialPlace, string>,
): CredentialPlace | undefined {
  if (own.size === 0) return undefined;
  const usual = keyHeaders.find((header) => own.has(header));
  if (usual !== undefined) return usual;
  if (keyInQuery === true && own.has('?key')) return '?key';
  if (own.has('subprotocol')) return 'subprotocol';
  for (const [place, credential] of own) if (keyPattern?.test(credential) === true) return place;
  return undefined;
}
