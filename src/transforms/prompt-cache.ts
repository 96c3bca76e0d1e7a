import { memberNamed, membersOf, type Member, type Span } from '../json/scan';
import { appended, spliced, type Edit } from './splice';
import type { Transform } from './transform';

/** How long a cached prompt is kept; Anthropic charges more for an hour. */
export const CACHE_TIMES = ['5m', '1h'] as const;
export type CacheTime = (typeof CACHE_TIMES)[number];

/** Written so, and not inside a string, wherever a client has marked something: its quotes would be escaped there. */
const MARK = '"cache_control"';

/** Blocks of a user's message that can be marked, beside text. */
const MARKABLE = new Set(['"image"', '"document"', '"search_result"', '"tool_result"']);

/**
 * Marks what Anthropic's format is to cache: the end of the system prompt, or of the tools if there is none, and the last
 * block of the last message of the user. Nothing, if the client has marked anything itself; so there are two marks at most,
 * of the four that a request may have: https://platform.claude.com/docs/en/build-with-claude/prompt-caching
 */
export function markPromptCache(time: CacheTime): Transform {
  const mark = `${MARK}:{"type":"ephemeral"${time === '5m' ? '' : `,"ttl":"${time}"`}}`;
  return (json) => {
    const { bytes, members } = json;
    if (!members || bytes.includes(MARK)) return json;
    const marks = new Marks(bytes, mark);
    const named = (name: string) => memberNamed(members, name);
    const opening = marks.inContent(named('system'), isText) ?? marks.inTools(named('tools'));
    const message = marks.inLastMessage(named('messages'));
    return spliced(
      json,
      [opening, message].flatMap((edits) => edits ?? []),
    );
  };
}

/** The edits that mark something; `undefined` for what cannot be marked. */
class Marks {
  constructor(
    private readonly bytes: Buffer,
    private readonly mark: string,
  ) {}

  /** In the last of the blocks; a text that is not in blocks becomes one. */
  inContent(
    content: Member | undefined,
    allows: (type: string | undefined) => boolean,
  ): readonly Edit[] | undefined {
    if (!content) return undefined;
    const { value, elements } = content;
    const last = elements?.at(-1);
    if (last) return this.#inBlock(last, allows);
    if (!this.#isFilledString(value)) return undefined;
    const { start, end } = value;
    return [
      { start, end: start, text: '[{"type":"text","text":' },
      { start: end, end, text: `,${this.mark}}]` },
    ];
  }

  /** Not if any is deferred: such a one cannot be marked, nor perhaps the tool that searches for it. */
  inTools(tools: Member | undefined): readonly Edit[] | undefined {
    const last = tools?.elements?.at(-1);
    const members = last && membersOf(this.bytes, last);
    if (!tools || !members) return undefined;
    const { start, end } = tools.value;
    const isAnyDeferred = this.bytes.subarray(start, end).includes('"defer_loading"');
    return isAnyDeferred ? undefined : [appended(members, last.start, this.mark)];
  }

  inLastMessage(messages: Member | undefined): readonly Edit[] | undefined {
    const { elements = [] } = messages ?? {};
    for (let at = elements.length - 1; at >= 0; at--) {
      const message = elements[at];
      const members = message && membersOf(this.bytes, message);
      if (members && this.#text(members, 'role') === '"user"')
        return this.inContent(memberNamed(members, 'content'), isMarkable);
    }
    return undefined;
  }

  #inBlock(block: Span, allows: (type: string | undefined) => boolean): readonly Edit[] | undefined {
    const members = membersOf(this.bytes, block);
    if (!members) return undefined;
    const type = this.#text(members, 'type');
    const text = memberNamed(members, 'text')?.value;
    const isEmpty = isText(type) && !(text && this.#isFilledString(text));
    return isEmpty || !allows(type) ? undefined : [appended(members, block.start, this.mark)];
  }

  /** Not one of white space alone: Anthropic refuses a mark on an empty text. */
  #isFilledString({ start, end }: Span): boolean {
    const { bytes } = this;
    if (bytes[start] !== QUOTE) return false;
    for (let at = start + 1; at < end - 1; at++) {
      const byte = bytes[at] ?? 0;
      if (byte === BACKSLASH) at++; // of white space only these are escaped
      if (byte === BACKSLASH ? !ESCAPED_SPACE.includes(bytes[at] ?? 0) : byte !== SPACE) return true;
    }
    return false;
  }

  /** A short member as it is written. */
  #text(members: readonly Member[], key: string): string | undefined {
    const value = memberNamed(members, key)?.value;
    return value && this.bytes.toString('latin1', value.start, Math.min(value.end, value.start + 32));
  }
}

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const SPACE = 0x20;
const ESCAPED_SPACE = Buffer.from('nrt');

function isText(type: string | undefined): boolean {
  return type === '"text"';
}

function isMarkable(type: string | undefined): boolean {
  return isText(type) || (type !== undefined && MARKABLE.has(type));
}
