import type { RawHeaders } from '../http/filter-headers';

/** Finds secrets in a text. */
export interface TextSearch {
  /** No shorter text holds one. */
  readonly minLength: number;
  isIn(text: string): boolean;
  /** The text with `mask` in place of every secret; the same string if it contains none. */
  replaced(text: string, mask: string): string;
}

/**
 * Removes access tokens from everything that is sent to a provider, in any place where a client has put one, and in any
 * percent-encoding that a provider might decode.
 */
export class TokenFilter {
  constructor(private readonly tokens: TextSearch) {}

  /** Whether a text contains a token, plain or percent-encoded. */
  isIn(text: string): boolean {
    if (text.length < this.tokens.minLength) return false; // most headers
    return this.tokens.isIn(text) || (text.includes('%') && this.tokens.isIn(fullyDecoded(text)));
  }

  /** The headers without those whose name or value holds a token; the very same list if none does. */
  headers(raw: RawHeaders): RawHeaders {
    let kept: string[] | undefined;
    for (let at = 0; at < raw.length; at += 2) {
      const name = raw[at] ?? '';
      const value = raw[at + 1] ?? '';
      if (this.isIn(value) || this.isIn(name)) kept ??= raw.slice(0, at);
      else kept?.push(name, value);
    }
    return kept ?? raw;
  }

  /** The query without the parameters that hold a token; the rest stays byte for byte. */
  query(query: string): string {
    if (!this.isIn(query)) return query;
    const kept = query
      .slice(1)
      .split('&')
      .filter((part) => !this.isIn(part));
    return kept.length === 0 ? '' : `?${kept.join('&')}`;
  }

  /** The items of a comma-separated header without those that hold a token. */
  items(list: readonly string[]): readonly string[] {
    return list.filter((item) => !this.isIn(item));
  }

  /**
   * A client's credential without the tokens that stand in it beside keys (`key:token`, `token|key`), and without the
   * colons next to them; '' if nothing else is left.
   */
  credential(credential: string): string {
    if (!this.isIn(credential)) return credential;
    const text = this.tokens.replaced(fullyDecoded(credential), CUT);
    return text
      .split(/[|,]/)
      .map((key) =>
        key
          .split(CUT)
          .map(withoutOuterColons)
          .filter((part) => part !== '')
          .join(':'),
      )
      .filter((key) => key !== '')
      .join('|');
  }
}

/** Replaces a token; it cannot be in a header or a query. */
const CUT = '\0';

function withoutOuterColons(text: string): string {
  let start = 0;
  let end = text.length;
  while (start < end && isColonOrSpace(text[start])) start++;
  while (end > start && isColonOrSpace(text[end - 1])) end--;
  return text.slice(start, end);
}

function isColonOrSpace(character: string | undefined): boolean {
  return character === ':' || character === ' ' || character === '\t';
}

/** A provider decodes once, an intermediary perhaps once more; each further round costs a pass over the text. */
const MAX_DECODINGS = 4;

/** The text with its percent-encoded ASCII characters as they are, also where they were encoded several times. */
export function fullyDecoded(text: string): string {
  let before = text;
  for (let round = 0; round < MAX_DECODINGS && before.includes('%'); round++) {
    const after = before.replace(/%([0-7][0-9a-f])/gi, (_encoded, hex: string) =>
      String.fromCharCode(parseInt(hex, 16)),
    );
    if (after === before) break;
    before = after;
  }
  return before;
}
