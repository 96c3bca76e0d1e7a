import { ResponseTimes } from '../../../src/proxy/chain/response-times';

describe('the time that a provider needs to respond', () => {
  it('is a second if nothing is known of it, or if it is quicker', () => {
    const times = new ResponseTimes();
    expect(times.neededMs('p/m')).toBe(1_000);
    times.record('p/m', 200);
    expect(times.neededMs('p/m')).toBe(1_000);
  });

  it('follows what it takes, the latest times most', () => {
    const times = new ResponseTimes();
    times.record('p/m', 10_000);
    expect(times.neededMs('p/m')).toBe(10_000);
    for (let at = 0; at < 20; at++) times.record('p/m', 2_000);
    expect(times.neededMs('p/m')).toBeGreaterThan(2_000);
    expect(times.neededMs('p/m')).toBeLessThan(2_200);
  });

  it('is kept of a thousand at most', () => {
    const times = new ResponseTimes();
    times.record('p/m', 10_000);
    for (let at = 0; at < 1_000; at++) times.record(`p/${at}`, 10_000);
    expect([times.neededMs('p/m'), times.neededMs('p/999')]).toEqual([1_000, 10_000]);
  });
});
