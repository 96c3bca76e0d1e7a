import fc from 'fast-check';
import { JsonBody } from '../../src/transforms/json-body';
import { removeModerationFields } from '../../src/transforms/moderation-fields';

const run = (text: string) => removeModerationFields(new JsonBody(Buffer.from(text))).bytes.toString();

describe('removeModerationFields', () => {
  it.each([
    ['{"model":"m","moderation":true,"messages":[]}', '{"model":"m","messages":[]}'],
    ['{"moderation":true,"moderation_level":"high","model":"m"}', '{"model":"m"}'],
    ['{"model":"m", "moderation_level" : {"a":[1]} }', '{"model":"m"}'],
    ['{"moderation":1}', '{}'],
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
  ])('returns the very same buffer for %s', (text) => {
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

  it('changes nothing the second time', () => {
    const once = removeModerationFields(new JsonBody(Buffer.from('{"moderation":true,"a":1}')));
    expect(removeModerationFields(once)).toBe(once);
  });
});
