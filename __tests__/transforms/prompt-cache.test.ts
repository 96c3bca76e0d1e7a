import fc from 'fast-check';
import { JsonBody } from '../../src/json/json-body';
import { markPromptCache } from '../../src/transforms/prompt-cache';
import { run } from './member-texts';

const MARK = ',"cache_control":{"type":"ephemeral"}';
const mark = (text: string) => run(markPromptCache('5m'), text);

interface Block {
  readonly type: string;
  readonly text?: string;
  readonly source?: unknown;
  readonly cache_control?: unknown;
}
interface Chat {
  readonly tools?: readonly object[];
  readonly system?: string | readonly Block[];
  readonly messages: readonly { readonly role: string; readonly content: string | readonly Block[] }[];
}

const text = fc.oneof(fc.constantFrom('', ' ', 'Hi "there"\n'), fc.string());
const block = fc.oneof(
  // In another order than a text that becomes a block.
  text.map((content): Block => ({ text: content, type: 'text' })),
  fc.constant<Block>({ type: 'image', source: { data: 'x' } }),
  fc.constant<Block>({ type: 'thinking' }),
);
const content = fc.oneof(text, fc.array(block, { maxLength: 3 }));
const chats: fc.Arbitrary<Chat> = fc.record(
  {
    tools: fc.array(fc.record({ name: fc.string() }), { maxLength: 2 }),
    messages: fc.array(fc.record({ role: fc.constantFrom('user', 'assistant'), content }), { maxLength: 4 }),
    system: content,
  },
  { requiredKeys: ['messages'] },
);

const EPHEMERAL = { cache_control: { type: 'ephemeral' } };

/** The same by values. */
function marked(chat: Chat): Chat {
  const opening = markedIn(chat.system, ['text']);
  const lastTool = chat.tools?.at(-1);
  const at = chat.messages.map(({ role }) => role).lastIndexOf('user');
  const message = chat.messages[at];
  const inMessage = markedIn(message?.content, ['text', 'image']);
  return {
    ...chat,
    ...(opening
      ? { system: opening }
      : lastTool && { tools: [...(chat.tools ?? []).slice(0, -1), { ...lastTool, ...EPHEMERAL }] }),
    messages: chat.messages.map((one, index) =>
      index === at && inMessage ? { ...one, content: inMessage } : one,
    ),
  };
}

function markedIn(blocks: Chat['system'], types: readonly string[]): readonly Block[] | undefined {
  const isEmpty = (one = '') => /^[ \n\r\t]*$/.test(one);
  if (typeof blocks === 'string')
    return isEmpty(blocks) ? undefined : [{ type: 'text', text: blocks, ...EPHEMERAL }];
  const last = blocks?.at(-1);
  if (!last || !types.includes(last.type) || (last.type === 'text' && isEmpty(last.text))) return undefined;
  return [...(blocks ?? []).slice(0, -1), { ...last, ...EPHEMERAL }];
}

describe('markPromptCache', () => {
  it('marks the end of system or tools and of the last message of the user, and leaves every other byte', () => {
    fc.assert(
      fc.property(chats, fc.constantFrom(0, 1, 3), (chat, indent) => {
        const before = JSON.stringify(chat, null, indent);
        const after = mark(before);
        expect(JSON.parse(after)).toEqual(marked(chat));
        const wrapped =
          /\[\{"type":"text","text":("(?:[^"\\]|\\.)*"),"cache_control":\{"type":"ephemeral"\}\}\]/g;
        expect(after.replace(wrapped, '$1').replaceAll(MARK, '')).toBe(before);
        expect(after.split('"cache_control"').length).toBeLessThanOrEqual(3);
        expect(mark(after)).toBe(after);
      }),
    );
  });

  it('writes the time if it is not the usual one', () => {
    expect(run(markPromptCache('1h'), '{"messages":[{"role":"user","content":"a"}]}')).toBe(
      '{"messages":[{"role":"user","content":[{"type":"text","text":"a","cache_control":{"type":"ephemeral","ttl":"1h"}}]}]}',
    );
  });

  it('marks a tool’s result, and what the conversation says of marks is no mark', () => {
    const say = '{"role":"user","content":"\\"cache_control\\":1"}';
    expect(
      mark(`{"messages":[${say},{"content":[{"type":"tool_result","content":[]}],"role":"user"}]}`),
    ).toBe(`{"messages":[${say},{"content":[{"type":"tool_result","content":[]${MARK}}],"role":"user"}]}`);
  });

  it.each([
    [
      'that has a mark of the client',
      '{"system":[{"type":"text","text":"s","cache_control":{"type":"ephemeral"}}],"messages":[{"role":"user","content":"a"}]}',
    ],
    [
      'that is cached automatically',
      '{"cache_control":{"type":"ephemeral"},"system":"s","messages":[{"role":"user","content":"a"}]}',
    ],
    ['without a message of the user', '{"messages":[{"role":"assistant","content":"a"}]}'],
    [
      'whose tools are loaded later',
      '{"tools":[{"name":"a","defer_loading":true},{"name":"b"}],"messages":[]}',
    ],
    ['whose messages are no list', '{"messages":"a"}'],
    ['whose content is no text', '{"system":null,"messages":[{"role":"user","content":7}]}'],
    ['that is no JSON', '{"system":"s"'],
  ])('leaves a request as it is %s', (_what, request) => {
    const body = new JsonBody(Buffer.from(request));
    expect(markPromptCache('5m')(body)).toBe(body);
  });
});
