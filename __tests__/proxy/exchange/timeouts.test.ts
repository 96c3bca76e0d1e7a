import { functionLimitMs } from '../../../src/proxy/exchange/timeouts';

describe('functionLimitMs', () => {
  it.each([
    ['3', 2_700],
    ['60', 59_000],
    ['900', 899_000],
    ['3000', 2_700],
    ['900000', 899_000],
    ['1', 900],
    ['0', undefined],
    ['901', undefined],
    ['900001', undefined],
    ['-3', undefined],
    ['3s', undefined],
    ['', undefined],
    [undefined, undefined],
    [['3', '4'], undefined],
  ])('of %j is %s', (header, expected) => {
    expect(functionLimitMs(header)).toBe(expected);
  });
});
