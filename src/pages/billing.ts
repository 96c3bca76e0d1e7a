import type { Book, BookRow } from '../books/book';
import { DAY_MS, dayIn, dayOf, firstOfMonth } from '../books/days';
import { centsOf, usdNumber } from '../books/money';
import { spentBy } from '../books/sums';
import { sumOf } from '../books/window';
import { secretsOf, type Config } from '../config/read-config';
import { ProxyError } from '../errors/proxy-error';
import { createRedact } from '../log/redact';
import type { Exchange } from '../proxy/exchange/exchange';
import type { LimitState } from '../proxy/limits/limit-store';
import type { ParsedTarget } from '../proxy/routing/parse-target';
import type { KnownToken } from '../proxy/tokens/known-token';
import { moneyLimitIn } from './limits';

export interface BillingFacts {
  readonly token: KnownToken;
  readonly limitStates: readonly LimitState[];
  readonly book: Book;
  readonly nowMs: number;
  readonly config: Config;
}

/** What relays such as One API say for a key without a limit, so that clients know it. */
const NO_LIMIT_USD = 100_000_000;

/**
 * Responds to a client that asks for its key's credit and use, in the form of OpenAI's former billing pages, as NextChat
 * and others read them: with the limit and the use of its access token.
 * @throws ProxyError `bad-parameter`
 */
export function sendBilling(exchange: Exchange, { path, query }: ParsedTarget, facts: BillingFacts): void {
  const parameters = new URLSearchParams(query);
  const value = path.endsWith('/subscription')
    ? subscriptionOf(facts)
    : path.endsWith('/billing/usage')
      ? usageOf(facts, parameters)
      : usageOfDay(facts, parameters);
  // A client may have sent a secret as the name of a model.
  const body = Buffer.from(createRedact(secretsOf(facts.config))(JSON.stringify(value)));
  const { response, proxyHeaders } = exchange;
  response.writeHead(200, [
    ...['Content-Type', 'application/json; charset=utf-8', 'Content-Length', String(body.length)],
    ...['Cache-Control', 'no-store'],
    ...proxyHeaders,
  ]);
  response.end(body);
}

function subscriptionOf({ token, limitStates, book, nowMs }: BillingFacts) {
  const money = moneyLimitIn(limitStates);
  const used = spentBy(sumOf(book.rows({ token: token.name, fromDay: firstOfMonth(nowMs) }))) ?? 0;
  const limitUsd = money ? usdNumber(monthLimit(money, used)) : NO_LIMIT_USD;
  return {
    object: 'billing_subscription',
    has_payment_method: true,
    soft_limit_usd: limitUsd,
    hard_limit_usd: limitUsd,
    system_hard_limit_usd: limitUsd,
    access_until: token.expiresAt ?? 0,
    plan: { title: token.name, id: 'access-token' },
    account_name: token.name,
  };
}

/** Clients show the limit less what the month has used as what is left, which a limit of a day or a week is not for. */
function monthLimit({ period, limit, left }: LimitState, used: number): number {
  return period === 'day' || period === 'week' ? used + left : limit;
}

/** From `start_date` to the day before `end_date`; by default the current month. In US cents. */
function usageOf({ token, book, nowMs }: BillingFacts, parameters: URLSearchParams) {
  const fromDay = dayOfParameter(parameters, 'start_date') ?? firstOfMonth(nowMs);
  const endDay = dayOfParameter(parameters, 'end_date') ?? dayOf(nowMs) + 1;
  const rows = book.rows({ token: token.name, fromDay, toDay: endDay - 1 });
  const days = new Map<number, BookRow[]>();
  for (const row of rows) days.set(row.day, [...(days.get(row.day) ?? []), row]);
  return {
    object: 'list',
    total_usage: centsOf(spentBy(sumOf(rows)) ?? 0),
    daily_costs: [...days]
      .sort(([one], [other]) => one - other)
      .map(([day, ofDay]) => ({
        timestamp: (day * DAY_MS) / 1_000,
        line_items: ofDay.map((row) => ({ name: nameOf(row), cost: centsOf(spentBy(row.sums) ?? 0) })),
      })),
  };
}

/** One day by model, in the form of OpenAI's former `/v1/usage`, and how much is left, as clients of relays read it. */
function usageOfDay({ token, limitStates, book, nowMs }: BillingFacts, parameters: URLSearchParams) {
  const day = dayOfParameter(parameters, 'date') ?? dayOf(nowMs);
  const rows = book.rows({ token: token.name, fromDay: day, toDay: day });
  return {
    object: 'list',
    data: rows.map((row) => ({
      aggregation_timestamp: (day * DAY_MS) / 1_000,
      operation: 'completion',
      snapshot_id: nameOf(row),
      n_requests: row.sums.requests,
      n_context: row.sums.requests,
      n_context_tokens_total: row.sums.metered.amounts.input_tokens + row.sums.partial.amounts.input_tokens,
      n_generated: row.sums.requests,
      n_generated_tokens_total:
        row.sums.metered.amounts.output_tokens + row.sums.partial.amounts.output_tokens,
    })),
    ft_data: [],
    dalle_api_data: [],
    whisper_api_data: [],
    current_usage_usd: usdNumber(spentBy(sumOf(rows)) ?? 0),
    isValid: true,
    planName: token.name,
    unit: 'USD',
    ...quotaOf(moneyLimitIn(limitStates)),
  };
}

function quotaOf(money: LimitState | undefined) {
  if (!money) return { mode: 'unrestricted' };
  const { limit, used, left } = money;
  const remaining = usdNumber(left);
  return {
    mode: 'quota_limited',
    remaining,
    quota: { limit: usdNumber(limit), used: usdNumber(used), remaining, unit: 'USD' },
  };
}

function nameOf({ model, rest, provider }: BookRow): string {
  return model ?? (rest === undefined ? (provider ?? 'unknown') : 'other');
}

/** @throws ProxyError `bad-parameter` */
function dayOfParameter(parameters: URLSearchParams, name: string): number | undefined {
  const text = parameters.get(name);
  if (text === null || text === '') return undefined;
  const day = dayIn(text);
  if (day === undefined) throw new ProxyError('bad-parameter');
  return day;
}
