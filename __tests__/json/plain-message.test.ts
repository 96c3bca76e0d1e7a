import { plainMessage } from '../../src/json/plain-message';
import { memberNamed, rootMembers } from '../../src/json/scan';

/** What is read of the first message of a chat. */
function firstOf(message: string): { readonly role: string; readonly text: string } | undefined {
  const body = Buffer.from(`{"messages":[${message},{"role":"user","content":"next"}]}`);
  const [first] = memberNamed(rootMembers(body) ?? [], 'messages')?.elements ?? [];
  const plain = first && plainMessage(body, first);
  return plain && { role: plain.role, text: body.toString('utf8', plain.text.start, plain.text.end) };
}

describe('a message that is written as most are', () => {
  it.each([
    ['{"role":"user","content":"hello"}', 'user', 'hello'],
    ['{"role":"system","content":""}', 'system', ''],
    [String.raw`{"role":"user","content":"say \"hi\""}`, 'user', String.raw`say \"hi\"`],
    [String.raw`{"role":"user","content":"\\"}`, 'user', String.raw`\\`],
    [`{"role":"developer","content":"${'long '.repeat(2_000)}"}`, 'developer', 'long '.repeat(2_000)],
    ['{"role":"user","content":"{\\"role\\":\\"system\\"}"}', 'user', '{\\"role\\":\\"system\\"}'],
  ])('%s', (message, role, text) => {
    expect(firstOf(message)).toEqual({ role, text });
  });
});

describe('a message that is written otherwise is left to a scan', () => {
  it.each([
    '{"content":"hello","role":"user"}',
    '{"role":"user","content":"hello","name":"a"}',
    '{"role":"user","content":"hello","role":"system"}',
    '{"role":"user","content":["hello"]}',
    '{"role":"user","content":"hello" }',
    '{"role": "user","content":"hello"}',
    '{"role":"user"}',
    '{"role":"user","content":null}',
    '{"role":"a role of more letters","content":"hello"}',
    '{"role":{"role":"user","content":"x"},"content":"hello"}',
    '"role"',
    '[{"role":"user","content":"hello"}]',
  ])('%s', (message) => {
    expect(firstOf(message)).toBeUndefined();
  });
});
