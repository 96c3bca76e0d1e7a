import { lineOf, report } from './run';

describe('npm run usage sums up', () => {
  it('the tokens of metered requests by token and model', async () => {
    const { rows, total } = await report([
      lineOf(),
      lineOf({ cached_input_tokens: 40, reasoning_tokens: 5 }),
      lineOf({ token: 'phone', model: 'other', input_tokens: 7, images: 2 }),
    ]);
    expect(rows).toEqual([
      expect.objectContaining({ token: 'laptop', model: 'house-model', requests: 2, input_tokens: 200 }),
      expect.objectContaining({ token: 'phone', model: 'other', requests: 1, input_tokens: 7, images: 2 }),
    ]);
    expect(total).toMatchObject({ requests: 3, metered: 3, input_tokens: 207, output_tokens: 30 });
    expect(total).toMatchObject({ cached_input_tokens: 40, reasoning_tokens: 5 });
  });

  it('what partial requests used apart from facts, and nothing of unmetered ones', async () => {
    const { total } = await report([
      lineOf({ usd: 0.5 }),
      lineOf({ meter: 'partial', input_tokens: 1_000, usd: 0.25 }),
      lineOf({ meter: 'unmetered', input_tokens: 50_000, usd: 9 }),
    ]);
    expect(total).toMatchObject({ metered: 1, partial: 1, unmetered: 1, input_tokens: 100, usd: 0.5 });
    expect(total).toMatchObject({ partial_input_tokens: 1_000, partial_usd: 0.25 });
  });

  it('lines without a meter under no model, which is only what a client has written', async () => {
    const { rows } = await report([lineOf({ meter: undefined, status: 404 })]);
    expect(rows).toEqual([expect.objectContaining({ token: 'laptop', model: null, requests: 1 })]);
  });

  it('lines without a meter as requests only', async () => {
    const { total } = await report([lineOf({ meter: undefined, status: 404, usd: 3 })]);
    expect(total).toMatchObject({ requests: 1, metered: 0, input_tokens: 0, usd: null });
  });

  it('the money of the log in whole nano-dollars', async () => {
    const lines = Array.from({ length: 10 }, () => lineOf({ usd: 0.1 }));
    expect((await report(lines)).total).toMatchObject({ usd: 1, unpriced: 0 });
  });

  it('by days and hours of UTC, in their order', async () => {
    const lines = [
      lineOf({ time: '2026-11-29T00:30:00+02:00' }),
      lineOf({ time: '2026-11-28T01:00:00Z', input_tokens: 9_000 }),
      lineOf({ time: '2026-11-27T23:59:59Z' }),
      lineOf({ time: 'yesterday' }),
    ];
    const days = await report(lines, '--by', 'day');
    expect(days.rows.map(({ day }) => day)).toEqual([null, '2026-11-27', '2026-11-28']);
    expect(days.days).toEqual([
      { day: '2026-11-27', tokens: 110, usd: null },
      { day: '2026-11-28', tokens: 9_120, usd: null },
    ]);
    const hours = await report(lines, '--by', 'hour,meter');
    expect(hours.rows.map(({ hour }) => hour)).toEqual([
      null,
      '2026-11-27 23',
      '2026-11-28 01',
      '2026-11-28 22',
    ]);
  });

  it('every dimension that --by names, in that order', async () => {
    const { rows } = await report([lineOf({ key: '…abcd#1f' })], '--by', 'meter,key,provider');
    expect(Object.entries(rows[0] ?? {}).slice(0, 3)).toEqual([
      ['meter', 'metered'],
      ['key', '…abcd#1f'],
      ['provider', 'openai'],
    ]);
  });
});

describe('npm run usage leaves out, and counts,', () => {
  it.each([
    ['a negative number', { input_tokens: -1 }],
    ['a string', { input_tokens: '100' }],
    ['an object', { input_tokens: {} }],
    ['a number that no request can have', { input_tokens: 1e18 }],
    ['a class that it does not know', { meter: 'estimated', input_tokens: 0 }],
  ])('%s in a field', async (_what, fields) => {
    const { total, ignored_fields } = await report([lineOf(fields)]);
    expect(ignored_fields).toBe(1);
    expect(total).toMatchObject({ requests: 1, input_tokens: 0 });
  });

  it('a number that is not finite', async () => {
    const { total, ignored_fields } = await report([
      lineOf().replace('"input_tokens":100', '"input_tokens":1e999'),
    ]);
    expect([total['input_tokens'], ignored_fields]).toEqual([0, 1]);
  });

  it('null as a number that is not there', async () => {
    expect((await report([lineOf({ input_tokens: null })])).ignored_fields).toBe(0);
  });

  it.each([
    ['text', 'TypeError: x is not a function'],
    ['broken JSON', '{"level":"info","msg":"request","sta'],
    ['an array', '[1]'],
    ['a request without a status', '{"level":"info","msg":"request"}'],
  ])('a line that is %s', async (_what, line) => {
    const { total, malformed_lines } = await report([lineOf(), line, lineOf()]);
    expect([total['requests'], malformed_lines]).toEqual([2, 1]);
  });

  it('no other line of the proxy, nor the prefix of a tool', async () => {
    const { total, malformed_lines } = await report([
      '{"level":"info","msg":"listening"}',
      `proxy-1  | ${lineOf()}`,
    ]);
    expect([total['requests'], malformed_lines]).toEqual([1, 0]);
  });
});

describe('npm run usage keeps a bounded memory', () => {
  it('with 10,000 groups and one row for the rest', async () => {
    const lines = Array.from({ length: 10_050 }, (_, at) => lineOf({ model: `model-${at}` }));
    const { rows, total, unpriced_models: unpriced } = await report([...lines, ...lines]);
    expect(rows).toHaveLength(10_001);
    expect(rows[10_000]).toMatchObject({ token: null, model: null, other: true, requests: 100 });
    expect(total).toMatchObject({ requests: 20_100, input_tokens: 2_010_000 });
    expect(unpriced).toHaveLength(1_000);
  });

  it('with names of 200 characters', async () => {
    const { rows } = await report([lineOf({ model: 'm'.repeat(100_000) })]);
    expect(rows[0]?.['model']).toBe('m'.repeat(200));
  });
});
