import fc from 'fast-check';
import { membersOf, rootMembers, type Span } from '../../src/transforms/json-scan';

const parseSpan = (text: Buffer, span: Span): unknown =>
  JSON.parse(text.toString('utf8', span.start, span.end));
const styles = [undefined, 2, '\t', ' \n\r\t'];

describe('rootMembers', () => {
  it('finds every member of any object where JSON.parse would', () => {
    fc.assert(
      fc.property(
        fc.dictionary(fc.string({ unit: 'binary' }), fc.jsonValue()),
        fc.constantFrom(...styles),
        (object, style) => {
          const text = Buffer.from(JSON.stringify(object, null, style));
          const members = rootMembers(text);
          const found = members?.map((member) => [
            JSON.parse(`"${member.key}"`) as string,
            parseSpan(text, member.value),
          ]);
          expect(found).toEqual(Object.entries(JSON.parse(text.toString()) as object));
        },
      ),
      { numRuns: 1_000 },
    );
  });

  it('calls no text JSON that JSON.parse refuses for its structure, and never throws', () => {
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
      '01',
      'true',
      'nul',
      ' ',
      '"',
      'é',
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 14 }), (pieces) => {
        const text = pieces.join('');
        let valid: boolean;
        try {
          valid = typeof JSON.parse(text) === 'object';
        } catch {
          valid = false;
        }
        if (!valid) expect(rootMembers(Buffer.from(text))).toBeUndefined();
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
  ])('takes %j for no object', (text) => {
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

describe('elements and membersOf', () => {
  it('find what stands inside a value', () => {
    const text = Buffer.from('{"list": [ {"x":[2]} , 1 ,"a,b" ], "object": {"k":"v"}, "numbers": [1,2]}');
    const [list, object, numbers] = rootMembers(text) ?? [];
    expect(list?.elements?.map((element) => parseSpan(text, element))).toEqual([{ x: [2] }, 1, 'a,b']);
    expect(object && membersOf(text, object.value)?.map((member) => member.key)).toEqual(['k']);
    expect(object?.elements).toBeUndefined();
    expect(numbers?.elements).toBeUndefined(); // a list of tokens may be long, and nobody asks for it
    expect(list && membersOf(text, list.value)).toBeUndefined();
  });
});
