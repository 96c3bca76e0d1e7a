import type { ObjectSpan, Span } from './scanner';

/** A message of a chat as most clients write it: its role, then its text, and nothing else. */
export interface PlainMessage {
  readonly role: string;
  /** The text between its quotes, as it is written. */
  readonly text: Span;
}

const BEGINNING = Buffer.from('{"role":"');
const BETWEEN = Buffer.from('","content":"');
const ENDING = Buffer.from('"}');
const MAX_ROLE_BYTES = 16;
const QUOTE = 0x22;

/**
 * Reads a message in the form in which most are written, without another scan: the text of a long one may be all of a body.
 * @returns `undefined` if it is written otherwise
 */
export function plainMessage(body: Buffer, { start, end, members }: ObjectSpan): PlainMessage | undefined {
  const roleStart = start + BEGINNING.length;
  if (members !== 2 || !standsAt(body, BEGINNING, start)) return undefined;
  let roleEnd = roleStart;
  while (roleEnd < roleStart + MAX_ROLE_BYTES && body[roleEnd] !== QUOTE) roleEnd++;
  if (!standsAt(body, BETWEEN, roleEnd)) return undefined;
  const text = { start: roleEnd + BETWEEN.length, end: end - ENDING.length };
  // Of two members the text is the last: a quote right before the bracket is its end.
  if (text.start > text.end || !standsAt(body, ENDING, text.end)) return undefined;
  return { role: body.toString('latin1', roleStart, roleEnd), text };
}

function standsAt(body: Buffer, bytes: Buffer, at: number): boolean {
  for (let offset = 0; offset < bytes.length; offset++) if (body[at + offset] !== bytes[offset]) return false;
  return true;
}
