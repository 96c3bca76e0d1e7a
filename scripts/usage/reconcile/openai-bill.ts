import { bucketsOf, fieldsOf, malformed, resultsOf, type AdminApi, type Fields } from './admin-api';
import { Bill, nameIn, nanoUsdIn, tokensIn, type Period } from './bill';
import { NANO_PER_USD } from '../../../src/prices/nano-usd';

// GET /organization/costs: https://developers.openai.com/api/reference/resources/organization/subresources/audit_logs/methods/get_costs
// GET /organization/usage/completions, and both in use: https://cookbook.openai.com/examples/completions_usage_api
const COSTS = '/v1/organization/costs';
const COMPLETIONS = '/v1/organization/usage/completions';

/** Costs by line item, and tokens by model: chat completions and Responses, which are nearly all. @throws BillError */
export async function readOpenAiBill(api: AdminApi, period: Period): Promise<Bill> {
  const bill = new Bill(period);
  const range = [
    ['start_time', String(period.fromMs / 1_000)],
    ['end_time', String(period.toMs / 1_000)],
    ['bucket_width', '1d'],
  ] as const;
  // At most 180 days a page of costs, and 31 of usage.
  const costs = [...range, ['limit', '180'], ['group_by[]', 'line_item']] as const;
  for (const bucket of await bucketsOf(api, COSTS, costs)) {
    const day = dayOf(api, COSTS, bucket);
    for (const { amount, line_item } of resultsOf(api, COSTS, bucket)) {
      // {"value": 0.06, "currency": "usd"}; long decimals come as a text.
      const { value, currency } = fieldsOf(amount) ?? {};
      const nanoUsd = nanoUsdIn(api, COSTS, { value, currency, nanoUsdEach: NANO_PER_USD });
      bill.add(day, modelOfLineItem(nameIn(line_item)), { nanoUsd });
    }
  }
  const usage = [...range, ['limit', '31'], ['group_by[]', 'model']] as const;
  for (const bucket of await bucketsOf(api, COMPLETIONS, usage)) {
    const day = dayOf(api, COMPLETIONS, bucket);
    for (const { model, input_tokens, output_tokens } of resultsOf(api, COMPLETIONS, bucket)) {
      // The input includes what was read from a cache.
      const tokens = tokensIn(api, COMPLETIONS, input_tokens, output_tokens);
      bill.add(day, nameIn(model), { tokens });
    }
  }
  return bill;
}

/**
 * The model of `gpt-5-mini-2025-08-07, cached input`, of `priority | gpt-5.2, output, long context` and of
 * `gpt-image-1 text, input`; the text itself if it has none, as `web search tool calls`.
 */
export function modelOfLineItem(text: string): string {
  const item = text.slice(text.lastIndexOf('|') + 1).trim();
  const comma = item.indexOf(',');
  return comma === -1 ? text : (item.slice(0, comma).split(' ')[0] ?? text);
}

/** `start_time` is in seconds. */
function dayOf(api: AdminApi, path: string, { start_time }: Fields): string {
  if (typeof start_time !== 'number' || !(start_time >= 0 && start_time < 1e11)) throw malformed(api, path);
  return new Date(start_time * 1_000).toISOString().slice(0, 10);
}
