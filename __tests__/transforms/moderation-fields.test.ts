import fc from 'fast-check';
import { JsonBody } from '../../src/json/json-body';
import { removeModerationFields } from '../../src/transforms/moderation-fields';

const run = (text: string) => removeModerationFields(new JsonBody(Buffer.from(text))).bytes.toString();

describe('removeModerationFields', () => {
  it.each([
    ['{"model":"m","moderation":true,"messages":[]}', '{"model":"m","messages":[]}'],
    ['{"moderation":true,"moderation_level":"high","model":"m"}', '{"model":"m"}'],
    ['{"model":"m", "moderation_level" : {"a":[1]} }\n', '{"model":"m" }\n'],
    ['{"moderation":1}', '{}'],
    ['{"moderation":1,"a":1,"moderation":2,"b" : 2 ,"c":3,"moderation_level":3}', '{"a":1,"b" : 2 ,"c":3}'],
    ['{"a":1,"moderation":true,"moder\\u0061tion":true}', '{"a":1}'],
  ])('%s becomes %s', (before, after) => {
    expect(run(before)).toBe(after);
  });

  it.each([
    '{"model":"m","messages":[{"role":"user","content":"\\"moderation\\":true"}]}',
    '{"messages":[{"moderation":true}]}',
    '{"moderation_x":1}',
    '{"moderation":true',
    'moderation "moderation"',
    '["moderation"]',
    '',
  ])('returns the same buffer for %s', (text) => {
    const body = new JsonBody(Buffer.from(text));
    expect(removeModerationFields(body)).toBe(body);
  });

  it('keeps numbers past 2^53 and every other byte of what stays', () => {
    expect(run('{"seed":12345678901234567890,"moderation":true,"x":1.0}')).toBe(
      '{"seed":12345678901234567890,"x":1.0}',
    );
  });

  it('does what deleting the members would, for any object', () => {
    fc.assert(
      fc.property(
        fc.dictionary(
          fc.oneof(fc.string(), fc.constantFrom('moderation', 'moderation_level')),
          fc.jsonValue(),
        ),
        (object) => {
          const expected = JSON.parse(JSON.stringify(object)) as Record<string, unknown>;
          delete expected['moderation'];
          delete expected['moderation_level'];
          expect(JSON.parse(run(JSON.stringify(object, null, 1)))).toEqual(expected);
        },
      ),
    );
  });

  it('does not change a body that has more members than any request', () => {
    const body = new JsonBody(Buffer.from(`{"moderation":1,${'"":1,'.repeat(10_000)}"model":"m"}`));
    expect(removeModerationFields(body)).toBe(body);
  });

  it('copies what stays as one run, not member by member', () => {
    const concat = jest.spyOn(Buffer, 'concat');
    const others = Array.from({ length: 4_000 }, (_, at) => `"k${at}":${at}`).join(',');
    expect(run(`{${others},"moderation":1}`)).toBe(`{${others}}`);
    expect(concat.mock.lastCall?.[0].length).toBeLessThan(8);
    concat.mockRestore();
  });

  it('changes nothing the second time', () => {
    const once = removeModerationFields(new JsonBody(Buffer.from('{"moderation":true,"a":1}')));
    expect(removeModerationFields(once)).toBe(once);
  });
});
