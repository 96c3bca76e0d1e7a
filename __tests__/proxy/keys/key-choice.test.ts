import { setImmediate } from 'node:timers/promises';
import { KeyChoice, type KeyRequest, type KeyStrategy } from '../../../src/proxy/keys/key-choice';
import { KeyPool } from '../../../src/proxy/keys/key-pool';
import type { Lease } from '../../../src/proxy/keys/lease';
import type { ManagedKey } from '../../../src/proxy/keys/managed-key';
import type { Classification } from '../../../src/providers/errors/error-response';

const OK: Classification = { kind: 'ok' };

function setUp(
  names: readonly string[],
  strategy: KeyStrategy = 'round-robin',
  owner: 'server' | 'client' = 'server',
) {
  const clock = { ms: 1_800_000_000_000 };
  const pool = new KeyPool(
    'p',
    names.map((key) => ({ key, weight: 1 })),
    {
      strategy,
      owner,
      now: () => clock.ms,
      random: () => 0,
      events: { coolDown: () => undefined, addressSuspected: () => undefined },
    },
  );
  return { clock, pool };
}

const request = (more: Partial<KeyRequest> = {}): KeyRequest => ({
  scope: 's',
  conversation: undefined,
  tried: [],
  ...more,
});

function keyNamed(pool: KeyPool, name: string): ManagedKey {
  const found = pool.keys.find(({ key }) => key === name);
  if (!found) throw new Error(`no key ${name}`);
  return found;
}

/** Takes a key that must be there at once. */
function take(pool: KeyPool, more: Partial<KeyRequest> = {}): Lease {
  const lease = pool.take(request(more));
  if (lease === undefined || lease === 'wait') throw new Error(`no key: ${String(lease)}`);
  return lease;
}

function use(pool: KeyPool, more: Partial<KeyRequest> = {}, classification = OK): string {
  const lease = take(pool, more);
  lease.record(classification, classification.kind === 'ok');
  lease.release();
  return lease.poolKey.key;
}

/** Has one key get a response. */
function respond(pool: KeyPool, name: string, classification: Classification): void {
  use(pool, { tried: pool.keys.filter(({ key }) => key !== name) }, classification);
}

describe('with round-robin, a conversation', () => {
  it('takes turns, unless its client names a session', () => {
    const { pool } = setUp(['a', 'b', 'c']);
    expect([1, 2, 3].map(() => use(pool, { conversation: 'one' }))).toEqual(['a', 'b', 'c']);
    const named = [1, 2, 3].map(() => use(pool, { conversation: 'one', session: 'one' }));
    expect(new Set(named).size).toBe(1);
  });
});

describe('the first turn', () => {
  it.each([
    [0, 'a'],
    [0.3, 'b'],
    [0.5, 'c'],
    [0.99, 'd'],
  ])('is chosen by %d: %s', (random, expected) => {
    const { pool } = setUp(['a', 'b', 'c', 'd']);
    const options = { strategy: 'round-robin', owner: 'server', now: () => 0, random: () => random } as const;
    expect(new KeyChoice(pool.keys, options).choose(request(), () => true)?.key).toBe(expected);
  });

  it('can be set, to any number', () => {
    const { pool } = setUp(['a', 'b', 'c', 'd']);
    const options = { strategy: 'round-robin', owner: 'server', now: () => 0, random: () => 0 } as const;
    const choice = new KeyChoice(pool.keys, options);
    const firstFrom = (turn: number) => {
      choice.startAt(turn);
      return choice.choose(request(), () => true)?.key;
    };
    expect([0, 1, 3, 4, 7, 4_000_002].map(firstFrom)).toEqual(['a', 'b', 'd', 'a', 'd', 'c']);
  });
});

describe('a key that is not ready', () => {
  const choiceOf = (strategy: KeyStrategy) => {
    const { pool } = setUp(['a', 'b', 'c']);
    return new KeyChoice(pool.keys, { strategy, owner: 'server', now: () => 0, random: () => 0 });
  };

  it('loses its turn to the next one', () => {
    const choice = choiceOf('round-robin');
    const ready = ({ key }: ManagedKey) => key === 'c';
    expect([1, 2].map(() => choice.choose(request(), ready)?.key)).toEqual(['c', 'c']);
    expect(choice.choose(request(), () => false)).toBeUndefined();
    expect(choice.choose(request(), () => true)?.key).toBe('a');
  });

  it('is waited for by its conversation', () => {
    const choice = choiceOf('affinity');
    const own = choice.choose(request({ conversation: 'one' }), () => true);
    expect(choice.choose(request({ conversation: 'one' }), (key) => key !== own)).toBeUndefined();
  });
});

describe('a client’s own keys', () => {
  const limited: Classification = { kind: 'rate-limited', retryAfterMs: 60_000 };

  it('are tried again at once where all are limited, but each once a request', () => {
    const { pool } = setUp(['a', 'b'], 'round-robin', 'client');
    for (const { key } of pool.keys) respond(pool, key, limited);
    expect(take(pool).poolKey.key).toBe('a');
    expect(pool.take(request({ tried: [keyNamed(pool, 'a')] }))).toBeUndefined();
  });

  it('differ in that from the server’s', () => {
    const { pool } = setUp(['a', 'b']);
    for (const { key } of pool.keys) respond(pool, key, limited);
    expect(pool.take(request())).toBeUndefined();
  });
});

describe('with affinity, a conversation', () => {
  const conversation = 'one';

  it('moves away from a key that is not permitted, and stays if no other is', () => {
    const { pool } = setUp(['a', 'b', 'c'], 'affinity');
    const own = use(pool, { conversation });
    respond(pool, own, { kind: 'not-permitted' });
    const other = use(pool, { conversation });
    expect(other).not.toBe(own);
    for (const { key } of pool.keys) respond(pool, key, { kind: 'not-permitted' });
    expect(use(pool, { conversation })).toBe(own);
  });

  it('is named by its session if it has no other name', () => {
    const { pool } = setUp(['a', 'b', 'c'], 'affinity');
    const own = Array.from({ length: 20 }, (_, at) => use(pool, { session: `s${at}` }));
    expect(Array.from({ length: 20 }, (_, at) => use(pool, { conversation: `s${at}` }))).toEqual(own);
    expect(new Set(own).size).toBe(3);
  });
});

describe('a request for an object', () => {
  it('waits for the key that made it, instead of using another or the same one twice', () => {
    const { pool } = setUp(['a', 'b']);
    const owner = keyNamed(pool, 'b').fingerprint;
    const first = take(pool, { owner });
    expect(pool.take(request({ owner }))).toBe('wait');
    first.record(OK, true);
    expect(take(pool, { owner }).poolKey.key).toBe('b');
  });

  it('waits for it while it is limited, too', () => {
    const { pool } = setUp(['a', 'b']);
    respond(pool, 'b', { kind: 'rate-limited', retryAfterMs: 60_000 });
    const owner = keyNamed(pool, 'b').fingerprint;
    expect(pool.take(request({ owner }))).toBeUndefined();
    expect(pool.shortage(request({ owner }))).toMatchObject({ reason: 'rate-limited', retryAfterMs: 60_000 });
    expect(use(pool, { owner: 'of nobody' })).toBe('a');
  });

  it.each<[string, Classification]>([
    ['out of credit', { kind: 'out-of-credit' }],
    ['invalid', { kind: 'invalid' }],
  ])('may use any key if the one that made it is %s', (_what, classification) => {
    const { pool } = setUp(['a', 'b']);
    respond(pool, 'b', classification);
    expect(use(pool, { owner: keyNamed(pool, 'b').fingerprint })).toBe('a');
  });
});

describe('a key that is not permitted', () => {
  it('is not used while one that may be permitted is being verified', () => {
    const { pool } = setUp(['a', 'b']);
    respond(pool, 'b', { kind: 'not-permitted' });
    const verifying = take(pool);
    expect(verifying.poolKey.key).toBe('a');
    expect(pool.take(request())).toBe('wait');
    verifying.record({ kind: 'rate-limited', retryAfterMs: 5_000 });
    expect(take(pool).poolKey.key).toBe('b');
  });
});

describe('whether a request could be tried with another key', () => {
  it('depends on a free key, or on a disabled one that may be tried', () => {
    const { clock, pool } = setUp(['a', 'b']);
    const tried = [keyNamed(pool, 'a')];
    expect(pool.hasAnother(request({ tried }))).toBe(true);
    respond(pool, 'b', { kind: 'out-of-credit' });
    expect(pool.hasAnother(request({ tried }))).toBe(false);
    clock.ms += 1_000;
    expect(pool.hasAnother(request({ tried }))).toBe(true);
    expect(pool.hasAnother(request({ tried: pool.keys }))).toBe(false);
    expect(pool.hasAnother(request())).toBe(true);
  });

  it('is false for an object whose key was tried', () => {
    const { pool } = setUp(['a', 'b']);
    const tried = [keyNamed(pool, 'a')];
    expect(pool.hasAnother(request({ tried, owner: keyNamed(pool, 'a').fingerprint }))).toBe(false);
  });
});

describe('a shortage', () => {
  const LIMITED: Classification = { kind: 'rate-limited', retryAfterMs: 5_000 };

  it('is that of the keys that were not tried', () => {
    const { pool } = setUp(['a', 'b', 'c']);
    respond(pool, 'a', LIMITED);
    respond(pool, 'b', { kind: 'out-of-credit' });
    const tried = [keyNamed(pool, 'c')];
    expect(pool.shortage(request({ tried }))).toEqual({
      reason: 'rate-limited',
      retryAfterMs: 5_000, // not the second after which the key without credit is tried
      limitedMs: 5_000,
    });
    expect(pool.shortage(request({ tried: [...tried, keyNamed(pool, 'a')] }))).toEqual({
      reason: 'out-of-credit',
      retryAfterMs: 1_000,
      limitedMs: undefined,
    });
    expect(pool.shortage(request({ tried: pool.keys }))).toEqual({
      reason: undefined,
      retryAfterMs: 0,
      limitedMs: undefined,
    });
  });

  it('ends when the first of the keys is free', () => {
    const { clock, pool } = setUp(['a', 'b', 'c']);
    for (const [key, retryAfterMs] of [
      ['a', 9_000],
      ['b', 4_000],
      ['c', 20_000],
    ] as const)
      respond(pool, key, { kind: 'rate-limited', retryAfterMs });
    clock.ms += 1_000;
    expect(pool.shortage(request())).toEqual({
      reason: 'rate-limited',
      retryAfterMs: 3_000,
      limitedMs: 3_000,
    });
  });

  it('is none while a key is free', () => {
    const { pool } = setUp(['a', 'b']);
    respond(pool, 'a', LIMITED);
    expect(pool.shortage(request())).toEqual({ reason: undefined, retryAfterMs: 0, limitedMs: 5_000 });
  });

  it('has the reason "invalid" while the upstream URL is suspected, as no key would help', () => {
    const { pool } = setUp(['a', 'b', 'c']);
    respond(pool, 'c', LIMITED);
    for (const key of ['a', 'b', 'c']) {
      pool.keys.forEach((one) => one.scopeRests.delete('other'));
      const lease = take(pool, { scope: 'other', tried: pool.keys.filter((one) => one.key !== key) });
      lease.record({ kind: 'invalid' });
      lease.release();
    }
    expect(pool.suspected).toBe(true);
    expect(pool.shortage(request())).toEqual({ reason: 'invalid', retryAfterMs: 0, limitedMs: 5_000 });
  });
});

describe('a request that waits for a key', () => {
  it('gets it as soon as another request was served, and no later', async () => {
    const { pool } = setUp(['a', 'b']);
    const [first, second] = [take(pool), take(pool)];
    let got: Lease | undefined;
    void pool.acquire(request()).then((lease) => (got = lease));
    await setImmediate();
    expect(got).toBeUndefined();
    second.record(OK, true);
    await setImmediate();
    expect(got?.poolKey.key).toBe('b');
    first.release();
  });

  it('goes on waiting if that request failed', async () => {
    const { pool } = setUp(['a', 'b']);
    const [first, second] = [take(pool), take(pool)];
    let got: unknown = 'nothing yet';
    void pool.acquire(request()).then((lease) => (got = lease));
    second.record({ kind: 'rate-limited', retryAfterMs: 5_000 });
    await setImmediate();
    expect(got).toBe('nothing yet');
    first.record(OK, true);
    await setImmediate();
    expect(got).toMatchObject({ poolKey: { key: 'a' } });
  });

  it('that finds one at once takes it once', async () => {
    const { pool } = setUp(['a', 'b']);
    const lease = await pool.acquire(request());
    expect(pool.report()).toMatchObject([
      { open: 1, requests: 1 },
      { open: 0, requests: 0 },
    ]);
    lease?.release();
    expect(pool.report()).toMatchObject([
      { open: 0, requests: 1 },
      { open: 0, requests: 0 },
    ]);
  });
});

it.each([
  ['affinity', 'server'],
  ['round-robin', 'client'],
] as const)('a pool shows its strategy and owner: %s, %s', (strategy, owner) => {
  expect(setUp(['a'], strategy, owner).pool).toMatchObject({ strategy, owner });
});
