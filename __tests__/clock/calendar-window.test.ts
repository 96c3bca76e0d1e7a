import { windowEndMs, type CalendarPeriod } from '../../src/clock/calendar-window';

describe('a window of the calendar', () => {
  it.each<[CalendarPeriod, string, string]>([
    ['day', '2026-11-29T00:00:00.000Z', '2026-11-30T00:00:00.000Z'],
    ['day', '2026-11-29T23:59:59.999Z', '2026-11-30T00:00:00.000Z'],
    ['week', '2026-11-29T23:59:59.999Z', '2026-11-30T00:00:00.000Z'], // a Sunday
    ['week', '2026-11-30T00:00:00.000Z', '2026-12-07T00:00:00.000Z'],
    ['month', '2026-11-01T00:00:00.000Z', '2026-12-01T00:00:00.000Z'],
    ['month', '2026-12-31T23:59:59.999Z', '2027-01-01T00:00:00.000Z'],
    ['month', '2028-02-29T12:00:00.000Z', '2028-03-01T00:00:00.000Z'],
  ])('of a %s that %s is in ends at %s', (period, at, end) => {
    expect(new Date(windowEndMs(period, Date.parse(at))).toISOString()).toBe(end);
  });

  it('does not end in all', () => {
    expect(windowEndMs('total', Date.now())).toBe(Infinity);
  });
});
