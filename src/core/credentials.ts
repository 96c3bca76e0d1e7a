import type { IncomingHttpHeaders } from 'node:http';
import type { Provider } from '../providers/provider';

/** The credential a caller presents in one of these headers, the first that has one; undefined where there is none. */
export function presentedCredential(
  headers: IncomingHttpHeaders,
  names: Provider['keyHeaders'],
): string | undefined {
  for (const name of names) {
    const value = name === 'authorization' ? bearerToken(headers.authorization) : headers[name];
    if (typeof value === 'string' && value.trim() !== '') return value.trim();
  }
  return undefined;
}

/** RFC 6750: `Bearer` in any case, one or more spaces, the token. Another scheme is no API key. */
function bearerToken(authorization: string | undefined): string | undefined {
  return authorization === undefined ? undefined : /^bearer +(.+)$/i.exec(authorization)?.[1];
}

/** The keys of a credential: several may be joined by `|` or `,`. Empty where it holds none. */
export function splitKeys(credential: string): readonly string[] {
  if (!/[|,]/.test(credential)) return [credential];
  return credential
    .split(/[|,]/)
    .map((key) => key.trim())
    .filter((key) => key !== '');
}

/** How many joined credentials are remembered; past it the one that was used least recently starts anew. */
const MAX_REMEMBERED = 1_000;

/**
 * Uses the keys of a joined credential in turn: every run of N requests uses each of N keys once, whatever their
 * concurrency, since taking a turn is synchronous. The first turn is random, so that instances that start together
 * do not all start with the same key.
 */
export class KeyRotation {
  readonly #turns = new Map<string, number>();

  constructor(private readonly random: () => number) {}

  /** @returns the key whose turn it is, or undefined where the credential is only separators */
  next(credential: string): string | undefined {
    const keys = splitKeys(credential);
    if (keys.length <= 1) return keys[0];
    const turn = this.#turns.get(credential) ?? Math.floor(this.random() * keys.length);
    this.#turns.delete(credential); // set again below, as the most recent
    this.#turns.set(credential, (turn + 1) % keys.length);
    if (this.#turns.size > MAX_REMEMBERED) {
      const oldest = this.#turns.keys().next();
      if (!oldest.done) this.#turns.delete(oldest.value);
    }
    return keys[turn];
  }
}
