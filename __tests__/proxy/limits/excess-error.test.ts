import { FAILURES, type FailureCode } from '../../../src/errors/failures';
import { errorOf, excessIn, type AppliedMoney } from '../../../src/proxy/limits/excess-error';
import type { Excess, LimitState } from '../../../src/proxy/limits/limit-store';

const NOW = Date.parse('2026-11-29T23:00:00.000Z');
const HOUR_MS = 3_600_000;
const A_DAY: AppliedMoney = { nanoUsd: 2_500_000_000, period: 'day' };

function told(excess: Excess, money?: AppliedMoney) {
  const { code, message, tokenLimit, retryAfterMs, isWorthRepeating } = errorOf(excess, money, NOW);
  const { message: usual } = FAILURES[code];
  expect(message.startsWith(usual)).toBe(true);
  return { code, detail: message.slice(usual.length).trim(), tokenLimit, retryAfterMs, isWorthRepeating };
}

describe('the error of a request that is more than its token may', () => {
  it.each<[Excess['kind'], FailureCode]>([
    ['concurrency', 'token-busy'],
    ['requests-per-minute', 'token-rate-limited'],
    ['tokens-per-minute', 'token-tokens-limited'],
  ])('%s: %s, with the limit and the wait', (kind, code) => {
    const wait = { code, detail: '', tokenLimit: 7, retryAfterMs: 1_500, isWorthRepeating: true };
    expect(told({ kind, limit: 7, retryAfterMs: 1_500 })).toEqual(wait);
    expect(told({ kind, limit: 7, retryAfterMs: undefined }).retryAfterMs).toBeUndefined();
  });

  it('tells a reservation from what is spent', () => {
    expect(told({ kind: 'money-reserved', limit: A_DAY.nanoUsd, retryAfterMs: 1_000 }, A_DAY)).toEqual({
      code: 'token-busy',
      detail:
        'What is left of its money is reserved for those that are under way. It may spend 2.5 USD a day.',
      tokenLimit: undefined,
      retryAfterMs: 1_000,
      isWorthRepeating: true,
    });
  });

  it('says when the next window of its money begins', () => {
    expect(told({ kind: 'money', limit: A_DAY.nanoUsd, retryAfterMs: HOUR_MS }, A_DAY)).toEqual({
      code: 'token-budget-spent',
      detail: 'It may spend 2.5 USD a day. The next day begins at 2026-11-30T00:00:00Z.',
      tokenLimit: 2.5,
      retryAfterMs: HOUR_MS,
      isWorthRepeating: true,
    });
  });

  it.each([
    [HOUR_MS, true],
    [HOUR_MS + 1, false],
    [undefined, false],
  ])('money that is there again in %p ms is worth waiting for: %p', (retryAfterMs, isWorthRepeating) => {
    expect(told({ kind: 'money', limit: 1, retryAfterMs }, A_DAY).isWorthRepeating).toBe(isWorthRepeating);
  });

  it.each<[AppliedMoney | undefined, string]>([
    [
      { nanoUsd: 1, period: 'week' },
      'It may spend 1 USD a week. The next week begins at 2026-11-29T23:01:00Z.',
    ],
    [
      { nanoUsd: 1, period: 'month' },
      'It may spend 1 USD a month. The next month begins at 2026-11-29T23:01:00Z.',
    ],
    [undefined, 'It may spend 1 USD in all. The next window begins at 2026-11-29T23:01:00Z.'],
    [
      { ...A_DAY, isDailyCap: true },
      'It may spend 1 USD a day (DAILY_CAP_USD), because it has no limit of money of its own. The next day begins at 2026-11-29T23:01:00Z.',
    ],
  ])('of %j says %s', (money, detail) => {
    expect(told({ kind: 'money', limit: 1_000_000_000, retryAfterMs: 60_000 }, money).detail).toBe(detail);
  });

  it('says nothing of a next window where there is none', () => {
    const excess: Excess = { kind: 'money', limit: 1_000_000_000, retryAfterMs: undefined };
    expect(told(excess, { nanoUsd: 1_000_000_000, period: 'total' })).toMatchObject({
      detail: 'It may spend 1 USD in all.',
      retryAfterMs: undefined,
    });
  });
});

describe('the limit that is reached', () => {
  const state = (kind: LimitState['kind'], used: number, resetsAtMs?: number): LimitState => ({
    ...{ kind, used, limit: 10, left: Math.max(0, 10 - used), resetsAtMs },
  });

  it.each<[string, readonly LimitState[], Excess | undefined]>([
    ['none of none', [], undefined],
    ['none that has something left', [state('money', 9), state('tokens-per-minute', 9)], undefined],
    [
      'not of requests, nor of those that run',
      [state('requests-per-minute', 10), state('concurrency', 11)],
      undefined,
    ],
    [
      'money, until its window ends',
      [state('money', 10, NOW + 5)],
      { kind: 'money', limit: 10, retryAfterMs: 5 },
    ],
    ['money that has no window', [state('money', 12)], { kind: 'money', limit: 10, retryAfterMs: undefined }],
    [
      'tokens of a minute',
      [state('concurrency', 1), state('tokens-per-minute', 10), state('money', 3)],
      { kind: 'tokens-per-minute', limit: 10, retryAfterMs: 60_000 },
    ],
    [
      'money before tokens, against which waiting would help',
      [state('tokens-per-minute', 10), state('money', 10)],
      { kind: 'money', limit: 10, retryAfterMs: undefined },
    ],
  ])('is %s', (_what, states, expected) => {
    expect(excessIn(states, NOW)).toEqual(expected);
  });
});
