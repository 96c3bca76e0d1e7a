import fc from 'fast-check';
import type { CoolDown } from '../../src/core/key-health';
import { KeyPool, type KeyStrategy, type Lease } from '../../src/core/key-pool';
import type { PoolKey, WeightedKey } from '../../src/core/pool-key';
import type { Verdict } from '../../src/core/verdict';

const MINUTE = 60_000;
const FINE: Verdict = { kind: 'fine' };
const DEAD: Verdict = { kind: 'dead' };

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
): Setup {
  const clock = { ms: 1_000_000 };
  const coolDowns: CoolDown[] = [];
  const suspicions: string[] = [];
  const pool = new KeyPool(
    'p',
    keys.map((key) => (typeof key === 'string' ? { key, weight: 1 } : key)),
    strategy,
    {
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

const wish = (model = 'm', tried: Iterable<PoolKey> = [], conversation?: string) => ({
  model,
  conversation,
  tried: [...tried],
});

/** Takes a key that must be there at once. */
function take(pool: KeyPool, ...args: Parameters<typeof wish>): Lease {
  const lease = pool.take(wish(...args));
  if (lease === undefined || lease === 'wait') throw new Error(`no key: ${String(lease)}`);
  return lease;
}

function ask(pool: KeyPool, verdict: Verdict = FINE, ...args: Parameters<typeof wish>): string {
  const lease = take(pool, ...args);
  lease.settle(verdict);
  lease.close();
  return lease.poolKey.key;
}

function askKey(pool: KeyPool, key: string, verdict: Verdict, model = 'm'): void {
  ask(
    pool,
    verdict,
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

  it('begin where chance or another instance says', () => {
    expect(ask(setUp(['a', 'b', 'c'], 'round-robin', 0.99).pool)).toBe('c');
    const { pool } = setUp(['a', 'b', 'c']);
    pool.startAt(7);
    expect(ask(pool)).toBe('b');
  });
});

describe('a key that fails', () => {
  it('is out for 10 minutes, then an hour, then a day when called invalid, and forgiven by a good answer', () => {
    const { pool, clock, coolDowns } = setUp(['a', 'b']);
    for (const minutes of [10, 60, 24 * 60, 24 * 60]) {
      askKey(pool, 'a', DEAD);
      expect(pool.report()[0]).toMatchObject({
        state: 'out',
        why: 'dead',
        until: new Date(clock.ms + minutes * MINUTE).toISOString(),
      });
      clock.ms += minutes * MINUTE - 1;
      expect(ask(pool)).toBe('b');
      expect(ask(pool)).toBe('b');
      clock.ms += 1;
    }
    expect(coolDowns.map(({ strikes }) => strikes)).toEqual([1, 2, 3, 4]);
    askKey(pool, 'a', FINE);
    askKey(pool, 'a', DEAD);
    expect(pool.soonestMs('m')).toBe(0);
    expect(pool.report()[0]?.until).toBe(new Date(clock.ms + 10 * MINUTE).toISOString());
  });

  it('cools for its model only when rate-limited, as long as told', () => {
    const { pool, clock } = setUp(['a', 'b']);
    askKey(pool, 'a', { kind: 'rate-limited', retryAfterMs: 2_000 }, 'm1');
    expect([ask(pool, FINE, 'm1'), ask(pool, FINE, 'm1')]).toEqual(['b', 'b']);
    expect([ask(pool, FINE, 'm2'), ask(pool, FINE, 'm2')].sort()).toEqual(['a', 'b']);
    clock.ms += 2_000;
    expect([ask(pool, FINE, 'm1'), ask(pool, FINE, 'm1')].sort()).toEqual(['a', 'b']);
  });

  it('is out for an hour without quota', () => {
    const { pool, clock } = setUp(['a', 'b']);
    askKey(pool, 'a', { kind: 'quota' });
    expect(pool.report()[0]).toMatchObject({
      state: 'out',
      why: 'quota',
      until: new Date(clock.ms + 60 * MINUTE).toISOString(),
    });
  });

  it.each<Verdict>([{ kind: 'unfit' }, { kind: 'egress-refused' }, { kind: 'unavailable' }])(
    'stays where it is not its fault: %j',
    (verdict) => {
      const { pool } = setUp(['a', 'b']);
      askKey(pool, 'a', verdict);
      expect(pool.report()[0]).toMatchObject({ state: 'live', failures: 0 });
    },
  );

  it('is remembered for so many models only, whatever callers make up', () => {
    const { pool } = setUp(['a', 'b']);
    for (let at = 0; at < 10_000; at++)
      askKey(pool, 'a', { kind: 'rate-limited', retryAfterMs: 1_000_000 }, `made-up-${at}`);
    expect(pool.keys[0]?.coolingModels.size).toBeLessThanOrEqual(65);
  });
});

describe('a pool whose keys all cool', () => {
  it('lends none, and says when the first is free', async () => {
    const { pool, clock } = setUp(['a', 'b']);
    askKey(pool, 'a', { kind: 'rate-limited', retryAfterMs: 5_000 });
    askKey(pool, 'b', { kind: 'rate-limited', retryAfterMs: 2_000 });
    expect(await pool.lend(wish())).toBeUndefined();
    expect(pool.soonestMs('m')).toBe(2_000);
    clock.ms += 2_000;
    expect(ask(pool)).toBe('b');
  });

  it('suspects the address where every key is called invalid at once: they stay, and it is told once', () => {
    const { pool, clock, suspicions } = setUp(['a', 'b', 'c']);
    for (const key of ['a', 'b', 'c']) askKey(pool, key, DEAD);
    expect(suspicions).toEqual(['dead']);
    expect(pool.report().map(({ state }) => state)).toEqual(['live', 'live', 'live']);
    for (const key of ['a', 'b', 'c']) askKey(pool, key, DEAD);
    expect(suspicions).toHaveLength(1);
    expect(pool.suspected).toBe(true);
    clock.ms += 10 * MINUTE;
    expect(pool.suspected).toBe(false);
    askKey(pool, 'a', DEAD);
    expect(pool.report()[0]?.state).toBe('out');
  });

  it('does not suspect it where they fail one by one over time', () => {
    const { pool, clock, suspicions } = setUp(['a', 'b']);
    askKey(pool, 'a', DEAD);
    clock.ms += 5 * MINUTE;
    askKey(pool, 'b', DEAD);
    expect(suspicions).toEqual([]);
    expect(pool.report().map(({ state }) => state)).toEqual(['out', 'out']);
  });
});

describe('a key that nothing is known of', () => {
  it('takes one request at a time until its first answer', () => {
    const { pool } = setUp(['a', 'b']);
    const [first, second] = [take(pool), take(pool)];
    expect(pool.take(wish())).toBe('wait');
    first.settle(FINE);
    expect(take(pool).poolKey.key).toBe('a');
    expect(take(pool).poolKey.key).toBe('a');
    second.settle(FINE);
    expect(take(pool).poolKey.key).toBe('b');
  });

  it('keeps others waiting until an answer comes, and not for long', async () => {
    const { pool } = setUp(['a', 'b']);
    const leases = [take(pool), take(pool)];
    const waiting = pool.lend(wish());
    leases[1]?.settle(FINE);
    expect((await waiting)?.poolKey.key).toBe('b');
    leases[0]?.close(); // without a word: a is still unknown, b is known
    const { pool: silent } = setUp(['a', 'b']);
    for (let at = 0; at < 2; at++) take(silent);
    const patient = silent.lend(wish());
    expect(await patient).toBeDefined();
  }, 10_000);

  it('keeps nobody waiting where it is the only one', () => {
    const { pool } = setUp(['a']);
    expect([take(pool), take(pool), take(pool)]).toHaveLength(3);
  });
});

describe('affinity', () => {
  const conversations = Array.from({ length: 2_000 }, (_, at) => `conversation-${at}`);
  const placed = (pool: KeyPool) => conversations.map((name) => ask(pool, FINE, 'm', [], name));

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
    askKey(pool, 'b', DEAD);
    const during = placed(pool);
    before.forEach((key, at) => {
      if (key === 'b') expect(during[at]).not.toBe('b');
      else expect(during[at]).toBe(key);
    });
    clock.ms += 11 * MINUTE;
    expect(placed(pool)).toEqual(before);
  });

  it('waits for a conversation’s own key rather than moving it', () => {
    const { pool } = setUp(['a', 'b'], 'affinity');
    take(pool, 'm', [], 'one');
    expect(pool.take(wish('m', [], 'one'))).toBe('wait');
  });

  it('uses keys in turn where a request tells nothing of its conversation', () => {
    const { pool } = setUp(['a', 'b'], 'affinity');
    expect([ask(pool), ask(pool), ask(pool)]).toEqual(['a', 'b', 'a']);
  });
});

describe('what other instances have learned', () => {
  it('is taken over', () => {
    const here = setUp(['a', 'b']);
    const there = setUp(['a', 'b']);
    askKey(here.pool, 'a', DEAD);
    askKey(here.pool, 'b', { kind: 'rate-limited', retryAfterMs: 3_000 }, 'm1');
    for (const coolDown of here.coolDowns) there.pool.adopt(JSON.parse(JSON.stringify(coolDown)) as CoolDown);
    expect(there.pool.report().map(({ state, why }) => [state, why])).toEqual([
      ['out', 'dead'],
      ['cooling', 'rate-limited'],
    ]);
    for (const coolDown of here.coolDowns) there.pool.adopt({ ...coolDown, fingerprint: 'unknown' });
    expect(JSON.stringify(here.coolDowns)).not.toContain('"a"');
  });
});

describe('any schedule of requests, failures and clock steps', () => {
  type Step =
    | { readonly kind: 'ask'; readonly model: number }
    | { readonly kind: 'answer'; readonly which: number; readonly verdict: Verdict }
    | { readonly kind: 'tick'; readonly ms: number };
  const verdict = fc.oneof(
    fc.constantFrom<Verdict>(
      FINE,
      FINE,
      FINE,
      DEAD,
      { kind: 'quota' },
      { kind: 'unfit' },
      { kind: 'unavailable' },
      { kind: 'egress-refused' },
    ),
    fc.integer({ min: 0, max: 5_000 }).map((ms): Verdict => ({ kind: 'rate-limited', retryAfterMs: ms })),
  );
  const step: fc.Arbitrary<Step> = fc.oneof(
    {
      weight: 5,
      arbitrary: fc.record({ kind: fc.constant('ask' as const), model: fc.integer({ min: 0, max: 1 }) }),
    },
    { weight: 4, arbitrary: fc.record({ kind: fc.constant('answer' as const), which: fc.nat(50), verdict }) },
    {
      weight: 1,
      arbitrary: fc.record({
        kind: fc.constant('tick' as const),
        ms: fc.integer({ min: 1, max: 20 * MINUTE }),
      }),
    },
  );

  it('never uses a cooling key, tries each key once a request, and leaves no lease open', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 5 }), fc.array(step, { maxLength: 120 }), (size, steps) => {
        const { pool, clock } = setUp(Array.from({ length: size }, (_, at) => `key-${at}`));
        const running: { model: string; tried: Set<PoolKey>; lease: Lease }[] = [];
        const lend = (model: string, tried: Set<PoolKey>) => {
          const free = pool.keys.filter((key) => !tried.has(key) && key.coolsUntilMs(model, clock.ms) === 0);
          const lease = pool.take({ model, conversation: undefined, tried: [...tried] });
          if (lease === undefined) expect(free).toEqual([]);
          else if (lease === 'wait') expect(free.every((key) => !key.proven && key.open > 0)).toBe(true);
          else {
            expect(free).toContain(lease.poolKey);
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
            request.lease.settle(one.verdict);
            request.lease.close();
            request.lease.close(); // twice does no harm
            if (one.verdict.kind !== 'fine') lend(request.model, request.tried);
          }
        }
        expect(pool.keys.map(({ open }) => open)).toEqual(
          pool.keys.map((key) => running.filter(({ lease }) => lease.poolKey === key).length),
        );
        for (const { lease } of running) lease.close();
        expect(pool.keys.every(({ open }) => open === 0)).toBe(true);
      }),
      { numRuns: 1_000 },
    );
  });

  it('is exactly even over any run of a lap while all keys are well, whatever runs beside', () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: 1, max: 4 }), { minLength: 1, maxLength: 5 }),
        fc.array(fc.nat(20), { minLength: 1, maxLength: 100 }),
        (weights, closings) => {
          const { pool } = setUp(weights.map((weight, at) => ({ key: `k${at}`, weight })));
          for (const key of pool.keys) askKey(pool, key.key, FINE);
          const lap = weights.reduce((sum, weight) => sum + weight, 0);
          const open: Lease[] = [];
          const turns = closings.map((closing) => {
            const lease = take(pool);
            open.push(lease);
            // some end before the next begins, in any order
            for (const done of open.splice(closing % open.length, 1)) {
              done.settle(FINE);
              done.close();
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
