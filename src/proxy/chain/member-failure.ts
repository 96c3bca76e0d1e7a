import type { FailureCode } from '../../errors/failures';
import { ProxyError } from '../../errors/proxy-error';
import type { Classification } from '../../providers/errors/error-response';
import type { Exchange } from '../exchange/exchange';
import type { Outcome } from '../failover/attempt';
import type { Evidence } from './circuits';

/** Why a member has not served a request, so that the next one may. */
export interface MemberFailure {
  /** For the log: a code of ours, `upstream-503`, `failed-in-stream`. */
  readonly reason: string;
  readonly evidence: Evidence;
}

/**
 * Called when a provider of a chain has not served a request.
 * @param member `provider/model`
 */
export type MemberFailedListener = (exchange: Exchange, member: string, reason: string) => void;

/** What the provider's response says of the provider or of the server's keys, not of the request. */
const NOT_OF_REQUEST: Readonly<Partial<Record<Classification['kind'], Evidence>>> = {
  unavailable: 'for-client',
  'egress-refused': 'for-all',
  'rate-limited': 'none',
  'out-of-credit': 'none',
  invalid: 'none',
  'not-permitted': 'none',
};

/** The failures of ours that are about one provider; after any other the next one would not do better. */
const OF_ONE_PROVIDER: Readonly<Partial<Record<FailureCode, Evidence>>> = {
  'upstream-unreachable': 'for-all',
  'upstream-dns': 'for-all',
  'upstream-tls': 'for-all',
  'connect-timeout': 'for-all',
  // These a request may cause, by its length or by what is in it.
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

/** `undefined` if the response is the client's: a good one, or an error of the request itself. */
export function failureInOutcome(outcome: Outcome): MemberFailure | undefined {
  if (outcome.kind === 'buffered') return failureOf(outcome.response.status, outcome.meaning);
  const { streamFailure, upstream } = outcome;
  if (!streamFailure) return failureOf(upstream.statusCode ?? 502, undefined);
  const { status, meaning } = streamFailure;
  const isOfRequest = status >= 400 && status < 500 && evidenceIn(meaning) === undefined;
  return isOfRequest
    ? undefined
    : { reason: 'failed-in-stream', evidence: evidenceIn(meaning) ?? 'for-client' };
}

/** `undefined` if another provider would not help. */
export function failureInError(error: unknown): MemberFailure | undefined {
  const evidence = error instanceof ProxyError ? OF_ONE_PROVIDER[error.code] : undefined;
  return evidence && error instanceof ProxyError ? { reason: error.code, evidence } : undefined;
}

function failureOf(status: number, meaning: Classification['kind'] | undefined): MemberFailure | undefined {
  const evidence = evidenceIn(meaning) ?? (status >= 500 ? 'for-client' : undefined);
  return evidence && { reason: `upstream-${status}`, evidence };
}

function evidenceIn(meaning: Classification['kind'] | undefined): Evidence | undefined {
  return meaning && NOT_OF_REQUEST[meaning];
}
