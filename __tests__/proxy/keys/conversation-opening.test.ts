import { JsonBody } from '../../../src/json/json-body';
import { digestOf, openingOf } from '../../../src/proxy/keys/conversation-opening';

function opening(body: unknown, seed = 7): string | undefined {
  const { bytes, members } = new JsonBody(
    Buffer.from(typeof body === 'string' ? body : JSON.stringify(body)),
  );
  return openingOf(bytes, members ?? [], seed);
}
const chat = (...messages: unknown[]) => ({ messages });
const user = (content: unknown) => ({ role: 'user', content });
const system = { role: 'system', content: 'It is 10:05.' };
const image = { type: 'image_url', image_url: { url: 'https://example.com/a.png' } };
const long = (letter: string) => letter.repeat(3_000);

describe('the opening of a conversation', () => {
  it.each<[string, unknown]>([
    ['as a text', chat(user('Hello'))],
    ['as a part', chat(user([{ type: 'text', text: 'Hello' }]))],
    ['with a mark', chat(user([{ type: 'text', text: 'Hello', cache_control: { type: 'ephemeral' } }]))],
    ['with its role behind it', chat({ content: 'Hello', role: 'user' })],
    ['with its role behind a part', chat({ content: [{ text: 'Hello', type: 'text' }], role: 'user' })],
    ['behind instructions', chat(system, { role: 'developer', content: 'Be kind.' }, user('Hello'))],
    ['behind a greeting', chat({ role: 'assistant', content: 'What can I do?' }, user('Hello'))],
    ['before the answers', chat(user('Hello'), { role: 'assistant', content: 'Hi.' }, user('Bye'))],
    ['of Responses, as a text', { input: 'Hello' }],
    ['of Responses, in a list', { input: [user([{ type: 'input_text', text: 'Hello' }])] }],
    ['of Responses, behind a call', { input: [{ type: 'function_call', name: 'x' }, user('Hello')] }],
    ['of Gemini', { contents: [{ role: 'user', parts: [{ text: 'Hello' }] }] }],
    ['of Gemini, without a role', { contents: [{ parts: [{ text: 'Hello' }] }] }],
    ['of Gemini, as one message', { contents: { parts: { text: 'Hello' } } }],
    [
      'with another model and more members',
      { model: 'x', tools: [{ role: 'user' }], ...chat(user('Hello')) },
    ],
    ['with spaces', '{ "messages" : [ { "role" : "user" , "content" : "Hello" } ] }'],
  ])('is the same %s', (_what, body) => {
    expect(opening(body)).toBe(opening(chat(user('Hello'))));
  });

  it.each<[string, unknown]>([
    ['another text', chat(user('Hello!'))],
    ['a text of the same length', chat(user('Hullo'))],
    ['a message of nobody else’s', chat({ role: 'assistant', content: 'Hello' })],
    ['a text with an escape', chat(user('Hel"lo'))],
    ['an image', chat(user([image]))],
    [
      'more parts',
      chat(
        user([
          { type: 'text', text: 'Hello' },
          { type: 'text', text: 'Hello' },
        ]),
      ),
    ],
  ])('is another with %s', (_what, body) => {
    expect(opening(body)).toEqual(expect.any(String));
    expect(opening(body)).not.toBe(opening(chat(user('Hello'))));
  });

  it('is another one of another client', () => {
    expect(opening(chat(user('Hello')), 8)).not.toBe(opening(chat(user('Hello')), 7));
  });

  it.each<[string, unknown]>([
    ['a list', { messages: [] }],
    ['a text', { input: '' }],
    ['a member', { model: 'x' }],
    ['an object', '[1]'],
  ])('is none without anything in %s', (_what, body) => {
    expect(opening(body)).toBeUndefined();
  });

  it('is that of the first message, if none of the first 32 is the user’s', () => {
    const many = Array.from({ length: 32 }, () => system);
    expect(opening(chat(...many, user('Hello')))).toBe(opening(chat(...many, user('Bye'))));
    expect(opening(chat(...many.slice(1), user('Hello')))).toBe(opening(chat(user('Hello'))));
    expect(opening(chat(...many))).not.toBe(opening(chat({ ...system, content: 'It is 10:06.' })));
    expect(opening(chat({ type: 'function_call', name: 'x' }))).toEqual(expect.any(String));
    expect(opening({ input: 7_000 })).toEqual(expect.any(String));
  });

  it('goes from the first text of a message to the last', () => {
    const parts = (...texts: string[]) => chat(user(texts.map((text) => ({ type: 'text', text }))));
    expect(opening(parts('a', 'b'))).not.toBe(opening(parts('a', 'c')));
    expect(opening(parts('a', 'b'))).not.toBe(opening(parts('c', 'b')));
    expect(opening(parts(long('a'), 'b'))).not.toBe(opening(parts(long('a'), 'c')));
    expect(opening(parts('a', long('b')))).toBe(
      opening(
        chat(
          user([
            { type: 'text', text: 'a' },
            { type: 'text', text: long('b'), cache_control: {} },
          ]),
        ),
      ),
    );
    expect(opening(parts('a', `${long('b')}\\`))).not.toBe(opening(parts('a', `${long('b')}"`)));
    expect(opening(chat(user([{ type: 'text', text: 'a' }, image])))).not.toBe(
      opening(
        chat(
          user([
            { type: 'text', text: 'a' },
            { ...image, image_url: { url: 'https://example.com/b.png' } },
          ]),
        ),
      ),
    );
  });

  it('does not depend on marks behind a long text, nor on a role’s place', () => {
    const text = `${long('x')}\\" and \\\\`;
    const written = (before: string, after: string) =>
      `{"messages":[{${before}"content":[{"type":"text","text":"${text}"${after}}`;
    const plain = opening(written('"role":"user",', '}]}]'));
    expect(opening(written('"role":"user",', ',"cache_control":{"type":"ephemeral"}}]}]'))).toBe(plain);
    expect(opening(written('', '}],"role":"user"}]'))).toBe(plain);
    expect(opening(written('', '}],"role":"assistant"}]'))).not.toBe(plain);
  });

  it('goes on behind quotes in a long text, and ends with the text', () => {
    const of = (end: string, behind = '') =>
      opening(
        `{"messages":[{"role":"user","content":[{"type":"text","text":"${long('x')}${end}"${behind}}]}]}`,
      );
    const mark = ',"cache_control":{"type":"ephemeral"}';
    const backslash = '\\';
    const quote = `${backslash}"`;
    expect(of(`${quote}a`)).not.toBe(of(`${quote}b`));
    expect(of(`${backslash.repeat(2)}${quote}a`)).not.toBe(of(`${backslash.repeat(2)}${quote}b`));
    for (const end of [`${quote}a`, `a${backslash.repeat(2)}`, `${quote}${backslash.repeat(4)}`, quote])
      expect(of(end, mark)).toBe(of(end));
    expect(opening(chat(user([{ type: 'text', text: long('x') }, { type: 'x' }])))).toBe(
      opening(chat(user(long('x')))),
    );
  });

  it('of many backslashes is looked at no further than a kilobyte back', () => {
    const of = (count: number) =>
      opening(
        `{"messages":[{"role":"user","content":[{"type":"text","text":"${long('x')}${'\\'.repeat(count)}"}]}]}`,
      );
    expect(of(1_200)).toEqual(expect.any(String));
    expect(of(1_200)).not.toBe(of(1_202));
  });

  it.each([
    ['behind the text', '"type":"text","text":"a","cache_control":{"type":"ephemeral"}'],
    ['before the text', '"type":"text","cache_control":{"type":"ephemeral"},"text":"a"'],
    ['at the beginning', '"cache_control":{"type":"ephemeral","ttl":"1h"},"type":"text","text":"a"'],
    ['with spaces', '"type":"text","text":"a" , "cache_control" : { "type" : "ephemeral" }'],
    ['of nothing', '"type":"text","text":"a","cache_control":null'],
  ])('is the same with a mark between its parts, %s', (_where, part) => {
    const of = (first: string) =>
      opening(`{"messages":[{"role":"user","content":[{${first}},{"type":"text","text":"b"}]}]}`);
    const written = part.replace(/ (?=[,:{}"])|(?<=[,:{]) /g, '');
    expect(of(written)).toBe(of('"type":"text","text":"a"'));
    expect(of(written.replace('"a"', '"c"'))).not.toBe(of('"type":"text","text":"a"'));
  });

  it('is the same with eight marks, and with one in a text it is another', () => {
    const mark = ',"cache_control":{"type":"ephemeral"}';
    const of = (marked: number, text = 'x') => {
      const parts = Array.from(
        { length: 10 },
        (_, at) => `{"type":"text","text":"${text}${at}"${at < marked ? mark : ''}}`,
      );
      return opening(`{"messages":[{"role":"user","content":[${parts.join(',')}]}]}`);
    };
    expect([1, 5, 8].map((marked) => of(marked))).toEqual([of(0), of(0), of(0)]);
    expect(of(9)).not.toBe(of(0));
    expect(of(0, 'y')).not.toBe(of(0));
    expect(
      opening(
        chat(
          user([
            { type: 'text', text: '"cache_control":null' },
            { type: 'text', text: 'b' },
          ]),
        ),
      ),
    ).not.toBe(
      opening(
        chat(
          user([
            { type: 'text', text: '' },
            { type: 'text', text: 'b' },
          ]),
        ),
      ),
    );
  });

  it('of long parts with marks is of both ends', () => {
    const of = (first: string, second: string, mark = '') =>
      opening(
        `{"messages":[{"role":"user","content":[{"type":"text","text":"${first}"${mark}},{"type":"text","text":"${second}"}]}]}`,
      );
    const mark = ',"cache_control":{"type":"ephemeral"}';
    expect(of(long('a'), long('b'), mark)).toBe(of(long('a'), long('b')));
    expect(of(`c${long('a')}`, long('b'), mark)).not.toBe(of(`${long('a')}c`, long('b'), mark));
    expect(of(long('a'), `${long('b')}c`, mark)).not.toBe(of(long('a'), `${long('b')}d`, mark));
    expect(of('a', 'b'.repeat(1_500), mark)).toBe(of('a', 'b'.repeat(1_500)));
  });

  it.each([
    ['Audio', { type: 'input_audio', input_audio: { data: 'AAAA', format: 'wav' } }, 'AAAA'],
    ['A file', { type: 'file', file: { file_data: 'AAAA' } }, 'AAAA'],
    ['A file of an upload', { type: 'input_file', file_id: 'AAAA' }, 'AAAA'],
    ['An image of an URL', { type: 'input_image', image_url: 'AAAA' }, 'AAAA'],
    ['A file of Google’s', { fileData: { fileUri: 'AAAA' } }, 'AAAA'],
    ['A file of Google’s, in the other form', { file_data: { file_uri: 'AAAA' } }, 'AAAA'],
  ])('%s is its data', (_what, part, data) => {
    expect(opening(chat(user([part])))).toBe(opening(chat(user(data))));
  });
});

describe('the digest of a text', () => {
  it.each([10, 1_024, 2_047, 2_048, 2_049, 3_000])(
    'of %i bytes is the same in one part and in several',
    (length) => {
      const text = Array.from({ length }, (_, at) => String.fromCharCode(97 + (at % 26))).join('');
      const body = Buffer.from(
        `__${text.slice(0, 5)}##${text.slice(5, length - 3)}##${text.slice(length - 3)}__`,
      );
      const spans = [
        { start: 2, end: 7 },
        { start: 9, end: 9 },
        { start: 9, end: length + 1 },
        { start: length + 3, end: length + 6 },
      ];
      expect(digestOf(body, spans, 1)).toBe(of(text));
    },
  );

  const of = (text: string, start = 0, end = text.length, seed = 1) =>
    digestOf(Buffer.from(text), [{ start, end }], seed);
  const changed = (at: number) => `${'x'.repeat(at)}y${'x'.repeat(2_999 - at)}`;

  it('has its length, and what is in it, whatever is around it', () => {
    expect(of('abc')).toMatch(/^3:-?\d+$/);
    expect(of('_abc_', 1, 4)).toBe(of('abc'));
    expect(of('abd')).not.toBe(of('abc'));
    expect(of('abc', 0, 3, 2)).not.toBe(of('abc'));
    expect(of('aa')).not.toBe(of('aaa'));
  });

  it('of a long one is of both its ends', () => {
    const plain = of('x'.repeat(3_000));
    expect([0, 1_023, 1_976, 2_999].map((at) => of(changed(at)) === plain)).toEqual([
      false,
      false,
      false,
      false,
    ]);
    expect([1_024, 1_500, 1_975].map((at) => of(changed(at)) === plain)).toEqual([true, true, true]);
    expect(of(`__${'x'.repeat(3_000)}__`, 2, 3_002)).toBe(plain);
    expect(of(`${'x'.repeat(1_024)}y${'x'.repeat(1_023)}`)).not.toBe(of('x'.repeat(2_048)));
    expect(of(`y${'x'.repeat(2_048)}`)).not.toBe(of(`${'x'.repeat(2_048)}y`));
  });
});
