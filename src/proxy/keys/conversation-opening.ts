import { plainMessage } from '../../json/plain-message';
import type { Member, ObjectSpan, Span } from '../../json/scan';
import { quickHash } from './rendezvous-hash';

/** The lists that a conversation is in: Chat Completions and Messages, Responses, Gemini. */
const LISTS = ['messages', 'input', 'contents'];
/** Few messages (instructions, a greeting) precede the first user message; it is searched only in the first ones. */
const MAX_LEADING_MESSAGES = 32;
/** Bytes hashed at the beginning and at the end of the text. */
const HASHED_BYTES = 1_024;
/** Bytes at both ends of a message that are searched for the members around its text. */
const FRAME_BYTES = 1_024;
/** The longest match of `TEXT`, rounded up. */
const TEXT_BYTES = 64;
/** Marks of a message that are skipped; Anthropic allows four in a request. */
const MAX_MARKS = 8;
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
 * hashed, not the JSON around it nor `cache_control` marks between its parts, because clients send `"content": "x"` and
 * `"content": [{"type": "text", "text": "x"}]` for the same message, and move the marks with each turn. Escapes are hashed
 * as they are written: one client writes a text the same way each time.
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
  return digestOf(body, withoutMarks(body, messages[0] ?? list.value), seed);
}

/**
 * A text's length and the hash of its beginning and end: a long one would cost more to hash than to relay.
 * @param spans the parts that the text consists of
 */
export function digestOf(body: Buffer, spans: readonly Span[], seed: number): string {
  const length = spans.reduce((sum, { start, end }) => sum + end - start, 0);
  const hash =
    length <= 2 * HASHED_BYTES
      ? hashOf(body, spans, seed, 0, length)
      : hashOf(body, spans, hashOf(body, spans, seed, 0, HASHED_BYTES), length - HASHED_BYTES, length);
  return `${length}:${hash}`;
}

/** The hash of a range of the text that the spans make up together. */
function hashOf(body: Buffer, spans: readonly Span[], seed: number, from: number, to: number): number {
  let hash = seed;
  let at = 0;
  for (const { start, end } of spans) {
    const first = start + Math.max(0, from - at);
    const last = Math.min(end, start + to - at);
    if (first < last) hash = quickHash(body, hash, first, last);
    at += end - start;
  }
  return hash;
}

const MARK = Buffer.from('"cache_control"');
/** Its value, and what separates it from a next member. */
const MARK_VALUE = /^(\s{0,8}:\s{0,8}(?:null|\{[^{}]{0,200}\}))(?:\s{0,64},\s{0,64})?/;
const MAX_VALUE_BYTES = 360;
const COMMA_BEFORE = /,\s{0,64}$/;
const MAX_COMMA_BYTES = 65;

/** What is left of a part of the JSON without its `cache_control` members, each with the comma that it needs. */
function withoutMarks(body: Buffer, { start, end }: Span): readonly Span[] {
  const part = body.subarray(start, end);
  const spans: Span[] = [];
  let from = 0;
  let at = part.indexOf(MARK);
  for (let marks = 0; at !== -1 && marks < MAX_MARKS; marks++) {
    const afterName = at + MARK.length;
    const value = MARK_VALUE.exec(part.toString('latin1', afterName, afterName + MAX_VALUE_BYTES));
    if (value) {
      const before = part.toString('latin1', Math.max(from, at - MAX_COMMA_BYTES), at);
      const comma = COMMA_BEFORE.exec(before)?.[0] ?? '';
      spans.push({ start: start + from, end: start + at - comma.length });
      from = afterName + ((comma === '' ? value[0] : value[1])?.length ?? 0);
    }
    at = part.indexOf(MARK, afterName);
  }
  return [...spans, { start: start + from, end }];
}

/**
 * The text of a message of the user: of a string, or of an object whose role says so or that has neither role nor
 * type (Gemini). `undefined` if it is none. Of several parts it goes from the first one's text to the last one's.
 */
function userText(body: Buffer, message: Span | ObjectSpan): readonly Span[] | undefined {
  if (body[message.start] === QUOTE) return [{ start: message.start + 1, end: message.end - 1 }];
  const plain = 'members' in message ? plainMessage(body, message) : undefined;
  if (plain) return plain.role === 'user' ? [plain.text] : undefined;
  const head = body.toString('latin1', message.start, Math.min(message.end, message.start + FRAME_BYTES));
  const [begins] = head.matchAll(TEXT);
  const before = begins ? head.slice(0, begins.index) : head;
  const start = begins ? message.start + begins.index + begins[0].length : message.start;
  const end = begins ? textEnd(body, message, start) : message.end;
  const role = (ROLE.exec(before) ?? ROLE.exec(after(body, message, end)))?.[1];
  const isUsers = role === undefined ? !TYPE.test(before) : role === 'user';
  return isUsers ? withoutMarks(body, { start, end }) : undefined;
}

const QUOTE = 0x22;
const BACKSLASH = 0x5c;

/** The end of the last text: of the last one that begins near the message's end, else of the one that continues there. */
function textEnd(body: Buffer, message: Span, start: number): number {
  const from = Math.max(message.start, message.end - FRAME_BYTES);
  // From a little before: there the last text's name may stand, and the quotes around it would count as the text's end.
  const searched = Math.max(message.start, from - TEXT_BYTES);
  const last = [...body.toString('latin1', searched, message.end).matchAll(TEXT)].pop();
  const begins = last ? searched + last.index + last[0].length : from;
  return unescapedQuote(body, Math.max(start, begins), message.end);
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
