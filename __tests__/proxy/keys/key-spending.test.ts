import { KeySpending } from '../../../src/proxy/keys/key-spending';

const NOW_MS = Date.parse('2026-11-29T12:00:00Z');
const DECEMBER_MS = Date.parse('2026-12-01T00:00:00Z');

const monthly = () => new KeySpending({ nanoUsd: 100, period: 'month' });

function add(spending: KeySpending, nanoUsd: number, nowMs: number): void {
  spending.raiseTo(spending.spentAt(nowMs) + nanoUsd, nowMs);
}

describe('the budget of a key', () => {
  it('leaves the key in turn as long as any of it is left', () => {
    const spending = monthly();
    add(spending, 60, NOW_MS);
    add(spending, 39, NOW_MS);
    expect([spending.spentAt(NOW_MS), spending.restAt(NOW_MS)]).toEqual([99, undefined]);
  });

  it('takes the key out until the window ends, and no request may try it before', () => {
    const spending = monthly();
    add(spending, 100, NOW_MS);
    expect(spending.restAt(NOW_MS)).toEqual({
      reason: 'budget-spent',
      untilMs: DECEMBER_MS,
      probeAtMs: DECEMBER_MS,
      probeDelayMs: 0,
    });
    expect(spending.restAt(DECEMBER_MS - 1)).toBeDefined();
  });

  it('is whole again in the next window', () => {
    const spending = monthly();
    add(spending, 250, NOW_MS);
    expect(spending.restAt(DECEMBER_MS)).toBeUndefined();
    add(spending, 99, DECEMBER_MS);
    expect([spending.spentAt(DECEMBER_MS), spending.restAt(DECEMBER_MS)]).toEqual([99, undefined]);
  });

  it('is not whole again when the clock is set back', () => {
    const spending = monthly();
    add(spending, 60, NOW_MS);
    add(spending, 60, NOW_MS - 40 * 86_400_000);
    expect(spending.restAt(NOW_MS)?.untilMs).toBe(DECEMBER_MS);
    expect(spending.restAt(NOW_MS - 40 * 86_400_000)).toBeDefined();
  });

  it('that is for once and all does not come back, and still has a date that can be written', () => {
    const spending = new KeySpending({ nanoUsd: 100, period: 'total' });
    add(spending, 100, NOW_MS);
    const untilMs = spending.restAt(NOW_MS + 100 * 365 * 86_400_000)?.untilMs ?? NaN;
    expect(new Date(untilMs).toISOString()).toBe('9999-12-31T23:59:59.000Z');
  });

  it('never counts less than other instances know, and not twice what they know', () => {
    const spending = monthly();
    add(spending, 50, NOW_MS);
    spending.raiseTo(30, NOW_MS);
    expect(spending.spentAt(NOW_MS)).toBe(50);
    spending.raiseTo(80, NOW_MS);
    expect(spending.spentAt(NOW_MS)).toBe(80);
  });

  it('stays exact, whatever is added', () => {
    const spending = monthly();
    for (let time = 0; time < 3; time++) add(spending, Number.MAX_SAFE_INTEGER, NOW_MS);
    expect(spending.spentAt(NOW_MS)).toBe(Number.MAX_SAFE_INTEGER);
  });
});

describe('a budget in place of another one', () => {
  const spentOf = (previous: KeySpending | undefined, next = monthly()) => {
    next.goOnFrom(previous, NOW_MS);
    return next.spentAt(NOW_MS);
  };
  const spent = (nanoUsd: number, period: 'day' | 'month') => {
    const spending = new KeySpending({ nanoUsd: 1_000, period });
    spending.raiseTo(nanoUsd, NOW_MS);
    return spending;
  };

  it('goes on from what was spent in the same window, and in no other', () => {
    expect(spentOf(spent(70, 'month'))).toBe(70);
    expect(spentOf(spent(70, 'day'))).toBe(0);
    expect(spentOf(undefined)).toBe(0);
    expect(spentOf(spent(70, 'month'), spent(90, 'month'))).toBe(90);
  });
});
