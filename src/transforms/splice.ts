import { JsonBody } from '../json/json-body';
import type { Member } from '../json/scan';

/** Other text in place of the bytes [start, end) of a body. */
export interface Edit {
  readonly start: number;
  readonly end: number;
  readonly text: string;
}

/**
 * The body with these edits, and every other byte as it was; the same object if there is none.
 * @param edits in any order; none overlaps another
 */
export function spliced(json: JsonBody, edits: readonly Edit[]): JsonBody {
  if (edits.length === 0) return json;
  const { bytes } = json;
  let copied = 0;
  const parts: Buffer[] = [];
  for (const { start, end, text } of [...edits].sort((one, other) => one.start - other.start)) {
    parts.push(bytes.subarray(copied, start), Buffer.from(text));
    copied = end;
  }
  return new JsonBody(Buffer.concat([...parts, bytes.subarray(copied)]));
}

/**
 * Adds members behind those that an object has.
 * @param objectAt where the object begins
 * @param added `"name":value`, separated by commas
 */
export function appended(members: readonly Member[], objectAt: number, added: string): Edit {
  const last = members.at(-1);
  const at = last ? last.value.end : objectAt + 1;
  return { start: at, end: at, text: last ? `,${added}` : added };
}
