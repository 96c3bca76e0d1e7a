import { isHiddenFromUpstream, remembered } from '../../src/http/header-lists';

describe('the memory of header names', () => {
  const isKept = (lower: string) => lower.startsWith('x-kept');

  it('decides each name once, as it is written', () => {
    let decided = 0;
    const asks = remembered((lower) => {
      decided++;
      return isKept(lower);
    });
    for (let request = 0; request < 100; request++) {
      expect(asks('X-Kept-One')).toBe(true);
      expect(asks('Accept')).toBe(false);
    }
    expect(decided).toBe(2);
  });

  it('is bounded, and stores a real name after any number of invented ones', () => {
    const known = new Map<string, boolean>();
    const asks = remembered(isKept, known);
    let most = 0;
    for (let made = 0; made < 10_000; made++) {
      asks(`x-made-up-${made}`);
      most = Math.max(most, known.size);
    }
    expect(most).toBeLessThanOrEqual(1_000);
    asks('Content-Type');
    expect(known.has('Content-Type')).toBe(true);
  });

  it('does not store a name that is longer than real ones, but still decides it correctly', () => {
    const known = new Map<string, boolean>();
    const asks = remembered(isKept, known);
    expect(asks(`X-Kept-${'x'.repeat(32_000)}`)).toBe(true);
    expect(asks('y'.repeat(65))).toBe(false);
    expect(known.size).toBe(0);
    expect(isHiddenFromUpstream(`x-forwarded-${'x'.repeat(100)}`)).toBe(true);
  });
});
