import type { TextSearch } from '../../secrets/token-filter';

/** A signed token in any text, whether valid or not: no provider's key looks like one. */
const SIGNED_TOKEN = /slp1~[A-Za-z0-9._~-]{1,512}/g;
const PREFIX = 'slp1~';

/** Finds configured tokens, and everything that has the form of a signed one. */
export class SignedTokenSearch implements TextSearch {
  readonly minLength: number;

  constructor(private readonly others: TextSearch & { readonly empty: boolean }) {
    this.minLength = others.empty ? PREFIX.length : Math.min(PREFIX.length, others.minLength);
  }

  isIn(text: string): boolean {
    return text.includes(PREFIX) || this.others.isIn(text);
  }

  replaced(text: string, mask: string): string {
    const clean = this.others.replaced(text, mask);
    return clean.includes(PREFIX) ? clean.replace(SIGNED_TOKEN, () => mask) : clean;
  }
}
