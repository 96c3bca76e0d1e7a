import { JsonBody } from '../../src/json/json-body';
import { moveSystemMessage } from '../../src/transforms/move-system-message';

const chat = (...roles: string[]) =>
  JSON.stringify({ model: 'm', messages: roles.map((role, at) => ({ role, content: `${role} ${at}` })) });
const rolesOf = (body: Buffer) =>
  (JSON.parse(body.toString()) as { messages: { role: string }[] }).messages.map(({ role }) => role);

function move(text: string, argument = '3'): Buffer {
  const transform = moveSystemMessage.arm(argument);
  if (!transform) throw new Error('not armed');
  return transform(new JsonBody(Buffer.from(text))).bytes;
}

describe('move-system-message:3', () => {
  it('keeps three messages behind a leading system message, in chats of more than four messages', () => {
    const contents = (argument: string, count: number) => {
      const names = Array.from({ length: count }, (_, at) => `m${at}`);
      const messages = ['s', ...names].map((content) => ({
        role: content === 's' ? 'system' : 'user',
        content,
      }));
      const moved = JSON.parse(move(JSON.stringify({ messages }), argument).toString()) as {
        messages: { content: string }[];
      };
      return moved.messages.map(({ content }) => content).join();
    };
    expect(contents('3', 6)).toBe('m0,m1,m2,s,m3,m4,m5');
    expect(contents('3', 4)).toBe('m0,s,m1,m2,m3');
    expect(contents('3', 3)).toBe('s,m0,m1,m2');
    expect(contents('1', 2)).toBe('m0,s,m1');
    expect(contents('1', 1)).toBe('s,m0');
  });

  it('keeps each message and everything around it byte for byte', () => {
    const before =
      '{"seed":12345678901234567890, "messages" : [ {"role":"system","content":"s\\u00e9"} ,\n{"role":"user","n":1.0}, {"role":"a"}, {"role":"b"},  {"role":"c"} ] }';
    const after =
      '{"seed":12345678901234567890, "messages" : [ {"role":"user","n":1.0} ,\n{"role":"system","content":"s\\u00e9"}, {"role":"a"}, {"role":"b"},  {"role":"c"} ] }';
    expect(move(before).toString()).toBe(after);
  });

  it('never separates a tool call from its results', () => {
    expect(
      rolesOf(move(chat('system', 'user', 'user', 'assistant', 'tool', 'tool', 'assistant', 'user'))),
    ).toEqual(['user', 'user', 'system', 'assistant', 'tool', 'tool', 'assistant', 'user']);
    expect(rolesOf(move(chat('system', 'assistant', 'tool', 'tool', 'tool')))).toEqual([
      'system',
      'assistant',
      'tool',
      'tool',
      'tool',
    ]);
  });

  it.each([
    ['four messages', chat('system', 'user', 'assistant', 'user')],
    ['no system message first', chat('user', 'system', 'assistant', 'user', 'user', 'user')],
    ['messages that is no list', '{"messages":{"0":{"role":"system"}}}'],
    ['messages that are no objects', '{"messages":["system",1,2,3,4,5]}'],
    ['no messages', '{"input":[]}'],
    ['no JSON', '{"messages":[{"role":"system"},1,2,3,4,5'],
    ['an empty body', ''],
  ])('returns the same buffer for %s', (_what, text) => {
    const body = new JsonBody(Buffer.from(text));
    expect(moveSystemMessage.arm('3')?.(body)).toBe(body);
  });

  it.each(['', '0', '-1', 'x', '1.5', '100'])('cannot be configured with %j', (argument) => {
    expect(moveSystemMessage.arm(argument)).toBeUndefined();
  });

  it('supports other positions, in longer chats only', () => {
    expect(rolesOf(move(chat('system', 'user', 'assistant'), '1'))).toEqual(['user', 'system', 'assistant']);
    expect(rolesOf(move(chat('system', 'user'), '1'))).toEqual(['system', 'user']);
  });
});
