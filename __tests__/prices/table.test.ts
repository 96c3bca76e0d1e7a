import { readFileSync } from 'node:fs';
import path from 'node:path';
import { BUILT_IN } from '../../src/providers/registry';
import { parseRates, ratesAt, type Rates } from '../../src/prices/rates';
import { PriceList } from '../../src/prices/price-list';
import table from '../../src/prices/table.json';

const FILE = path.resolve(__dirname, '../../src/prices/table.json');
const AT = Date.parse('2026-11-28T12:00:00Z');
const PROVIDERS = Object.entries<Readonly<Record<string, string>>>(table.providers);
const ENTRIES = PROVIDERS.flatMap(([provider, entries]) =>
  Object.entries(entries).map(([patterns, text]) => ({ provider, patterns, text })),
);

describe('the table of prices', () => {
  it('is smaller than 20 KB', () => {
    expect(readFileSync(FILE).length).toBeLessThan(20_000);
  });

  it('says where it comes from', () => {
    expect(table.source).toEqual({
      name: '@pydantic/genai-prices',
      version: expect.stringMatching(/^\d+\.\d+\.\d+$/) as string,
      date: expect.stringMatching(/^\d{4}-\d{2}-\d{2}$/) as string,
    });
  });

  it('is of the version that is installed to write it again', () => {
    const manifest = readFileSync(path.resolve(__dirname, '../package.json'), 'utf8');
    const { dependencies } = JSON.parse(manifest) as { dependencies: Record<string, string> };
    expect(dependencies[table.source.name]).toBe(table.source.version);
  });

  it('has only built-in providers, and is sorted', () => {
    const names = PROVIDERS.map(([name]) => name);
    expect(BUILT_IN.map(({ name }) => name)).toEqual(expect.arrayContaining(names));
    expect(names).toEqual([...names].sort());
    for (const [, entries] of PROVIDERS) expect(Object.keys(entries)).toEqual(Object.keys(entries).sort());
  });

  it('has prices that can be read, and each name once', () => {
    for (const { text } of ENTRIES) expect(() => parseRates(text)).not.toThrow();
    const names = ENTRIES.flatMap(({ provider, patterns }) =>
      patterns.split(' ').map((pattern) => `${provider} ${pattern}`),
    );
    expect(names).toHaveLength(new Set(names).size);
  });

  it('has no cached input that costs more than input', () => {
    for (const { text } of ENTRIES) {
      for (const { rates, tiers } of parseRates(text)) {
        for (const { input = 0, cached = 0 } of [rates, ...tiers.map((tier) => tier.rates)])
          expect(cached).toBeLessThanOrEqual(input);
      }
    }
  });

  it.each([
    ['openai', 'gpt-4o'],
    ['openai', 'gpt-4o-mini'],
    ['openai', 'gpt-4.1'],
    ['openai', 'gpt-5'],
    ['openai', 'gpt-5-mini'],
    ['openai', 'o4-mini'],
    ['anthropic', 'claude-sonnet-4-5-20250929'],
    ['anthropic', 'claude-haiku-4-5'],
    ['anthropic', 'claude-opus-4-5'],
    ['gemini', 'gemini-2.5-pro'],
    ['gemini', 'gemini-2.5-flash'],
    ['deepseek', 'deepseek-chat'],
    ['xai', 'grok-4'],
  ])('has for %s %s cached input cheaper than input, and input cheaper than output', (provider, model) => {
    const { input = NaN, cached = NaN, output = NaN } = ratesOf(provider, model);
    expect(cached).toBeLessThan(input);
    expect(input).toBeLessThan(output);
    expect(output).toBeLessThan(200);
  });

  it('has cache writes of Anthropic dearer than input, for an hour more than for five minutes', () => {
    const { input = NaN, write5m = NaN, write1h = NaN } = ratesOf('anthropic', 'claude-sonnet-4-5');
    expect(write5m).toBeGreaterThan(input);
    expect(write1h).toBeGreaterThan(write5m);
  });

  it('has a higher price for long inputs of Gemini 2.5 Pro', () => {
    const [short, long] = [200_000, 200_001].map((input) => ratesOf('gemini', 'gemini-2.5-pro', input).input);
    expect(long).toBeGreaterThan(short ?? NaN);
  });
});

function ratesOf(provider: string, model: string, inputTokens = 1): Rates {
  const [, entries = {}] = PROVIDERS.find(([name]) => name === provider) ?? [];
  return ratesAt(new PriceList(entries).find(model) ?? [], AT, inputTokens) ?? {};
}
