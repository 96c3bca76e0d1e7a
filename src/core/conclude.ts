import { ProxyError } from '../errors';
import type { Header } from '../providers/provider';
import { abandon } from './answer';
import type { Attempt, Outcome, RelayedOutcome } from './attempt';
import type { KeyPool, KeyWish } from './key-pool';

export const EGRESS_HEADERS: readonly Header[] = [
  ['X-Proxy-Error', 'egress-refused'],
  [
    'X-Proxy-Remedy',
    'The provider refuses the country that this proxy asks from. Deploy it in another region, outside Hong Kong and the mainland.',
  ],
];

/**
 * What the client of a pool gets when no further key is tried.
 *
 * | the last attempt was | the client gets |
 * | --- | --- |
 * | nobody's fault | the provider's response |
 * | rate-limited | the provider's 429, with the soonest `Retry-After` of all keys |
 * | anything else, and any key is only rate-limited | 429 `keys-cooling` with the soonest `Retry-After` |
 * | invalid | 503 `keys-invalid`: never a 401, which would speak of the client's own token; SDKs stop |
 * | out of credit | 429 `keys-out-of-credit`: SDKs stop |
 * | not permitted | the provider's response; 403 `keys-not-permitted` in place of a 401 |
 * | any key's fault, and another key is free that the body was too large for | 503 `key-refused`: SDKs repeat it |
 */
export const conclude = {
  /** No key could be lent. */
  withoutKey(pool: KeyPool, wish: KeyWish): never {
    // Of the keys that were tried as well: while it tried them another request may have put the rest out.
    const { reason, retryAfterMs } = pool.shortage({ ...wish, tried: [] });
    if (reason === 'invalid') throw new ProxyError('keys-invalid', { retryAfterMs });
    if (reason === 'out-of-credit') throw new ProxyError('keys-out-of-credit', { retryAfterMs });
    throw new ProxyError('keys-cooling', { retryAfterMs });
  },

  withAttempt(
    attempt: Attempt,
    pool: KeyPool,
    wish: KeyWish,
    relayed: Pick<RelayedOutcome, 'onFailure' | 'tap'>,
  ): Outcome {
    const failure = pool.owner === 'server' ? ownFailure(attempt, pool, wish) : undefined;
    if (failure) {
      if (!attempt.response) abandon(attempt.upstream);
      throw failure;
    }
    const { upstream, rawHeaders, response, classification } = attempt;
    if (!response) return { kind: 'relay', upstream, rawHeaders, ...relayed };
    if (response.text === undefined && pool.owner === 'server') {
      throw new ProxyError('upstream-unreadable'); // the server's key might stand in it
    }
    if (classification.kind === 'egress-refused')
      return { kind: 'buffered', response, headers: EGRESS_HEADERS };
    const limited = classification.kind === 'rate-limited' && pool.owner === 'server';
    const headers = limited ? retryAfterHeaders(pool.shortage({ ...wish, tried: [] }).retryAfterMs) : [];
    return { kind: 'buffered', response, headers };
  },
};

/** What is said in place of the provider's response, which speaks of the server's keys. */
function ownFailure(attempt: Attempt, pool: KeyPool, wish: KeyWish): ProxyError | undefined {
  const { kind } = attempt.classification;
  if (kind === 'ok' || kind === 'egress-refused' || kind === 'unavailable') return undefined;
  if (kind === 'rate-limited' && !attempt.inStream) return undefined;
  const { limitedMs, reason, retryAfterMs } = pool.shortage({ ...wish, tried: [] });
  if (limitedMs !== undefined) return new ProxyError('keys-cooling', { retryAfterMs: limitedMs });
  if (kind === 'not-permitted') {
    return attempt.response?.status === 401 ? new ProxyError('keys-not-permitted') : undefined;
  }
  if (reason === undefined) return new ProxyError('key-refused', { retryAfterMs: 1_000 });
  return new ProxyError(reason === 'out-of-credit' ? 'keys-out-of-credit' : 'keys-invalid', { retryAfterMs });
}

/** None where a key is free already: then the provider's own word stands. */
function retryAfterHeaders(waitMs: number): readonly Header[] {
  if (waitMs <= 0) return [];
  return [
    ['Retry-After', String(Math.ceil(waitMs / 1_000))],
    ['Retry-After-Ms', String(Math.ceil(waitMs))],
  ];
}
