import { plainMessage } from '../../json/plain-message';
import type { Member, ObjectSpan, Span } from '../../json/scan';
import { quickHash } from './rendezvous-hash';

/** The lists that a conversation is in: Chat Completions and Messages, Responses, Gemini. */
const LISTS = ['messages', 'input', 'contents'];
/** Few messages (instructions, a greeting) precede the first user message; it is searched only in the first ones. */
const MAX_LEADING_MESSAGES = 8;
/** Bytes hashed at the beginning and at the end of the text. */
const HASHED_BYTES = 1_024;
/** Bytes at both ends of a message that are searched for the members around its text. */
const FRAME_BYTES = 1_024;
/** `[]`, `""` */
const EMPTY_BYTES = 2;

/*
 * These search for members in bytes that may begin inside a string. That is safe: inside a string a quote has a
 * backslash before it, so a name in quotes followed by a colon is always a member's.
 */
const ROLE = /"role"\s{0,8}:\s{0,8}"(\w{1,20})"/;
const TYPE = /"type"\s{0,8}:/;
/** The content of a message: its text, else the data or URL of an image or a file. */
const TEXT = /"(?:text|content|data|file_data|url|image_url|fileUri|file_uri|file_id)"\s{0,8}:\s{0,8}"/g;

/**
 * What all requests of one conversation have in common: the text of its first user message, as a short string.
 * `undefined` if the body has no messages.
 *
 * Instructions are left out: all conversations of an agent share them, and some contain the time. Only the text is
 * hashed, not the JSON around it, because clients send `"content": "x"` and `"content": [{"type": "text", "text": "x"}]`
 * for the same message, and move `cache_control` marks. Escapes are hashed as they are written: one client writes a text
 * the same way each time.
 *
 * @param seed distinguishes clients that open with the same words
 */
export function openingOf(body: Buffer, members: readonly Member[], seed: number): string | undefined {
  const list = LISTS.map((key) => members.find((member) => member.key === key)).find(
    (member) => member !== undefined,
  );
  if (!list || list.value.end - list.value.start <= EMPTY_BYTES) return undefined;
  // Google accepts one message, or one part, in place of a list.
  const messages = (list.elements ?? [list.value]).slice(0, MAX_LEADING_MESSAGES);
  for (const message of messages) {
    const text = userText(body, message);
    if (text) return digestOf(body, text, seed);
  }
  return digestOf(body, messages[0] ?? list.value, seed);
}

/** A text's length and the hash of its beginning and end: a long one would cost more to hash than to relay. */
export function digestOf(body: Buffer, { start, end }: Span, seed: number): string {
  const length = end - start;
  const hash =
    length <= 2 * HASHED_BYTES
      ? quickHash(body, seed, start, end)
      : quickHash(body, quickHash(body, seed, start, start + HASHED_BYTES), end - HASHED_BYTES, end);
  return `${length}:${hash}`;
}

/**
 * The text of a message of the user: of a string, or of an object whose role says so or that has neither role nor
 * type (Gemini). `undefined` if it is none. Of several parts it goes from the first one's text to the last one's.
 */
function userText(body: Buffer, message: Span | ObjectSpan): Span | undefined {
  if (body[message.start] === QUOTE) return { start: message.start + 1, end: message.end - 1 };
  const plain = 'members' in message ? plainMessage(body, message) : undefined;
  if (plain) return plain.role === 'user' ? plain.text : undefined;
  const head = body.toString('latin1', message.start, Math.min(message.end, message.start + FRAME_BYTES));
  const [begins] = head.matchAll(TEXT);
  const before = begins ? head.slice(0, begins.index) : head;
  const start = begins ? message.start + begins.index + begins[0].length : message.start;
  const end = begins ? textEnd(body, message, start) : message.end;
  const role = (ROLE.exec(before) ?? ROLE.exec(after(body, message, end)))?.[1];
  const isUsers = role === undefined ? !TYPE.test(before) : role === 'user';
  return isUsers ? { start, end } : undefined;
}

const QUOTE = 0x22;
const BACKSLASH = 0x5c;

/** The end of the last text: of the last one that begins near the message's end, else of the one that continues there. */
function textEnd(body: Buffer, message: Span, start: number): number {
  const from = Math.max(message.start, message.end - FRAME_BYTES);
  const last = [...body.toString('latin1', from, message.end).matchAll(TEXT)].pop();
  return unescapedQuote(body, Math.max(start, last ? from + last.index + last[0].length : from), message.end);
}

/** The position of the next quote that ends a string; `end` if there is none before it. */
function unescapedQuote(body: Buffer, from: number, end: number): number {
  let quote = body.indexOf(QUOTE, from);
  while (quote !== -1 && quote < end && isEscaped(body, quote)) quote = body.indexOf(QUOTE, quote + 1);
  return quote === -1 || quote > end ? end : quote;
}

function isEscaped(body: Buffer, quote: number): boolean {
  let before = quote - 1;
  while (before > quote - FRAME_BYTES && body[before] === BACKSLASH) before--;
  return (quote - before) % 2 === 0;
}

function after(body: Buffer, message: Span, textEnds: number): string {
  return body.toString('latin1', textEnds, Math.min(message.end, textEnds + FRAME_BYTES));
}
