import { createLogger, type Logger, type LogFields } from '../../src/log/logger';

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
      logger.info({}, 'x');
    }
    expect(lines.map((line) => (JSON.parse(line) as { readonly time: string }).time)).toEqual(times);
  });
});

describe('a log line', () => {
  /** The line of one call, parsed; without its time. */
  function lineOf(log: (logger: Logger) => void, redact: (line: string) => string = (line) => line): unknown {
    const lines: string[] = [];
    log(createLogger(redact, { write: (line) => void lines.push(line) }));
    expect(lines).toHaveLength(1);
    expect(lines[0]).toMatch(/^[^\n]+\n$/);
    const { time, ...rest } = JSON.parse(lines[0] ?? '') as Record<string, unknown>;
    expect(time).toEqual(expect.any(String));
    return rest;
  }
  const cycle: Record<string, unknown> = {};
  cycle['self'] = cycle;

  it.each<readonly [string, LogFields, Record<string, unknown>]>([
    ['no fields', {}, {}],
    [
      'fields of every kind',
      { a: 'x', b: 1, c: null, d: true, e: [1], f: { g: 2 } },
      { a: 'x', b: 1, c: null, d: true, e: [1], f: { g: 2 } },
    ],
    ['undefined fields alone', { a: undefined, cause: undefined }, {}],
    ['text that JSON escapes', { a: '"\\\n\u0000\u2028\ud800' }, { a: '"\\\n\u0000\u2028\ud800' }],
    ['an error as its cause', { cause: new Error('it broke') }, { cause: 'it broke' }],
    [
      'several errors as its cause',
      { cause: new AggregateError([new Error('first'), new Error('second')]) },
      { cause: 'first' },
    ],
    ['a cause that is no error', { cause: 'sk-secret' }, { cause: 'no Error was thrown' }],
    ['a cycle', cycle, { fields: 'cannot be written as JSON' }],
    ['a BigInt', { a: 1n }, { fields: 'cannot be written as JSON' }],
  ])('is one JSON object with %s', (_what, fields, expected) => {
    expect(
      lineOf((logger) => {
        logger.warn(fields, 'a "message"');
      }),
    ).toEqual({ level: 'warn', ...expected, msg: 'a "message"' });
  });

  it('has the stack of a bug', () => {
    const line = lineOf((logger) => {
      logger.error({ cause: new TypeError('x is not a function') }, 'uncaught');
    });
    expect(line).toMatchObject({
      level: 'error',
      cause: expect.stringContaining('logger.test.ts') as string,
    });
  });

  it('is redacted as a whole, its message too, before it is written', () => {
    const redact = (line: string) => line.replaceAll('secret', '[redacted]');
    const line = lineOf((logger) => {
      logger.info({ path: '/secret', cause: new Error('secret') }, 'secret');
    }, redact);
    expect(line).toEqual({ level: 'info', path: '/[redacted]', cause: '[redacted]', msg: '[redacted]' });
  });
});

describe('LOG_LEVEL', () => {
  it.each([
    ['debug', ['debug', 'info', 'warn', 'error']],
    ['info', ['info', 'warn', 'error']],
    ['warn', ['warn', 'error']],
    ['error', ['error']],
  ] as const)('%s writes lines of %j', (level, wanted) => {
    const lines: string[] = [];
    const logger = createLogger((line) => line, { write: (line) => void lines.push(line) }, level);
    for (const log of [logger.debug, logger.info, logger.warn, logger.error]) log?.({}, 'x');
    expect(lines.map((line) => (JSON.parse(line) as { readonly level: string }).level)).toEqual(wanted);
  });
});
