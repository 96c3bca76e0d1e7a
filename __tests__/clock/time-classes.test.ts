import { countTime, timeAt, timeClassOf, timesIn, type TimeCounts } from '../../src/clock/time-classes';
import { storedFigures, sumsFrom } from '../../src/books/stored-sums';
import { addRequest, addSums, emptySums } from '../../src/books/sums';

const stream = (firstTokenMs: number) => ({ meter: undefined, amounts: {}, firstTokenMs });

describe('Times until the first token', () => {
  it('are at most a tenth off, from 30 ms to three minutes', () => {
    for (let ms = 30; ms < 180_000; ms *= 1.07) {
      const counts: TimeCounts = new Map();
      countTime(counts, timeClassOf(ms));
      expect(Math.abs((timeAt(counts, 1) ?? 0) / ms - 1)).toBeLessThan(0.1);
    }
  });

  it('have the median and the 95th percentile of all of them', () => {
    const sums = emptySums();
    for (let ms = 100; ms <= 10_000; ms += 100) addRequest(sums, stream(ms), undefined);
    const counts = sums.firstToken ?? new Map<number, number>();
    expect(timesIn(counts)).toBe(100);
    expect(Math.abs((timeAt(counts, 0.5) ?? 0) / 5_000 - 1)).toBeLessThan(0.1);
    expect(Math.abs((timeAt(counts, 0.95) ?? 0) / 9_500 - 1)).toBeLessThan(0.1);
    expect(timeAt(new Map(), 0.5)).toBeUndefined();
  });

  it.each([NaN, -1, 0, 1e12])('are in one of 49 classes, whatever they are: %p', (ms) => {
    expect(timeClassOf(ms)).toBeGreaterThanOrEqual(0);
    expect(timeClassOf(ms)).toBeLessThanOrEqual(48);
  });

  it('are kept and added up as the other figures are', () => {
    const [one, other] = [emptySums(), emptySums()];
    addRequest(one, stream(400), undefined);
    addRequest(one, stream(800), undefined);
    addRequest(other, stream(800), undefined);
    addSums(other, one);
    const kept = new Map(Object.entries(storedFigures(other)));
    expect(kept.get('ft')).toBe(3);
    expect(sumsFrom((name) => kept.get(name)).firstToken).toEqual(
      new Map([
        [timeClassOf(400), 1],
        [timeClassOf(800), 2],
      ]),
    );
    expect(sumsFrom((name) => storedFigures(emptySums())[name]).firstToken).toBeUndefined();
  });
});
