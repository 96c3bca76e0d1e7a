import { setImmediate } from 'node:timers/promises';
import fc from 'fast-check';
import type { CoolDown } from '../../../src/proxy/keys/key-health';
import type { KeyStrategy } from '../../../src/proxy/keys/key-choice';
import { KeyPool } from '../../../src/proxy/keys/key-pool';
import type { KeyBudget } from '../../../src/proxy/keys/key-spending';
import type { Lease } from '../../../src/proxy/keys/lease';
import { scopeOf, type ManagedKey, type WeightedKey } from '../../../src/proxy/keys/managed-key';
import type { Classification } from '../../../src/providers/errors/error-response';

const MINUTE = 60_000;
const OK: Classification = { kind: 'ok' };
const INVALID: Classification = { kind: 'invalid' };

interface Setup {
  readonly pool: KeyPool;
  readonly clock: { ms: number };
  readonly coolDowns: CoolDown[];
  readonly suspicions: string[];
}

function setUp(
  keys: readonly (string | WeightedKey)[],
  strategy: KeyStrategy = 'round-robin',
  random = 0,
  owner: 'server' | 'client' = 'server',
): Setup {
  const clock = { ms: 1_000_000 };
  const coolDowns: CoolDown[] = [];
  const suspicions: string[] = [];
  const pool = new KeyPool(
    'p',
    keys.map((key) => (typeof key === 'string' ? { key, weight: 1 } : key)),
    {
      strategy,
      owner,
      now: () => clock.ms,
      random: () => random,
      events: {
        coolDown: (one) => coolDowns.push(one),
        addressSuspected: (_pool, reason) => suspicions.push(reason),
      },
    },
  );
  return { pool, clock, coolDowns, suspicions };
}

const scope = (model: string) => scopeOf('/v1/chat/completions', model);

const keyRequest = (model = 'm', tried: Iterable<ManagedKey> = [], conversation?: string) => ({
  scope: scope(model),
  conversation,
  tried: [...tried],
});

/** Takes a key that must be there at once. */
function take(pool: KeyPool, ...args: Parameters<typeof keyRequest>): Lease {
  const lease = pool.take(keyRequest(...args));
  if (lease === undefined || lease === 'wait') throw new Error(`no key: ${String(lease)}`);
  return lease;
}

function ask(
  pool: KeyPool,
  classification: Classification = OK,
  ...args: Parameters<typeof keyRequest>
): string {
  const lease = take(pool, ...args);
  lease.record(classification, classification.kind === 'ok');
  lease.release();
  return lease.poolKey.key;
}

function askKey(pool: KeyPool, key: string, classification: Classification, model = 'm'): void {
  ask(
    pool,
    classification,
    model,
    pool.keys.filter((one) => one.key !== key),
  );
}

const count = (keys: readonly string[], key: string) => keys.filter((one) => one === key).length;

describe('keys in turn', () => {
  it.each([
    [['a', 'b', 'c']],
    [[{ key: 'a', weight: 3 }, 'b']],
    [
      [
        { key: 'a', weight: 5 },
        { key: 'b', weight: 1 },
        { key: 'c', weight: 1 },
      ],
    ],
  ])('are exactly even over every run of a lap: %j', (keys) => {
    const { pool } = setUp(keys);
    const lap = keys.reduce((sum, key) => sum + (typeof key === 'string' ? 1 : key.weight), 0);
    const turns = Array.from({ length: lap * 5 }, () => ask(pool));
    for (let at = 0; at + lap <= turns.length; at++) {
      for (const key of keys) {
        const { key: name, weight } = typeof key === 'string' ? { key, weight: 1 } : key;
        expect(count(turns.slice(at, at + lap), name)).toBe(weight);
      }
    }
  });

  it('are spread out, not used in blocks', () => {
    const { pool } = setUp([
      { key: 'a', weight: 2 },
      { key: 'b', weight: 2 },
    ]);
    expect(Array.from({ length: 4 }, () => ask(pool))).toEqual(['a', 'b', 'a', 'b']);
  });

  it('start at a random turn, or at the one set by another instance', () => {
    expect(ask(setUp(['a', 'b', 'c'], 'round-robin', 0.99).pool)).toBe('c');
    const { pool } = setUp(['a', 'b', 'c']);
    pool.startAt(7);
    expect(ask(pool)).toBe('b');
  });
});

describe('a key that fails', () => {
  it('is disabled for 10 minutes, then an hour, then a day if it is invalid, until a good response', () => {
    const { pool, clock, coolDowns } = setUp(['a', 'b']);
    for (const minutes of [10, 60, 24 * 60, 24 * 60]) {
      askKey(pool, 'a', INVALID);
      expect(pool.report()[0]).toMatchObject({
        state: 'out',
        why: 'invalid',
        until: new Date(clock.ms + minutes * MINUTE).toISOString(),
      });
      clock.ms += minutes * MINUTE - 1;
      expect(ask(pool)).toBe('b');
      expect(ask(pool)).toBe('b');
      clock.ms += 1;
    }
    expect(coolDowns.map(({ strikes }) => strikes)).toEqual([1, 2, 3, 4]);
    askKey(pool, 'a', OK);
    askKey(pool, 'a', INVALID);
    expect(pool.shortage(keyRequest()).reason).toBeUndefined();
    expect(pool.report()[0]?.until).toBe(new Date(clock.ms + 10 * MINUTE).toISOString());
  });

  it('rests only for its model if it is rate-limited, as long as the response says', () => {
    const { pool, clock } = setUp(['a', 'b']);
    askKey(pool, 'a', { kind: 'rate-limited', retryAfterMs: 2_000 }, 'm1');
    expect([ask(pool, OK, 'm1'), ask(pool, OK, 'm1')]).toEqual(['b', 'b']);
    expect([ask(pool, OK, 'm2'), ask(pool, OK, 'm2')].sort()).toEqual(['a', 'b']);
    clock.ms += 2_000;
    expect([ask(pool, OK, 'm1'), ask(pool, OK, 'm1')].sort()).toEqual(['a', 'b']);
  });

  it('is disabled for an hour without quota', () => {
    const { pool, clock } = setUp(['a', 'b']);
    askKey(pool, 'a', { kind: 'out-of-credit' });
    expect(pool.report()[0]).toMatchObject({
      state: 'out',
      why: 'out-of-credit',
      until: new Date(clock.ms + 60 * MINUTE).toISOString(),
    });
  });

  it.each<Classification>([{ kind: 'not-permitted' }, { kind: 'egress-refused' }, { kind: 'unavailable' }])(
    'stays where it is not its fault: %j',
    (classification) => {
      const { pool } = setUp(['a', 'b']);
      askKey(pool, 'a', classification);
      expect(pool.report()[0]).toMatchObject({ state: 'live', failures: 0 });
    },
  );

  it('is remembered for a bounded number of models', () => {
    const { pool } = setUp(['a', 'b']);
    for (let at = 0; at < 10_000; at++)
      askKey(pool, 'a', { kind: 'rate-limited', retryAfterMs: 1_000_000 }, `made-up-${at}`);
    expect(pool.keys[0]?.scopeRests.size).toBeLessThanOrEqual(64);
  });
});

describe('a pool whose keys are all disabled', () => {
  it('gives out none, and says when the first is free', async () => {
    const { pool, clock } = setUp(['a', 'b']);
    askKey(pool, 'a', { kind: 'rate-limited', retryAfterMs: 5_000 });
    askKey(pool, 'b', { kind: 'rate-limited', retryAfterMs: 2_000 });
    expect(await pool.acquire(keyRequest())).toBeUndefined();
    expect(pool.shortage(keyRequest())).toEqual({
      reason: 'rate-limited',
      retryAfterMs: 2_000,
      limitedMs: 2_000,
    });
    clock.ms += 2_000;
    expect(ask(pool)).toBe('b');
  });

  it('suspects the upstream URL if all keys are invalid at once: they stay enabled, and it is reported once', () => {
    const { pool, clock, suspicions } = setUp(['a', 'b', 'c']);
    for (const key of ['a', 'b', 'c']) askKey(pool, key, INVALID);
    expect(suspicions).toEqual(['invalid']);
    expect(pool.report().map(({ state }) => state)).toEqual(['live', 'live', 'live']);
    for (const key of ['a', 'b', 'c']) askKey(pool, key, INVALID);
    expect(suspicions).toHaveLength(1);
    expect(pool.suspected).toBe(true);
    clock.ms += 10 * MINUTE;
    expect(pool.suspected).toBe(false);
    askKey(pool, 'a', INVALID);
    expect(pool.report()[0]?.state).toBe('out');
  });

  it('does not suspect the URL if keys fail one by one over time', () => {
    const { pool, clock, suspicions } = setUp(['a', 'b']);
    askKey(pool, 'a', INVALID);
    clock.ms += 5 * MINUTE;
    askKey(pool, 'b', INVALID);
    expect(suspicions).toEqual([]);
    expect(pool.report().map(({ state }) => state)).toEqual(['out', 'out']);
  });
});

describe('the last key', () => {
  const recordOn = (pool: KeyPool, classification: Classification, served = false) => {
    const lease = take(pool);
    lease.record(classification, served);
    lease.release();
    return lease.poolKey.key;
  };

  it('is tried by one request after a second, two, four … and then once a minute, while it fails', () => {
    const { pool, clock } = setUp(['a']);
    recordOn(pool, { kind: 'out-of-credit' });
    for (const seconds of [1, 2, 4, 8, 16, 32, 60, 60]) {
      expect(pool.shortage(keyRequest())).toMatchObject({
        reason: 'out-of-credit',
        retryAfterMs: seconds * 1_000,
      });
      clock.ms += seconds * 1_000 - 1;
      expect(pool.take(keyRequest())).toBeUndefined();
      clock.ms += 1;
      const lease = take(pool);
      expect(pool.take(keyRequest())).toBeUndefined(); // one at a time
      lease.record({ kind: 'out-of-credit' });
      lease.release();
    }
  });

  it('is enabled again once it has served, and other instances get that', () => {
    const { pool, clock, coolDowns } = setUp(['a']);
    recordOn(pool, INVALID);
    clock.ms += 1_000;
    recordOn(pool, OK, true);
    expect(pool.report()).toMatchObject([{ state: 'live', until: null }]);
    expect(coolDowns.map(({ untilMs }) => untilMs > clock.ms)).toEqual([true, false]);
    expect([take(pool), take(pool)]).toHaveLength(2);
  });

  it('stays disabled after a response that says nothing of it, such as that of an invalid request', () => {
    const { pool, clock } = setUp(['a']);
    recordOn(pool, INVALID);
    clock.ms += 1_000;
    recordOn(pool, OK, false);
    expect(pool.report()).toMatchObject([{ state: 'out' }]);
  });

  it('is not enabled by a request that began before it was disabled', () => {
    const { pool } = setUp(['a']);
    const early = take(pool);
    const limited = take(pool);
    limited.record({ kind: 'rate-limited', retryAfterMs: 5_000 });
    early.record(OK, true);
    expect(pool.shortage(keyRequest())).toMatchObject({ reason: 'rate-limited', retryAfterMs: 5_000 });
  });

  it('of several disabled ones is tried', () => {
    const { pool, clock } = setUp(['a', 'b']);
    askKey(pool, 'a', { kind: 'out-of-credit' });
    askKey(pool, 'b', { kind: 'rate-limited', retryAfterMs: 3_600_000 });
    expect(pool.take(keyRequest())).toBeUndefined();
    clock.ms += 1_000;
    expect(recordOn(pool, OK, true)).toBe('a');
  });

  it('with a long rate limit is tried once a minute', () => {
    const { pool, clock } = setUp(['a']);
    recordOn(pool, { kind: 'rate-limited', retryAfterMs: 86_400_000 });
    clock.ms += 59_999;
    expect(pool.take(keyRequest())).toBeUndefined();
    clock.ms += 1;
    expect(recordOn(pool, OK, true)).toBe('a');
  });

  it('is tried at once in any state if the keys are the client’s own', () => {
    const { pool } = setUp(['a', 'b'], 'round-robin', 0, 'client');
    for (const key of ['a', 'b']) askKey(pool, key, { kind: 'rate-limited', retryAfterMs: 9_000 });
    const lease = take(pool);
    expect(pool.take(keyRequest('m', [lease.poolKey]))).toBeUndefined();
  });
});

describe('the upstream URL', () => {
  it.each<[string, Classification, 'server' | 'client']>([
    ['keys without credit', { kind: 'out-of-credit' }, 'server'],
    ['a client’s own joined keys', INVALID, 'client'],
  ])('is not suspected for %s', (_what, classification, owner) => {
    const { pool, suspicions } = setUp(['a', 'b'], 'round-robin', 0, owner);
    for (const key of ['a', 'b']) askKey(pool, key, classification);
    expect(suspicions).toEqual([]);
    expect(pool.report().map(({ state }) => state)).toEqual(['out', 'out']);
  });
});

describe('a key that is not permitted', () => {
  it('comes after the others only for that model, for five minutes, and is used if there is no other', () => {
    const { pool, clock } = setUp(['a', 'b']);
    askKey(pool, 'a', { kind: 'not-permitted' }, 'm1');
    expect([ask(pool, OK, 'm1'), ask(pool, OK, 'm1')]).toEqual(['b', 'b']);
    expect([ask(pool, OK, 'm2'), ask(pool, OK, 'm2')].sort()).toEqual(['a', 'b']);
    askKey(pool, 'b', { kind: 'not-permitted' }, 'm1');
    expect([ask(pool, OK, 'm1')]).toHaveLength(1);
    const { pool: other } = setUp(['a', 'b']);
    askKey(other, 'a', { kind: 'not-permitted' });
    clock.ms += 5 * MINUTE;
    expect([ask(pool, OK, 'm1'), ask(pool, OK, 'm1')].sort()).toEqual(['a', 'b']);
  });

  it('is remembered for a bounded number of models', () => {
    const { pool } = setUp(['a', 'b']);
    for (let at = 0; at < 1_000; at++) askKey(pool, 'a', { kind: 'not-permitted' }, `made-up-${at}`);
    expect(pool.keys[0]?.notPermitted.size).toBeLessThanOrEqual(64);
  });
});

describe('a shortage', () => {
  it.each<[string, Classification, Classification, string]>([
    ['one limited, one invalid', { kind: 'rate-limited', retryAfterMs: 5_000 }, INVALID, 'rate-limited'],
    ['one without credit, one invalid', { kind: 'out-of-credit' }, INVALID, 'out-of-credit'],
  ])('has the least severe of its reasons: %s', (_what, a, b, reason) => {
    const { pool } = setUp(['a', 'b']);
    askKey(pool, 'a', a);
    askKey(pool, 'b', b);
    expect(pool.shortage(keyRequest()).reason).toBe(reason);
  });

  it('has no reason if a key is free', () => {
    const { pool } = setUp(['a', 'b']);
    askKey(pool, 'a', { kind: 'rate-limited', retryAfterMs: 5_000 });
    expect(pool.shortage(keyRequest())).toEqual({ reason: undefined, retryAfterMs: 0, limitedMs: 5_000 });
  });
});

describe('a key with a budget', () => {
  const month = { nanoUsd: 100, period: 'month' } as const;
  const DECEMBER_MS = Date.parse('2026-12-01T00:00:00Z');
  const withBudget = (...keys: WeightedKey[]) => {
    const made = setUp(keys);
    made.clock.ms = Date.parse('2026-11-29T12:00:00Z');
    return made;
  };
  const charge = (pool: KeyPool, at: number, nanoUsd: number) => {
    const key = pool.keys[at];
    if (key) pool.charge(key, nanoUsd);
  };

  it('is out of turn once it is spent, and other instances learn it once', () => {
    const { pool, coolDowns } = withBudget({ key: 'a', weight: 1, budget: month }, { key: 'b', weight: 1 });
    charge(pool, 0, 99);
    expect([ask(pool), ask(pool)].sort()).toEqual(['a', 'b']);
    charge(pool, 0, 51);
    charge(pool, 0, 1); // of a request that was running
    expect([ask(pool), ask(pool), ask(pool)]).toEqual(['b', 'b', 'b']);
    expect(coolDowns).toEqual([
      {
        pool: 'p',
        fingerprint: pool.keys[0]?.fingerprint,
        model: '',
        reason: 'budget-spent',
        untilMs: DECEMBER_MS,
        strikes: 0,
        spentNanoUsd: 150,
      },
    ]);
  });

  it('is not tried before the window ends, also if there is no other, and is in turn then', () => {
    const { pool, clock } = withBudget({ key: 'a', weight: 1, budget: month });
    charge(pool, 0, 100);
    expect(pool.shortage(keyRequest())).toEqual({
      reason: 'budget-spent',
      retryAfterMs: DECEMBER_MS - clock.ms,
      limitedMs: undefined,
    });
    clock.ms = DECEMBER_MS - 1;
    expect([pool.take(keyRequest()), pool.hasAnother(keyRequest())]).toEqual([undefined, false]);
    clock.ms = DECEMBER_MS;
    expect(ask(pool)).toBe('a');
  });

  it('is out when another instance has spent it, in the same window and by its own budget', () => {
    const { pool, clock, coolDowns } = withBudget({ key: 'a', weight: 1, budget: month });
    const from = (untilMs: number, spentNanoUsd: number): CoolDown => ({
      pool: 'p',
      fingerprint: pool.keys[0]?.fingerprint ?? '',
      model: '',
      reason: 'budget-spent',
      untilMs,
      strikes: 0,
      spentNanoUsd,
    });
    pool.adopt(from(DECEMBER_MS - 86_400_000, 100)); // the day's
    pool.adopt(from(DECEMBER_MS, 99)); // of a smaller budget
    expect(ask(pool)).toBe('a');
    pool.adopt(from(DECEMBER_MS, 100));
    expect(pool.take(keyRequest())).toBeUndefined();
    expect(pool.report()[0]).toMatchObject({ state: 'out', why: 'budget-spent' });
    expect(coolDowns).toEqual([]);
    clock.ms = DECEMBER_MS;
    expect(ask(pool)).toBe('a');
  });

  it('stays in turn without a budget, whatever it costs and others publish', () => {
    const { pool } = withBudget({ key: 'a', weight: 1 });
    charge(pool, 0, 1e15);
    const { fingerprint = '' } = pool.keys[0] ?? {};
    pool.adopt({
      pool: 'p',
      fingerprint,
      model: '',
      reason: 'budget-spent',
      untilMs: DECEMBER_MS,
      strikes: 0,
      spentNanoUsd: 1e15,
    });
    expect(ask(pool)).toBe('a');
  });
});

describe('a key without credit', () => {
  it.each([
    ['an hour if no time is given', undefined, 60 * MINUTE],
    ['as long as stated', 3 * 60 * MINUTE, 3 * 60 * MINUTE],
    ['a day at most', 3 * 24 * 60 * MINUTE, 24 * 60 * MINUTE],
    ['an hour if the given time is over', -MINUTE, 60 * MINUTE],
  ])('is disabled for %s', (_what, inMs, outMs) => {
    const { pool, clock } = setUp(['a', 'b']);
    const untilMs = inMs === undefined ? undefined : clock.ms + inMs;
    askKey(pool, 'a', { kind: 'out-of-credit', untilMs });
    expect(pool.report()[0]?.until).toBe(new Date(clock.ms + outMs).toISOString());
  });
});

describe('a session that the client names', () => {
  const inSession = (pool: KeyPool, session: string) => {
    const lease = pool.take({ ...keyRequest(), session });
    if (lease === undefined || lease === 'wait') throw new Error('no key');
    lease.record(OK, true);
    lease.release();
    return lease.poolKey.key;
  };

  it('keeps its key with round-robin too, while others take turns', () => {
    const { pool } = setUp(['a', 'b', 'c']);
    for (const key of ['a', 'b', 'c']) askKey(pool, key, OK);
    const own = inSession(pool, 's');
    for (let at = 0; at < 5; at++) {
      expect(inSession(pool, 's')).toBe(own);
      ask(pool);
    }
    expect(new Set(Array.from({ length: 50 }, (_, at) => inSession(pool, `s${at}`))).size).toBe(3);
  });
});

describe('the key that made an object', () => {
  const withOwner = (pool: KeyPool, owner: string, tried: readonly ManagedKey[] = []) =>
    pool.take({ ...keyRequest('m', tried), owner });

  it('is the only one that serves a request for it', () => {
    const { pool } = setUp(['a', 'b', 'c']);
    const owner = pool.keys[2]?.fingerprint ?? '';
    const lease = withOwner(pool, owner);
    expect(lease).toMatchObject({ poolKey: { key: 'c' } });
    if (typeof lease === 'object') lease.release();
    expect(withOwner(pool, owner, pool.keys.slice(2))).toBeUndefined();
    askKey(pool, 'c', { kind: 'rate-limited', retryAfterMs: 4_000 });
    expect(pool.shortage({ ...keyRequest(), owner })).toMatchObject({
      reason: 'rate-limited',
      retryAfterMs: 4_000,
    });
  });

  it('is ignored once it was removed from the pool', () => {
    const { pool } = setUp(['a', 'b']);
    expect(withOwner(pool, 'gone')).toMatchObject({ poolKey: { key: 'a' } });
  });
});

describe('a key that is not verified yet', () => {
  it('takes one request at a time until its first response', () => {
    const { pool } = setUp(['a', 'b']);
    const [first, second] = [take(pool), take(pool)];
    expect(pool.take(keyRequest())).toBe('wait');
    first.record(OK);
    expect(take(pool).poolKey.key).toBe('a');
    expect(take(pool).poolKey.key).toBe('a');
    second.record(OK);
    expect(take(pool).poolKey.key).toBe('b');
  });

  it('makes others wait for its first response, for a limited time', async () => {
    const { pool } = setUp(['a', 'b']);
    const leases = [take(pool), take(pool)];
    const waiting = pool.acquire(keyRequest());
    leases[1]?.record(OK);
    expect((await waiting)?.poolKey.key).toBe('b');
    leases[0]?.release(); // without a word: a is still unknown, b is known
    const { pool: silent } = setUp(['a', 'b']);
    for (let at = 0; at < 2; at++) take(silent);
    const patient = silent.acquire(keyRequest());
    expect(await patient).toBeDefined();
  }, 10_000);

  it('makes no request wait if it is the only key', () => {
    const { pool } = setUp(['a']);
    expect([take(pool), take(pool), take(pool)]).toHaveLength(3);
  });
});

describe('a pool in place of another one', () => {
  const budget = { nanoUsd: 100, period: 'month' } as const;
  const events = { coolDown: () => undefined, addressSuspected: () => undefined };
  const replaced = (before: readonly WeightedKey[], after: readonly WeightedKey[]) => {
    const { pool: previous } = setUp(before);
    for (const key of previous.keys) key.requests = 7;
    const options = {
      strategy: 'round-robin',
      owner: 'server',
      now: () => 0,
      random: () => 0,
      events,
    } as const;
    const pool = new KeyPool('p', after, options, previous);
    return { previous, pool };
  };

  it('has the keys that are in both as they are, with their new weights', () => {
    const { previous, pool } = replaced(
      [
        { key: 'a', weight: 1 },
        { key: 'b', weight: 1, budget },
        { key: 'c', weight: 1 },
      ],
      [
        { key: 'b', weight: 3, budget: { ...budget } },
        { key: 'd', weight: 1 },
        { key: 'a', weight: 2 },
      ],
    );
    const [a, b] = previous.keys;
    expect([pool.keys[0] === b, pool.keys[2] === a]).toEqual([true, true]);
    expect(pool.keys.map(({ key, weight, requests }) => [key, weight, requests])).toEqual([
      ['b', 3, 7],
      ['d', 1, 0],
      ['a', 2, 7],
    ]);
  });

  it('begins anew with a key whose budget is another', () => {
    const { pool } = replaced(
      [
        { key: 'a', weight: 1, budget },
        { key: 'b', weight: 1 },
        { key: 'c', weight: 1, budget },
      ],
      [
        { key: 'a', weight: 1, budget: { ...budget, nanoUsd: 101 } },
        { key: 'b', weight: 1, budget },
        { key: 'c', weight: 1 },
      ],
    );
    expect(pool.keys.map(({ requests }) => requests)).toEqual([0, 0, 0]);
  });

  // A budget that was raised began with 0 again.
  it('has what was spent in the same window of another budget', () => {
    const { pool: previous } = setUp([{ key: 'a', weight: 1, budget }]);
    previous.keys[0]?.spending?.raiseTo(70, 0);
    const options = {
      strategy: 'round-robin',
      owner: 'server',
      now: () => 0,
      random: () => 0,
      events,
    } as const;
    const spentOf = (other: KeyBudget) =>
      new KeyPool(
        'p',
        [{ key: 'a', weight: 1, budget: other }],
        options,
        previous,
      ).keys[0]?.spending?.spentAt(0);
    expect(spentOf({ ...budget, nanoUsd: 150 })).toBe(70);
    expect(spentOf({ ...budget, nanoUsd: 50 })).toBe(70);
    expect(spentOf({ ...budget, period: 'day' })).toBe(0);
  });

  it('has budgets if any key has one', () => {
    const none = { key: 'a', weight: 1 };
    const one = { key: 'b', weight: 1, budget };
    expect([[none], [none, one], [one, none], []].map((keys) => setUp(keys).pool.hasBudgets)).toEqual([
      false,
      true,
      true,
      false,
    ]);
  });

  it('says of itself what it is', () => {
    const { pool } = setUp(['a'], 'affinity', 0, 'client');
    expect([pool.name, pool.strategy, pool.owner]).toEqual(['p', 'affinity', 'client']);
    expect(setUp(['a']).pool).toMatchObject({ strategy: 'round-robin', owner: 'server' });
  });

  it('reports its keys in their order, at its own clock', () => {
    const { pool, clock } = setUp(['a', 'b']);
    ask(pool);
    askKey(pool, 'b', { kind: 'out-of-credit' });
    expect(pool.report()).toMatchObject([
      { state: 'live', requests: 1, failures: 0, open: 0 },
      { state: 'out', requests: 1, failures: 1, open: 0 },
    ]);
    clock.ms += 60 * MINUTE;
    expect(pool.report()).toMatchObject([{ state: 'live' }, { state: 'live' }]);
  });
});

describe('a request that may be tried again', () => {
  it('has another key if one is free, or may be tried although it is out', () => {
    const { pool, clock } = setUp(['a', 'b']);
    const [a, b] = pool.keys;
    if (!a || !b) throw new Error('no keys');
    expect([pool.hasAnother(keyRequest('m', [a])), pool.hasAnother(keyRequest('m', [a, b]))]).toEqual([
      true,
      false,
    ]);
    askKey(pool, 'b', { kind: 'out-of-credit' });
    expect(pool.hasAnother(keyRequest('m', [a]))).toBe(false);
    clock.ms += 1_000;
    expect(pool.hasAnother(keyRequest('m', [a]))).toBe(true);
  });
});

describe('a request that waits for a key', () => {
  it('is woken by each result, and takes a key that is free by then', async () => {
    const { pool } = setUp(['a', 'b']);
    const [first, second] = [take(pool), take(pool)];
    const got: string[] = [];
    const waiting = [1, 2].map(async () => {
      const lease = await pool.acquire(keyRequest());
      got.push(lease?.poolKey.key ?? 'none');
    });
    first.record({ kind: 'out-of-credit' });
    await setImmediate();
    expect(got).toEqual([]);
    second.record(OK);
    await Promise.all(waiting);
    expect(got).toEqual(['b', 'b']);
  });

  it('gets none once the last key is out, and does not wait for it', async () => {
    const { pool } = setUp(['a', 'b']);
    const [first, second] = [take(pool), take(pool)];
    const waiting = pool.acquire(keyRequest());
    first.record({ kind: 'out-of-credit' });
    second.record({ kind: 'out-of-credit' });
    expect(await waiting).toBeUndefined();
    expect(await pool.acquire(keyRequest())).toBeUndefined();
  });
});

describe('affinity', () => {
  const conversations = Array.from({ length: 2_000 }, (_, at) => `conversation-${at}`);
  const placed = (pool: KeyPool) => conversations.map((name) => ask(pool, OK, 'm', [], name));

  it('keeps each conversation on its key, in every instance, and spreads them by weight', () => {
    const keys = [{ key: 'a', weight: 2 }, 'b', 'c'];
    const here = placed(setUp(keys, 'affinity').pool);
    expect(placed(setUp(keys, 'affinity', 0.7).pool)).toEqual(here);
    expect(count(here, 'a') / 2_000).toBeCloseTo(0.5, 1);
    expect(count(here, 'b') / 2_000).toBeCloseTo(0.25, 1);
  });

  it('moves only the conversations of a key that fails, and back', () => {
    const { pool, clock } = setUp(['a', 'b', 'c', 'd'], 'affinity');
    const before = placed(pool);
    askKey(pool, 'b', INVALID);
    const during = placed(pool);
    before.forEach((key, at) => {
      if (key === 'b') expect(during[at]).not.toBe('b');
      else expect(during[at]).toBe(key);
    });
    clock.ms += 11 * MINUTE;
    expect(placed(pool)).toEqual(before);
  });

  it('waits for a conversation’s own key instead of moving it', () => {
    const { pool } = setUp(['a', 'b'], 'affinity');
    take(pool, 'm', [], 'one');
    expect(pool.take(keyRequest('m', [], 'one'))).toBe('wait');
  });

  it('uses keys in turn if a request does not show its conversation', () => {
    const { pool } = setUp(['a', 'b'], 'affinity');
    expect([ask(pool), ask(pool), ask(pool)]).toEqual(['a', 'b', 'a']);
  });
});

describe('a cool-down from another instance', () => {
  it('is applied', () => {
    const here = setUp(['a', 'b']);
    const there = setUp(['a', 'b']);
    askKey(here.pool, 'a', INVALID);
    askKey(here.pool, 'b', { kind: 'rate-limited', retryAfterMs: 3_000 }, 'm1');
    for (const coolDown of here.coolDowns) there.pool.adopt(JSON.parse(JSON.stringify(coolDown)) as CoolDown);
    expect(there.pool.report().map(({ state, why }) => [state, why])).toEqual([
      ['out', 'invalid'],
      ['cooling', 'rate-limited'],
    ]);
    for (const coolDown of here.coolDowns) there.pool.adopt({ ...coolDown, fingerprint: 'unknown' });
    expect(JSON.stringify(here.coolDowns)).not.toContain('"a"');
  });
});

describe('any schedule of requests, failures and clock steps', () => {
  type Step =
    | { readonly kind: 'ask'; readonly model: number }
    | { readonly kind: 'response'; readonly which: number; readonly classification: Classification }
    | { readonly kind: 'tick'; readonly ms: number };
  const classification = fc.oneof(
    fc.constantFrom<Classification>(
      OK,
      OK,
      OK,
      INVALID,
      { kind: 'out-of-credit' },
      { kind: 'not-permitted' },
      { kind: 'unavailable' },
      { kind: 'egress-refused' },
    ),
    fc
      .integer({ min: 0, max: 5_000 })
      .map((ms): Classification => ({ kind: 'rate-limited', retryAfterMs: ms })),
  );
  const step: fc.Arbitrary<Step> = fc.oneof(
    {
      weight: 5,
      arbitrary: fc.record({ kind: fc.constant('ask' as const), model: fc.integer({ min: 0, max: 1 }) }),
    },
    {
      weight: 4,
      arbitrary: fc.record({ kind: fc.constant('response' as const), which: fc.nat(50), classification }),
    },
    {
      weight: 1,
      arbitrary: fc.record({
        kind: fc.constant('tick' as const),
        ms: fc.integer({ min: 1, max: 20 * MINUTE }),
      }),
    },
  );

  it('never uses a disabled key, tries each key once per request, and leaves no lease open', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 5 }), fc.array(step, { maxLength: 120 }), (size, steps) => {
        const { pool, clock } = setUp(Array.from({ length: size }, (_, at) => `key-${at}`));
        const running: { model: string; tried: Set<ManagedKey>; lease: Lease }[] = [];
        const lend = (model: string, tried: Set<ManagedKey>) => {
          const untried = pool.keys.filter((key) => !tried.has(key));
          const free = untried.filter((key) => !key.restIn(scope(model), clock.ms));
          const likely = free.filter((key) => !key.isUnlikely(scope(model), clock.ms));
          const toProbe = untried.filter((key) => {
            const rest = key.restIn(scope(model), clock.ms);
            return rest !== undefined && rest.probeAtMs <= clock.ms;
          });
          const lease = pool.take(keyRequest(model, tried));
          if (lease === undefined) expect([...free, ...toProbe]).toEqual([]);
          else if (lease === 'wait') {
            const awaited = likely.length > 0 ? likely : free;
            expect(awaited.length > 0 && awaited.every((key) => !key.verified && key.open > 0)).toBe(true);
          } else {
            expect(free.length > 0 ? free : toProbe).toContain(lease.poolKey);
            tried.add(lease.poolKey);
            running.push({ model, tried, lease });
          }
        };
        for (const one of steps) {
          if (one.kind === 'tick') clock.ms += one.ms;
          else if (one.kind === 'ask') lend(`m${one.model}`, new Set());
          else {
            const [request] = running.splice(one.which % Math.max(1, running.length), 1);
            if (!request) continue;
            request.lease.record(one.classification);
            request.lease.release();
            request.lease.release(); // twice does no harm
            if (one.classification.kind !== 'ok') lend(request.model, request.tried);
          }
        }
        expect(pool.keys.map(({ open }) => open)).toEqual(
          pool.keys.map((key) => running.filter(({ lease }) => lease.poolKey === key).length),
        );
        for (const { lease } of running) lease.release();
        expect(pool.keys.every(({ open }) => open === 0)).toBe(true);
      }),
      { numRuns: 1_000 },
    );
  });

  it('is exactly even over any lap while all keys work, with any concurrency', () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: 1, max: 4 }), { minLength: 1, maxLength: 5 }),
        fc.array(fc.nat(20), { minLength: 1, maxLength: 100 }),
        (weights, closings) => {
          const { pool } = setUp(weights.map((weight, at) => ({ key: `k${at}`, weight })));
          for (const key of pool.keys) askKey(pool, key.key, OK);
          const lap = weights.reduce((sum, weight) => sum + weight, 0);
          const open: Lease[] = [];
          const turns = closings.map((closing) => {
            const lease = take(pool);
            open.push(lease);
            // some end before the next begins, in any order
            for (const done of open.splice(closing % open.length, 1)) {
              done.record(OK);
              done.release();
            }
            return lease.poolKey.key;
          });
          for (let at = 0; at + lap <= turns.length; at++) {
            weights.forEach((weight, index) =>
              expect(count(turns.slice(at, at + lap), `k${index}`)).toBe(weight),
            );
          }
        },
      ),
      { numRuns: 300 },
    );
  });
});
