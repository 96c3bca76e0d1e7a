import { ProxyError } from '../errors/proxy-error';
import { withFirstBodyByte, withFirstByteLimit } from './chain/first-byte-limit';
import { failureInError, failureInOutcome, type MemberFailure } from './chain/member-failure';
import { MemberScope } from './chain/member-scope';
import type { Exchange } from './exchange/exchange';
import type { Outcome } from './failover/attempt';
import type { AttemptOptions } from './failover/failover';
import type { RequestPlan, RoutedRequest } from './request-plan';
import type { UpstreamClient } from './upstream/upstream-client';

export interface MemberAttemptOptions {
  readonly upstreams: UpstreamClient;
  readonly plan: (request: RoutedRequest) => Promise<RequestPlan>;
  readonly send: (
    plan: RequestPlan,
    exchange: Exchange,
    how: Pick<AttemptOptions, 'upstreams' | 'scope'>,
  ) => Promise<Outcome>;
}

/** How long the head of a response is awaited. */
export interface FirstByteLimit {
  /** In ms; `Infinity` for no limit. */
  readonly limitMs: number;
  /** Whether another provider could have the request then. */
  readonly hasNext: () => boolean;
}

/** What came of a request, with the request as it was sent. */
export interface Sent {
  readonly request: RoutedRequest;
  readonly plan: RequestPlan;
  readonly outcome: Outcome;
}

/** What came of one provider. */
export interface MemberAttempt {
  /** `undefined` if there was no response. */
  readonly sent: Sent | undefined;
  /** Thrown in place of a response. */
  readonly error: unknown;
  /** `undefined` if the response is the client's. */
  readonly failure: MemberFailure | undefined;
  /** Whether the request can be sent once more. */
  readonly isRepeatable: () => boolean;
  /** Ends all that is under way, and releases all that is held. */
  readonly leave: () => void;
}

/**
 * Sends a request to one provider of several, with as many of its keys as it takes, and waits for the first byte.
 * @throws what another provider could not mend; the reason that stops the exchange meanwhile
 */
export async function attemptMember(
  request: RoutedRequest,
  { limitMs, hasNext }: FirstByteLimit,
  options: MemberAttemptOptions,
): Promise<MemberAttempt> {
  const { exchange, provider } = request;
  const { record } = exchange;
  const attemptsBefore = record.attempts;
  exchange.provider = provider;
  record.keyAlias = undefined;
  record.upstreamError = undefined;
  const scope = new MemberScope(exchange);
  const stop = exchange.startAttempt();
  const plan = await options.plan(request);
  const { credentials, body, recorder } = plan;
  // A client's own key is for one provider, and goes to no other.
  const isServerKey = credentials.kind === 'pool' && credentials.pool.owner === 'server';
  const isRepeatable = () => isServerKey && (body.replayable || record.attempts === attemptsBefore);
  const leave = () => {
    stop(new ProxyError('upstream-reset')); // nobody reads it: what has a result already cannot fail any more
    scope.end();
    recorder.release();
  };
  const isGivenUp = () => isRepeatable() && hasNext();
  const upstreams = withFirstByteLimit(options.upstreams, exchange, limitMs, isGivenUp);
  try {
    const response = await options.send(plan, exchange, { upstreams, scope });
    const failure = failureInOutcome(response);
    const outcome = failure ? response : await withFirstBodyByte(response, exchange);
    return { sent: { request, plan, outcome }, error: undefined, failure, isRepeatable, leave };
  } catch (error) {
    const failure = exchange.failure ? undefined : failureInError(error);
    if (!failure) throw error;
    return { sent: undefined, error, failure, isRepeatable, leave };
  }
}
