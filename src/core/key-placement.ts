import type { IncomingHttpHeaders } from 'node:http';
import type { Header, Provider } from '../providers/provider';
import type { Admission } from './access';
import {
  isKeySubprotocol,
  subprotocolsOf,
  withQueryCredential,
  withSubprotocolCredential,
  withoutParameter,
  type CredentialPlace,
} from './credentials';
import { withoutGrant } from './grants';

/**
 * Where a request's key goes. A key of the server's stands in a header only, whatever its client used: an upstream
 * repeats URLs in error pages, redirects and logs. A client's own key stays where the client had it.
 */
export interface KeyPlace {
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
  /** As it came. */
  readonly query: string;
  readonly headers: IncomingHttpHeaders;
  readonly admission: Admission;
  /** Whether the key is the client's own. */
  readonly ownKey: boolean;
}

/** An empty key is placed nowhere: an address may be its own permission. */
export function keyPlace({ provider, path, query, headers, admission, ownKey }: PlacedRequest): KeyPlace {
  const { tokens } = admission;
  const place = ownKey ? ownPlace(provider, admission.own) : undefined;
  const inQuery = place === '?key' && provider.keyInQuery === true;
  const inSubprotocol = place === 'subprotocol';
  const rest = withoutGrant(admission.query);
  const holdsKey = provider.keyInQuery === true || place === '?key';
  const plainQuery = holdsKey ? withoutParameter(rest, 'key') : rest;
  const offered = subprotocolsOf(headers);
  return {
    query(key) {
      if (!inQuery || key === '') return plainQuery;
      const placed = withQueryCredential(withoutGrant(query), key);
      return tokens ? tokens.query(placed) : placed;
    },
    header: (key) => (inQuery || inSubprotocol || key === '' ? undefined : provider.keyHeader(key, path)),
    subprotocols(key) {
      const items = inSubprotocol
        ? withSubprotocolCredential(offered, key)
        : offered.filter((item) => !isKeySubprotocol(item));
      const clean = tokens ? tokens.items(items) : items;
      return clean.length === 0 ? undefined : clean.join(', ');
    },
  };
}

/** The client's own credential for a provider, from where that provider's clients put it. */
export function ownCredential(
  provider: Provider,
  own: ReadonlyMap<CredentialPlace, string>,
): string | undefined {
  const place = ownPlace(provider, own);
  return place && own.get(place);
}

/** Where a provider's clients put keys, the most native place first; else wherever one of its own form stands. */
function ownPlace(
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
