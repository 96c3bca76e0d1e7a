import { apiKeys } from '../../../src/config/parsers/api-keys';

const USD = 1_000_000_000;
const budget = (usd: number, period: string) => ({ nanoUsd: Math.round(usd * USD), period });

describe('an entry of a key pool', () => {
  it.each([
    ['sk-a', { key: 'sk-a', weight: 1 }],
    ['sk-a*3', { key: 'sk-a', weight: 3 }],
    ['sk-a@9usd/month', { key: 'sk-a', weight: 1, budget: budget(9, 'month') }],
    ['sk-a@9.50usd/week', { key: 'sk-a', weight: 1, budget: budget(9.5, 'week') }],
    ['sk-a@0.000001usd/day', { key: 'sk-a', weight: 1, budget: { nanoUsd: 1_000, period: 'day' } }],
    ['sk-a@1000000usd', { key: 'sk-a', weight: 1, budget: budget(1_000_000, 'total') }],
    ['sk-a@9USD/Month', { key: 'sk-a', weight: 1, budget: budget(9, 'month') }],
    ['sk-a*3@9usd/month', { key: 'sk-a', weight: 3, budget: budget(9, 'month') }],
    ['sk-a@9usd/month*3', { key: 'sk-a', weight: 3, budget: budget(9, 'month') }],
    ['user@host@9usd', { key: 'user@host', weight: 1, budget: budget(9, 'total') }],
    ['sk*a', { key: 'sk*a', weight: 1 }],
    ['sk-a*3*4', { key: 'sk-a*3', weight: 4 }],
  ])('%s is read with its weight and budget', (text, entry) => {
    expect(apiKeys(text)).toEqual({ value: [entry] });
  });

  it('may stand beside others in every form of a list', () => {
    expect(apiKeys('sk-a@9usd/month|sk-b*2,\n sk-c@1usd ')).toEqual({
      value: [
        { key: 'sk-a', weight: 1, budget: budget(9, 'month') },
        { key: 'sk-b', weight: 2 },
        { key: 'sk-c', weight: 1, budget: budget(1, 'total') },
      ],
    });
  });

  it.each([
    'sk-a@',
    'sk-a@9',
    'sk-a@usd',
    'sk-a@9eur/month',
    'sk-a@9usd/moth',
    'sk-a@9usd/',
    'sk-a@9usd/month/day',
    'sk-a@0usd/month',
    'sk-a@-1usd/month',
    'sk-a@1e3usd/month',
    'sk-a@1000001usd',
    'sk-a@0.0000001usd',
    'sk-a@9,5usd/month',
    'sk-a@Infinityusd',
    'user@host',
    'sk-a@9usd*3@x',
    'sk-a@month*3',
  ])('%s stops the start, with the remedy and without the key', (text) => {
    const result = apiKeys(text);
    expect(result).toEqual({ problem: expect.stringContaining('write key@9usd/month') as string });
    expect(JSON.stringify(result)).not.toMatch(/sk-a|host/);
  });

  it.each([
    ['sk-a@9usd@8usd', /two budgets/],
    ['@9usd', /must be a list of keys/],
    ['sk-a@9usd*0', /weight/],
    ['sk-a@9usd*101', /weight/],
    ['sk-a@9usd,sk-a', /the same key twice/],
    ['"sk-a"', /Remove the quotation marks/],
    ["'sk-a,sk-b'", /Remove the quotation marks/],
    ['["sk-a"]*2', /Remove the quotation marks/],
  ])('%s stops the start as well', (text, problem) => {
    expect(apiKeys(text)).toEqual({ problem: expect.stringMatching(problem) as string });
  });
});
