import { FAILURES, type FailureCode } from '../../../src/errors/failures';
import { ClientDisconnected, ProxyError } from '../../../src/errors/proxy-error';
import type { Classification } from '../../../src/providers/errors/error-response';
import type { Outcome } from '../../../src/proxy/failover/attempt';
import { failureInError, failureInOutcome } from '../../../src/proxy/chain/member-failure';
import { WrittenResponse } from '../../helpers/exchange';

type Kind = Classification['kind'];

const buffered = (status: number, meaning: Kind): Outcome => ({
  kind: 'buffered',
  response: { status, statusMessage: '', headers: {}, rawHeaders: [], bytes: Buffer.alloc(0), text: '' },
  headers: [],
  meaning,
});
const relayed = (status: number, event?: { status: number; meaning: Kind }): Outcome => ({
  kind: 'relay',
  upstream: new WrittenResponse(status),
  rawHeaders: [],
  onFailure: () => undefined,
  tap: undefined,
  ...(event && { streamFailure: event }),
});

describe('whether another provider is asked after a response', () => {
  it.each<[status: number, meaning: Kind, evidence: string | undefined]>([
    [500, 'ok', 'for-client'],
    [501, 'ok', 'for-client'],
    [503, 'unavailable', 'for-client'],
    [529, 'unavailable', 'for-client'],
    [403, 'egress-refused', 'for-all'],
    [429, 'rate-limited', 'none'],
    [400, 'out-of-credit', 'none'],
    [401, 'invalid', 'none'],
    [404, 'not-permitted', 'none'],
    [400, 'ok', undefined],
    [404, 'ok', undefined],
    [429, 'ok', undefined], // one request that is larger than a minute's tokens
  ])('with status %s that means %s: %s', (status, meaning, evidence) => {
    expect(failureInOutcome(buffered(status, meaning))?.evidence).toBe(evidence);
  });

  it.each<[status: number, meaning: Kind, evidence: string | undefined]>([
    [529, 'unavailable', 'for-client'],
    [500, 'ok', 'for-client'],
    [200, 'ok', 'for-client'], // a code that nobody knows
    [429, 'rate-limited', 'none'],
    [404, 'not-permitted', 'none'],
    [400, 'ok', undefined],
  ])('whose first event is a failure of status %s that means %s: %s', (status, meaning, evidence) => {
    expect(failureInOutcome(relayed(200, { status, meaning }))?.evidence).toBe(evidence);
  });

  it.each([
    [200, undefined],
    [101, undefined],
    [404, undefined],
    [500, 'for-client'],
  ])('that is relayed unread, with status %s: %s', (status, evidence) => {
    expect(failureInOutcome(relayed(status))?.evidence).toBe(evidence);
  });
});

describe('whether another provider is asked after a failure', () => {
  const ASKED: Partial<Record<FailureCode, string>> = {
    'upstream-unreachable': 'for-all',
    'upstream-dns': 'for-all',
    'upstream-tls': 'for-all',
    'connect-timeout': 'for-all',
    'upstream-reset': 'for-client',
    'upstream-cut': 'for-client',
    'upstream-invalid': 'for-client',
    'upstream-timeout': 'for-client',
    'upstream-unreadable': 'for-client',
    'keys-cooling': 'none',
    'keys-out-of-credit': 'none',
    'keys-budget-spent': 'none',
    'keys-invalid': 'none',
    'keys-not-permitted': 'none',
    'key-refused': 'none',
  };

  it.each(Object.keys(FAILURES) as FailureCode[])('of the code %s', (code) => {
    const evidence = ASKED[code];
    expect(failureInError(new ProxyError(code))).toEqual(evidence && { reason: code, evidence });
  });

  it('that is not the provider’s: never', () => {
    expect(failureInError(new ClientDisconnected('gone'))).toBeUndefined();
    expect(failureInError(new TypeError('a mistake'))).toBeUndefined();
  });
});
