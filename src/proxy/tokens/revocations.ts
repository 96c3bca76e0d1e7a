import type { TokenClaims } from './claims';

/** One item of REVOKED_TOKENS. Times in seconds since 1970. */
export type Revocation =
  /** All tokens of a name, or the one that was issued at this time. */
  | { readonly name: string; readonly issuedAt?: number | undefined }
  /** All tokens that were issued before this time. */
  | { readonly before: number };

/** Signed tokens that are no longer valid. */
export class Revocations {
  readonly #lists: { configured: Items; followed: Items | undefined };

  /**
   * @param previous what it replaces: its list from elsewhere stays valid and is followed further, and these items count
   * for its WebSockets, which stay open, as well
   */
  constructor(items: readonly Revocation[] = [], previous?: Revocations) {
    const configured = new Items(items);
    this.#lists = previous ? previous.#lists : { configured, followed: undefined };
    this.#lists.configured = configured;
  }

  /** Takes over a list that is kept elsewhere, in place of the one taken over before; it is valid at once. */
  follow(items: readonly Revocation[]): void {
    this.#lists.followed = items.length === 0 ? undefined : new Items(items);
  }

  concern(claims: Pick<TokenClaims, 'name' | 'issuedAt'>): boolean {
    const { configured, followed } = this.#lists;
    return configured.concern(claims) || followed?.concern(claims) === true;
  }
}

class Items {
  readonly #names = new Set<string>();
  readonly #ids = new Set<string>();
  readonly #before: number;

  constructor(items: readonly Revocation[]) {
    let before = 0;
    for (const item of items) {
      if ('before' in item) before = Math.max(before, item.before);
      else if (item.issuedAt === undefined) this.#names.add(item.name);
      else this.#ids.add(idOf(item.name, item.issuedAt));
    }
    this.#before = before;
  }

  concern({ name, issuedAt }: Pick<TokenClaims, 'name' | 'issuedAt'>): boolean {
    return issuedAt < this.#before || this.#names.has(name) || this.#ids.has(idOf(name, issuedAt));
  }
}

/** Distinguishes two tokens of one name: `mum~t5k2x9`, as in the token itself. */
export function idOf(name: string, issuedAt: number): string {
  return `${name}~t${issuedAt.toString(36)}`;
}
