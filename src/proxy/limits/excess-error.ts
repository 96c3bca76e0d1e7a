import { ProxyError } from '../../errors/proxy-error';
import type { MoneyLimit } from '../tokens/claims';
import type { Excess, LimitState } from './limit-store';
import { NANO_PER_USD } from '../../prices/nano-usd';

/** What was counted in a minute is in no minute any more after this. */
const MINUTE_MS = 60_000;
/** Nobody waits longer than an hour for a response. */
const MAX_WAIT_MS = 3_600_000;
const EACH: Readonly<Record<MoneyLimit['period'], string>> = {
  day: 'a day',
  week: 'a week',
  month: 'a month',
  total: 'in all',
};

/** The money that a token may spend, and whether that is only because it has no limit of its own. */
export interface AppliedMoney extends MoneyLimit {
  readonly isDailyCap?: true;
}

/**
 * The limit of money, or of tokens a minute, that is reached; `undefined` if none is.
 * @param wallMs the wall clock, in ms
 */
export function excessIn(states: readonly LimitState[], wallMs: number): Excess | undefined {
  // In the order in which a request is checked: to wait a minute does not help against money that is spent.
  for (const kind of ['money', 'tokens-per-minute'] as const) {
    const state = states.find((one) => one.kind === kind);
    if (!state || state.used < state.limit) continue;
    const { limit, resetsAtMs } = state;
    if (kind === 'tokens-per-minute') return { kind, limit, retryAfterMs: MINUTE_MS };
    return { kind, limit, retryAfterMs: resetsAtMs === undefined ? undefined : resetsAtMs - wallMs };
  }
  return undefined;
}

/** @param wallMs the wall clock, in ms */
export function errorOf(excess: Excess, money: AppliedMoney | undefined, wallMs: number): ProxyError {
  const { kind, limit, retryAfterMs } = excess;
  const wait = retryAfterMs === undefined ? {} : { retryAfterMs };
  switch (kind) {
    case 'concurrency':
      return new ProxyError('token-busy', { ...wait, tokenLimit: limit });
    case 'requests-per-minute':
      return new ProxyError('token-rate-limited', { ...wait, tokenLimit: limit });
    case 'tokens-per-minute':
      return new ProxyError('token-tokens-limited', { ...wait, tokenLimit: limit });
    case 'money-reserved':
      return new ProxyError('token-busy', {
        ...wait,
        detail: `What is left of its money is reserved for those that are under way. ${budgetText(limit, money)}`,
      });
    case 'money': {
      const next =
        retryAfterMs === undefined
          ? ''
          : ` The next ${money?.period ?? 'window'} begins at ${new Date(wallMs + retryAfterMs).toISOString().slice(0, 19)}Z.`;
      return new ProxyError('token-budget-spent', {
        ...wait,
        tokenLimit: limit / NANO_PER_USD,
        isFinal: retryAfterMs === undefined || retryAfterMs > MAX_WAIT_MS,
        detail: budgetText(limit, money) + next,
      });
    }
  }
}

function budgetText(nanoUsd: number, money: AppliedMoney | undefined): string {
  const amount = `It may spend ${nanoUsd / NANO_PER_USD} USD ${EACH[money?.period ?? 'total']}`;
  return money?.isDailyCap
    ? `${amount} (DAILY_CAP_USD), because it has no limit of money of its own.`
    : `${amount}.`;
}
