import type { Member, Span } from '../transforms/json-scan';
import { quickHash } from './rendezvous';

/** The lists that a conversation is in: Chat Completions and Messages, Responses, Gemini. */
const LISTS = ['messages', 'input', 'contents'];
/** What stands before the first user message (instructions, a greeting) is short; past it no user message is looked for. */
const MAX_LEADING_MESSAGES = 8;
/** Of the text, so many bytes of its beginning and of its end. */
const HASHED_BYTES = 1_024;
/** What stands around a message's text is found within so many bytes of its two ends. */
const FRAME_BYTES = 1_024;
/** `[]`, `""` */
const EMPTY_BYTES = 2;

/*
 * These look for members in bytes that may begin inside a string. That is safe: inside a string a quote has a
 * backslash before it, so that a name in quotes with a colon behind it is always a member's.
 */
const ROLE = /"role"\s{0,8}:\s{0,8}"(\w{1,20})"/;
const TYPE = /"type"\s{0,8}:/;
/** What a message consists of: its text, else an image's or a file's data or address. */
const TEXT = /"(?:text|content|data|file_data|url|image_url|fileUri|file_uri|file_id)"\s{0,8}:\s{0,8}"/g;

/**
 * What every request of one conversation has, from the first one on: the text of its first user message, as a short
 * string. `undefined` if the body has no messages.
 *
 * Instructions are left out: all conversations of an agent share them, and some tell the time. The text is hashed and
 * not what stands around it, since clients send `"content": "x"` and `"content": [{"type": "text", "text": "x"}]` for
 * the same message, and move `cache_control` marks. Escapes are hashed as they are written: one client writes a text
 * the same way each time.
 *
 * @param seed what tells clients apart that open with the same words
 */
export function openingOf(body: Buffer, members: readonly Member[], seed: number): string | undefined {
  const list = LISTS.map((key) => members.find((member) => member.key === key)).find(
    (member) => member !== undefined,
  );
  if (!list || list.value.end - list.value.start <= EMPTY_BYTES) return undefined;
  // Google takes one message, or one part, where a list is due.
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
function userText(body: Buffer, message: Span): Span | undefined {
  if (body[message.start] === QUOTE) return { start: message.start + 1, end: message.end - 1 };
  const plain = plainUserText(body, message);
  if (plain) return plain;
  const head = body.toString('latin1', message.start, Math.min(message.end, message.start + FRAME_BYTES));
  const [begins] = head.matchAll(TEXT);
  const before = begins ? head.slice(0, begins.index) : head;
  const start = begins ? message.start + begins.index + begins[0].length : message.start;
  const end = begins ? textEnd(body, message, start) : message.end;
  const role = (ROLE.exec(before) ?? ROLE.exec(after(body, message, end)))?.[1];
  const isUsers = role === undefined ? !TYPE.test(before) : role === 'user';
  return isUsers ? { start, end } : undefined;
}

/** How most clients begin a user's message. */
const PLAIN = Buffer.from('{"role":"user","content":"');

/** The text of a message that has a role and a text and nothing else, as most have; what is below finds the same. */
function plainUserText(body: Buffer, { start, end }: Span): Span | undefined {
  const from = start + PLAIN.length;
  if (from > end || body.compare(PLAIN, 0, PLAIN.length, start, from) !== 0) return undefined;
  const textEnd = unescapedQuote(body, Math.max(from, end - FRAME_BYTES), end);
  return textEnd === end - '"}'.length ? { start: from, end: textEnd } : undefined;
}

const QUOTE = 0x22;
const BACKSLASH = 0x5c;

/** Where the last text ends: the last one that begins near the message's end, else the one that goes on there. */
function textEnd(body: Buffer, message: Span, start: number): number {
  const from = Math.max(message.start, message.end - FRAME_BYTES);
  const last = [...body.toString('latin1', from, message.end).matchAll(TEXT)].pop();
  return unescapedQuote(body, Math.max(start, last ? from + last.index + last[0].length : from), message.end);
}

/** Where the next quote stands that ends a string; `end` if there is none before that. */
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
