import { KeyRotation, presentedCredential, splitKeys } from '../../src/core/credentials';

describe('presentedCredential', () => {
  it.each([
    [{ authorization: 'Bearer sk-1' }, 'sk-1'],
    [{ authorization: 'bearer   sk-1 ' }, 'sk-1'],
    [{ 'x-api-key': ' sk-2 ' }, 'sk-2'],
    [{ authorization: 'Bearer sk-1', 'x-api-key': 'sk-2' }, 'sk-1'],
    [{ authorization: 'Basic dXNlcg==', 'x-api-key': 'sk-2' }, 'sk-2'],
    [{ authorization: 'Basic dXNlcg==' }, undefined],
    [{ authorization: 'Bearer ' }, undefined],
    [{ authorization: 'sk-1' }, undefined],
    [{}, undefined],
  ])('finds in %j: %s', (headers, expected) => {
    expect(presentedCredential(headers, ['authorization', 'x-api-key'])).toBe(expected);
  });

  it('looks in the given order', () => {
    const headers = { authorization: 'Bearer sk-1', 'x-api-key': 'sk-2' };
    expect(presentedCredential(headers, ['x-api-key', 'authorization'])).toBe('sk-2');
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
});

describe('KeyRotation', () => {
  it('uses each key once in every run of N requests', () => {
    const rotation = new KeyRotation(() => 0.5);
    const turns = Array.from({ length: 12 }, () => rotation.next('a|b|c'));
    for (let at = 0; at + 3 <= turns.length; at++) {
      expect([...turns.slice(at, at + 3)].sort()).toEqual(['a', 'b', 'c']);
    }
  });

  it.each([
    [0, 'a'],
    [0.4, 'b'],
    [0.99, 'c'],
  ])('starts where %d points', (random, first) => {
    expect(new KeyRotation(() => random).next('a,b,c')).toBe(first);
  });

  it('keeps the turns of different credentials apart', () => {
    const rotation = new KeyRotation(() => 0);
    expect([rotation.next('a|b'), rotation.next('x|y'), rotation.next('a|b'), rotation.next('x|y')]).toEqual([
      'a',
      'x',
      'b',
      'y',
    ]);
  });

  it('has no key for a credential of separators only', () => {
    expect(new KeyRotation(() => 0).next('|,|')).toBeUndefined();
  });

  it('forgets the credential that was used least recently, not the others, past its limit', () => {
    const rotation = new KeyRotation(() => 0);
    rotation.next('old1|old2');
    rotation.next('kept1|kept2');
    for (let at = 0; at < 998; at++) rotation.next(`x${at}|y${at}`);
    rotation.next('kept1|kept2'); // used again: the most recent now
    rotation.next('one-more|x');
    expect(rotation.next('kept1|kept2')).toBe('kept1');
    expect(rotation.next('old1|old2')).toBe('old1');
  });
});
