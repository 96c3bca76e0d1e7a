import { dailyCap } from '../../../src/config/parsers/money';
import { readConfig } from '../../../src/config/read-config';

describe('DAILY_CAP_USD', () => {
  it.each([
    ['50', 50e9],
    ['0.01', 1e7],
    ['2.5', 2.5e9],
    ['1000000', 1e15],
    ['off', undefined],
    ['OFF', undefined],
  ])('of %s is read', (text, value) => {
    expect(dailyCap(text)).toEqual({ value });
  });

  it.each(['0', '-1', '0.001', '1e3', '1000001', '99999999999999999999', 'none', '5/day', '$5', 'NaN', ' '])(
    'of %j is refused with what it must be',
    (text) => {
      expect(dailyCap(text)).toEqual({ problem: expect.stringContaining('off or an amount') as string });
    },
  );

  it('is 50 if it is not set', () => {
    expect(readConfig({}).dailyCapNanoUsd).toBe(50e9);
  });
});
