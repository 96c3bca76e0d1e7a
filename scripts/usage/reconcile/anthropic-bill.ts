import { bucketsOf, fieldsOf, malformed, resultsOf, type AdminApi, type Fields } from './admin-api';
import { Bill, nameIn, nanoUsdIn, tokensIn, type Period } from './bill';

// https://platform.claude.com/docs/en/api/admin/cost_report/retrieve
// https://platform.claude.com/docs/en/api/admin/usage_report/retrieve_messages
const COSTS = '/v1/organizations/cost_report';
const MESSAGES = '/v1/organizations/usage_report/messages';
/** "Cost amount in lowest currency units (e.g. cents) as a decimal string": "123.45" is 1.2345 dollars. */
const NANO_USD_A_CENT = 1e7;

/** Costs by description, which names the model, and tokens by model. @throws BillError */
export async function readAnthropicBill(api: AdminApi, period: Period): Promise<Bill> {
  const bill = new Bill(period);
  const range = [
    ['starting_at', rfc3339(period.fromMs)],
    ['ending_at', rfc3339(period.toMs)],
    ['bucket_width', '1d'],
    ['limit', '31'], // the most that there may be
  ] as const;
  for (const bucket of await bucketsOf(api, COSTS, [...range, ['group_by[]', 'description']])) {
    const day = dayOf(api, COSTS, bucket);
    for (const { amount, currency, model, description, cost_type } of resultsOf(api, COSTS, bucket)) {
      const nanoUsd = nanoUsdIn(api, COSTS, { value: amount, currency, nanoUsdEach: NANO_USD_A_CENT });
      bill.add(day, nameIn(model, description, cost_type), { nanoUsd });
    }
  }
  for (const bucket of await bucketsOf(api, MESSAGES, [...range, ['group_by[]', 'model']])) {
    const day = dayOf(api, MESSAGES, bucket);
    for (const result of resultsOf(api, MESSAGES, bucket)) {
      const { ephemeral_5m_input_tokens, ephemeral_1h_input_tokens } =
        fieldsOf(result['cache_creation']) ?? {};
      const tokens = tokensIn(
        api,
        MESSAGES,
        result['uncached_input_tokens'],
        result['cache_read_input_tokens'],
        ephemeral_5m_input_tokens,
        ephemeral_1h_input_tokens,
        result['output_tokens'],
      );
      bill.add(day, nameIn(result['model']), { tokens });
    }
  }
  return bill;
}

function rfc3339(ms: number): string {
  return `${new Date(ms).toISOString().slice(0, 19)}Z`;
}

function dayOf(api: AdminApi, path: string, { starting_at }: Fields): string {
  const day = typeof starting_at === 'string' ? starting_at.slice(0, 10) : '';
  if (!/^\d{4}-\d\d-\d\d$/.test(day) || Number.isNaN(Date.parse(day))) throw malformed(api, path);
  return day;
}
