import { LayeredCounters } from '../../../src/proxy/limits/layered-counters';
import {
  statesOf,
  type Excess,
  type LimitStore,
  type Reservation,
} from '../../../src/proxy/limits/limit-store';
import { TokenCounters } from '../../../src/proxy/limits/token-counters';
import type { AppliedLimits } from '../../../src/proxy/limits/token-gate';

const RPM = { requestsPerMinute: 2 };
const CAP: AppliedLimits = { money: { nanoUsd: 100, period: 'day', isDailyCap: true } };
const NOTHING = { requests: 0, running: 0, tokens: 0, spent: 0, reserved: 0, resetsAtMs: undefined };
const SPENT: Excess = { kind: 'money', limit: 100, retryAfterMs: 50_000 };

let now = 0;
let reply: Reservation | Excess;
const settle = jest.fn();
const add = jest.fn();
const begin = jest.fn(() => Promise.resolve(reply));
const count = jest.fn();
const state = jest.fn<ReturnType<LimitStore['state']>, []>(() => Promise.reject(new Error('gone')));

beforeEach(() => {
  now = 0;
  reply = { settle, add };
  jest.clearAllMocks();
});

function layered(): LayeredCounters {
  const own = new TokenCounters(
    () => now,
    () => now,
  );
  return new LayeredCounters(
    own,
    () => ({ begin, state, count }),
    () => now,
  );
}

describe('Counters of an instance and of all instances', () => {
  it('ask nobody about a request that the instance itself refuses', async () => {
    const counters = layered();
    for (let at = 0; at < 2; at++) expect(await counters.begin('mum', RPM, 0)).not.toHaveProperty('kind');
    expect(await counters.begin('mum', RPM, 0)).toMatchObject({ kind: 'requests-per-minute' });
    expect(begin).toHaveBeenCalledTimes(2);
  });

  it('count a request nowhere that all instances together refuse', async () => {
    const counters = layered();
    const limits = {
      requestsPerMinute: 1,
      concurrency: 1,
      money: { nanoUsd: 100, period: 'month' },
    } as const;
    reply = { kind: 'requests-per-minute', limit: 1, retryAfterMs: 9 };
    expect(await counters.begin('mum', limits, 90)).toBe(reply);
    expect(await counters.state('mum', limits)).toMatchObject([
      { used: 0 },
      { used: 0 },
      { used: 0, left: 100 },
    ]);
    reply = { settle, add };
    expect(await counters.begin('mum', limits, 90)).not.toHaveProperty('kind');
  });

  it('do not take back a request of a minute that has passed', async () => {
    const counters = layered();
    let answer: (result: Excess) => void = () => undefined;
    begin.mockImplementationOnce(() => new Promise((resolve) => (answer = resolve)));
    const late = counters.begin('mum', RPM, 0);
    now = 61_000;
    await counters.begin('mum', RPM, 0);
    answer({ kind: 'requests-per-minute', limit: 2, retryAfterMs: 9 });
    await late;
    expect(await counters.state('mum', RPM)).toMatchObject([{ used: 1 }]);
  });

  it('settle what a request has used in both', async () => {
    const counters = layered();
    const limits = { money: { nanoUsd: 100, period: 'month' } } as const;
    const result = await counters.begin('mum', limits, 9);
    const use = { tokens: 1, nanoUsd: 7 };
    if (!('kind' in result)) result.settle(use);
    expect(settle).toHaveBeenCalledWith(use);
    expect(await counters.state('mum', limits)).toMatchObject([{ used: 7 }]);
  });

  it('count a part of what a request has used in both', async () => {
    const counters = layered();
    const limits = { money: { nanoUsd: 100, period: 'month' } } as const;
    const result = await counters.begin('mum', limits, 9);
    const use = { tokens: 1, nanoUsd: 7 };
    if (!('kind' in result)) result.add(use);
    expect(add.mock.calls).toEqual([[use]]);
    expect(await counters.state('mum', limits)).toMatchObject([{ used: 7, left: 84 }]);
  });

  it.each([
    ['passes', true],
    ['is refused by all instances', false],
  ])('count such a part at once where nobody waits, whether the request %s', async (_what, passes) => {
    const counters = layered();
    if (!passes) reply = SPENT;
    const result = counters.begin('mum', CAP, 1) as Reservation;
    const use = { tokens: 0, nanoUsd: 5 };
    result.add(use);
    expect(count.mock.calls).toEqual([['mum', CAP, use]]);
    expect(await counters.state('mum', CAP)).toMatchObject([{ used: 5 }]);
    expect(add).not.toHaveBeenCalled();
  });

  it('let a token wait for nothing that has only the daily cap, until it is known to be used up', async () => {
    const counters = layered();
    reply = SPENT;
    expect(counters.begin('mum', CAP, 1)).not.toBeInstanceOf(Promise);
    await new Promise(setImmediate);
    now = 4_000;
    expect(counters.begin('mum', CAP, 1)).toEqual({ ...SPENT, retryAfterMs: 46_000 });
    expect(begin).toHaveBeenCalledTimes(1);
    reply = { settle, add };
    now = 10_000;
    const result = counters.begin('mum', CAP, 1);
    expect(result).not.toHaveProperty('kind');
    expect(begin).toHaveBeenCalledTimes(2);
    (result as Reservation).settle({ tokens: 0, nanoUsd: 5 });
    await new Promise(setImmediate);
    expect(settle).toHaveBeenCalledTimes(1);
  });

  it('remember a cap that is used up no longer than it is', async () => {
    const counters = layered();
    now = 100_000;
    reply = { ...SPENT, retryAfterMs: 3_000 };
    void counters.begin('mum', CAP, 1);
    await new Promise(setImmediate);
    now += 2_999;
    expect(counters.begin('mum', CAP, 1)).toMatchObject({ kind: 'money', retryAfterMs: 1 });
    now += 1;
    expect(counters.begin('mum', CAP, 1)).not.toHaveProperty('kind');
  });

  it('remember it of the cap alone, and of each token for itself', async () => {
    const counters = layered();
    reply = SPENT;
    void counters.begin('mum', CAP, 1);
    void counters.begin('dad', CAP, 1);
    await new Promise(setImmediate);
    expect(counters.begin('mum', CAP, 1)).toMatchObject({ kind: 'money' });
    expect(counters.begin('dad', CAP, 1)).toMatchObject({ kind: 'money' });
    expect(counters.begin('kid', CAP, 1)).not.toHaveProperty('kind');
    reply = { settle, add };
    expect(await counters.begin('mum', RPM, 0)).not.toHaveProperty('kind');
  });

  it('remember a bounded number of tokens', async () => {
    const counters = layered();
    reply = SPENT;
    for (let at = 0; at < 1_000; at++) void counters.begin(`token-${at}`, CAP, 1);
    await new Promise(setImmediate);
    expect(counters.begin('token-0', CAP, 1)).toHaveProperty('kind');
    void counters.begin('one-more', CAP, 1);
    await new Promise(setImmediate);
    expect(counters.begin('one-more', CAP, 1)).toHaveProperty('kind');
    expect(counters.begin('token-0', CAP, 1)).not.toHaveProperty('kind');
  });

  // What ran beyond what was left of the cap counted in no sum of all instances, so that each could spend the cap again.
  it.each<Excess['kind']>(['money', 'money-reserved'])(
    'count what a request has used that began unasked, and was refused for %s',
    async (kind) => {
      const counters = layered();
      reply = { kind, limit: 100, retryAfterMs: 50_000 };
      const first = counters.begin('mum', CAP, 1) as Reservation;
      const use = { tokens: 0, nanoUsd: 5 };
      first.settle(use);
      await new Promise(setImmediate);
      expect(settle).not.toHaveBeenCalled();
      expect(count.mock.calls).toEqual([['mum', CAP, use]]);
    },
  );

  it('do not remember an excess of another limit than money', async () => {
    const counters = layered();
    reply = { kind: 'money-reserved', limit: 1, retryAfterMs: 50_000 };
    void counters.begin('mum', CAP, 1);
    await new Promise(setImmediate);
    expect(counters.begin('mum', CAP, 1)).not.toHaveProperty('kind');
  });

  it.each<[string, AppliedLimits]>([
    ['concurrency', { ...CAP, concurrency: 3 }],
    ['requests', { ...CAP, requestsPerMinute: 3 }],
    ['tokens', { ...CAP, tokensPerMinute: 3 }],
    ['money of its own', { money: { nanoUsd: 100, period: 'day' } }],
  ])('wait for all instances where a token has a limit of %s', async (_what, limits) => {
    const result = layered().begin('mum', limits, 1);
    expect(result).toBeInstanceOf(Promise);
    expect(await result).not.toHaveProperty('kind');
  });

  it('tell the state that all instances share, where it is in reach', async () => {
    const states = [{ kind: 'concurrency', limit: 3, used: 2, left: 1, resetsAtMs: undefined }] as const;
    state.mockResolvedValueOnce(states);
    expect(await layered().state('mum', { concurrency: 3 })).toEqual(states);
  });

  // What a token used while that was away went uncounted, and its WebSocket went on.
  it('tell the state of this instance, limit by limit, where the store of all knows less', async () => {
    const counters = layered();
    const limits = { tokensPerMinute: 50, money: { nanoUsd: 100, period: 'month' } } as const;
    const result = await counters.begin('mum', limits, 9);
    if (!('kind' in result)) result.add({ tokens: 60, nanoUsd: 7 });
    state.mockResolvedValueOnce(statesOf(limits, { ...NOTHING, tokens: 10, spent: 80, reserved: 9 }));
    expect(await counters.state('mum', limits)).toMatchObject([
      { kind: 'tokens-per-minute', used: 60, left: 0 },
      { kind: 'money', used: 80, left: 11 },
    ]);
  });

  it('count in this instance as long as there is no store of all', async () => {
    const own = new TokenCounters(
      () => now,
      () => now,
    );
    const counters = new LayeredCounters(
      own,
      () => undefined,
      () => now,
    );
    expect(counters.begin('mum', RPM, 0)).not.toBeInstanceOf(Promise);
    expect(await counters.state('mum', RPM)).toMatchObject([{ used: 1 }]);
  });
});
