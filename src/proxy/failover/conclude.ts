import { ProxyError } from '../../errors/proxy-error';
import type { Header } from '../../http/header';
import type { BufferedResponse } from '../upstream/buffered-response';
import { abandon } from '../upstream/upstream-response';
import type { RelayedOutcome } from '../response/relay';
import type { Attempt, Outcome } from './attempt';
import type { KeyRequest } from '../keys/key-choice';
import type { KeyPool } from '../keys/key-pool';

const EGRESS_HEADERS: readonly Header[] = [
  ['X-Proxy-Error', 'egress-refused'],
  [
    'X-Proxy-Remedy',
    'The provider does not accept requests from the country of this proxy. Deploy it in another region, outside Hong Kong and the mainland.',
  ],
];

/** A provider's response to a request from a country that it does not serve, with the remedy. */
export function egressRefused(response: BufferedResponse): Outcome {
  return { kind: 'buffered', response, headers: EGRESS_HEADERS, egressRefused: true };
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
 * | not permitted | the provider's response; 403 `keys-not-permitted` in place of a 401 |
 * | the fault of the key, and another key is free, but the body was too large to keep | 503 `key-refused`: SDKs repeat it |
 */
export const conclude = {
  /** No key was available. */
  withoutKey(pool: KeyPool, keyRequest: KeyRequest): never {
    // Including the keys that were tried: meanwhile another request may have disabled the others.
    const { reason, retryAfterMs } = pool.shortage({ ...keyRequest, tried: [] });
    if (reason === 'invalid') throw new ProxyError('keys-invalid', { retryAfterMs });
    if (reason === 'out-of-credit') throw new ProxyError('keys-out-of-credit', { retryAfterMs });
    throw new ProxyError('keys-cooling', { retryAfterMs });
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
    const { upstream, rawHeaders, response, classification } = attempt;
    if (!response) return { kind: 'relay', upstream, rawHeaders, ...relayed };
    if (response.text === undefined && pool.owner === 'server') {
      throw new ProxyError('upstream-unreadable'); // it may contain the server's key
    }
    if (classification.kind === 'egress-refused') return egressRefused(response);
    const limited = classification.kind === 'rate-limited' && pool.owner === 'server';
    const headers = limited
      ? retryAfterHeaders(pool.shortage({ ...keyRequest, tried: [] }).retryAfterMs)
      : [];
    return { kind: 'buffered', response, headers };
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
  return new ProxyError(reason === 'out-of-credit' ? 'keys-out-of-credit' : 'keys-invalid', { retryAfterMs });
}

/** None if a key is free already: then the provider's own headers stay. */
function retryAfterHeaders(waitMs: number): readonly Header[] {
  if (waitMs <= 0) return [];
  return [
    ['Retry-After', String(Math.ceil(waitMs / 1_000))],
    ['Retry-After-Ms', String(Math.ceil(waitMs))],
  ];
}
