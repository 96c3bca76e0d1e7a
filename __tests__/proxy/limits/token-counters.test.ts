import type { CountedLimits, Excess, Use } from '../../../src/proxy/limits/limit-store';
import { TokenCounters } from '../../../src/proxy/limits/token-counters';

const NOTHING = { tokens: 0, nanoUsd: 0 };
const WALL = Date.parse('2026-11-29T23:00:00Z'); // a Sunday
const HOUR = 3_600_000;

function counters() {
  const clock = { ms: 500_000, wallMs: WALL };
  const store = new TokenCounters(
    () => clock.ms,
    () => clock.wallMs,
  );
  /** Begins a request: why it has to wait, or how to end it. */
  const begin = (limits: CountedLimits, { id = 'mum', reserve = 0 } = {}) => {
    const result = store.begin(id, limits, reserve);
    if ('kind' in result) return { excess: result };
    return {
      end: (used: Use) => {
        result.settle(used);
      },
    };
  };
  const excess = (...args: Parameters<typeof begin>): Excess | undefined => begin(...args).excess;
  /** How many of `count` requests that begin now pass. */
  const passed = (count: number, limits: CountedLimits, options = {}) =>
    Array.from({ length: count }, () => excess(limits, options)).filter((one) => !one).length;
  /** A whole request. */
  const use = (limits: CountedLimits, { tokens = 0, nanoUsd = 0 }) => {
    begin(limits).end?.({ tokens, nanoUsd });
  };
  return { clock, store, begin, excess, passed, use };
}

describe('TokenCounters', () => {
  it('lets exactly as many requests of a minute pass as the limit says', () => {
    expect(counters().passed(1_000, { requestsPerMinute: 100 })).toBe(100);
  });

  it('never lets more than the limit pass in any 60 seconds, whenever they come', () => {
    const { clock, excess } = counters();
    const times: number[] = [];
    for (let step = 0; step < 4_000; step++) {
      clock.ms += (step * 7_919) % 400;
      if (!excess({ requestsPerMinute: 10 })) times.push(clock.ms);
    }
    for (const [at, ms] of times.entries())
      expect((times[at + 10] ?? Infinity) - ms).toBeGreaterThanOrEqual(60_000);
    expect(times.length).toBeGreaterThan(90);
  });

  it('says when the next request may come, which then passes', () => {
    const { clock, passed, excess } = counters();
    passed(5, { requestsPerMinute: 5 });
    clock.ms += 20_300;
    const refused = excess({ requestsPerMinute: 5 });
    expect(refused).toMatchObject({ kind: 'requests-per-minute', limit: 5 });
    clock.ms += (refused?.retryAfterMs ?? 0) - 1;
    expect(excess({ requestsPerMinute: 5 })).toBeDefined();
    clock.ms += 1;
    expect(excess({ requestsPerMinute: 5 })).toBeUndefined();
  });

  it('counts parts of what a request uses while it runs', () => {
    const { store } = counters();
    const limits: CountedLimits = {
      tokensPerMinute: 100,
      concurrency: 2,
      money: { nanoUsd: 50, period: 'day' },
    };
    const result = store.begin('mum', limits, 3);
    if ('kind' in result) throw new Error(result.kind);
    result.add({ tokens: 40, nanoUsd: 20 });
    result.add({ tokens: 1, nanoUsd: 1 });
    expect(store.state('mum', limits)).toMatchObject([
      { kind: 'concurrency', used: 1 },
      { kind: 'tokens-per-minute', used: 41 },
      { kind: 'money', used: 21, left: 26 },
    ]);
    result.settle({ tokens: 9, nanoUsd: 9 });
    expect(store.state('mum', limits)).toMatchObject([{ used: 0 }, { used: 50 }, { used: 30, left: 20 }]);
  });

  it('counts only the requests that run at the same time', () => {
    const { begin, passed, excess } = counters();
    const { end } = begin({ concurrency: 3 });
    expect(passed(10, { concurrency: 3 })).toBe(2);
    end?.(NOTHING);
    expect(passed(10, { concurrency: 3 })).toBe(1);
    expect(excess({ concurrency: 3 })).toEqual({ kind: 'concurrency', limit: 3, retryAfterMs: 1_000 });
  });

  it('does not count a request that it refused', () => {
    const { clock, begin, passed } = counters();
    const limits = { requestsPerMinute: 2, concurrency: 1 };
    const { end } = begin(limits);
    passed(50, limits);
    end?.(NOTHING);
    expect(passed(5, { requestsPerMinute: 2, concurrency: 5 })).toBe(1);
    clock.ms += 61_000;
    expect(passed(5, { requestsPerMinute: 2, concurrency: 5 })).toBe(2);
  });

  it('counts each token by itself', () => {
    const { passed } = counters();
    expect(passed(5, { concurrency: 1 }, { id: 'mum' })).toBe(1);
    expect(passed(5, { concurrency: 1 }, { id: 'dad' })).toBe(1);
  });

  it('forgets unused tokens beyond ten thousand, and never one whose requests run', () => {
    const { begin, excess } = counters();
    begin({ concurrency: 1 });
    begin({ requestsPerMinute: 1 }, { id: 'dad' }).end?.(NOTHING);
    for (let at = 0; at < 10_001; at++) begin({ concurrency: 1 }, { id: `token-${at}` }).end?.(NOTHING);
    expect(excess({ concurrency: 1 })).toMatchObject({ kind: 'concurrency' });
    expect(excess({ requestsPerMinute: 1 }, { id: 'dad' })).toBeUndefined();
  });
});

describe('TokenCounters, of tokens a minute', () => {
  const limits = { tokensPerMinute: 1_000 };

  it('refuses once the sum of any minute has reached the limit, and says when it is below', () => {
    const { clock, use, excess } = counters();
    use(limits, { tokens: 600 });
    clock.ms += 10_000;
    use(limits, { tokens: 399 });
    expect(excess(limits)).toBeUndefined();
    use(limits, { tokens: 700 });
    const refused = excess(limits);
    expect(refused).toMatchObject({ kind: 'tokens-per-minute', limit: 1_000 });
    clock.ms += refused?.retryAfterMs ?? 0; // without the first 600 there are still more than 1,000
    expect(excess(limits)).toBeUndefined();
    expect(refused?.retryAfterMs).toBe(61_000);
  });

  it('counts what is used when a request ends, in that minute', () => {
    const { clock, begin, excess } = counters();
    const { end } = begin(limits);
    clock.ms += 300_000;
    end?.({ tokens: 5_000, nanoUsd: 0 });
    expect(excess(limits)).toMatchObject({ kind: 'tokens-per-minute' });
  });
});

describe('TokenCounters, of money', () => {
  const USD = 1e9;
  const monthly = { money: { nanoUsd: 5 * USD, period: 'month' } } as const;

  it.each([
    ['day', '2026-11-30T00:00:00Z'],
    ['week', '2026-11-30T00:00:00Z'], // a Monday
    ['month', '2026-12-01T00:00:00Z'],
  ] as const)('refuses once the %s has spent the limit, until the next begins in UTC', (period, next) => {
    const { clock, use, excess } = counters();
    const limits = { money: { nanoUsd: 5 * USD, period } };
    use(limits, { nanoUsd: 5 * USD - 1 });
    expect(excess(limits)).toBeUndefined();
    use(limits, { nanoUsd: 1 });
    const retryAfterMs = Date.parse(next) - WALL;
    expect(excess(limits)).toEqual({ kind: 'money', limit: 5 * USD, retryAfterMs });
    clock.wallMs += retryAfterMs - 1;
    expect(excess(limits)).toBeDefined();
    clock.wallMs += 1;
    expect(excess(limits)).toBeUndefined();
  });

  it('of no window is refused for ever', () => {
    const { clock, use, excess } = counters();
    const limits = { money: { nanoUsd: USD, period: 'total' } } as const;
    use(limits, { nanoUsd: 2 * USD });
    clock.wallMs += 100_000 * HOUR;
    expect(excess(limits)).toEqual({ kind: 'money', limit: USD, retryAfterMs: undefined });
  });

  it.each([1, HOUR, 24 * HOUR, 31 * 24 * HOUR, WALL])(
    'is not spent twice by a wall clock that is set back by %d ms',
    (backMs) => {
      const { clock, use, excess } = counters();
      use(monthly, { nanoUsd: 5 * USD });
      clock.wallMs -= backMs;
      expect(excess(monthly)).toMatchObject({ kind: 'money', retryAfterMs: 25 * HOUR + backMs });
      clock.wallMs += backMs;
      expect(excess(monthly)).toBeDefined();
    },
  );

  it('is not spent twice by requests that run at the same time, and one alone may exceed what is left', () => {
    const { begin, passed, excess } = counters();
    expect(passed(100, monthly, { reserve: USD })).toBe(5);
    expect(excess(monthly, { reserve: 1 })).toEqual({
      kind: 'money-reserved',
      limit: 5 * USD,
      retryAfterMs: 1_000,
    });
    expect(passed(100, monthly, { id: 'dad', reserve: 9 * USD })).toBe(1);
    expect(begin(monthly, { id: 'son' }).end).toBeDefined();
  });

  // A sum in all never began again as one of a month, and a month's was refused as a day's until the month was over.
  it.each([
    ['total', 'month'],
    ['month', 'day'],
    ['day', 'month'],
  ] as const)('of a period that is changed from %s to %s begins with the new one', (before, after) => {
    const { clock, store, excess, use } = counters();
    const limitOf = (period: 'total' | 'month' | 'day') => ({ money: { nanoUsd: 100, period } });
    use(limitOf(before), { nanoUsd: 100 });
    expect(excess(limitOf(before))).toBeDefined();
    expect(excess(limitOf(after))).toBeUndefined();
    use(limitOf(after), { nanoUsd: 100 });
    const waitMs = (after === 'day' ? 1 : 25) * HOUR; // the last day but one of a month
    expect(excess(limitOf(after))).toMatchObject({ kind: 'money', retryAfterMs: waitMs });
    expect(store.state('mum', limitOf(before))).toMatchObject([{ used: 100 }]);
    clock.wallMs += waitMs;
    expect(excess(limitOf(after))).toBeUndefined();
  });

  it('is free again when a request ends that has used less than it reserved', () => {
    const { begin, excess } = counters();
    const { end } = begin(monthly, { reserve: 5 * USD });
    expect(excess(monthly, { reserve: USD })).toBeDefined();
    end?.({ tokens: 0, nanoUsd: USD });
    expect(excess(monthly, { reserve: 4 * USD })).toBeUndefined();
    expect(excess(monthly, { reserve: 1 })).toBeDefined();
  });

  it('counts a request in the window in which it ends', () => {
    const { clock, begin, excess } = counters();
    const { end } = begin(monthly);
    clock.wallMs += 48 * HOUR;
    end?.({ tokens: 0, nanoUsd: 5 * USD });
    expect(excess(monthly)).toMatchObject({ kind: 'money' });
  });

  it('stays exact and bounded with the largest amounts', () => {
    const { store, use, excess } = counters();
    const limits = { money: { nanoUsd: 1e6 * USD, period: 'total' } } as const;
    for (let at = 0; at < 3; at++) use(limits, { nanoUsd: Number.MAX_SAFE_INTEGER });
    expect(excess(limits)).toMatchObject({ kind: 'money' });
    expect(store.state('mum', limits)).toMatchObject([{ used: Number.MAX_SAFE_INTEGER, left: 0 }]);
  });
});

describe('the state of a token', () => {
  it('tells what is used and left of each limit, and when money begins again', () => {
    const { store, begin, use } = counters();
    const limits = {
      requestsPerMinute: 20,
      concurrency: 3,
      tokensPerMinute: 1_000,
      money: { nanoUsd: 5e9, period: 'month' },
    } as const;
    use(limits, { tokens: 1_200, nanoUsd: 2e9 });
    expect(store.state('mum', limits)).toEqual([
      { kind: 'requests-per-minute', limit: 20, used: 1, left: 19, resetsAtMs: undefined },
      { kind: 'concurrency', limit: 3, used: 0, left: 3, resetsAtMs: undefined },
      { kind: 'tokens-per-minute', limit: 1_000, used: 1_200, left: 0, resetsAtMs: undefined },
      {
        kind: 'money',
        period: 'month',
        limit: 5e9,
        used: 2e9,
        left: 3e9,
        resetsAtMs: Date.parse('2026-12-01T00:00:00Z'),
      },
    ]);
    begin({ money: limits.money }, { reserve: 1e9 });
    expect(store.state('mum', limits)[3]).toMatchObject({ used: 2e9, left: 2e9 });
  });

  it('is that of an unused one if nothing is known of it, and is not kept', () => {
    const { store } = counters();
    expect(store.state('nobody', { requestsPerMinute: 5 })).toMatchObject([{ used: 0, left: 5 }]);
    expect(store.state('nobody', {})).toEqual([]);
  });
});

describe('a request that was cancelled', () => {
  const LIMITS: CountedLimits = {
    requestsPerMinute: 2,
    concurrency: 1,
    money: { nanoUsd: 100, period: 'day' },
  };
  const reservation = (store: TokenCounters, limits = LIMITS, reserve = 60) => {
    const made = store.begin('mum', limits, reserve);
    if ('kind' in made) throw new Error(`refused: ${made.kind}`);
    return made;
  };
  const usedOf = (store: TokenCounters, limits = LIMITS) => store.state('mum', limits);

  it('is not counted, and frees what was reserved for it', () => {
    const { store } = counters();
    const before = usedOf(store);
    for (let times = 0; times < 5; times++) {
      const made = reservation(store);
      expect(store.begin('mum', LIMITS, 60)).toMatchObject({ kind: 'money-reserved' });
      made.cancel();
    }
    reservation(store).cancel();
    expect(usedOf(store).map(({ kind, used }) => [kind, used])).toEqual(
      before.map(({ kind, used }) => [kind, used]),
    );
  });

  it('changes nothing any more once its minute is over', () => {
    const { clock, store } = counters();
    const limits = { requestsPerMinute: 2 };
    const [first, second] = [reservation(store, limits), reservation(store, limits)];
    clock.ms += 30_000;
    first.cancel();
    reservation(store, limits);
    expect(store.begin('mum', limits, 0)).toMatchObject({ kind: 'requests-per-minute' });
    clock.ms += 31_000;
    second.cancel();
    reservation(store, limits);
    expect(store.begin('mum', limits, 0)).toMatchObject({ kind: 'requests-per-minute' });
  });

  it('frees its place among those that run, without any other limit', () => {
    const { store } = counters();
    const made = reservation(store, { concurrency: 1 });
    expect(store.begin('mum', { concurrency: 1 }, 0)).toMatchObject({ kind: 'concurrency' });
    made.cancel();
    expect(store.begin('mum', { concurrency: 1 }, 0)).toHaveProperty('settle');
  });
});

it('a token of which nothing is known has used nothing, and its money ends with the window', () => {
  const { store } = counters();
  const limits: CountedLimits = {
    requestsPerMinute: 2,
    concurrency: 3,
    tokensPerMinute: 4,
    money: { nanoUsd: 5, period: 'day' },
  };
  expect(store.state('nobody', limits).map(({ used }) => used)).toEqual([0, 0, 0, 0]);
  expect(store.state('nobody', {})).toEqual([]);
});

it('what a request has used counts only towards the limits that there are', () => {
  const { store, use, excess } = counters();
  use({}, { tokens: 500, nanoUsd: 500 });
  use({ requestsPerMinute: 9 }, { tokens: 500, nanoUsd: 500 });
  use({ tokensPerMinute: 100 }, { nanoUsd: 500 });
  use({ money: { nanoUsd: 100, period: 'total' } }, { tokens: 500 });
  expect(excess({ tokensPerMinute: 100 })).toBeUndefined();
  expect(excess({ money: { nanoUsd: 100, period: 'total' } })).toBeUndefined();
  use({ tokensPerMinute: 100, money: { nanoUsd: 100, period: 'total' } }, { tokens: 100, nanoUsd: 100 });
  expect(store.begin('mum', { tokensPerMinute: 100 }, 0)).toMatchObject({ kind: 'tokens-per-minute' });
  expect(store.begin('mum', { money: { nanoUsd: 100, period: 'total' } }, 0)).toEqual({
    kind: 'money',
    limit: 100,
    retryAfterMs: undefined,
  });
});
