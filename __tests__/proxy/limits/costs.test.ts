import { JsonBody } from '../../../src/json/json-body';
import { PriceList } from '../../../src/prices/price-list';
import { UNKNOWN_BOUND_NANO_USD } from '../../../src/proxy/limits/cost-bound';
import { Costs } from '../../../src/proxy/limits/costs';
import { METERED, meteredExchange } from '../../helpers/metered';

const AT = Date.parse('2026-11-29T00:00:00Z');

const REQUEST = {
  provider: 'openai',
  models: ['gpt-5-mini'],
  json: new JsonBody(Buffer.from('{"max_tokens":1000000}')),
  atMs: AT,
};

describe('what requests cost', () => {
  it('is charged by the prices, which are loaded once', async () => {
    const costs = new Costs(undefined);
    const charge = costs.charge(meteredExchange(METERED), AT);
    expect(charge).toBeInstanceOf(Promise);
    await expect(charge).resolves.toEqual({ kind: 'known', tokens: 1_500, nanoUsd: 1_250_000 });
    expect(costs.charge(meteredExchange(METERED), AT)).toEqual(await charge);
  });

  it('needs no prices where nothing was used', () => {
    const costs = new Costs(undefined);
    expect(costs.charge(meteredExchange(undefined), AT)).toEqual({ kind: 'known', tokens: 0, nanoUsd: 0 });
    const unmetered = costs.charge(meteredExchange({ ...METERED, class: 'unmetered', usage: undefined }), AT);
    expect(unmetered).toMatchObject({ kind: 'assumed' });
  });

  it('is bounded by the prices, by one’s own first', async () => {
    const own = new PriceList({ 'gpt-5-mini': 'input 1 output 100' });
    const bounds = [new Costs(undefined), new Costs(own)].map((costs) => costs.bound(REQUEST));
    expect(await Promise.all(bounds)).toEqual([2_000_005_500, 100_000_022_000]);
  });

  it('is bounded by the prices that were loaded for a charge, and the reverse', async () => {
    const costs = new Costs(undefined);
    const first = await costs.bound(REQUEST);
    expect(costs.charge(meteredExchange(METERED), AT)).not.toBeInstanceOf(Promise);
    expect(await costs.bound(REQUEST)).toBe(first);
    expect(first).not.toBe(UNKNOWN_BOUND_NANO_USD);
  });
});
