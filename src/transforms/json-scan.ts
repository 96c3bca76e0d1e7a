/**
 * Finds where the values of a JSON text stand, without building them: a long prompt is passed over at the speed of
 * a byte search, and an edit moves whole values, so every other byte stays as it came (numbers past 2^53 included).
 * The structure is checked; what is inside strings is not, since moving a value whole cannot make it valid.
 */

/** A value's bytes: [start, end). */
export interface Span {
  readonly start: number;
  readonly end: number;
}

/** One member of an object: the key as written between its quotes, and where key and value stand. */
export interface Member {
  readonly key: string;
  readonly keyStart: number;
  readonly value: Span;
  /** Where the elements stand, if the value is a list of objects: found on the way, so that no second scan looks for them. */
  readonly elements?: readonly Span[] | undefined;
}

/** Nesting that no chat has; past it the text counts as malformed, so that no input can exhaust the stack. */
const MAX_DEPTH = 256;

const QUOTE = 0x22;
const COMMA = 0x2c;
const COLON = 0x3a;
const OPEN_BRACKET = 0x5b;
const BACKSLASH = 0x5c;
const CLOSE_BRACKET = 0x5d;
const OPEN_BRACE = 0x7b;
const CLOSE_BRACE = 0x7d;

/** The members of the object that is the whole text, or undefined where the text is no JSON object. */
export function rootMembers(text: Buffer): Member[] | undefined {
  const start = skipSpace(text, 0);
  const members: Member[] = [];
  const end = text[start] === OPEN_BRACE ? scanObject(text, start, 0, members) : -1;
  return end !== -1 && skipSpace(text, end) === text.length ? members : undefined;
}

/** The characters of a string member, without its quotes and with its escapes as written; undefined where there is none. */
export function stringMember(text: Buffer, members: readonly Member[], key: string): Span | undefined {
  const value = members.find((member) => member.key === key)?.value;
  if (!value || text[value.start] !== QUOTE || value.end - value.start <= 2) return undefined;
  return { start: value.start + 1, end: value.end - 1 };
}

/** The members of the object at `at`, or undefined where there is none. */
export function membersOf(text: Buffer, at: Span): Member[] | undefined {
  const members: Member[] = [];
  return text[at.start] === OPEN_BRACE && scanObject(text, at.start, 0, members) === at.end
    ? members
    : undefined;
}

/** The elements of the array at `at`, or undefined where there is none. */
export function elementsOf(text: Buffer, at: Span): Span[] | undefined {
  const elements: Span[] = [];
  return text[at.start] === OPEN_BRACKET && scanArray(text, at.start, 0, elements) === at.end
    ? elements
    : undefined;
}

// Each scanner takes the position of a value's first byte and returns the position after its last, or -1.

function scanValue(text: Buffer, at: number, depth: number): number {
  const first = text[at];
  if (first === QUOTE) return scanString(text, at);
  if (first === OPEN_BRACE) return scanObject(text, at, depth);
  if (first === OPEN_BRACKET) return scanArray(text, at, depth);
  return scanLiteral(text, at);
}

function scanObject(text: Buffer, at: number, depth: number, found?: Member[]): number {
  if (depth > MAX_DEPTH) return -1;
  let position = skipSpace(text, at + 1);
  if (text[position] === CLOSE_BRACE) return position + 1;
  for (;;) {
    if (text[position] !== QUOTE) return -1;
    const keyEnd = scanString(text, position);
    if (keyEnd === -1) return -1;
    const colon = skipSpace(text, keyEnd);
    if (text[colon] !== COLON) return -1;
    const start = skipSpace(text, colon + 1);
    const elements: Span[] | undefined = found && isListOfObjects(text, start) ? [] : undefined;
    const end = elements ? scanArray(text, start, depth + 1, elements) : scanValue(text, start, depth + 1);
    if (end === -1) return -1;
    found?.push({
      key: text.toString('utf8', position + 1, keyEnd - 1),
      keyStart: position,
      value: { start, end },
      elements,
    });
    position = skipSpace(text, end);
    if (text[position] === CLOSE_BRACE) return position + 1;
    if (text[position] !== COMMA) return -1;
    position = skipSpace(text, position + 1);
  }
}

function isListOfObjects(text: Buffer, at: number): boolean {
  return text[at] === OPEN_BRACKET && text[skipSpace(text, at + 1)] === OPEN_BRACE;
}

function scanArray(text: Buffer, at: number, depth: number, found?: Span[]): number {
  if (depth > MAX_DEPTH) return -1;
  let position = skipSpace(text, at + 1);
  if (text[position] === CLOSE_BRACKET) return position + 1;
  for (;;) {
    const end = scanValue(text, position, depth + 1);
    if (end === -1) return -1;
    found?.push({ start: position, end });
    position = skipSpace(text, end);
    if (text[position] === CLOSE_BRACKET) return position + 1;
    if (text[position] !== COMMA) return -1;
    position = skipSpace(text, position + 1);
  }
}

/** Jumps from quote to quote; one with an odd number of backslashes before it belongs to the string. */
function scanString(text: Buffer, at: number): number {
  for (let quote = text.indexOf(QUOTE, at + 1); quote !== -1; quote = text.indexOf(QUOTE, quote + 1)) {
    let before = quote - 1;
    while (text[before] === BACKSLASH) before--;
    if ((quote - before) % 2 === 1) return quote + 1;
  }
  return -1;
}

/** RFC 8259 §3 and §6: true, false, null, and numbers, none of which is long. */
const LITERAL = /^(?:true|false|null|-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?)$/;
const MAX_LITERAL_BYTES = 1_024;

function scanLiteral(text: Buffer, at: number): number {
  let end = at;
  while (end < text.length && end - at < MAX_LITERAL_BYTES && !endsLiteral(text[end])) end++;
  return LITERAL.test(text.toString('latin1', at, end)) ? end : -1;
}

function endsLiteral(byte: number | undefined): boolean {
  return byte === COMMA || byte === CLOSE_BRACE || byte === CLOSE_BRACKET || isSpace(byte);
}

function skipSpace(text: Buffer, at: number): number {
  let position = at;
  while (isSpace(text[position])) position++;
  return position;
}

function isSpace(byte: number | undefined): boolean {
  return byte === 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09;
}
