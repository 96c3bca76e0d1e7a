import fc from 'fast-check';
import { weightedLap } from '../../../src/proxy/keys/weighted-lap';

const lapOf = (weights: readonly number[]) =>
  weightedLap(weights.map((weight, at) => ({ weight, name: String.fromCharCode(97 + at) })))
    .map(({ name }) => name)
    .join('');

/** The definition, word by word: quadratic, and so for short lists only. */
function byDefinition(weights: readonly number[]): string {
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  const credits = weights.map(() => 0);
  return Array.from({ length: total }, () => {
    weights.forEach((weight, at) => (credits[at] = (credits[at] ?? 0) + weight));
    const richest = credits.indexOf(Math.max(...credits));
    credits[richest] = (credits[richest] ?? 0) - total;
    return String.fromCharCode(97 + richest);
  }).join('');
}

describe('weightedLap', () => {
  it.each([
    [[], ''],
    [[1], 'a'],
    [[1, 1, 1], 'abc'],
    [[2, 2], 'abab'],
    [[3, 1], 'aaba'],
    [[5, 1, 1], 'aabacaa'],
    [[1, 2, 1], 'bacb'],
  ])('of the weights %j is %s', (weights, lap) => {
    expect(lapOf(weights)).toBe(lap);
  });

  it('is smooth weighted round-robin for any weights', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 12 }), { maxLength: 20 }), (weights) => {
        expect(lapOf(weights)).toBe(byDefinition(weights));
      }),
      { numRuns: 1_000 },
    );
  });

  it('reads each item a few times, not all of them for each turn', () => {
    let reads = 0;
    const items = Array.from({ length: 2_000 }, (_, at) => ({
      get weight() {
        reads++;
        return (at % 10) + 1;
      },
    }));
    expect(weightedLap(items)).toHaveLength(11_000);
    expect(reads).toBeLessThan(3 * items.length);
  });
});
