import { parseModels } from '../../../src/proxy/models/parse-models';

const idsOf = (value: unknown, prefix?: string) =>
  parseModels(JSON.stringify(value), prefix)?.map(({ id }) => id);

describe('A list of models', () => {
  it.each([
    ['of OpenAI’s form', { object: 'list', data: [{ id: 'a', object: 'model' }, { id: 'b' }] }, ['a', 'b']],
    ['without an object around it, as together has it', [{ id: 'a' }, { id: 'b/c' }], ['a', 'b/c']],
    ['that is empty', { data: [] }, []],
    ['with one model twice', { data: [{ id: 'a' }, { id: 'a' }] }, ['a']],
    [
      'with names of members of objects',
      { data: [{ id: '__proto__' }, { id: 'constructor' }] },
      ['__proto__', 'constructor'],
    ],
    [
      'with entries that are no models',
      { data: [1, null, 'a', {}, { id: 7 }, { id: '' }, { id: 'a' }] },
      ['a'],
    ],
    [
      'with a name longer than any',
      { data: [{ id: 'x'.repeat(201) }, { id: 'x'.repeat(200) }] },
      ['x'.repeat(200)],
    ],
    ['with a line break in a name', { data: [{ id: 'a\nb' }, { id: 'c' }] }, ['c']],
    [
      'of 10,000',
      { data: Array.from({ length: 10_000 }, (_, at) => ({ id: `m${at}` })) },
      expect.any(Array) as string[],
    ],
  ])('%s is read', (_what, value, ids) => {
    expect(idsOf(value)).toEqual(ids);
  });

  it.each([
    ['HTML', '<!doctype html><title>Sign in</title>'],
    ['no object', '"models"'],
    ['null', 'null'],
    ['an error', '{"error":{"message":"no"}}'],
    ['a list of something else', '{"data":[{"name":"a"}]}'],
    ['a list that is none', '{"data":{"id":"a"}}'],
    [
      'more than any provider has',
      JSON.stringify({ data: Array.from({ length: 10_001 }, (_, at) => ({ id: `m${at}` })) }),
    ],
    ['cut short', '{"data":[{"id":"a"}'],
    ['nested without an end', '['.repeat(200_000)],
  ])('that is %s is none', (_what, text) => {
    expect(parseModels(text)).toBeUndefined();
  });

  it('loses the prefix that its provider puts before every name', () => {
    expect(
      idsOf({ data: [{ id: 'models/gemini-2.5-pro' }, { id: 'gemma' }, { id: 'models/' }] }, 'models/'),
    ).toEqual(['gemini-2.5-pro', 'gemma']);
  });

  it.each([
    [{ created: 1_686_935_002 }, 1_686_935_002],
    [{ created: 1_686_935_002_123 }, 1_686_935_002],
    [{ created_at: '2025-02-19T00:00:00Z' }, 1_739_923_200],
    [{ created: 1.5 }, 1],
    [{}, 0],
    [{ created: null }, 0],
    [{ created: -1 }, 0],
    [{ created: 1e300 }, 0],
    [{ created: 'yesterday' }, 0],
    [{ created: {} }, 0],
  ])('tells when a model was made: %j', (members, seconds) => {
    expect(parseModels(JSON.stringify([{ id: 'a', ...members }]))?.[0]?.createdAt).toBe(seconds);
  });

  it.each([
    [{ display_name: 'Claude', name: 'x' }, 'Claude'],
    [{ name: 'OpenAI: GPT-5' }, 'OpenAI: GPT-5'],
    [{ name: 7 }, undefined],
    [{ name: 'x'.repeat(201) }, undefined],
    [{}, undefined],
  ])('tells the title of a model: %j', (members, title) => {
    expect(parseModels(JSON.stringify([{ id: 'a', ...members }]))?.[0]?.title).toBe(title);
  });
});
