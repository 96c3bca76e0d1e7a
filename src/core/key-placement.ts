import type { IncomingHttpHeaders } from 'node:http';
import type { Header, Provider } from '../providers/provider';
import type { Admission } from './access';
import {
  queryCredential,
  subprotocolCredential,
  withQueryCredential,
  withSubprotocolCredential,
  type CredentialPlace,
} from './credentials';
import { withoutGrant } from './grants';

/** Where a request's key goes: into the one place where its caller had a credential. */
export interface KeyPlace {
  /** The query as it goes upstream. */
  query(key: string): string;
  /** The header that carries the key; undefined where another place does. */
  header(key: string): Header | undefined;
  /** The `Sec-WebSocket-Protocol` of an upgrade; undefined where it offers none. */
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
}

/** An empty key is placed nowhere: an address may be its own permission. */
export function keyPlace({ provider, path, query, headers, admission }: PlacedRequest): KeyPlace {
  const inSubprotocol = subprotocolCredential(headers) !== undefined;
  const inQuery = !inSubprotocol && provider.keyInQuery === true && queryCredential(query) !== undefined;
  const plainQuery = withoutGrant(admission.query);
  const inHeader = !inSubprotocol && !inQuery;
  return {
    query: (key) => (inQuery && key !== '' ? withQueryCredential(withoutGrant(query), key) : plainQuery),
    header: (key) => (inHeader && key !== '' ? provider.keyHeader(key, path) : undefined),
    subprotocols: (key) =>
      inSubprotocol ? withSubprotocolCredential(headers, key) : headers['sec-websocket-protocol'],
  };
}

/** The caller's own credential for a provider, from where that provider's clients put it. */
export function ownCredential(
  provider: Provider,
  own: ReadonlyMap<CredentialPlace, string>,
): string | undefined {
  const places: readonly CredentialPlace[] = [
    ...provider.keyHeaders,
    ...(provider.keyInQuery ? (['?key'] as const) : []),
    'subprotocol',
  ];
  return places.map((place) => own.get(place)).find((credential) => credential !== undefined);
}
