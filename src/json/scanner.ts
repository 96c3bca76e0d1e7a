/** A value's bytes: [start, end). */
export interface Span {
  readonly start: number;
  readonly end: number;
}

/** An element of a list of objects. */
export interface ObjectSpan extends Span {
  /** How many members it has. */
  readonly members: number;
}

/** One member of an object, and where its key (with its quotes) and its value stand. */
export interface Member {
  /** The name as JSON.parse gives it, escapes resolved; `undefined` if it is longer than any parameter's. */
  readonly key: string | undefined;
  readonly keyStart: number;
  readonly value: Span;
  /**
   * Where the elements stand, if the value is a list of objects: collected during the scan, so that no second one is
   * needed.
   */
  readonly elements?: readonly ObjectSpan[] | undefined;
}

/** Nesting that no chat has; no input can exhaust the stack. */
const MAX_DEPTH = 256;
/** Members and elements that are remembered, at some 100 bytes each; a chat has some hundreds. */
const MAX_REMEMBERED = 4_096;
/** Values of all kinds at any depth: more than an embeddings request of 300,000 tokens has, passed over in 10 ms. */
const MAX_VALUES = 400_000;
/** Bytes that are checked one by one; the inside of long strings is searched by Node and does not count. */
const MAX_STEPS = 8 * 1024 * 1024;
/** Up to here a string is cheaper to step through byte by byte than four at a time: a name, a role, a type. */
const STEPPED_STRING_BYTES = 16;
/** With no quote and no backslash in so many words, the rest of a string is searched by Node. */
const STEPPED_WORDS = 16;
/** `moderation_level` with every character escaped has 96. */
const MAX_KEY_BYTES = 256;

const QUOTE = 0x22;
const PLUS = 0x2b;
const COMMA = 0x2c;
const MINUS = 0x2d;
const POINT = 0x2e;
const ZERO = 0x30;
const NINE = 0x39;
const COLON = 0x3a;
const OPEN_BRACKET = 0x5b;
const BACKSLASH = 0x5c;
const CLOSE_BRACKET = 0x5d;
const OPEN_BRACE = 0x7b;
const CLOSE_BRACE = 0x7d;

/** Four bytes of an `Int32Array`, each of them this character. */
const WORD_BYTES = 4;
const QUOTES = 0x22222222;
const BACKSLASHES = 0x5c5c5c5c;

const WORDS = ['true', 'false', 'null'].map((word) => Buffer.from(word));

/**
 * One pass over a JSON text. Each method takes the position of a value's first byte and returns the position after its
 * last, or -1: where the text is malformed, and where going on would cost more than any real request does.
 */
export class JsonScanner {
  #remembered = 0;
  #values = 0;
  /** The same bytes by four; made for the first long string. */
  #words: Int32Array | undefined;
  /** Of the object that ended last. */
  #members = 0;
  /** Where the pass ends if no string is jumped over before. */
  #limit: number;

  /** @param from where the pass begins */
  constructor(
    private readonly text: Buffer,
    from: number,
  ) {
    this.#limit = Math.min(from + MAX_STEPS, text.length);
  }

  /** @param found takes the object's members */
  object(at: number, depth = 0, found?: Member[]): number {
    const { text } = this;
    if (depth > MAX_DEPTH) return -1;
    let position = this.space(at + 1);
    let members = 0;
    if (text[position] === CLOSE_BRACE) return this.#endObject(position, members);
    for (;;) {
      if (text[position] !== QUOTE) return -1;
      const keyEnd = this.#string(position);
      if (keyEnd === -1) return -1;
      const colon = this.space(keyEnd);
      if (text[colon] !== COLON) return -1;
      const start = this.space(colon + 1);
      const elements: ObjectSpan[] | undefined = found && this.#isListOfObjects(start) ? [] : undefined;
      const end = elements ? this.array(start, depth + 1, elements) : this.#value(start, depth + 1);
      if (end === -1) return -1;
      members++;
      if (found) {
        const key = nameAt(text, position + 1, keyEnd - 1);
        if (key === null || ++this.#remembered > MAX_REMEMBERED) return -1;
        found.push({ key, keyStart: position, value: { start, end }, elements });
      }
      position = this.space(end);
      if (text[position] === CLOSE_BRACE) return this.#endObject(position, members);
      if (text[position] !== COMMA) return -1;
      position = this.space(position + 1);
    }
  }

  #endObject(at: number, members: number): number {
    this.#members = members;
    return at + 1;
  }

  /** @param found takes the array's elements; what is no object has the members of one before it */
  array(at: number, depth = 0, found?: ObjectSpan[]): number {
    const { text } = this;
    if (depth > MAX_DEPTH) return -1;
    let position = this.space(at + 1);
    if (text[position] === CLOSE_BRACKET) return position + 1;
    for (;;) {
      const end = this.#value(position, depth + 1);
      if (end === -1) return -1;
      if (found) {
        if (++this.#remembered > MAX_REMEMBERED) return -1;
        found.push({ start: position, end, members: this.#members });
      }
      position = this.space(end);
      if (text[position] === CLOSE_BRACKET) return position + 1;
      if (text[position] !== COMMA) return -1;
      position = this.space(position + 1);
    }
  }

  /** The position of the next byte that is no white space. */
  space(at: number): number {
    const { text } = this;
    const limit = this.#limit;
    let position = at;
    while (position < limit && isSpace(text[position])) position++;
    return position;
  }

  #value(at: number, depth: number): number {
    if (at >= this.#limit || ++this.#values > MAX_VALUES) return -1;
    const first = this.text[at];
    if (first === QUOTE) return this.#string(at);
    if (first === OPEN_BRACE) return this.object(at, depth);
    if (first === OPEN_BRACKET) return this.array(at, depth);
    return this.#literal(at);
  }

  #isListOfObjects(at: number): boolean {
    return this.text[at] === OPEN_BRACKET && this.text[this.space(at + 1)] === OPEN_BRACE;
  }

  /**
   * Steps through what is short or has escapes, the latter by four bytes at a time, and searches the rest from quote to
   * quote.
   */
  #string(at: number): number {
    const { text } = this;
    let position = at + 1;
    const stepTo = Math.min(position + STEPPED_STRING_BYTES, this.#limit);
    for (; position < stepTo; position++) {
      const byte = text[position];
      if (byte === QUOTE) return position + 1;
      if (byte === BACKSLASH) position++; // and what it escapes
    }
    return position < this.#limit ? this.#longString(position) : -1;
  }

  /** @param at where no escape is pending */
  #longString(at: number): number {
    const { text } = this;
    const shift = text.byteOffset % WORD_BYTES;
    const words = (this.#words ??= new Int32Array(
      text.buffer,
      text.byteOffset - shift,
      (text.length + shift) >> 2,
    ));
    let position = at;
    while (position < this.#limit) {
      // Up to a whole word.
      do {
        const byte = text[position];
        if (byte === QUOTE) return position + 1;
        position += byte === BACKSLASH ? 2 : 1;
      } while ((position + shift) % WORD_BYTES !== 0);
      let word = (position + shift) >> 2;
      const searchFrom = word + STEPPED_WORDS;
      const end = Math.min(searchFrom, words.length);
      for (; word < end; word++) {
        const four = words[word] ?? 0;
        if (hasZeroByte(four ^ QUOTES) || hasZeroByte(four ^ BACKSLASHES)) break;
      }
      position = (word << 2) - shift;
      if (word < searchFrom) continue;
      const quote = text.indexOf(QUOTE, position);
      if (quote === -1) return -1;
      this.#limit = Math.min(this.#limit + quote - position, text.length);
      // A quote with an odd number of backslashes before it belongs to the string.
      let before = quote - 1;
      while (before >= position && text[before] === BACKSLASH) before--;
      if ((quote - before) % 2 === 1) return quote + 1;
      position = quote + 1;
    }
    return -1;
  }

  /** RFC 8259 §3 and §6. The code that expects a comma after it finds what may not stand there. */
  #literal(at: number): number {
    const { text } = this;
    const first = text[at];
    if (first !== MINUS && !isDigit(first)) {
      const word = WORDS.find((one) => one[0] === first);
      return word?.every((byte, index) => text[at + index] === byte) === true ? at + word.length : -1;
    }
    const integer = first === MINUS ? at + 1 : at;
    let end = text[integer] === ZERO ? integer + 1 : this.#digits(integer);
    if (end !== -1 && text[end] === POINT) end = this.#digits(end + 1);
    if (end !== -1 && (text[end] === 0x65 || text[end] === 0x45)) {
      const sign = text[end + 1];
      end = this.#digits(sign === PLUS || sign === MINUS ? end + 2 : end + 1);
    }
    return end;
  }

  /** One digit or more. */
  #digits(at: number): number {
    const { text } = this;
    const limit = this.#limit;
    let position = at;
    while (position < limit && isDigit(text[position])) position++;
    return position === at ? -1 : position;
  }
}

/** A key as JSON.parse gives it; `undefined` if it is too long to be of interest, `null` if it is no JSON. */
function nameAt(text: Buffer, start: number, end: number): string | undefined | null {
  if (end - start > MAX_KEY_BYTES) return undefined;
  return unescaped(text.toString('utf8', start, end));
}

/** What stands between a string's quotes, as JSON.parse gives it; `null` if it is no JSON. */
export function unescaped(written: string): string | null {
  if (!written.includes('\\')) return written;
  try {
    return JSON.parse(`"${written}"`) as string;
  } catch {
    return null;
  }
}

/** https://graphics.stanford.edu/~seander/bithacks.html#ZeroInWord */
function hasZeroByte(word: number): boolean {
  return ((word - 0x01010101) & ~word & 0x80808080) !== 0;
}

function isDigit(byte: number | undefined): boolean {
  return byte !== undefined && byte >= ZERO && byte <= NINE;
}

function isSpace(byte: number | undefined): boolean {
  return byte === 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09;
}
