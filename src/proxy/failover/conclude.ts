import type { FailureCode } from '../../errors/failures';
import { ProxyError } from '../../errors/proxy-error';
import type { Header } from '../../http/header';
import type { BufferedResponse } from '../upstream/buffered-response';
import { abandon } from '../upstream/upstream-response';
import type { RelayedOutcome } from '../response/relay';
import type { Attempt, Outcome } from './attempt';
import type { KeyRequest } from '../keys/key-choice';
import type { KeyPool } from '../keys/key-pool';
import type { RestReason } from '../keys/managed-key';

const EGRESS_HEADERS: readonly Header[] = [
  ['X-Proxy-Error', 'egress-refused'],
  [
    'X-Proxy-Remedy',
    'The provider does not accept requests from the country of this proxy. Deploy it in another region, outside Hong Kong and the mainland.',
  ],
];

/** A provider's response to a request from a country that it does not serve, with the remedy. */
export function egressRefused(response: BufferedResponse): Outcome {
  return {
    kind: 'buffered',
    response,
    headers: EGRESS_HEADERS,
    meaning: 'egress-refused',
    egressRefused: true,
  };
}

/**
 * What the client of a pool gets when no further key is tried.
 *
 * | the last attempt was | the client gets |
 * | --- | --- |
 * | not the fault of a key | the provider's response |
 * | rate-limited | the provider's 429, with the soonest `Retry-After` of all keys |
 * | anything else, and any key is only rate-limited | 429 `keys-cooling` with the soonest `Retry-After` |
 * | invalid | 503 `keys-invalid`: never a 401, which would mean the client's own token; SDKs stop |
 * | out of credit | 429 `keys-out-of-credit`: SDKs stop |
 * | any of these, and any other key is only out of its own budget | 429 `keys-budget-spent`: SDKs stop |
 * | not permitted | the provider's response; 403 `keys-not-permitted` in place of a 401 |
 * | the fault of the key, and another key is free, but the body was too large to keep | 503 `key-refused`: SDKs repeat it |
 */
export const conclude = {
  /** No key was available. */
  withoutKey(pool: KeyPool, keyRequest: KeyRequest): never {
    // Including the keys that were tried: meanwhile another request may have disabled the others.
    const { reason, retryAfterMs } = pool.shortage({ ...keyRequest, tried: [] });
    throw shortageError(reason ?? 'rate-limited', retryAfterMs);
  },

  withAttempt(
    attempt: Attempt,
    pool: KeyPool,
    keyRequest: KeyRequest,
    relayed: Pick<RelayedOutcome, 'onFailure' | 'tap'>,
  ): Outcome {
    const failure = pool.owner === 'server' ? failureOfKeys(attempt, pool, keyRequest) : undefined;
    if (failure) {
      if (!attempt.response) abandon(attempt.upstream);
      throw failure;
    }
    const { upstream, rawHeaders, response, classification, eventStatus: status } = attempt;
    if (!response) {
      const outcome: Outcome = { kind: 'relay', upstream, rawHeaders, ...relayed };
      return status === undefined
        ? outcome
        : { ...outcome, streamFailure: { status, meaning: classification.kind } };
    }
    if (response.text === undefined && pool.owner === 'server') {
      throw new ProxyError('upstream-unreadable'); // it may contain the server's key
    }
    if (classification.kind === 'egress-refused') return egressRefused(response);
    const limited = classification.kind === 'rate-limited' && pool.owner === 'server';
    const headers = limited
      ? retryAfterHeaders(pool.shortage({ ...keyRequest, tried: [] }).retryAfterMs)
      : [];
    return { kind: 'buffered', response, headers, meaning: classification.kind };
  },
};

/** The error that replaces the provider's response, if that response is about the server's keys. */
function failureOfKeys(attempt: Attempt, pool: KeyPool, keyRequest: KeyRequest): ProxyError | undefined {
  const { kind } = attempt.classification;
  if (kind === 'ok' || kind === 'egress-refused' || kind === 'unavailable') return undefined;
  if (kind === 'rate-limited' && !attempt.inStream) return undefined;
  const { limitedMs, reason, retryAfterMs } = pool.shortage({ ...keyRequest, tried: [] });
  if (limitedMs !== undefined) return new ProxyError('keys-cooling', { retryAfterMs: limitedMs });
  if (kind === 'not-permitted') {
    return attempt.response?.status === 401 ? new ProxyError('keys-not-permitted') : undefined;
  }
  if (reason === undefined) return new ProxyError('key-refused', { retryAfterMs: 1_000 });
  return shortageError(reason, retryAfterMs);
}

const SHORTAGE_CODES = {
  'rate-limited': 'keys-cooling',
  'budget-spent': 'keys-budget-spent',
  'out-of-credit': 'keys-out-of-credit',
  invalid: 'keys-invalid',
} as const satisfies Record<RestReason, FailureCode>;

/** Longer than any month: a budget once for all has nothing to wait for. */
const LONGEST_WAIT_MS = 32 * 24 * 60 * 60 * 1_000;

function shortageError(reason: RestReason, retryAfterMs: number): ProxyError {
  return new ProxyError(SHORTAGE_CODES[reason], retryAfterMs > LONGEST_WAIT_MS ? {} : { retryAfterMs });
}

/** None if a key is free already: then the provider's own headers stay. */
function retryAfterHeaders(waitMs: number): readonly Header[] {
  if (waitMs <= 0) return [];
  return [
    ['Retry-After', String(Math.ceil(waitMs / 1_000))],
    ['Retry-After-Ms', String(Math.ceil(waitMs))],
  ];
}
