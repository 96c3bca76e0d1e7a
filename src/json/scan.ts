/**
 * Finds where the values of a JSON text stand, without building them: a long prompt is passed over at the speed of
 * a byte search, and an edit moves whole values, so every other byte stays as it came (numbers past 2^53 included).
 * The structure is checked; what is inside strings is not, since moving a value whole cannot make it valid.
 *
 * A text that would cost more than any real request (thousands of members, hundreds of thousands of values) counts as
 * no JSON. Where an object has a name twice the last one counts, as in JSON.parse and most providers' parsers.
 */
import { JsonScanner, unescaped, type Member, type ObjectSpan, type Span } from './scanner';

export type { Member, ObjectSpan, Span };

/** The members of the object that is the whole text, or `undefined` if the text is not a JSON object. */
export function rootMembers(text: Buffer): Member[] | undefined {
  const scanner = new JsonScanner(text, 0);
  const start = scanner.space(0);
  const members: Member[] = [];
  const end = isAt(text, start, '{') ? scanner.object(start, 0, members) : -1;
  return end !== -1 && scanner.space(end) === text.length ? members : undefined;
}

/** The last member of this name; `undefined` if there is none. */
export function memberNamed(members: readonly Member[], key: string): Member | undefined {
  for (let at = members.length - 1; at >= 0; at--) if (members[at]?.key === key) return members[at];
  return undefined;
}

/**
 * A string member, as JSON.parse gives it; `undefined` if there is none, or it is empty, or longer than `maxBytes` as
 * written.
 */
export function stringMember(
  text: Buffer,
  members: readonly Member[],
  key: string,
  maxBytes: number,
): string | undefined {
  const value = memberNamed(members, key)?.value;
  if (!value || !isAt(text, value.start, '"') || value.end - value.start - 2 > maxBytes) return undefined;
  const string = unescaped(text.toString('utf8', value.start + 1, value.end - 1));
  return string === null || string === '' ? undefined : string;
}

/** The members of the object at `at`, or `undefined` if there is none. */
export function membersOf(text: Buffer, at: Span): Member[] | undefined {
  const members: Member[] = [];
  const isObject = isAt(text, at.start, '{');
  return isObject && new JsonScanner(text, at.start).object(at.start, 0, members) === at.end
    ? members
    : undefined;
}

/** The elements of the array at `at`, or `undefined` if there is none. */
export function elementsOf(text: Buffer, at: Span): Span[] | undefined {
  const elements: ObjectSpan[] = [];
  const isArray = isAt(text, at.start, '[');
  return isArray && new JsonScanner(text, at.start).array(at.start, 0, elements) === at.end
    ? elements
    : undefined;
}

function isAt(text: Buffer, position: number, character: '{' | '[' | '"'): boolean {
  return text[position] === character.charCodeAt(0);
}
