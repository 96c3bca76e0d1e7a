import type { IncomingMessage } from 'node:http';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import type { RateLimiterAbstract } from 'rate-limiter-flexible';
import {
  WRONG_TOKENS_ALLOWED,
  BadTokenLimiter,
  type MakeLimiter,
} from '../../../src/proxy/auth/bad-token-limiter';

let nowMs: number;
beforeEach(() => {
  nowMs = 1_700_000_000_000;
});

const NOBODY_SHARES: MakeLimiter = () => undefined;

const throttleWith = (makeLimiter = NOBODY_SHARES) =>
  new BadTokenLimiter({ makeLimiter, secret: undefined, onScf: true, now: () => nowMs });

/** A request from an address, through a gateway that differs from one to the next. */
let gateway = 0;
const from = (address: string) =>
  ({
    headers: { 'x-forwarded-for': `${address}, 11.163.0.${++gateway % 250}` },
    socket: { remoteAddress: '10.0.0.1' },
  }) as unknown as IncomingMessage;

/** The result for each of a number of wrong tokens. */
function guess(throttle: BadTokenLimiter, address: string, times: number): unknown[] {
  return Array.from({ length: times }, () => throttle.count(from(address)));
}

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;
setFlagsFromString('--no-expose-gc');

function heapUsed(): number {
  collectGarbage();
  return process.memoryUsage().heapUsed;
}

describe('a network that guesses', () => {
  it('may guess ten times within a minute, and waits until the minute is over', () => {
    const throttle = throttleWith();
    expect(guess(throttle, '203.0.113.7', WRONG_TOKENS_ALLOWED)).toEqual(
      Array<undefined>(WRONG_TOKENS_ALLOWED).fill(undefined),
    );
    nowMs += 20_000;
    expect(guess(throttle, '203.0.113.7', 3)).toEqual([40_000, 40_000, 40_000]);
    expect(guess(throttle, '203.0.113.8', 1)).toEqual([undefined]);
    nowMs += 40_000;
    expect(guess(throttle, '203.0.113.7', 1)).toEqual([undefined]);
  });

  it('is rejected even with a valid token that is new there, and accepted with one that is known there', () => {
    const throttle = throttleWith();
    expect(throttle.accepts(from('203.0.113.7'), 'ann')).toBe(true);
    guess(throttle, '203.0.113.7', WRONG_TOKENS_ALLOWED);
    expect(throttle.accepts(from('203.0.113.7'), 'ann')).toBe(true);
    expect(throttle.accepts(from('203.0.113.7'), 'bob')).toBe(false);
    expect(throttle.accepts(from('203.0.113.8'), 'bob')).toBe(true);
    expect(throttle.accepts(from('203.0.113.7'), 'bob')).toBe(false); // known elsewhere only
    nowMs += 60_000;
    expect(throttle.accepts(from('203.0.113.7'), 'bob')).toBe(true);
  });

  it('is the same network with every address of an IPv6 /64', () => {
    const throttle = throttleWith();
    for (let at = 0; at < WRONG_TOKENS_ALLOWED; at++) guess(throttle, `2001:db8:1:2::${at}`, 1);
    expect(guess(throttle, '2001:db8:1:2:ffff::1', 1)).toEqual([60_000]);
    expect(guess(throttle, '2001:db8:1:3::1', 1)).toEqual([undefined]);
  });

  it('may guess ten times in each minute, from the first guess on', () => {
    const throttle = throttleWith();
    guess(throttle, '203.0.113.7', WRONG_TOKENS_ALLOWED - 1);
    nowMs += 59_999;
    expect(throttle.accepts(from('203.0.113.7'), 'ann')).toBe(true);
    nowMs += 1;
    guess(throttle, '203.0.113.7', WRONG_TOKENS_ALLOWED - 1);
    expect(throttle.accepts(from('203.0.113.7'), 'bob')).toBe(true);
    guess(throttle, '203.0.113.7', 1);
    expect(throttle.accepts(from('203.0.113.7'), 'eve')).toBe(false);
  });

  it('is not forgotten because others guess', () => {
    const throttle = throttleWith();
    guess(throttle, '203.0.113.7', WRONG_TOKENS_ALLOWED - 1);
    nowMs += 30_000;
    guess(throttle, '203.0.113.8', 1);
    guess(throttle, '203.0.113.9', 1);
    guess(throttle, '203.0.113.7', 1);
    expect(guess(throttle, '203.0.113.7', 1)).toEqual([30_000]);
  });

  it('costs no hash for a first request if no network guesses', () => {
    const throttle = throttleWith();
    guess(throttle, '203.0.113.7', WRONG_TOKENS_ALLOWED - 1);
    expect(throttle.accepts(from('203.0.113.7'), 'ann')).toBe(true);
  });
});

describe('the memory of the limiter', () => {
  /** The n-th of very many networks. */
  const address = (n: number) => `2001:db8:${(n >> 8).toString(16)}:${(n & 255).toString(16)}::1`;

  it('holds 4,096 networks that guess, and drops the oldest', () => {
    const throttle = throttleWith();
    guess(throttle, address(0), WRONG_TOKENS_ALLOWED);
    for (let n = 1; n < 4_096; n++) guess(throttle, address(n), 1);
    expect(guess(throttle, address(0), 1)).toEqual([60_000]);
    guess(throttle, address(4_096), 1);
    expect(guess(throttle, address(0), 1)).toEqual([undefined]);
  });

  it('holds the 4,096 most recently used pairs of token and network', () => {
    const throttle = throttleWith();
    const other = () => from('203.0.113.9');
    throttle.accepts(from(address(0)), 'ann');
    throttle.accepts(other(), 'ann');
    for (let n = 1; n < 4_095; n++) {
      throttle.accepts(from(address(n)), 'ann');
      if (n % 500 === 0) throttle.accepts(other(), 'ann');
    }
    throttle.accepts(from(address(5_000)), 'ann');
    for (const network of [address(0), '203.0.113.9']) guess(throttle, network, WRONG_TOKENS_ALLOWED);
    expect(throttle.accepts(from(address(0)), 'ann')).toBe(false);
    expect(throttle.accepts(other(), 'ann')).toBe(true);
  });

  it.each([
    ['long lists of addresses', 1_000, 'x'.repeat(20_000)], // 20 MB together
    ['many different addresses', 20_000, '198.51.100.1'],
  ])('does not grow with %s', (_what, requests, sent) => {
    const throttle = throttleWith();
    const accept = (n: number) =>
      throttle.accepts(
        from(`${sent}, 2001:0db8:${(n >> 8).toString(16)}:${(n & 255).toString(16)}::1`),
        'ann',
      );
    for (let n = 0; n < 5_000; n++) accept(n); // all that it keeps
    const before = heapUsed();
    for (let n = 0; n < requests; n++) accept(5_000 + n);
    expect(heapUsed() - before).toBeLessThan(2 * 1_048_576);
  });
});

describe('a limiter that instances share', () => {
  /** One that resolves or rejects with the given value. */
  const sharing = (reply: () => unknown, refuses = true): MakeLimiter => {
    const consume = () => {
      const value = reply();
      // eslint-disable-next-line @typescript-eslint/prefer-promise-reject-errors -- the library rejects with its result
      return refuses ? Promise.reject(value) : Promise.resolve(value);
    };
    return () => Promise.resolve({ consume } as unknown as RateLimiterAbstract);
  };

  it('makes this instance throttle a network that has guessed at others', async () => {
    const throttle = throttleWith(sharing(() => ({ msBeforeNext: 30_000 })));
    expect(await throttle.count(from('203.0.113.7'))).toBe(30_000);
    expect(throttle.accepts(from('203.0.113.7'), 'ann')).toBe(false);
    nowMs += 30_000;
    expect(throttle.accepts(from('203.0.113.7'), 'ann')).toBe(true);
  });

  it('is made once, with the first invalid token, and counts as this instance does', async () => {
    const made: unknown[] = [];
    const consume = () => Promise.resolve({ remainingPoints: 5, msBeforeNext: 1_000 });
    const throttle = throttleWith((options) => {
      made.push(options);
      return Promise.resolve({ consume } as unknown as RateLimiterAbstract);
    });
    throttle.accepts(from('203.0.113.7'), 'ann');
    expect(made).toEqual([]);
    for (const address of ['203.0.113.7', '203.0.113.7', '203.0.113.8']) await throttle.count(from(address));
    expect(made).toEqual([{ points: WRONG_TOKENS_ALLOWED, duration: 60, keyPrefix: 'scf-llm-proxy:wrong' }]);
  });

  it('throttles with the last allowed guess, not with the one after it', async () => {
    const throttle = throttleWith(sharing(() => ({ remainingPoints: 0, msBeforeNext: 30_000 }), false));
    expect(await throttle.count(from('203.0.113.7'))).toBeUndefined();
    expect(throttle.accepts(from('203.0.113.7'), 'ann')).toBe(false);
  });

  it.each([1e15, Infinity])('delays for a minute at most, even if it reports %p ms', async (msBeforeNext) => {
    const throttle = throttleWith(sharing(() => ({ msBeforeNext })));
    expect(await throttle.count(from('203.0.113.7'))).toBe(60_000);
  });

  it.each([
    { msBeforeNext: 0 },
    { msBeforeNext: NaN },
    null,
    'text',
    { msBeforeNext: -1 },
    { msBeforeNext: 'soon' },
    new Error('out of reach'),
    undefined,
  ])('is ignored if its result is invalid or it cannot be reached: %p', async (reply) => {
    const throttle = throttleWith(sharing(() => reply));
    for (let at = 0; at < WRONG_TOKENS_ALLOWED; at++)
      expect(await throttle.count(from('203.0.113.7'))).toBeUndefined();
    expect(await throttle.count(from('203.0.113.7'))).toBe(60_000);
  });

  it('does not shorten what this instance has counted itself', async () => {
    const throttle = throttleWith(sharing(() => ({ msBeforeNext: 1 })));
    for (let at = 0; at < WRONG_TOKENS_ALLOWED; at++) {
      await throttle.count(from('203.0.113.7'));
      nowMs += 10;
    }
    expect(await throttle.count(from('203.0.113.7'))).toBe(60_000 - 10 * WRONG_TOKENS_ALLOWED);
  });

  it('is not called for a network that has to wait already', async () => {
    let asked = 0;
    const throttle = throttleWith(
      sharing(() => {
        asked++;
        return { remainingPoints: 5, msBeforeNext: 60_000 };
      }, false),
    );
    for (let at = 0; at < 100; at++) await throttle.count(from('203.0.113.7'));
    expect(asked).toBe(WRONG_TOKENS_ALLOWED);
  });
});
