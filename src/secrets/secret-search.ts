/** The longest end of a secret by which it is recognised. */
const WINDOW = 16;
/** The number of characters that are searched for together. */
const GRAM = 4;
/** A power of two; a few thousand secrets fill it, and the map behind it then distinguishes them. */
const FILTER_SLOTS = 1 << 14;
/** So few secrets are found sooner by one expression, in machine code from the second search on. */
const MAX_IN_EXPRESSION = 16;

/** The position of a secret in a text: [start, end). */
export interface Found {
  readonly start: number;
  readonly end: number;
}

/**
 * Finds any of many secrets anywhere in a text, also inside longer runs of characters, in one pass whose cost does not
 * depend on their number. A text of n characters is checked in about n / 13 places: each secret is recognised by its
 * last 16 characters, and one of the places always falls on four of them that are in the index.
 */
export class SecretSearch {
  /** Length of the end by which secrets are known: that of the shortest, if it is shorter than 16. */
  readonly #window: number;
  readonly #step: number;
  /** Whether four characters of this hash may be of a secret: 3 ns, where the map takes 20. */
  readonly #filter = new Uint8Array(FILTER_SLOTS);
  /** Four characters of a window → where in a window they stand. */
  readonly #offsets = new Map<number, number[]>();
  /** A window → the secrets that end with it. */
  readonly #byWindow = new Map<string, string[]>();
  /** Matches any of the secrets; `undefined` if they are many. */
  readonly #any: RegExp | undefined;

  /** @param secrets of four characters or more; shorter ones are not searched for */
  constructor(secrets: Iterable<string>) {
    const known = [...new Set(secrets)].filter((secret) => secret.length >= GRAM);
    this.#window = known.reduce((shortest, { length }) => Math.min(shortest, length), WINDOW);
    this.#step = this.#window - GRAM + 1;
    for (const secret of known) this.#add(secret);
    if (known.length <= MAX_IN_EXPRESSION) this.#any = new RegExp(known.map(escaped).join('|'));
  }

  /** Whether there is nothing to search for. */
  get empty(): boolean {
    return this.#byWindow.size === 0;
  }

  /** No shorter text holds one. */
  get minLength(): number {
    return this.#window;
  }

  /** Whether the text contains any secret. */
  isIn(text: string): boolean {
    return this.#search(text) !== undefined;
  }

  /** The text with `mask` in place of every secret; the same string if it contains none. */
  replaced(text: string, mask: string): string {
    const found: Found[] = [];
    if (this.#search(text, found) === undefined) return text;
    let clean = '';
    let copied = 0;
    for (const { start, end } of withoutOverlaps(found)) {
      clean += text.slice(copied, start) + mask;
      copied = end;
    }
    return clean + text.slice(copied);
  }

  #add(secret: string): void {
    const window = secret.slice(-this.#window);
    const sharing = this.#byWindow.get(window);
    if (sharing) sharing.push(secret);
    else this.#byWindow.set(window, [secret]);
    for (let offset = 0; offset < this.#step; offset++) {
      const gram = gramAt(window, offset);
      this.#filter[slotOf(gram)] = 1;
      const offsets = this.#offsets.get(gram);
      if (!offsets) this.#offsets.set(gram, [offset]);
      else if (!offsets.includes(offset)) offsets.push(offset);
    }
  }

  /** @param all is given every secret in the text; without it the search ends with the first */
  #search(text: string, all?: Found[]): Found | undefined {
    if (this.empty || this.#any?.test(text) === false) return undefined;
    const last = text.length - GRAM;
    let first: Found | undefined;
    for (let at = 0; at <= last; at += this.#step) {
      const gram = gramAt(text, at);
      if (this.#filter[slotOf(gram)] === 0) continue;
      for (const offset of this.#offsets.get(gram) ?? []) {
        const windowAt = at - offset;
        if (windowAt < 0) continue;
        for (const secret of this.#byWindow.get(text.slice(windowAt, windowAt + this.#window)) ?? []) {
          const start = windowAt + this.#window - secret.length;
          if (start < 0 || !text.startsWith(secret, start)) continue;
          const found = { start, end: start + secret.length };
          if (!all) return found;
          all.push(found);
          first ??= found;
        }
      }
    }
    return first;
  }
}

/** As it stands in a regular expression. */
export function escaped(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\/]/g, '\\$&');
}

function gramAt(text: string, at: number): number {
  return (
    (text.charCodeAt(at) << 21) ^
    (text.charCodeAt(at + 1) << 14) ^
    (text.charCodeAt(at + 2) << 7) ^
    text.charCodeAt(at + 3)
  );
}

function slotOf(gram: number): number {
  return Math.imul(gram, 0x9e3779b1) >>> 18;
}

/** In order; what overlaps is one piece, since a part of either secret would be left otherwise. */
function withoutOverlaps(found: Found[]): Found[] {
  const merged: Found[] = [];
  for (const next of found.sort((a, b) => a.start - b.start)) {
    const before = merged[merged.length - 1];
    if (before && next.start < before.end) {
      merged[merged.length - 1] = { start: before.start, end: Math.max(before.end, next.end) };
    } else merged.push(next);
  }
  return merged;
}
