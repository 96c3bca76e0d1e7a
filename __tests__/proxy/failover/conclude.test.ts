import type { Attempt } from '../../../src/proxy/failover/attempt';
import type { BufferedResponse } from '../../../src/proxy/upstream/buffered-response';
import { conclude, egressRefused } from '../../../src/proxy/failover/conclude';
import { KeyPool } from '../../../src/proxy/keys/key-pool';
import type { KeyBudget } from '../../../src/proxy/keys/key-spending';
import type { Classification } from '../../../src/providers/errors/error-response';
import { WrittenResponse } from '../../helpers/exchange';

const KEY_REQUEST = { scope: 's', conversation: undefined, tried: [] };
type Kind = Classification['kind'];

/** A pool whose keys are in these states. */
function poolOf(
  states: readonly Classification[],
  owner: 'server' | 'client' = 'server',
  budget?: KeyBudget,
): KeyPool {
  const pool = new KeyPool(
    'p',
    states.map((_, at) => ({ key: `key-${at}`, weight: 1, budget })),
    {
      strategy: 'round-robin',
      owner,
      now: () => 1_000_000,
      random: () => 0,
      events: { coolDown: () => undefined, addressSuspected: () => undefined },
    },
  );
  for (const [at, state] of states.entries()) {
    const lease = pool.take({ ...KEY_REQUEST, tried: pool.keys.filter((_, other) => other !== at) });
    if (lease === undefined || lease === 'wait') throw new Error('no key');
    lease.record(state, state.kind === 'ok');
    lease.release();
  }
  return pool;
}

const OK: Classification = { kind: 'ok' };
const INVALID: Classification = { kind: 'invalid' };
const NO_CREDIT: Classification = { kind: 'out-of-credit' };
const limited = (retryAfterMs: number): Classification => ({ kind: 'rate-limited', retryAfterMs });

const buffered = (status: number, text: string | undefined = '{}'): BufferedResponse => ({
  status,
  statusMessage: '',
  headers: {},
  rawHeaders: [],
  bytes: Buffer.from('{}'),
  text,
});

function attempt(kind: Kind, given: Partial<Attempt> = {}): Attempt {
  return {
    classification: { kind },
    code: undefined,
    upstream: new WrittenResponse(given.response?.status ?? 200),
    rawHeaders: ['x-a', '1'],
    response: undefined,
    inStream: false,
    ...given,
  };
}

const onFailure = () => undefined;
/** After every key was tried. */
const concluded = (one: Attempt, pool: KeyPool) =>
  conclude.withAttempt(one, pool, { ...KEY_REQUEST, tried: pool.keys }, { onFailure, tap: undefined });

function failureOf(action: () => unknown): unknown {
  try {
    action();
  } catch (error) {
    return error;
  }
  return undefined;
}

describe('if no key is available, the client gets the error for', () => {
  it.each([
    ['keys that are all limited', [limited(9_000), limited(5_000)], 'keys-cooling', 5_000],
    ['a limited key if another is invalid', [limited(9_000), INVALID], 'keys-cooling', 9_000],
    ['a limited key if another is without credit', [NO_CREDIT, limited(9_000)], 'keys-cooling', 9_000],
    [
      'a key without credit if another is invalid',
      [INVALID, NO_CREDIT],
      'keys-out-of-credit',
      expect.any(Number) as number,
    ],
  ] as const)('%s', (_what, states, code, retryAfterMs) => {
    expect(failureOf(() => conclude.withoutKey(poolOf(states), KEY_REQUEST))).toMatchObject({
      code,
      retryAfterMs,
    });
  });

  it('keys that are all invalid', () => {
    expect(failureOf(() => conclude.withoutKey(poolOf([INVALID]), KEY_REQUEST))).toMatchObject({
      code: 'keys-invalid',
    });
  });

  it.each([
    ['month', 'until the window ends', Date.parse('1970-02-01T00:00:00Z') - 1_000_000],
    ['total', 'never, as no window ends', undefined],
  ] as const)('keys whose budgets of a %s are spent, with Retry-After: %s', (period, _what, retryAfterMs) => {
    const pool = poolOf([OK], 'server', { nanoUsd: 1, period });
    for (const key of pool.keys) pool.charge(key, 1);
    expect(failureOf(() => conclude.withoutKey(pool, KEY_REQUEST))).toMatchObject({
      code: 'keys-budget-spent',
      retryAfterMs,
      isWorthRepeating: false,
    });
  });

  it('a limited key if that one was tried and all others are invalid', () => {
    const pool = poolOf([limited(5_000), INVALID]);
    const keyRequest = { ...KEY_REQUEST, tried: pool.keys.slice(0, 1) };
    expect(failureOf(() => conclude.withoutKey(pool, keyRequest))).toMatchObject({
      code: 'keys-cooling',
      retryAfterMs: 5_000,
    });
  });
});

describe('after the last attempt, the client of a server’s pool gets', () => {
  it.each<[Kind, number]>([
    ['ok', 400],
    ['ok', 404],
    ['unavailable', 503],
    ['not-permitted', 403],
    ['not-permitted', 404],
  ])('the provider’s response if it is %s, with status %i', (kind, status) => {
    const response = buffered(status);
    expect(concluded(attempt(kind, { response }), poolOf([OK]))).toEqual({
      kind: 'buffered',
      response,
      headers: [],
      meaning: kind,
    });
  });

  it('the provider’s response as it arrives if it was not read', () => {
    const one = attempt('ok');
    expect(concluded(one, poolOf([OK]))).toEqual({
      kind: 'relay',
      upstream: one.upstream,
      rawHeaders: one.rawHeaders,
      onFailure,
    });
    expect(one.upstream.destroyed).toBe(false);
  });

  it('the provider’s rejection of the country, with the remedy', () => {
    const response = buffered(403);
    const outcome = concluded(attempt('egress-refused', { response }), poolOf([limited(5_000)]));
    expect(outcome).toEqual(egressRefused(response));
    expect(outcome).toMatchObject({
      egressRefused: true,
      headers: [['X-Proxy-Error', 'egress-refused'], expect.any(Array)],
    });
  });

  it.each<[string, Classification[], (readonly string[])[]]>([
    [
      'the soonest Retry-After of all keys',
      [limited(9_000), limited(4_200.5)],
      [
        ['Retry-After', '5'],
        ['Retry-After-Ms', '4201'],
      ],
    ],
    ['no Retry-After if a key is free', [limited(9_000), OK], []],
    [
      'the Retry-After of the limited key if another is out of credit',
      [limited(2_000), NO_CREDIT],
      [
        ['Retry-After', '2'],
        ['Retry-After-Ms', '2000'],
      ],
    ],
  ])('the provider’s 429 with %s', (_what, states, headers) => {
    const response = buffered(429);
    expect(concluded(attempt('rate-limited', { response }), poolOf(states))).toEqual({
      kind: 'buffered',
      response,
      headers,
      meaning: 'rate-limited',
    });
  });

  it.each<[Kind, Classification[], string, number | undefined]>([
    ['invalid', [INVALID, limited(5_000)], 'keys-cooling', 5_000],
    ['out-of-credit', [NO_CREDIT, limited(5_000)], 'keys-cooling', 5_000],
    ['not-permitted', [OK, limited(5_000)], 'keys-cooling', 5_000],
    ['invalid', [INVALID, OK], 'key-refused', 1_000],
    ['out-of-credit', [NO_CREDIT, OK], 'key-refused', 1_000],
    ['out-of-credit', [NO_CREDIT], 'keys-out-of-credit', undefined],
    ['invalid', [INVALID, NO_CREDIT], 'keys-out-of-credit', undefined],
    ['invalid', [INVALID], 'keys-invalid', undefined],
  ])('for a response that is %s, with keys that are %j, the error %s', (kind, states, code, retryAfterMs) => {
    const failure = failureOf(() => concluded(attempt(kind, { response: buffered(401) }), poolOf(states)));
    expect(failure).toMatchObject({ code, ...(retryAfterMs === undefined ? {} : { retryAfterMs }) });
  });

  it('403 in place of a 401 that says a key is not permitted: the client’s own token is valid', () => {
    const failure = failureOf(() =>
      concluded(attempt('not-permitted', { response: buffered(401) }), poolOf([OK])),
    );
    expect(failure).toMatchObject({ code: 'keys-not-permitted' });
  });

  it('429 in place of a stream whose first event says so, and the stream is closed', () => {
    const one = attempt('rate-limited', { inStream: true });
    expect(failureOf(() => concluded(one, poolOf([limited(5_000)])))).toMatchObject({
      code: 'keys-cooling',
      retryAfterMs: 5_000,
    });
    expect(one.upstream.destroyed).toBe(true);
    expect(one.upstream.close).toHaveBeenCalledWith(8);
  });

  it('nothing of a response that cannot be read, because it may contain the key', () => {
    const response = { ...buffered(400), text: undefined };
    expect(failureOf(() => concluded(attempt('ok', { response }), poolOf([OK])))).toMatchObject({
      code: 'upstream-unreadable',
    });
  });
});

describe('after the last attempt, a client with joined keys of its own gets', () => {
  const KINDS: Kind[] = ['ok', 'invalid', 'out-of-credit', 'rate-limited', 'not-permitted', 'unavailable'];

  it.each(KINDS)('the provider’s response, without headers of the proxy, if it is %s', (kind) => {
    const pool = poolOf([limited(5_000), INVALID], 'client');
    for (const text of ['{}', undefined]) {
      const response = { ...buffered(401), text };
      expect(concluded(attempt(kind, { response }), pool)).toEqual({
        kind: 'buffered',
        response,
        headers: [],
        meaning: kind,
      });
    }
    const inStream = attempt(kind, { inStream: true });
    expect(concluded(inStream, pool)).toMatchObject({ kind: 'relay', upstream: inStream.upstream });
  });
});
