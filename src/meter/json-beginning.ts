import { parsedObject, type JsonObject } from './json';

/** Members of the outer object, and of objects inside it. */
const READ_DEPTH = 2;
/** Nesting that no response has. */
const MAX_DEPTH = 64;

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
