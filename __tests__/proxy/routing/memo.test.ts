import { Memo } from '../../../src/proxy/routing/memo';

describe('Memo', () => {
  const counted = <T>(make: (text: string) => T) => {
    const made: string[] = [];
    const memo = new Memo((text) => {
      made.push(text);
      return make(text);
    });
    return { memo, made };
  };

  it('makes each result once, also one that is empty', () => {
    for (const result of ['x', '', 0, false, null]) {
      const { memo, made } = counted(() => result);
      expect([memo.of('a'), memo.of('a'), memo.of('b')]).toEqual([result, result, result]);
      expect(made).toEqual(['a', 'b']);
      expect([memo.has('a'), memo.has('c'), memo.size]).toEqual([true, false, 2]);
    }
  });

  it('keeps five hundred, and then begins anew', () => {
    const { memo, made } = counted((text) => text.length);
    for (let at = 0; at < 500; at++) memo.of(String(at));
    expect(memo.size).toBe(500);
    memo.of('0');
    expect(made).toHaveLength(500);
    memo.of('new');
    expect([memo.size, memo.has('new'), memo.has('0')]).toEqual([1, true, false]);
  });

  it('does not keep what is longer than 256 characters', () => {
    const { memo, made } = counted((text) => text.length);
    const [kept, long] = ['a'.repeat(256), 'b'.repeat(257)];
    expect([memo.of(kept), memo.of(kept), memo.of(long), memo.of(long)]).toEqual([256, 256, 257, 257]);
    expect(made).toEqual([kept, long, long]);
  });
});
