import { nextBeijingMidnight, nextPacificMidnight } from '../../../src/providers/errors/reset-times';
import { errorFacts } from '../../../src/providers/errors/facts';

describe('the next midnight in California', () => {
  it.each([
    ['in winter', '2026-01-01T00:00:00Z', '2026-01-01T08:00:00Z'],
    ['a moment before', '2026-01-01T07:59:59.999Z', '2026-01-01T08:00:00Z'],
    ['at midnight itself', '2026-01-01T08:00:00Z', '2026-01-02T08:00:00Z'],
    ['in summer', '2026-07-01T12:34:56.789Z', '2026-07-02T07:00:00Z'],
    ['on the day of 23 hours', '2026-03-08T09:00:00Z', '2026-03-09T07:00:00Z'],
    ['on the day of 25 hours', '2026-11-01T08:00:00Z', '2026-11-02T08:00:00Z'],
  ])('is found %s', (_when, now, expected) => {
    expect(new Date(nextPacificMidnight(Date.parse(now))).toISOString()).toBe(
      new Date(expected).toISOString(),
    );
  });
});

describe('the next midnight in Beijing', () => {
  it.each([
    ['2026-01-01T15:59:59.999Z', '2026-01-01T16:00:00Z'],
    ['2026-01-01T16:00:00Z', '2026-01-02T16:00:00Z'],
  ])('after %s is %s', (now, expected) => {
    expect(nextBeijingMidnight(errorFacts(null), Date.parse(now))).toBe(Date.parse(expected));
  });
});
