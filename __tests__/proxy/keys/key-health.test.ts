import { KeyHealth, type CoolDown, type KeyCharge } from '../../../src/proxy/keys/key-health';
import { ManagedKey, type RestReason } from '../../../src/proxy/keys/managed-key';
import type { Classification } from '../../../src/providers/errors/error-response';

const MINUTE = 60_000;
const DAY = 24 * 60 * MINUTE;
const SCOPE = '/v1/chat/completions|m';

function setUp(count = 2, suspectsAddress = true) {
  const clock = { ms: 1_800_000_000_000 };
  const published: CoolDown[] = [];
  const suspicions: string[] = [];
  const told: string[] = [];
  const inMs = (untilMs: number) => `${(untilMs - clock.ms) / 1_000} s`;
  const keys = Array.from({ length: count }, (_, at) => new ManagedKey(`sk-${at}`, 1));
  const [a] = keys;
  if (!a) throw new Error('no key');
  const health = new KeyHealth(keys, {
    pool: 'p',
    suspectsAddress,
    now: () => clock.ms,
    events: {
      coolDown: (one) => published.push(one),
      addressSuspected: (pool, reason) => suspicions.push(`${pool} ${reason}`),
      keyOut: ({ alias, reason, scope, untilMs }) =>
        told.push(`${nameOf(alias)} out ${reason} [${scope}] ${inMs(untilMs)}`),
      keyBack: ({ alias, scope }) => told.push(`${nameOf(alias)} back [${scope}]`),
      poolEmpty: (_pool, untilMs) => told.push(`empty ${inMs(untilMs)}`),
    },
  });
  const nameOf = (alias: string) => 'ab'[keys.findIndex((key) => key.alias === alias)] ?? '?';
  const record = (classification: Classification, key = a, recovered = false) => {
    health.record(key, SCOPE, classification, recovered);
  };
  const restOf = (key: ManagedKey) => {
    const rest = key.restIn(SCOPE, clock.ms);
    return (
      rest && { reason: rest.reason, forMs: rest.untilMs - clock.ms, probeInMs: rest.probeAtMs - clock.ms }
    );
  };
  return { a, keys, clock, health, published, suspicions, told, record, restOf };
}

describe('after a response, a key', () => {
  it.each<[Classification, boolean, number]>([
    [{ kind: 'ok' }, true, 0],
    [{ kind: 'not-permitted' }, true, 0],
    [{ kind: 'egress-refused' }, true, 0],
    [{ kind: 'unavailable' }, true, 0],
    [{ kind: 'rate-limited', retryAfterMs: 5_000 }, false, 1],
    [{ kind: 'out-of-credit' }, false, 1],
    [{ kind: 'invalid' }, false, 1],
  ])(
    'of %j takes several requests at once: %s, and has %i failures',
    (classification, verified, failures) => {
      const { a, record } = setUp();
      a.verified = !verified;
      record(classification);
      expect([a.verified, a.failures]).toEqual([verified, failures]);
    },
  );

  it('that was good is likely to be permitted again there, and only there', () => {
    const { a, clock, health, record } = setUp();
    record({ kind: 'not-permitted' });
    health.record(a, 'other', { kind: 'not-permitted' }, false);
    record({ kind: 'ok' });
    expect([a.isUnlikely(SCOPE, clock.ms), a.isUnlikely('other', clock.ms)]).toEqual([false, true]);
  });

  it.each([
    [undefined, 20_000],
    [5_000, 5_000],
    [-5_000, 0],
    [5 * DAY, DAY],
  ])('that asks for a pause of %s ms is out in its scope for %i ms', (retryAfterMs, forMs) => {
    const { a, clock, published, record } = setUp();
    record({ kind: 'rate-limited', ...(retryAfterMs === undefined ? {} : { retryAfterMs }) });
    expect(a.scopeRests.get(SCOPE)?.untilMs).toBe(clock.ms + forMs);
    expect(a.rest).toBeUndefined();
    expect(published).toEqual([
      {
        pool: 'p',
        fingerprint: a.fingerprint,
        model: SCOPE,
        reason: 'rate-limited',
        untilMs: clock.ms + forMs,
        strikes: 0,
      },
    ]);
  });

  it('that was rejected is out in every scope, and other instances are told so', () => {
    const { a, clock, published, record } = setUp();
    record({ kind: 'invalid' });
    expect(published).toEqual([
      {
        pool: 'p',
        fingerprint: a.fingerprint,
        model: '',
        reason: 'invalid',
        untilMs: clock.ms + 10 * MINUTE,
        strikes: 1,
      },
    ]);
    expect(a.restIn('other', clock.ms)?.reason).toBe('invalid');
  });

  it('that fails again after its time is tried after a second again', () => {
    const { a, clock, record, restOf } = setUp();
    for (const probeInMs of [1_000, 2_000, 4_000]) {
      record({ kind: 'out-of-credit' });
      expect(restOf(a)).toMatchObject({ probeInMs });
    }
    clock.ms += 60 * MINUTE;
    record({ kind: 'out-of-credit' });
    expect(restOf(a)).toMatchObject({ probeInMs: 1_000 });
  });

  it('with credit from this very moment on is out for an hour, not for no time', () => {
    const { a, clock, record, restOf } = setUp();
    record({ kind: 'out-of-credit', untilMs: clock.ms });
    expect(restOf(a)).toMatchObject({ forMs: 60 * MINUTE });
  });

  it('that served although it was out is enabled everywhere', () => {
    const { a, clock, published, record, restOf } = setUp();
    record({ kind: 'out-of-credit' });
    record({ kind: 'rate-limited', retryAfterMs: 2 * 60 * MINUTE });
    record({ kind: 'ok' }, a, true);
    expect(restOf(a)).toBeUndefined();
    expect(published.slice(2)).toEqual([
      { pool: 'p', fingerprint: a.fingerprint, model: '', reason: 'out-of-credit', untilMs: 0, strikes: 0 },
    ]);
    expect(a.restIn('other', clock.ms)).toBeUndefined();
  });
});

describe('the upstream URL is suspected', () => {
  it('if every key is rejected within 30 seconds: only those disabled as invalid are enabled, everywhere', () => {
    const { a, keys, clock, health, published, suspicions, record } = setUp(3);
    const [, b, c] = keys;
    record({ kind: 'invalid' });
    record({ kind: 'invalid' }, b);
    record({ kind: 'out-of-credit' }, b);
    clock.ms += 30_000;
    record({ kind: 'invalid' }, c);
    expect(suspicions).toEqual(['p invalid']);
    expect(keys.map(({ rest }) => rest?.reason)).toEqual([undefined, 'out-of-credit', undefined]);
    expect(published.slice(3)).toEqual([
      { pool: 'p', fingerprint: a.fingerprint, model: '', reason: 'invalid', untilMs: 0, strikes: 1 },
    ]);
    expect(keys.map(({ consecutiveFailures, failures }) => [consecutiveFailures, failures])).toEqual([
      [0, 1],
      [0, 2],
      [0, 1],
    ]);
    expect(c?.verified).toBe(false);
    expect(health.suspected).toBe(true);
    clock.ms += 59_999;
    expect(health.suspected).toBe(true);
    clock.ms += 1;
    expect(health.suspected).toBe(false);
  });

  it.each([
    ['a second later than that', 2, true, 30_001],
    ['in a pool of one', 1, true, 0],
    ['for a client’s own keys', 2, false, 0],
  ])('not if they are rejected %s', (_what, count, suspectsAddress, afterMs) => {
    const { keys, clock, health, suspicions, record } = setUp(count, suspectsAddress);
    for (const key of keys) {
      record({ kind: 'invalid' }, key);
      clock.ms += afterMs;
    }
    expect(suspicions).toEqual([]);
    expect(health.suspected).toBe(false);
    expect(keys.every(({ rest }) => rest?.reason === 'invalid')).toBe(true);
  });
});

describe('a cool-down from another instance', () => {
  const from = (key: ManagedKey, untilMs: number, more: Partial<CoolDown> = {}): CoolDown => ({
    pool: 'p',
    fingerprint: key.fingerprint,
    model: '',
    reason: 'invalid',
    untilMs,
    strikes: 2,
    ...more,
  });

  it.each<[RestReason, string, number]>([
    ['invalid', '', 1_000],
    ['out-of-credit', '', 1_000],
    ['rate-limited', SCOPE, MINUTE],
  ])('with %s (%s) lets one request try the key in %i ms', (reason, model, probeInMs) => {
    const { a, keys, clock, health, restOf } = setUp();
    a.verified = true;
    health.adopt(from(a, clock.ms + 5 * MINUTE, { reason, model }));
    expect(restOf(a)).toEqual({ reason, forMs: 5 * MINUTE, probeInMs });
    expect(a.restIn('other', clock.ms)?.reason).toBe(model === '' ? reason : undefined);
    expect(a.verified).toBe(false);
    expect(keys[1]?.rest).toBeUndefined();
  });

  it('lasts a day at most', () => {
    const { a, clock, health, restOf } = setUp();
    health.adopt(from(a, clock.ms + 30 * DAY));
    expect(restOf(a)).toMatchObject({ forMs: DAY });
  });

  it('of the past enables the key', () => {
    const { a, clock, health, restOf } = setUp();
    health.adopt(from(a, clock.ms + MINUTE));
    health.adopt(from(a, 0));
    expect(restOf(a)).toBeUndefined();
  });

  it.each([
    [0, 2, 24 * 60],
    [2, 0, 24 * 60],
    [0, 0, 10],
    [0, 1, 60],
  ])('adds to the failures that were counted here: %i here and %i there', (here, strikes, minutes) => {
    const { a, clock, health, record, restOf } = setUp();
    a.consecutiveFailures = here;
    health.adopt(from(a, clock.ms + 1_000, { strikes }));
    clock.ms += 1_000;
    record({ kind: 'invalid' });
    expect(restOf(a)).toMatchObject({ forMs: minutes * MINUTE });
  });
});

describe('a key that goes out and comes back', () => {
  it('is reported once, however many responses say so, and again when it serves', () => {
    const { clock, record, told } = setUp();
    const limited = { kind: 'rate-limited', retryAfterMs: 5_000 } as const;
    for (let times = 0; times < 3; times++) record(limited);
    record({ kind: 'ok' }); // to a request from before
    clock.ms += 5_000;
    record({ kind: 'ok' });
    record({ kind: 'ok' });
    expect(told).toEqual([`a out rate-limited [${SCOPE}] 5 s`, `a back [${SCOPE}]`]);
  });

  it('is reported for another reason, and comes back wholly when a probe is served', () => {
    const { record, told } = setUp();
    record({ kind: 'out-of-credit' });
    record({ kind: 'out-of-credit' });
    record({ kind: 'invalid' });
    record({ kind: 'ok' }, undefined, true);
    expect(told).toEqual(['a out out-of-credit [] 3600 s', 'a out invalid [] 600 s', 'a back []']);
  });

  it('empties the pool if it was the last one', () => {
    const { keys, record, told } = setUp();
    record({ kind: 'rate-limited', retryAfterMs: 5_000 });
    record({ kind: 'out-of-credit' }, keys[1]);
    expect(told).toEqual([`a out rate-limited [${SCOPE}] 5 s`, 'b out out-of-credit [] 3600 s', 'empty 5 s']);
  });

  it('is remembered in a limited number of scopes', () => {
    const { a, health } = setUp();
    for (let at = 0; at < 100; at++) health.record(a, `e|m${at}`, { kind: 'rate-limited' }, false);
    expect(a.outIn.size).toBe(64);
  });
});

describe('a key with a budget', () => {
  const BUDGET = { nanoUsd: 100, period: 'month' } as const;

  function setUpBudget() {
    const parts = setUp();
    const charged: KeyCharge[] = [];
    const key = new ManagedKey('sk-budget', 1, BUDGET);
    const { clock, published, told } = parts;
    const health = new KeyHealth([...parts.keys, key], {
      pool: 'p',
      suspectsAddress: true,
      now: () => clock.ms,
      events: {
        coolDown: (one) => published.push(one),
        addressSuspected: () => undefined,
        keyCharged: (one) => charged.push(one),
        keyOut: ({ reason, scope, untilMs }) => told.push(`${reason} [${scope}] ${untilMs === endMs}`),
      },
    });
    const endMs = key.spending?.endAt(clock.ms) ?? NaN;
    const out = {
      pool: 'p',
      fingerprint: key.fingerprint,
      model: '',
      reason: 'budget-spent',
      untilMs: endMs,
      strikes: 0,
    };
    return { ...parts, health, key, charged, endMs, out, spent: () => key.spending?.spentAt(clock.ms) };
  }

  it('is charged what its requests cost, each of which is reported', () => {
    const { health, key, charged, endMs, published, told, spent } = setUpBudget();
    for (const nanoUsd of [60, 0, -1, NaN, 39]) health.charge(key, nanoUsd);
    const charge = { pool: 'p', fingerprint: key.fingerprint, period: 'month', endMs };
    expect(charged).toEqual([
      { ...charge, nanoUsd: 60 },
      { ...charge, nanoUsd: 39 },
    ]);
    expect([spent(), published, told]).toEqual([99, [], []]);
  });

  it('goes out once it is spent, which is reported once', () => {
    const { health, key, charged, published, told, out } = setUpBudget();
    for (const nanoUsd of [70, 80, 90]) health.charge(key, nanoUsd);
    expect(told).toEqual(['budget-spent [] true']);
    expect(published).toEqual([{ ...out, spentNanoUsd: 150 }]);
    expect(charged).toHaveLength(3);
  });

  it('takes over what all instances have spent in the same window, if that is more', () => {
    const { health, keys, key, endMs, published, told, out, spent } = setUpBudget();
    const { fingerprint } = key;
    health.recordSpent({ fingerprint, endMs, nanoUsd: 50 });
    health.recordSpent({ fingerprint, endMs, nanoUsd: 40 });
    health.recordSpent({ fingerprint, endMs: endMs + 1, nanoUsd: 90 });
    health.recordSpent({ fingerprint: 'of nobody', endMs, nanoUsd: 90 });
    health.recordSpent({ fingerprint: keys[0]?.fingerprint ?? '', endMs, nanoUsd: 90 });
    expect([spent(), told]).toEqual([50, []]);
    health.recordSpent({ fingerprint, endMs, nanoUsd: 100 });
    health.recordSpent({ fingerprint, endMs, nanoUsd: 120 });
    expect([told, published]).toEqual([['budget-spent [] true'], [{ ...out, spentNanoUsd: 100 }]]);
  });

  it('takes over from another instance what was spent, in the same window, but not the cool-down itself', () => {
    const { health, keys, key, clock, endMs, out, spent } = setUpBudget();
    const cooling = { ...out, reason: 'budget-spent' } as const;
    health.adopt({ ...cooling, untilMs: endMs - 1, spentNanoUsd: 100 });
    expect(spent()).toBe(0);
    health.adopt(cooling);
    expect(spent()).toBe(0);
    health.adopt({ ...cooling, spentNanoUsd: 80 });
    expect([spent(), key.restIn('', clock.ms)]).toEqual([80, undefined]); // as with a larger budget here
    health.adopt({ ...cooling, spentNanoUsd: 100 });
    expect(key.restIn('', clock.ms)?.reason).toBe('budget-spent');
    health.adopt({ ...cooling, fingerprint: keys[0]?.fingerprint ?? '', spentNanoUsd: 100 });
    health.adopt({ ...cooling, fingerprint: 'of nobody', spentNanoUsd: 100 });
    expect([keys[0]?.rest, key.rest]).toEqual([undefined, undefined]);
  });

  it('without one, or without anybody to tell, is charged nothing', () => {
    const { a, health, charged } = setUpBudget();
    health.charge(a, 50);
    expect(charged).toEqual([]);
    const key = new ManagedKey('sk-budget', 1, BUDGET);
    const events = { coolDown: () => undefined, addressSuspected: () => undefined };
    const silent = new KeyHealth([key], { pool: 'p', suspectsAddress: true, now: () => 0, events });
    silent.charge(key, 100);
    silent.record(key, SCOPE, { kind: 'invalid' }, false);
    silent.record(key, SCOPE, { kind: 'ok' }, true);
    expect(key.spending?.spentAt(0)).toBe(100);
  });
});

describe('a key without credit', () => {
  it.each([
    [5 * MINUTE, 5 * MINUTE],
    [1, 1],
    [-1, 60 * MINUTE],
    [NaN, 60 * MINUTE],
    [DAY, DAY],
    [DAY + 1, DAY],
    [undefined, 60 * MINUTE],
  ])('until %s ms from now is out for %i ms', (untilMs, forMs) => {
    const { a, clock, record, restOf } = setUp();
    record({ kind: 'out-of-credit', ...(untilMs === undefined ? {} : { untilMs: clock.ms + untilMs }) });
    expect(restOf(a)).toMatchObject({ reason: 'out-of-credit', forMs });
  });

  it('is not enabled by a request that was sent before', () => {
    const { a, record, restOf, published } = setUp();
    record({ kind: 'out-of-credit' });
    record({ kind: 'ok' });
    expect([restOf(a)?.reason, published.length]).toEqual(['out-of-credit', 1]);
  });

  it('is tried after a minute at most', () => {
    const { a, record, restOf } = setUp();
    for (let times = 0; times < 8; times++) record({ kind: 'out-of-credit' });
    expect(restOf(a)).toMatchObject({ probeInMs: MINUTE });
  });
});

it('while the upstream URL is suspected it is reported once, and no key is disabled', () => {
  const { keys, clock, suspicions, published, record } = setUp();
  for (const key of keys) record({ kind: 'invalid' }, key);
  const before = published.length;
  clock.ms += 59_000;
  for (const key of keys) record({ kind: 'invalid' }, key);
  expect(suspicions).toEqual(['p invalid']);
  expect(keys.map(({ rest }) => rest)).toEqual([undefined, undefined]);
  expect(published).toHaveLength(before);
});

it('a cool-down of a key that nobody has changes nothing', () => {
  const { keys, clock, health } = setUp();
  const other = {
    pool: 'p',
    fingerprint: 'of nobody',
    model: '',
    reason: 'invalid',
    untilMs: clock.ms + 1,
    strikes: 1,
  } as const;
  health.adopt(other);
  expect(keys.map(({ rest }) => rest)).toEqual([undefined, undefined]);
});
