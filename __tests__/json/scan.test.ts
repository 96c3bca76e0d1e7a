import fc from 'fast-check';
import { memberNamed, membersOf, rootMembers, stringMember, type Span } from '../../src/json/scan';

const parseSpan = (text: Buffer, span: Span): unknown =>
  JSON.parse(text.toString('utf8', span.start, span.end));
const styles = [undefined, 2, '\t', ' \n\r\t'];

describe('rootMembers', () => {
  it('finds every member of any object that JSON.parse would find', () => {
    fc.assert(
      fc.property(
        fc.dictionary(fc.string({ unit: 'binary' }), fc.jsonValue()),
        fc.constantFrom(...styles),
        (object, style) => {
          const text = Buffer.from(JSON.stringify(object, null, style));
          const members = rootMembers(text);
          const found = members?.map((member) => [member.key, parseSpan(text, member.value)]);
          expect(found).toEqual(Object.entries(JSON.parse(text.toString()) as object));
        },
      ),
      { numRuns: 1_000 },
    );
  });

  it('gives each key as JSON.parse does, and the last value of a repeated key', () => {
    const key = fc.constantFrom('a', '\\u0061', '\\n', '\\"', 'é', '\\ud83d\\ude42', 'model', 'mod\\u0065l');
    fc.assert(
      fc.property(fc.array(fc.tuple(key, fc.nat()), { minLength: 1, maxLength: 12 }), (pairs) => {
        const text = `{${pairs.map(([name, value]) => `"${name}":${value}`).join(', ')}}`;
        const members = rootMembers(Buffer.from(text)) ?? [];
        for (const [name, value] of Object.entries(JSON.parse(text) as object)) {
          const counts = memberNamed(members, name);
          expect(counts && parseSpan(Buffer.from(text), counts.value)).toBe(value);
        }
        expect(members).toHaveLength(pairs.length);
      }),
    );
  });

  it('finds the end of any string, however long and whatever is escaped in it', () => {
    const piece = fc.constantFrom(
      '\\"',
      '\\\\',
      'x',
      'x'.repeat(47),
      'y'.repeat(48),
      'z'.repeat(200),
      '\\n',
      'é',
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 40 }), (pieces) => {
        const text = Buffer.from(`{"a":"${pieces.join('')}","b":1}`);
        const found = rootMembers(text)?.map((member) => parseSpan(text, member.value));
        expect(found).toEqual(Object.values(JSON.parse(text.toString()) as object));
      }),
      { numRuns: 2_000 },
    );
  });

  it('accepts a text as an object exactly if JSON.parse does, and never throws', () => {
    const piece = fc.constantFrom(
      '{',
      '}',
      '[',
      ']',
      ',',
      ':',
      '"a"',
      '"\\""',
      '1',
      '-',
      '1.5e3',
      '-0',
      '1.',
      '.5',
      '2E+7',
      '1e-',
      '01',
      'true',
      'null',
      'false',
      'nul',
      ' ',
      '"',
      'é',
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 14 }), (pieces) => {
        const text = pieces.join('');
        let isObject: boolean;
        try {
          const parsed: unknown = JSON.parse(text);
          isObject = typeof parsed === 'object' && parsed !== null && !Array.isArray(parsed);
        } catch {
          isObject = false;
        }
        expect(rootMembers(Buffer.from(text)) !== undefined).toBe(isObject);
      }),
      { numRuns: 20_000 },
    );
  });

  it.each([
    '',
    '  ',
    '[]',
    '1',
    '"x"',
    '{',
    '{"a"}',
    '{"a":}',
    '{"a":1,}',
    '{"a":1}}',
    '{"a":1} x',
    "{'a':1}",
    '\ufeff{}',
    '{"a":"\\"}',
    '{"a":1e}',
    '{"a\\x":1}',
    '{"a":truex}',
    '{"a":1 2}',
  ])('does not accept %j as an object', (text) => {
    expect(rootMembers(Buffer.from(text))).toBeUndefined();
  });

  it('gives up on nesting that no chat has, without exhausting the stack', () => {
    const deep = (levels: number) => Buffer.from(`{"a":${'['.repeat(levels)}${']'.repeat(levels)}}`);
    expect(rootMembers(deep(200))).toHaveLength(1);
    expect(rootMembers(deep(1_000_000))).toBeUndefined();
  });

  it('is not misled by quotes and backslashes inside strings', () => {
    const object = { 'a"b\\': 'c\\\\"}', d: '\\', e: ['"]', '\\"'] };
    const text = Buffer.from(JSON.stringify(object));
    expect(rootMembers(text)?.map((member) => parseSpan(text, member.value))).toEqual(Object.values(object));
  });
});

describe('what a scan may cost', () => {
  const MB = 1024 * 1024;
  const fill = (unit: string, bytes: number) => unit.repeat(Math.floor(bytes / unit.length));
  const object = (inside: string) => Buffer.from(`{${inside}}`);

  it.each([
    ['members', object(`${fill('"":1,', 2 * MB)}"model":"m"`)],
    ['messages', object(`"messages":[${fill('{},', 2 * MB)}{}]`)],
    ['messages in several lists', object(fill(`"":[${fill('{},', 6_000)}{}],`, 40_000) + '"a":1')],
    ['lists inside a list', object(`"a":[1,${fill('[],', 6 * MB)}1]`)],
    ['numbers', object(`"a":[${fill('1,', 6 * MB)}1]`)],
    ['escaped quotes', object(`"a":"${fill('\\"', 20 * MB)}"`)],
    ['spaces', object(`"a":${fill(' ', 20 * MB)}1`)],
    ['digits', object(`"a":${fill('1', 20 * MB)}`)],
  ])('a text that is nothing but %s is given up on, and so passes as it is', (_what, text) => {
    expect(() => JSON.parse(text.toString()) as unknown).not.toThrow();
    expect(rootMembers(text)).toBeUndefined();
  });

  it.each([
    ['an agent’s prompt of many tools and messages', agentPrompt()],
    ['an image of 5 MB', object(`"messages":[{"role":"user","content":"${fill('A', 5 * MB)}"}],"model":"m"`)],
    ['a chat of 2,000 messages', object(`"messages":[${fill('{"role":"user"},', 32_000)}{}],"model":"m"`)],
    [
      'an embeddings request of 300,000 tokens',
      object(`"input":[${fill('12345,', 1_800_000)}1],"model":"m"`),
    ],
    ['6 MB of JSON inside a string', object(`"a":"${fill('{\\"a\\":1}', 6 * MB)}","model":"m"`)],
  ])('%s is read', (_what, text) => {
    expect(rootMembers(text)?.map(({ key }) => key)).toContain('model');
  });

  it('keeps no key that is longer than any parameter’s name', () => {
    const text = object(`"${fill('k', MB)}":1,"model":"m"`);
    expect(rootMembers(text)?.map(({ key }) => key)).toEqual([undefined, 'model']);
  });

  function agentPrompt(): Buffer {
    const schema = (depth: number): object => ({
      type: 'object',
      properties: depth === 0 ? {} : { a: schema(depth - 1), b: { enum: ['x', 'y'] }, n: { minimum: 0 } },
    });
    const tools = Array.from({ length: 200 }, (_, at) => ({ name: `t${at}`, input_schema: schema(6) }));
    const messages = Array.from({ length: 500 }, () => ({ role: 'user', content: [{ type: 'text' }] }));
    return Buffer.from(JSON.stringify({ tools, messages, model: 'm' }));
  }
});

describe('stringMember', () => {
  const find = (text: string, maxBytes = 200) => {
    const bytes = Buffer.from(text);
    return stringMember(bytes, rootMembers(bytes) ?? [], 'model', maxBytes);
  };

  it.each([
    ['{"model":"a"}', 'a'],
    ['{"model":"a","model":"b"}', 'b'],
    ['{"mod\\u0065l":"\\u0061\\n"}', 'a\n'],
    ['{"model":"a","model":7}', undefined],
    ['{"model":""}', undefined],
    ['{"model":"\\x"}', undefined],
    ['{"models":"a"}', undefined],
  ])('of %s is %j', (text, expected) => {
    expect(find(text)).toBe(expected);
  });

  it('is not found if it is longer than requested', () => {
    expect(find('{"model":"1234"}', 4)).toBe('1234');
    expect(find('{"model":"12345"}', 4)).toBeUndefined();
  });
});

describe('elements and membersOf', () => {
  it('finds text inside a value', () => {
    const text = Buffer.from('{"list": [ {"x":[2]} , 1 ,"a,b" ], "object": {"k":"v"}, "numbers": [1,2]}');
    const [list, object, numbers] = rootMembers(text) ?? [];
    expect(list?.elements?.map((element) => parseSpan(text, element))).toEqual([{ x: [2] }, 1, 'a,b']);
    expect(object && membersOf(text, object.value)?.map((member) => member.key)).toEqual(['k']);
    expect(object?.elements).toBeUndefined();
    expect(numbers?.elements).toBeUndefined(); // a list of tokens may be long, and nobody asks for it
    expect(list && membersOf(text, list.value)).toBeUndefined();
  });
});
