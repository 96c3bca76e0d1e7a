import type { TextSearch } from '../../secrets/token-filter';

/** How a signed token begins; the digit is the version of its form. */
export const SIGNED_PREFIX = 'slp1~';
/** A signed token in any text, whether valid or not: no provider's key looks like one. */
export const SIGNED_TOKEN = new RegExp(`${SIGNED_PREFIX}[\\w.~-]+`, 'g');

/** Finds configured tokens, and everything that has the form of a signed one. */
export class SignedTokenSearch implements TextSearch {
  readonly minLength: number;

  constructor(private readonly others: TextSearch & { readonly empty: boolean }) {
    this.minLength = others.empty ? SIGNED_PREFIX.length : Math.min(SIGNED_PREFIX.length, others.minLength);
  }

  isIn(text: string): boolean {
    return text.includes(SIGNED_PREFIX) || this.others.isIn(text);
  }

  replaced(text: string, mask: string): string {
    const clean = this.others.replaced(text, mask);
    return clean.includes(SIGNED_PREFIX) ? clean.replace(SIGNED_TOKEN, () => mask) : clean;
  }
}
