import { usdText } from '../books/money';
import type { LimitState } from '../proxy/limits/limit-store';
import type { KnownToken } from '../proxy/tokens/known-token';

/** A token's limits and what is left of them; a limit that it does not have is left out. */
export function limitsOf({ limits = {} }: KnownToken, states: readonly LimitState[]): object {
  const { models, providers } = limits;
  return {
    ...Object.fromEntries(states.map((state) => (state.kind === 'money' ? moneyOf(state) : countOf(state)))),
    ...(models ? { models } : {}),
    ...(providers ? { providers } : {}),
  };
}

/** The limit of its money; `undefined` if it has none. */
export function moneyLimitIn(states: readonly LimitState[]): LimitState | undefined {
  return states.find(({ kind }) => kind === 'money');
}

type Member = readonly [name: string, value: unknown];

function moneyOf({ period, limit, used, left, resetsAtMs }: LimitState): Member {
  return [
    'usd',
    {
      period: period ?? null,
      limit: usdText(limit),
      used: usdText(used),
      left: usdText(left),
      resets_at: resetsAtMs === undefined ? null : new Date(resetsAtMs).toISOString(),
    },
  ];
}

function countOf({ kind, limit, used, left }: LimitState): Member {
  return [kind.replaceAll('-', '_'), { limit, used, left }];
}
