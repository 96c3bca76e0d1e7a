import { median, percentile, slope, spread } from '../../../scripts/bench/rig/statistics';

describe('in the statistics,', () => {
  test('the median is the middle figure, or the mean of the two in the middle', () => {
    expect(median([9, 1, 5])).toBe(5);
    expect(median([4, 1, 3, 2])).toBe(2.5);
    expect(median([10, 9, 100])).toBe(10); // by size, not by spelling
    expect(median([])).toBeNaN();
  });

  test('a percentile is the nearest rank', () => {
    const hundred = Array.from({ length: 100 }, (_, index) => 100 - index);
    expect(percentile(hundred, 0.5)).toBe(50);
    expect(percentile(hundred, 0.99)).toBe(99);
    expect(percentile([7], 0.99)).toBe(7);
    expect(percentile([], 0.5)).toBeNaN();
  });

  test('a spread is minimum, median and maximum', () => {
    expect(spread([3, 1, 2])).toEqual({ median: 2, min: 1, max: 3 });
  });

  test('a slope is that of the line through the points', () => {
    const line = [100, 200, 500].map((x): [number, number] => [x, 7 + 40 * x]);
    expect(slope(line)).toBeCloseTo(40);
  });
});
