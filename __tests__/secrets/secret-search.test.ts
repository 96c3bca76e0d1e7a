import fc from 'fast-check';
import { SecretSearch } from '../../src/secrets/secret-search';

/** What it must be equal to, however it goes about it. */
function simply(secrets: readonly string[], text: string): boolean {
  return secrets.some((secret) => text.includes(secret));
}

describe('SecretSearch', () => {
  it('finds what a plain search finds, in any position and any surrounding text', () => {
    const character = fc.constantFrom('a', 'b', '-', '1', 'é', '%');
    const secret = fc.string({ unit: character, minLength: 4, maxLength: 24 });
    fc.assert(
      fc.property(
        fc.array(secret, { minLength: 1, maxLength: 6 }),
        fc.string({ unit: character, maxLength: 80 }),
        fc.nat(80),
        fc.nat(5),
        fc.boolean(),
        (secrets, text, at, which, planted) => {
          const whole = planted
            ? text.slice(0, at) + (secrets[which % secrets.length] ?? '') + text.slice(at)
            : text;
          const search = new SecretSearch(secrets);
          expect(search.isIn(whole)).toBe(simply(secrets, whole));
          const clean = search.replaced(whole, '#');
          expect(simply(secrets, clean)).toBe(false);
          if (!simply(secrets, whole)) expect(clean).toBe(whole);
        },
      ),
      { numRuns: 3_000 },
    );
  });

  it('replaces every secret, each time, and nothing else', () => {
    const search = new SecretSearch(['tok-1-0123456789abcdef', 'redis://u:pa55word@h', 'pa55word']);
    expect(
      search.replaced('a tok-1-0123456789abcdeftok-1-0123456789abcdef, redis://u:pa55word@h pa55word.', '#'),
    ).toBe('a ##, # #.');
    expect(search.replaced('tok-1-0123456789abcde', '#')).toBe('tok-1-0123456789abcde');
  });

  it('searches for nothing that is shorter than four characters', () => {
    const search = new SecretSearch(['abc', '']);
    expect(search.empty).toBe(true);
    expect(search.isIn('abc')).toBe(false);
  });

  it('costs about as much with thousands of secrets of one prefix as with one', () => {
    const secrets = Array.from({ length: 4_000 }, (_, at) => `sk-proj-team-${String(at).padStart(20, 'x')}`);
    const text = 'sk-proj-team-'.repeat(2_000);
    const fastestMs = (search: SecretSearch) =>
      Math.min(
        ...Array.from({ length: 20 }, () => {
          const began = performance.now();
          search.isIn(text);
          return performance.now() - began;
        }),
      );
    expect(fastestMs(new SecretSearch(secrets))).toBeLessThan(
      50 * Math.max(0.05, fastestMs(new SecretSearch(secrets.slice(0, 1)))),
    );
  });
});
