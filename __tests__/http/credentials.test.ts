import { MAX_JOINED_KEYS, credentialIn, splitKeys } from '../../src/http/credentials';
import { FAILURES } from '../../src/errors/failures';

describe('credentialIn', () => {
  it.each([
    ['authorization', { authorization: 'Bearer sk-1' }, 'sk-1'],
    ['authorization', { authorization: 'bearer   sk-1 ' }, 'sk-1'],
    ['x-api-key', { 'x-api-key': ' sk-2 ' }, 'sk-2'],
    ['authorization', { authorization: 'Basic dXNlcg==' }, undefined],
    ['authorization', { authorization: 'Bearer ' }, undefined],
    ['authorization', { authorization: 'sk-1' }, undefined],
    ['x-api-key', { 'x-api-key': '' }, undefined],
    ['x-api-key', {}, undefined],
  ] as const)('%s of %j is %s', (header, headers, expected) => {
    expect(credentialIn(headers, header)).toBe(expected);
  });
});

describe('splitKeys', () => {
  it.each([
    ['a', ['a']],
    ['a|b,c', ['a', 'b', 'c']],
    [' a | b ,, ', ['a', 'b']],
    ['|,', []],
  ])('%j is %j', (credential, keys) => {
    expect(splitKeys(credential)).toEqual(keys);
  });

  it('accepts as many keys as the error for more of them states', () => {
    const keys = (count: number) => Array.from({ length: count }, (_, at) => `k${at}`);
    expect(splitKeys(keys(MAX_JOINED_KEYS).join())).toHaveLength(MAX_JOINED_KEYS);
    expect(FAILURES['too-many-keys'].message).toContain(` ${MAX_JOINED_KEYS} `);
    const tooMany = expect.objectContaining({ code: 'too-many-keys' }) as Error;
    expect(() => splitKeys(keys(MAX_JOINED_KEYS + 1).join('|'))).toThrow(tooMany);
    expect(() => splitKeys('|'.repeat(MAX_JOINED_KEYS))).toThrow(tooMany);
  });
});
