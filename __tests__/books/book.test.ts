import { Book } from '../../src/books/book';
import type { EndedRequest } from '../../src/books/ended-request';
import { usdText } from '../../src/books/money';
import { reportOf } from '../../src/books/report';
import { NO_USAGE, type Metering } from '../../src/meter/usage';
import { ownPrices } from '../../src/prices/own-prices';
import { renderJson } from '../../scripts/usage/render-data';
import { UsageTotals } from '../../scripts/usage/usage-totals';

const DAY_MS = 86_400_000;
const TODAY_MS = Date.UTC(2026, 10, 29, 12);
const PARSED = ownPrices('priced=1/2/0.1');
const OWN = 'value' in PARSED ? PARSED.value : undefined;

const metered = (input: number, output: number, more: Partial<Metering> = {}): Metering => ({
  class: 'metered',
  model: undefined,
  usage: { ...NO_USAGE, input, output },
  costUsd: undefined,
  ...more,
});
const request = (more: Partial<EndedRequest> = {}): EndedRequest => ({
  atMs: TODAY_MS,
  token: 'mum',
  provider: 'openai',
  model: 'priced',
  metering: metered(10, 5),
  isError: false,
  ...more,
});
function bookOf(...requests: readonly Partial<EndedRequest>[]): Book {
  const book = new Book(TODAY_MS, OWN);
  for (const one of requests) book.add(request(one));
  return book;
}

describe('The book of an instance', () => {
  it.each<[string, Partial<EndedRequest>, object]>([
    [
      'prices metered use in whole nano-dollars',
      {},
      { metered: 1, usd: '0.00002', unpriced: 0, input_tokens: 10 },
    ],
    [
      'takes the price that the provider tells over its own',
      { metering: metered(10, 5, { costUsd: 0.25 }) },
      { usd: '0.25', unpriced: 0 },
    ],
    [
      'counts a model without a price as unpriced and not as free',
      { model: 'house' },
      { metered: 1, usd: null, unpriced: 1, output_tokens: 5 },
    ],
    [
      'knows that a request without any use costs nothing',
      { model: 'house', metering: metered(0, 0, { usage: undefined }) },
      { metered: 1, usd: '0', unpriced: 0 },
    ],
    [
      'keeps apart what a response has used that broke off',
      { metering: metered(10, 0, { class: 'partial' }) },
      {
        partial: 1,
        metered: 0,
        input_tokens: 0,
        usd: null,
        partial_input_tokens: 10,
        partial_usd: '0.00001',
      },
    ],
    [
      'counts a response that does not tell its use, and adds nothing for it',
      { metering: metered(10, 5, { class: 'unmetered', usage: undefined }) },
      { unmetered: 1, input_tokens: 0, usd: null, unpriced: 0 },
    ],
    [
      'counts an error, which uses nothing',
      { metering: undefined, isError: true },
      { requests: 1, errors: 1, metered: 0, usd: null, unpriced: 0 },
    ],
  ])('%s', (_title, one, expected) => {
    expect(reportOf(bookOf(one).rows(), ['token']).total).toMatchObject(expected);
  });

  it('finds the price by the model of the response before that of the request', () => {
    const book = bookOf({ model: 'house', metering: metered(10, 5, { model: 'priced' }) });
    expect(reportOf(book.rows(), ['model']).rows).toMatchObject([{ model: 'house', usd: '0.00002' }]);
  });

  it('groups by token, model, provider and day, what costs most first', () => {
    const book = bookOf(
      {},
      { token: 'dad', metering: metered(1_000, 0) },
      { token: undefined, model: 'house', provider: 'custom' },
      { atMs: TODAY_MS - DAY_MS },
    );
    expect(reportOf(book.rows(), ['token', 'provider']).rows).toMatchObject([
      { token: 'dad', provider: 'openai', requests: 1 },
      { token: 'mum', provider: 'openai', requests: 2, usd: '0.00004' },
      { token: null, provider: 'custom', requests: 1, usd: null },
    ]);
    const { rows, days, unpriced_models } = reportOf(book.rows(), ['day']);
    expect(rows).toMatchObject([
      { day: '2026-11-28', requests: 1 },
      { day: '2026-11-29', requests: 3 },
    ]);
    expect(days).toEqual([
      { day: '2026-11-28', tokens: 15, usd: '0.00002' },
      { day: '2026-11-29', tokens: 1_030, usd: '0.00102' },
    ]);
    expect(unpriced_models).toEqual([{ provider: 'custom', model: 'house', requests: 1 }]);
  });

  it('finds the rows of one token and of some days', () => {
    const book = bookOf({}, { token: 'dad' }, { token: undefined }, { atMs: TODAY_MS - 2 * DAY_MS });
    const today = Math.floor(TODAY_MS / DAY_MS);
    expect(book.rows({ token: 'mum' }).map(({ token }) => token)).toEqual(['mum', 'mum']);
    expect(book.rows({ token: 'mum', fromDay: today })).toHaveLength(1);
    expect(book.rows({ toDay: today - 1 }).map(({ day }) => day)).toEqual([today - 2]);
  });

  it('has the members that `npm run usage -- --json` has, for rows, total, days and unpriced models', () => {
    const totals = new UsageTotals(['token', 'model'], () => undefined);
    totals.add({
      ...{ timeMs: TODAY_MS, token: 'mum', key: undefined, provider: 'openai', model: 'house', ignored: 0 },
      ...{ servedModel: undefined, meter: 'metered', amounts: { input: 1 }, nanoUsd: undefined },
    });
    const script = JSON.parse(renderJson({ totals, malformedLines: 0, prices: '' })) as Record<
      string,
      object
    >;
    const ours = reportOf(bookOf({ model: 'house' }).rows(), ['token', 'model']);
    const first = (list: unknown) => Object.keys((list as object[])[0] ?? {});
    const withoutErrors = (names: readonly string[]) => names.filter((name) => name !== 'errors');
    expect(withoutErrors(first(ours.rows))).toEqual(first(script['rows']));
    expect(withoutErrors(Object.keys(ours.total))).toEqual(Object.keys(script['total'] ?? {}));
    expect(first(ours.days)).toEqual(first(script['days']));
    expect(first(ours.unpriced_models)).toEqual(first(script['unpriced_models']));
  });
});

describe('The memory of the book', () => {
  it('forgets days after 31, also if the clock was wrong for a while', () => {
    const book = bookOf();
    for (let day = 0; day < 40; day++) book.add(request({ atMs: TODAY_MS + day * DAY_MS }));
    expect(book.rows()).toHaveLength(31);
    book.add(request({ atMs: TODAY_MS + 20_000 * DAY_MS }));
    expect(book.rows()).toHaveLength(1);
    for (let day = 0; day < 40; day++) book.add(request({ atMs: TODAY_MS + day * DAY_MS }));
    const days = book.rows().map(({ day }) => day);
    expect(days).toHaveLength(31);
    expect(days).toContain(Math.floor(TODAY_MS / DAY_MS) + 39);
  });

  it('keeps a sum of the rest of a token’s models, so that invented ones use up no rows of others', () => {
    const book = bookOf();
    for (let at = 0; at < 500; at++) book.add(request({ model: `invented-${at}` }));
    book.add(request({ token: 'dad' }));
    expect(book.rows()).toHaveLength(102);
    const { rows, total } = reportOf(book.rows(), ['token', 'model']);
    expect(rows.at(-1)).toMatchObject({ token: 'mum', model: null, other: true, requests: 400 });
    expect(rows).toContainEqual(expect.objectContaining({ token: 'dad', model: 'priced', requests: 1 }));
    expect(total).toMatchObject({ requests: 501 });
    expect(reportOf(book.rows(), ['token']).rows).toMatchObject([
      { token: 'dad', requests: 1 },
      { token: 'mum', requests: 500 },
    ]);
    expect(reportOf(book.rows(), ['token']).rows.some((row) => 'other' in row)).toBe(false);
  });

  it('does not grow with the number of tokens, and still counts every request', () => {
    const book = bookOf();
    for (let at = 0; at < 6_000; at++) book.add(request({ token: `token-${at}` }));
    expect(book.rows().length).toBeLessThanOrEqual(5_001);
    const { rows, total } = reportOf(book.rows(), ['token']);
    expect(total).toMatchObject({ requests: 6_000 });
    expect(rows.at(-1)).toMatchObject({ token: null, other: true, requests: 1_000 });
    book.add(request({ token: 'token-1', atMs: TODAY_MS + 31 * DAY_MS }));
    expect(book.rows()).toHaveLength(1);
    expect(book.rows({ token: 'token-1' })).toHaveLength(1);
  });

  it('has no row for the model of a request that used nothing, which is only what a client has written', () => {
    const book = bookOf();
    for (let at = 0; at < 200; at++) book.add(request({ model: `invented-${at}`, metering: undefined }));
    expect(book.rows()).toMatchObject([{ model: undefined, rest: undefined }]);
  });
});

it.each([
  [0, '0'],
  [1, '0.000000001'],
  [1_000_000_000, '1'],
  [1_250_000_000, '1.25'],
  [20_000, '0.00002'],
  [Number.MAX_SAFE_INTEGER, '9007199.254740991'],
])('%d nano-dollars are written as %s', (nanoUsd, text) => {
  expect(usdText(nanoUsd)).toBe(text);
});

it('Sums of money stop at the largest exact number.', () => {
  const dear = { metering: metered(0, 0, { costUsd: 1e6 }) };
  const book = bookOf(...Array.from({ length: 12 }, () => dear));
  expect(reportOf(book.rows(), ['token']).total).toMatchObject({ usd: '9007199.254740991' });
});
