import { RetryBudget } from '../../../src/proxy/failover/retry-budget';
import type { Classification } from '../../../src/providers/errors/error-response';

const KEYS = 20;
const keys = Array.from<never>({ length: KEYS }); // only counted
const budgetOf = (owner: 'server' | 'client', retryUpstreamErrors = false) =>
  new RetryBudget({ owner, keys }, retryUpstreamErrors);

type Kind = Classification['kind'];
const attempt = (kind: Kind, inStream = false) => ({ classification: { kind }, inStream });

/** How often a request may be sent again, if the same comes of every attempt. */
function retries(budget: RetryBudget, kind: Kind, inStream = false): number {
  for (let count = 0; count < 100; count++) if (!budget.allows(attempt(kind, inStream))) return count;
  return Infinity;
}

describe('the retry budget of a request', () => {
  it.each<[Kind, 'server' | 'client', number]>([
    ['invalid', 'server', KEYS],
    ['invalid', 'client', 3],
    ['out-of-credit', 'server', KEYS],
    ['out-of-credit', 'client', 3],
    ['rate-limited', 'server', KEYS],
    ['rate-limited', 'client', 3],
    ['not-permitted', 'server', 4],
    ['not-permitted', 'client', 3],
    ['ok', 'server', 0],
    ['ok', 'client', 0],
    ['egress-refused', 'server', 0],
    ['egress-refused', 'client', 0],
  ])(
    'after a response that is %s, with the %s’s keys, allows %i retries, in a stream or not',
    (kind, owner, times) => {
      expect(retries(budgetOf(owner), kind)).toBe(times);
      expect(retries(budgetOf(owner, true), kind, true)).toBe(times);
    },
  );

  it.each<['server' | 'client', boolean, number, number]>([
    ['server', true, 1, 1],
    ['server', false, 0, 1],
    ['client', true, 1, 1],
    ['client', false, 0, 1],
  ])(
    'after an unavailable provider, with the %s’s keys, depends on whether that is retried (%s)',
    (owner, retried, whole, inStream) => {
      expect(retries(budgetOf(owner, retried), 'unavailable')).toBe(whole);
      expect(retries(budgetOf(owner, retried), 'unavailable', true)).toBe(inStream);
    },
  );

  it('counts a failed connection and a failing provider together', () => {
    const budget = budgetOf('server', true);
    expect(budget.allowsUpstream()).toBe(true);
    expect(budget.allows(attempt('unavailable'))).toBe(false);
    expect(budget.allowsUpstream()).toBe(false);
    expect(budget.allows(attempt('invalid'))).toBe(true); // a key's fault is another matter
    expect(budgetOf('server', false).allowsUpstream()).toBe(false);
  });

  it('counts all failures of keys together', () => {
    const budget = budgetOf('client');
    const kinds: Kind[] = ['invalid', 'not-permitted', 'rate-limited', 'out-of-credit'];
    expect(kinds.map((kind) => budget.allows(attempt(kind)))).toEqual([true, true, true, false]);
    expect(budget.allows(attempt('unavailable', true))).toBe(false);
  });

  it('ends with the keys: none is tried twice if it is not permitted', () => {
    const two = new RetryBudget({ owner: 'server', keys: keys.slice(0, 2) }, true);
    expect(retries(two, 'not-permitted')).toBe(2);
    expect(two.allows(attempt('rate-limited'))).toBe(false);
    expect(two.allows(attempt('unavailable'))).toBe(false);
  });
});
