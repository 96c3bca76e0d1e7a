import { PriceList } from '../../src/prices/price-list';

const LIST = new PriceList({ 'gpt-5 gpt-5-codex': 'input 1 output 2', 'glm-*': 'input 3 output 4' });

function inputOf(model: string): number | undefined {
  return LIST.find(model)?.[0]?.rates.input;
}

describe('the price of a model', () => {
  it.each([
    ['gpt-5', 1],
    ['GPT-5', 1],
    ['models/gpt-5', 1],
    ['gpt-5-2025-08-07', 1],
    ['gpt-5-20250807', 1],
    ['gpt-5-latest', 1],
    ['gpt-5-codex', 1],
    ['glm-4.6', 3],
    [`glm-${'4'.repeat(196)}`, 3],
    [`glm-${'4'.repeat(197)}`, undefined],
    ['gpt-5-mini', undefined],
    ['gpt', undefined],
    ['', undefined],
  ])('of %s is the same however often it is asked for', (model, price) => {
    expect([inputOf(model), inputOf(model), inputOf(model)]).toEqual([price, price, price]);
  });

  it('is right after more names than are remembered', () => {
    const names = Array.from({ length: 600 }, (_, each) => [`glm-${each}`, `unknown-${each}`]).flat();
    const expected = names.map((name) => (name.startsWith('glm-') ? 3 : undefined));
    expect(names.map(inputOf)).toEqual(expected);
    expect(names.map(inputOf)).toEqual(expected);
  });
});
