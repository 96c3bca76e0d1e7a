import { costOf } from '../../src/prices/cost';
import { ownPrices } from '../../src/prices/own-prices';
import { PriceList } from '../../src/prices/price-list';
import { priceOf } from '../../src/prices/price-of';
import { requestPrice } from '../../src/prices/request-price';
import { parseRates, ratesAt, type Rates } from '../../src/prices/rates';
import { NO_USAGE, type Usage } from '../../src/meter/usage';

const used = (amounts: Partial<Usage>): Usage => ({ ...NO_USAGE, ...amounts });
const RATES: Rates = {
  input: 10,
  cached: 1,
  write5m: 12,
  write1h: 20,
  output: 50,
  audioInput: 30,
  audioOutput: 60,
};
const AT = Date.parse('2026-11-28T12:00:00Z');

describe('costOf', () => {
  it.each<[string, Partial<Usage>, number]>([
    ['input and output', { input: 3, output: 2 }, 130_000],
    ['cached input at its own rate', { input: 10, cachedInput: 8 }, 28_000],
    ['both kinds of cache writes', { input: 10, cacheWrite5m: 3, cacheWrite1h: 2 }, 126_000],
    ['audio as a part of input and output', { input: 10, audioInput: 4, output: 5, audioOutput: 1 }, 440_000],
    ['audio of which a part is cached', { input: 10, cachedInput: 8, audioInput: 9 }, 68_000],
    ['reasoning as a part of output, once', { output: 2, reasoning: 2 }, 100_000],
    ['no tokens', { input: 0, output: 0 }, 0],
  ])('prices %s in nano-dollars', (_what, amounts, expected) => {
    expect(costOf(used(amounts), RATES)).toBe(expected);
  });

  it.each<[string, Partial<Usage>, Rates]>([
    ['no amounts', {}, RATES],
    ['output without a rate', { input: 1, output: 1 }, { input: 1 }],
    ['more cached than there was input', { input: 1, cachedInput: 2 }, RATES],
    ['more audio than output', { input: 1, output: 1, audioOutput: 2 }, RATES],
    ['a number that is none', { input: NaN, output: 1 }, RATES],
    ['more than nine million dollars', { input: 1e12 }, RATES],
  ])('returns undefined for %s', (_what, amounts, rates) => {
    expect(costOf(used(amounts), rates)).toBeUndefined();
  });

  it('takes the rate of input where there is none for a cache, and rounds to a whole number', () => {
    expect(costOf(used({ input: 3, cachedInput: 1, cacheWrite1h: 1 }), { input: 1, output: 1 })).toBe(3_000);
    expect(costOf(used({ input: 1 }), { input: 0.0375 })).toBe(38);
  });
});

describe('ratesAt', () => {
  const periods = parseRates(
    'input 1 output 2 above 100 input 3 above 200 output 5; from 2026-01-01 input 4; from 2026-01-01 hours 01:00-04:00 input 8',
  );
  const at = (time: string, input = 1) => ratesAt(periods, Date.parse(time), input);

  it.each([
    [100, { input: 1, output: 2 }],
    [101, { input: 3, output: 2 }],
    [201, { input: 1, output: 5 }],
  ])('with %d input tokens takes the tier that is reached', (input, expected) => {
    expect(at('2025-12-31T23:59:59Z', input)).toEqual(expected);
  });

  it.each([
    ['2026-01-01T00:00:00Z', 4],
    ['2026-01-01T01:00:00Z', 8],
    ['2026-01-01T04:00:00Z', 4],
  ])('at %s takes the last period that is valid', (time, expected) => {
    expect(at(time)?.input).toBe(expected);
  });

  it.each(['input', 'input x', 'input -1', 'colour 1', 'from never input 1'])('rejects "%s"', (text) => {
    expect(() => parseRates(text)).toThrow('Not a price');
  });
});

describe('PriceList', () => {
  const list = new PriceList({
    'm m-big-*': 'input 1',
    'm-big-2024-01-01': 'input 2',
    'm-big-b*': 'input 3',
    none: '',
  });

  it.each([
    ['m', 1],
    ['models/M', 1],
    ['m-2026-01-01', 1],
    ['m-20260101', 1],
    ['m-latest', 1],
    ['m-big-a', 1],
    ['m-big-2024-01-01', 2],
    ['m-big-big', 3],
  ])('finds %s', (model, input) => {
    expect(list.find(model)?.[0]?.rates).toEqual({ input });
  });

  it.each(['m-other', 'n', '', `m-big-${'x'.repeat(300)}`])('does not find "%s"', (model) => {
    expect(list.find(model)).toBeUndefined();
  });
});

const usage = used({ input: 1_000, output: 100 });

describe('priceOf', () => {
  it.each([
    ['openai', 'gpt-4o-2024-08-06', 3_500_000],
    ['azure', 'gpt-4o', 3_500_000],
    ['gemini', 'models/gemini-2.5-flash', 550_000],
  ])('prices %s %s', (provider, model, expected) => {
    expect(priceOf(provider, model, usage, AT)).toBe(expected);
  });

  it.each([
    ['openai', 'unheard-of'],
    ['openai', 'gpt-4o-audio-preview'],
    ['gemini', 'gemini-2.5-flash-image'],
    ['openrouter', 'openai/gpt-4o'],
    ['constructor', 'gpt-4o'],
  ])('does not price %s %s', (provider, model) => {
    expect(priceOf(provider, model, usage, AT)).toBeUndefined();
  });
});

describe('priceOf, of several responses of a session', () => {
  const sum = { input: 600_000, output: 0 };

  // A session whose responses were all short was priced as one long one.
  it.each([
    [271_999, 3_000_000_000],
    [272_000, 6_000_000_000],
  ])('takes the rates that the longest input, of %d tokens, has', (longestInput, expected) => {
    expect(priceOf('openai', 'gpt-5.5', used({ ...sum, longestInput }), AT)).toBe(expected);
  });
});

describe('requestPrice', () => {
  const own = ownPrices('GPT-4o=1/2/0.5\nqwen*=3/4,house-model=5/6');
  if ('problem' in own) throw new Error(own.problem);
  const price = (provider: string, models: readonly (string | undefined)[], amounts = usage) =>
    requestPrice({ provider, models, usage: amounts, atMs: AT }, own.value);

  it('takes the prices of PRICES first', () => {
    expect(price('openai', ['gpt-4o'], used({ input: 10, cachedInput: 5, output: 1 }))).toBe(9_500);
    expect(price('dashscope', ['qwen-plus'])).toBe(3_400_000);
  });

  // The list's price for the name in the response came before the operator's own for the name that is shown.
  it.each([
    ['that the response names', ['qwen-plus', 'house-model'], 3_400_000],
    ['that was asked for, before the list price of another', ['gpt-5-mini', 'house-model'], 5_600_000],
    ['that was asked for, if the response names none', [undefined, 'house-model'], 5_600_000],
  ])('takes the price of PRICES for the model %s', (_which, models, expected) => {
    expect(price('openai', models)).toBe(expected);
  });

  it('takes the list price if PRICES has none for either name', () => {
    expect(price('openai', ['gpt-5-mini', 'other-model'])).toBe(450_000);
  });
});

describe('PRICES', () => {
  it.each(['gpt', 'gpt=1', 'gpt=1/x', 'gpt=-1/2', 'g*t=1/2', '=1/2', 'a b=1/2', 'gpt=1/2/3/4', 'gpt=1e3/2'])(
    'rejects %s with a message that does not repeat it',
    (text) => {
      const result = ownPrices(text);
      expect(result).toEqual({
        problem: expect.stringMatching(/^must be a list of model=input\/output/) as string,
      });
    },
  );

  it('rejects the same model twice', () => {
    expect(ownPrices('a=1/2,A=3/4')).toEqual({ problem: 'has the same model twice.' });
  });

  it('is undefined if it is empty', () => {
    expect(ownPrices('')).toEqual({ value: undefined });
  });
});
