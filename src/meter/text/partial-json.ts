import { objectOf, parsed, parsedObject, type JsonObject } from './json';

/** Nesting that no response has. */
const MAX_DEPTH = 64;

/** What can be read of a JSON text whose beginning is missing. */
export interface JsonEnd {
  /** Members of the object that is the whole text; of the last element, if it is a list. */
  readonly outer: JsonObject;
  /** Members of the object in it that the missing part reaches into; `undefined` if there is none. */
  readonly inner: JsonObject | undefined;
}

/**
 * Reads the last members of a JSON text from its end, of which it is certain: outside of a string there is no backslash,
 * and inside of one no quote without an odd number of them, so that from the last bracket backwards it is known of each
 * quote whether it begins or ends a string. Text inside strings is never taken for members.
 * @param text the end of a text that is complete
 * @returns `undefined` if it cannot be the end of an object, or of a list of them
 */
export function endOfJson(text: string): JsonEnd | undefined {
  const end = text.trimEnd();
  const scan = scanBackwards(end);
  if (!scan) return undefined;
  const { closers, commas, start } = scan;
  if (start !== -1) {
    const whole = parsed(end.slice(start));
    const outer = objectOf(Array.isArray(whole) ? whole.at(-1) : whole);
    return outer && { outer, inner: undefined };
  }
  if (end[closers[0] ?? -1] !== ']') return { outer: membersAt(0) ?? {}, inner: membersAt(1) };
  // A list: its last element is what follows the last comma at this depth, or what is cut.
  const last = scan.lastElement === -1 ? undefined : objectOf(parsed(end.slice(scan.lastElement + 1, -1)));
  if (last) return { outer: last, inner: undefined };
  return scan.lastElement === -1 ? { outer: membersAt(1) ?? {}, inner: undefined } : undefined;

  /** The members of the object at this depth that are there as a whole. */
  function membersAt(depth: number): JsonObject | undefined {
    const close = closers[depth];
    const comma = commas[depth];
    if (close === undefined || comma === undefined || end[close] !== '}') return undefined;
    return objectOf(parsed(`{${end.slice(comma + 1, close)}}`));
  }
}

/**
 * The members of a JSON object from the last one of this name on: much less to parse than all of it.
 * @returns `undefined` if the name does not stand in the outer object, or the text does not end with that
 */
export function lastMembers(text: string, name: string): JsonObject | undefined {
  const at = text.lastIndexOf(`"${name}":`);
  // As a part of a string it would have backslashes; in an inner object too many brackets follow it.
  return at < 1 || text[at - 1] === '\\' ? undefined : parsedObject(`{${text.slice(at)}`);
}

/**
 * The value of a JSON object's first member of this name, which is a string.
 * @returns `undefined` if it is none of its first members, or no plain string
 */
export function firstString(text: string, name: string): string | undefined {
  const key = `"${name}":`;
  const at = text.indexOf(key);
  // As a part of a string it would have backslashes, in an inner object another bracket before it.
  if (at < 1 || text[at - 1] === '\\' || !FIRST_MEMBERS.test(text.slice(0, at))) return undefined;
  const open = text.indexOf('"', at + key.length);
  const close = text.indexOf('"', open + 1);
  if (open === -1 || close === -1 || text.slice(at + key.length, open).trim() !== '') return undefined;
  const value = text.slice(open + 1, close);
  return value.includes('\\') ? undefined : value;
}

/** The beginning of an object, of members without a bracket. */
const FIRST_MEMBERS = /^\s*\{[^[\]{}]*$/;

interface Scan {
  /** Where the brackets end that the missing part is inside of, from the outermost. */
  readonly closers: readonly number[];
  /** For each of them, its first comma that is there. */
  readonly commas: readonly (number | undefined)[];
  /** The last comma of the outermost; -1 if there is none. */
  readonly lastElement: number;
  /** Where the text begins; -1 if that is missing. */
  readonly start: number;
}

function scanBackwards(text: string): Scan | undefined {
  const closers: number[] = [];
  const commas: (number | undefined)[] = [];
  let lastElement = -1;
  for (let at = text.length - 1; at >= 0; at--) {
    switch (text.charAt(at)) {
      case '"':
        at = openingQuote(text, at);
        if (at === -1) return { closers, commas, lastElement, start: -1 };
        break;
      case '}':
      case ']':
        if (closers.length === MAX_DEPTH) return undefined;
        closers.push(at);
        commas.length = closers.length;
        commas[closers.length - 1] = undefined;
        break;
      case '{':
      case '[': {
        const close = closers.pop();
        if (close === undefined || text[close] !== (text[at] === '{' ? '}' : ']')) return undefined;
        if (closers.length === 0) return { closers, commas, lastElement, start: at };
        break;
      }
      case ',':
        if (closers.length === 0) return undefined;
        commas[closers.length - 1] = at;
        if (closers.length === 1 && lastElement === -1) lastElement = at;
        break;
      default:
        if (closers.length === 0) return undefined; // it does not end with a bracket
    }
  }
  return { closers, commas, lastElement, start: -1 };
}

/** Where the string begins that this quote ends; -1 if that is missing, or not certain. */
function openingQuote(text: string, close: number): number {
  let quote = close;
  for (;;) {
    quote = quote === 0 ? -1 : text.lastIndexOf('"', quote - 1);
    if (quote === -1) return -1;
    let before = quote - 1;
    while (before >= 0 && text[before] === '\\') before--;
    if (before < 0) return -1; // more backslashes may be missing
    const backslashes = quote - 1 - before;
    if (backslashes === 0) return quote;
    if (backslashes % 2 === 0) return -1; // no JSON
    quote = before + 1;
  }
}

/** Members of the outer object, and of objects inside it. */
const READ_DEPTH = 2;

/**
 * Reads the first members of a JSON object whose end is missing: those of it and of the objects in it that are there as
 * a whole. `undefined` if there are none.
 */
export function beginningOfJson(text: string): JsonObject | undefined {
  let closers = '';
  let end = -1;
  let closersAtEnd = '';
  for (let at = 0; at < text.length && closers.length <= MAX_DEPTH; at++) {
    switch (text.charAt(at)) {
      case '"':
        at = closingQuote(text, at);
        break;
      case '{':
        closers = `}${closers}`;
        break;
      case '[':
        closers = `]${closers}`;
        break;
      case '}':
      case ']':
        closers = closers.slice(1);
        if (closers === '') return parsedObject(text.slice(0, at + 1));
        break;
      case ',':
        if (closers.length <= READ_DEPTH) {
          end = at;
          closersAtEnd = closers;
        }
        break;
    }
  }
  return end === -1 ? undefined : parsedObject(text.slice(0, end) + closersAtEnd);
}

/** Where the string ends that begins here; the end of the text if that is missing. */
function closingQuote(text: string, open: number): number {
  for (let at = open + 1; at < text.length; at++) {
    const character = text[at];
    if (character === '"') return at;
    if (character === '\\') at++;
  }
  return text.length;
}
