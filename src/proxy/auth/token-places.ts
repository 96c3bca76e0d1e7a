import { createHmac, randomBytes } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { publicNetwork } from './client-address';

/** What about a token's use is new: the network that it is used from, or the client that sends it. */
export type NewPlace = 'network' | 'client';

/** What instances know together of where tokens are used. */
export interface SharedPlaces {
  /**
   * Adds a place.
   * @param set of the token and of what is new
   * @returns whether it is new, and not the first
   */
  add(set: string, place: string): Promise<boolean>;
}

export interface TokenPlacesOptions {
  /** A secret that instances have in common; `undefined` if they share nothing. */
  readonly secret: string | undefined;
  readonly shared: () => SharedPlaces | undefined;
  /** A token of this name is used from where it was not before. */
  readonly onNew: (tokenName: string, what: NewPlace) => void;
}

const MAX_TOKENS = 1_000;
/** Of each token; above that the oldest is forgotten. */
export const MAX_PLACES = 16;
/** The first places that an instance sees of a token are no news, if it does not share what others know. */
const EXPECTED_PLACES = 2;
/** What an HTTP product name consists of (RFC 9110 §10.1.5), and no longer than any real one. */
const PRODUCT = /^[\w!#$%&'*+.^`|~-]{1,64}/;

interface Token {
  /** The last request's, which most requests have in common. */
  network: string | undefined;
  client: string | undefined;
  /** Keyed hashes, the oldest first. */
  readonly networks: Set<string>;
  readonly clients: Set<string>;
}

/**
 * Notices a token that is used from another network (an IPv4 /16, an IPv6 /32) or by another client (the product that its
 * `User-Agent` begins with). Only hashes under a key are kept of them, in a bounded number.
 */
export class TokenPlaces {
  readonly #key: Buffer;
  /** In the order in which they were first used. */
  readonly #tokens = new Map<string, Token>();

  constructor(private readonly options: TokenPlacesOptions) {
    const { secret } = options;
    this.#key =
      secret === undefined ? randomBytes(32) : createHmac('sha256', 'places').update(secret).digest();
  }

  /** @param token an accepted one, of a request that came through SCF, which tells the client's address */
  see(request: IncomingMessage, token: { readonly name: string; readonly id: string }): void {
    const network = publicNetwork(request);
    const client = PRODUCT.exec(request.headers['user-agent'] ?? '')?.[0] ?? '';
    const known = this.#tokens.get(token.id) ?? this.#begin(token.id);
    if (network !== undefined && known.network !== network) {
      known.network = network;
      this.#add(token, 'network', known.networks, placeOf(network));
    }
    if (known.client !== client) {
      known.client = Buffer.from(client).toString(); // not a part of the whole header, which would stay in memory
      this.#add(token, 'client', known.clients, client.toLowerCase());
    }
  }

  /** From how many networks and by how many clients this instance has seen a token used, 16 at most of each. */
  countsOf(id: string): { readonly networks: number; readonly clients: number } {
    const known = this.#tokens.get(id);
    return { networks: known?.networks.size ?? 0, clients: known?.clients.size ?? 0 };
  }

  #add(
    token: { readonly name: string; readonly id: string },
    what: NewPlace,
    known: Set<string>,
    place: string,
  ): void {
    const { shared, onNew } = this.options;
    const set = this.#hash(`${what}\0${token.id}`);
    const hash = this.#hash(`${set}\0${place}`);
    if (known.has(hash)) return;
    const before = known.size;
    known.add(hash);
    const [oldest] = known;
    if (known.size > MAX_PLACES && oldest !== undefined) known.delete(oldest);
    const together = shared();
    if (together) {
      const tell = (isNew: boolean) => {
        if (isNew) onNew(token.name, what);
      };
      together.add(set, hash).then(tell, () => {
        known.delete(hash); // nobody knows without Redis: the next request from another place and back asks again
      });
    } else if (before >= EXPECTED_PLACES) onNew(token.name, what);
  }

  #begin(id: string): Token {
    const [oldest] = this.#tokens.keys();
    if (this.#tokens.size >= MAX_TOKENS && oldest !== undefined) this.#tokens.delete(oldest);
    const token = {
      network: undefined,
      client: undefined,
      networks: new Set<string>(),
      clients: new Set<string>(),
    };
    this.#tokens.set(id, token);
    return token;
  }

  #hash(text: string): string {
    return createHmac('sha256', this.#key).update(text).digest('base64url');
  }
}

/** Of a network as `clientNetwork` writes it: `203.0.113.7` or `2001:db8:1:2::/64`. */
function placeOf(network: string): string {
  const separator = network.includes(':') ? ':' : '.';
  return network.split(separator, 2).join(separator);
}
