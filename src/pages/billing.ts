import type { BookFilter, BookRow } from '../books/book-rows';
import { dayIn, dayOf, firstOfMonth } from '../books/days';
import { centsOf, usdNumber } from '../books/money';
import { spentBy } from '../books/sums';
import { sumOf } from '../books/window';
import { DAY_MS } from '../clock/calendar-window';
import type { Config } from '../config/read-config';
import { ProxyError } from '../errors/proxy-error';
import type { Exchange } from '../proxy/exchange/exchange';
import type { LimitState } from '../proxy/limits/limit-store';
import type { ParsedTarget } from '../proxy/routing/parse-target';
import type { KnownToken } from '../proxy/tokens/known-token';
import { moneyLimitIn } from './limits';
import { redactedJson } from './redacted-json';
import type { UsageSource } from './usage-pages';

export interface BillingFacts {
  readonly token: KnownToken;
  readonly limitStates: readonly LimitState[];
  readonly usage: UsageSource;
  readonly nowMs: number;
  readonly config: Config;
}

/** A page: the rows that it needs, and what it makes of them. */
interface Page {
  readonly filter: Omit<BookFilter, 'token'>;
  readonly valueOf: (rows: readonly BookRow[]) => object;
}

/** What relays such as One API say for a key without a limit, so that clients know it. */
const NO_LIMIT_USD = 100_000_000;

/**
 * Responds to a client that asks for its key's credit and use, in the form of OpenAI's former billing pages, as NextChat
 * and others read them: with the limit and the use of its access token.
 * @throws ProxyError `bad-parameter`
 */
export async function sendBilling(
  exchange: Exchange,
  { path, query }: ParsedTarget,
  facts: BillingFacts,
): Promise<void> {
  const parameters = new URLSearchParams(query);
  const page = path.endsWith('/subscription')
    ? subscription(facts)
    : path.endsWith('/billing/usage')
      ? usageOfDays(facts, parameters)
      : usageOfDay(facts, parameters);
  const filter = { ...page.filter, token: facts.token.name };
  const records = await facts.usage.records(filter);
  const { scope, sinceMs } = records;
  const value = { ...page.valueOf(records.rows(filter)), scope, since: new Date(sinceMs).toISOString() };
  const body = Buffer.from(redactedJson(facts.config, value));
  const { response, proxyHeaders } = exchange;
  response.writeHead(200, [
    ...['Content-Type', 'application/json; charset=utf-8', 'Content-Length', String(body.length)],
    ...['Cache-Control', 'no-store'],
    ...proxyHeaders,
  ]);
  response.end(body);
}

function subscription({ token, limitStates, nowMs }: BillingFacts): Page {
  return {
    filter: { fromDay: firstOfMonth(nowMs) },
    valueOf(rows) {
      const money = moneyLimitIn(limitStates);
      const limitUsd = money ? usdNumber(monthLimit(money, spentBy(sumOf(rows)) ?? 0)) : NO_LIMIT_USD;
      return {
        object: 'billing_subscription',
        has_payment_method: true,
        soft_limit_usd: limitUsd,
        hard_limit_usd: limitUsd,
        system_hard_limit_usd: limitUsd,
        access_until: token.expiresAt ?? 0,
      };
    },
  };
}

/** Clients show the limit less what the month has used as what is left, which a limit of a day or a week is not for. */
function monthLimit({ period, limit, left }: LimitState, used: number): number {
  return period === 'day' || period === 'week' ? used + left : limit;
}

/** From `start_date` to the day before `end_date`; by default the current month. In US cents. */
function usageOfDays({ nowMs }: BillingFacts, parameters: URLSearchParams): Page {
  const fromDay = dayOfParameter(parameters, 'start_date') ?? firstOfMonth(nowMs);
  const endDay = dayOfParameter(parameters, 'end_date') ?? dayOf(nowMs) + 1;
  return {
    filter: { fromDay, toDay: endDay - 1 },
    valueOf(rows) {
      const days = new Map<number, BookRow[]>();
      for (const row of rows) days.set(row.day, [...(days.get(row.day) ?? []), row]);
      return {
        object: 'list',
        total_usage: centsOf(spentBy(sumOf(rows)) ?? 0),
        daily_costs: [...days]
          .sort(([one], [other]) => one - other)
          .map(([day, ofDay]) => ({
            timestamp: secondsOf(day),
            line_items: ofDay.map((row) => ({ name: nameOf(row), cost: centsOf(spentBy(row.sums) ?? 0) })),
          })),
      };
    },
  };
}

/** One day by model, in the form of OpenAI's former `/v1/usage`, and how much is left, as clients of relays read it. */
function usageOfDay({ token, limitStates, nowMs }: BillingFacts, parameters: URLSearchParams): Page {
  const day = dayOfParameter(parameters, 'date') ?? dayOf(nowMs);
  return {
    filter: { fromDay: day, toDay: day },
    valueOf: (rows) => ({
      object: 'list',
      data: rows.map((row) => {
        const { requests, metered, partial } = row.sums;
        return {
          aggregation_timestamp: secondsOf(day),
          operation: 'completion',
          snapshot_id: nameOf(row),
          n_requests: requests,
          n_context_tokens_total: metered.amounts.input + partial.amounts.input,
          n_generated_tokens_total: metered.amounts.output + partial.amounts.output,
        };
      }),
      current_usage_usd: usdNumber(spentBy(sumOf(rows)) ?? 0),
      isValid: true,
      planName: token.name,
      unit: 'USD',
      ...quotaOf(moneyLimitIn(limitStates)),
    }),
  };
}

function quotaOf(money: LimitState | undefined) {
  if (!money) return { mode: 'unrestricted' };
  const { limit, used, left } = money;
  const remaining = usdNumber(left);
  return {
    mode: 'quota_limited',
    remaining,
    quota: { limit: usdNumber(limit), used: usdNumber(used), remaining },
  };
}

/** When a day begins, as Unix time in seconds. */
function secondsOf(day: number): number {
  return (day * DAY_MS) / 1_000;
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
