import { lineOf, report, usage } from './run';

const MILLION = 1_000_000;
const usdOf = async (fields: Readonly<Record<string, unknown>>) =>
  (await report([lineOf({ input_tokens: MILLION, output_tokens: MILLION, ...fields })])).total['usd'];

describe('npm run usage prices', () => {
  it('a request by the table', async () => {
    expect(await usdOf({ model: 'gpt-5-mini' })).toBe(0.25 + 2);
  });

  it('what the log has a price for by that', async () => {
    expect(await usdOf({ model: 'gpt-5-mini', usd: 0.125 })).toBe(0.125);
  });

  it('by the model that the response names, before the one that was asked for', async () => {
    expect(await usdOf({ model: 'gpt-5', model_served: 'gpt-5-mini-2025-08-07' })).toBe(2.25);
    expect(await usdOf({ model: 'gpt-5-mini', model_served: 'unheard-of' })).toBe(2.25);
  });

  it('by the prices that were valid at the time of the line', async () => {
    expect(await usdOf({ model: 'o3', time: '2025-06-09T23:59:59Z' })).toBe(50);
    expect(await usdOf({ model: 'o3', time: '2025-06-10T00:00:00Z' })).toBe(10);
  });

  it('a session at the rates of its longest response', async () => {
    const session = { model: 'gpt-5.5', output_tokens: 0 };
    expect(await usdOf({ ...session, longest_input_tokens: 271_999 })).toBe(5);
    expect(await usdOf({ ...session, longest_input_tokens: 272_000 })).toBe(10);
  });

  it('by PRICES before the table, and says what is wrong with it', async () => {
    const input = lineOf({ model: 'gpt-5-mini', input_tokens: MILLION, output_tokens: MILLION });
    const own = await usage(['--json'], { input, environment: { PRICES: 'gpt-5*=3/4' } });
    expect(JSON.parse(own.output)).toMatchObject({ total: { usd: 7 } });
    const wrong = await usage([], { input, environment: { PRICES: 'gpt-5*' } });
    expect(wrong).toMatchObject({
      status: 1,
      output: '',
      errors: expect.stringContaining('PRICES must be') as string,
    });
  });

  it('a metered response without usage as free of charge', async () => {
    const { total } = await report([
      lineOf({ model: 'unheard-of', input_tokens: undefined, output_tokens: undefined }),
    ]);
    expect(total).toMatchObject({ metered: 1, usd: 0, unpriced: 0 });
  });

  it('nothing that has no price, but counts it and names its model', async () => {
    const lines = [
      lineOf({ model: 'gpt-5-mini' }),
      lineOf({ model: 'unheard-of', provider: 'siliconflow' }),
      lineOf({ model: 'unheard-of', provider: 'siliconflow', meter: 'partial' }),
    ];
    const { total, unpriced_models: models } = await report(lines);
    expect(total).toMatchObject({ usd: 0.000045, unpriced: 1, partial_usd: null });
    expect(models).toEqual([{ provider: 'siliconflow', model: 'unheard-of', requests: 1 }]);
    const { output } = await usage([], { input: lines.join('\n') });
    expect(output).toContain('Not in usd: 1 metered request without a price: siliconflow/unheard-of (1).');
  });
});
