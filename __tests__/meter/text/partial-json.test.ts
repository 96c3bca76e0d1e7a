import fc from 'fast-check';
import { objectOf, type JsonObject } from '../../../src/meter/text/json';
import { beginningOfJson, endOfJson, firstString, lastMembers } from '../../../src/meter/text/partial-json';

const HUGE = 70;

describe('the end of a JSON text whose beginning is missing', () => {
  it.each([
    // The whole is there.
    ['{"a":1,"usage":{"x":2}}', { outer: { a: 1, usage: { x: 2 } }, inner: undefined }],
    [' {"a":1} \n', { outer: { a: 1 }, inner: undefined }],
    ['{}', { outer: {}, inner: undefined }],
    ['[{"a":1},{"b":2}]', { outer: { b: 2 }, inner: undefined }],
    ['{"a":"\\"}"}', { outer: { a: '"}' }, inner: undefined }],
    ['{"a":"x\\\\"}', { outer: { a: 'x\\' }, inner: undefined }],
    // A member is cut: those behind it are there.
    ['3,"usage":{"x":2}}', { outer: { usage: { x: 2 } }, inner: undefined }],
    ['he said","b":2,"c":[1,{"d":3}]}', { outer: { b: 2, c: [1, { d: 3 }] }, inner: undefined }],
    ['"b":2}', { outer: {}, inner: undefined }],
    ['1}', { outer: {}, inner: undefined }],
    ['}', { outer: {}, inner: undefined }],
    ['"a"', { outer: {}, inner: undefined }],
    ['', { outer: {}, inner: undefined }],
    // It is cut inside of an object: what is there of both.
    ['1,"c":2},"d":3}', { outer: { d: 3 }, inner: { c: 2 } }],
    ['1,"c":2}}', { outer: {}, inner: { c: 2 } }],
    ['1}}', { outer: {}, inner: undefined }],
    ['1,"c":2}},"d":3}', { outer: { d: 3 }, inner: undefined }],
    ['1,2],"d":3}', { outer: { d: 3 }, inner: undefined }],
    // A list: its last element, whole or not.
    ['"x":1},{"a":1,"b":2}]', { outer: { a: 1, b: 2 }, inner: undefined }],
    [',{"a":1}]', { outer: { a: 1 }, inner: undefined }],
    ['1,"a":2}]', { outer: { a: 2 }, inner: undefined }],
    ['1}]', { outer: {}, inner: undefined }],
    ['},"a"]', undefined],
    // Brackets, commas and names in strings are text.
    ['{[,","b":"}],{","c":4}', { outer: { b: '}],{', c: 4 }, inner: undefined }],
    ['x","b":"\\"c\\":9,","d":4}', { outer: { b: '"c":9,', d: 4 }, inner: undefined }],
  ])('%s is %j', (text, expected) => {
    expect(endOfJson(text)).toEqual(expected);
  });

  it.each([
    ['a'],
    ['1,2'],
    ['{"a":1'],
    ['{"a":1]'],
    ['["a":1}'],
    ['{"a":1},'],
    ['7'],
    ['{"a":1}x'],
    [`${'['.repeat(HUGE)}${']'.repeat(HUGE)}`],
    ['"a'],
    ['[1,2]'],
    ['[]'],
  ])('%s is none of an object', (text) => {
    expect(endOfJson(text)).toBeUndefined();
  });

  it.each([
    ['\\\\","b":1}'], // it may have been any number of backslashes
    ['\\","b":1}'],
    ['"\\\\"x","b":1}'], // outside of a string there are none
  ])('of %s has what stands behind the string', (text) => {
    expect(endOfJson(text)).toEqual({ outer: { b: 1 }, inner: undefined });
  });

  it('reads 64 objects in each other, and not one more', () => {
    const nested = (depth: number) => `${'{"a":'.repeat(depth)}1${'}'.repeat(depth)}`;
    expect(endOfJson(nested(64))?.outer).toHaveProperty('a');
    expect(endOfJson(nested(65))).toBeUndefined();
  });

  it('has no member that the whole has not, wherever it is cut', () => {
    const value = fc.jsonValue({
      maxDepth: 3,
      stringUnit: fc.constantFrom('"', '\\', '{', '}', '[', ']', ',', ':', 'é', 'a'),
    });
    fc.assert(
      fc.property(fc.dictionary(fc.string({ maxLength: 3 }), value), fc.nat(), (whole, cut) => {
        const text = JSON.stringify(whole);
        const read = endOfJson(text.slice(cut % text.length));
        expect(JSON.parse(text)).toMatchObject(read?.outer ?? {});
        const inner = Object.entries(read?.inner ?? {}).map((entry) => JSON.stringify(entry));
        const insides = Object.values(JSON.parse(text) as JsonObject).map((one) =>
          Object.entries(objectOf(one) ?? {}).map((entry) => JSON.stringify(entry)),
        );
        expect(insides.concat([[]]).some((one) => inner.every((entry) => one.includes(entry)))).toBe(true);
      }),
    );
  });
});

describe('the last members of an object', () => {
  it.each([
    ['{"a":1,"usage":{"x":2},"b":3}', { usage: { x: 2 }, b: 3 }],
    ['{"usage":1,"usage":2}', { usage: 2 }],
    ['{"a":"\\"usage\\":","usage":{}}', { usage: {} }],
  ])('from a name on, of %s, are %j', (text, expected) => {
    expect(lastMembers(text, 'usage')).toEqual(expected);
  });

  it.each([
    ['{"a":1}'],
    ['"usage":1}'],
    ['{"a":{"usage":1}}'],
    ['{"usage":1'],
    ['{"a":"\\"usage\\":1}"}'],
    ['[{"usage":1}]'],
  ])('are not there in %s', (text) => {
    expect(lastMembers(text, 'usage')).toBeUndefined();
  });
});

describe('the first string of a name', () => {
  it.each([
    ['{"model":"gpt-5","x":1}', 'gpt-5'],
    ['{"id":"x","model" :"a","model": "gpt-5"}', 'gpt-5'],
    ['  {"a":1,"model":\n"gpt-5"', 'gpt-5'],
    ['{"model":""}', ''],
  ])('in %s is %j', (text, expected) => {
    expect(firstString(text, 'model')).toBe(expected);
  });

  it.each([
    ['{"a":1}'],
    ['"model":"gpt-5"}'],
    ['{"a":{"model":"gpt-5"}}'],
    ['{"a":[],"model":"gpt-5"}'],
    ['[{"model":"gpt-5"}]'],
    ['{"a":"\\"model\\":","b":"c"}'],
    ['{"model":1,"b":"c"}'],
    ['{"model":"gpt'],
    ['{"model":'],
    ['{"model":"g\\u0070t"}'],
    ['"x":"","model":"gpt-5"'],
  ])('is none in %s', (text) => {
    expect(firstString(text, 'model')).toBeUndefined();
  });
});

describe('the beginning of a JSON object whose end is missing', () => {
  it.each([
    ['{"a":1,"b":{"c":2,"d":"x', { a: 1, b: { c: 2 } }],
    ['{"a":1,"b":2', { a: 1 }],
    ['{"a":{"b":{"c":1,"d":2,"e', undefined],
    ['{"a":1,"b":[1,2,3', { a: 1, b: [1, 2] }],
    ['{"a":1,"b":{"c":[1,2,3', { a: 1 }],
    ['{"a":"x,y\\",","b":1', { a: 'x,y",' }],
    ['{"a":"{[","b":1', { a: '{[' }],
    ['{"a":1}', { a: 1 }],
    ['{"a":1}, and what follows', { a: 1 }],
    ['{"a":[1],"b":{},"c', { a: [1], b: {} }],
    ['{"a":1', undefined],
    ['{"a":"x', undefined],
    ['{"a":"x\\', undefined],
    ['[1,2', undefined],
    ['', undefined],
    ['{,', {}],
  ])('%s is %j', (text, expected) => {
    expect(beginningOfJson(text)).toEqual(expected);
  });

  it('is read to a depth of 64', () => {
    expect(beginningOfJson(`{"a":1,"b":${'['.repeat(HUGE)}`)).toEqual({ a: 1 });
    expect(beginningOfJson(`{"a":1,"b":${'['.repeat(HUGE)}${']'.repeat(HUGE)},"c":2,`)).toEqual({ a: 1 });
  });

  it('has no member that the whole has not, wherever it ends', () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string(), fc.jsonValue({ maxDepth: 3 })), fc.nat(), (whole, end) => {
        const text = JSON.stringify(whole);
        const read = beginningOfJson(text.slice(0, end % (text.length + 1)));
        for (const [name, value] of Object.entries(read ?? {})) {
          const full = (JSON.parse(text) as Record<string, unknown>)[name];
          expect(JSON.stringify(full)).toContain(JSON.stringify(value).slice(0, -1));
        }
      }),
    );
  });
});
