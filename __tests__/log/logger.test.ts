import { createLogger } from '../../src/log/logger';

describe('the time of a log line', () => {
  afterEach(() => {
    jest.useRealTimers();
  });

  it('is that of `Date.toISOString`, from millisecond to millisecond and across the end of a second', () => {
    const lines: string[] = [];
    const logger = createLogger((line) => line, { write: (line: string) => void lines.push(line) });
    const times = [
      '2026-11-28T23:59:59.000Z',
      '2026-11-28T23:59:59.007Z',
      '2026-11-28T23:59:59.007Z',
      '2026-11-28T23:59:59.999Z',
      '2026-11-29T00:00:00.000Z',
      '2026-11-29T00:00:00.010Z',
      '2026-11-28T23:59:59.500Z', // a clock that is set back
    ];
    jest.useFakeTimers();
    for (const time of times) {
      jest.setSystemTime(new Date(time));
      logger.info('x');
    }
    expect(lines.map((line) => (JSON.parse(line) as { readonly time: string }).time)).toEqual(times);
  });
});

it('leaves members out of a line that are undefined', () => {
  const lines: string[] = [];
  const logger = createLogger((line) => line, { write: (line: string) => void lines.push(line) });
  logger.info({ token: undefined, cause: undefined, first_byte_ms: null }, 'request');
  expect(JSON.parse(lines.join(''))).toEqual({
    level: 'info',
    time: expect.any(String) as string,
    first_byte_ms: null,
    msg: 'request',
  });
});
