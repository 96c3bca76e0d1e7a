import { AMOUNTS } from '../../src/books/amounts';
import { storedFigures, sumsFrom } from '../../src/books/stored-sums';
import { emptySums } from '../../src/books/sums';

describe('Sums as numbers with names', () => {
  it('are read as they were written, each number by a name of its own', () => {
    const sums = emptySums();
    let next = 1;
    sums.requests = next++;
    sums.errors = next++;
    for (const meter of ['metered', 'partial', 'unmetered'] as const) sums.counts[meter] = next++;
    for (const figures of [sums.metered, sums.partial]) {
      for (const name of AMOUNTS) figures.amounts[name] = next++;
      figures.nanoUsd = next++;
      figures.priced = next++;
      figures.unpriced = next++;
    }
    const stored = storedFigures(sums);
    expect(new Set(Object.values(stored)).size).toBe(next - 1);
    expect(sumsFrom((name) => stored[name])).toEqual(sums);
  });

  it.each([
    [undefined, 0],
    [NaN, 0],
    [-1, 0],
    [-Infinity, 0],
    [1.5, 1],
    [Infinity, Number.MAX_SAFE_INTEGER],
  ])('count %p requests as %p', (value, requests) => {
    expect(sumsFrom(() => value).requests).toBe(requests);
  });
});
