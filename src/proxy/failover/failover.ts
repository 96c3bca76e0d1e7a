import { ProxyError } from '../../errors/proxy-error';
import type { Classification, RequestFacts } from '../../providers/errors/error-response';
import type { Provider } from '../../providers/provider';
import { abandon, type UpstreamResponse } from '../upstream/upstream-response';
import type { Attempt, Outcome } from './attempt';
import { reported, type AttemptListener } from './report-attempt';
import type { OutboundBody } from '../body/body';
import { bufferResponse, withoutKey } from '../upstream/buffered-response';
import { chargeLastKey } from './charge-key';
import { classifyParsed, classifyResponse, jsonOf, type Classified } from './classify-response';
import type { Exchange } from '../exchange/exchange';
import { FOREIGN_OBJECT_STATUSES, isForeignObject } from './foreign-object';
import type { KeyRequest } from '../keys/key-choice';
import type { KeyPool } from '../keys/key-pool';
import type { Lease } from '../keys/lease';
import type { Costs } from '../limits/costs';
import { MaskedResponse } from '../upstream/masked-response';
import { conclude, egressRefused } from './conclude';
import { RetryBudget } from './retry-budget';
import type { OutboundRequest } from '../request/outbound-request';
import type { OwnerRecorder } from '../owners/owner-recorder';
import type { ManagedKey } from '../keys/managed-key';
import { codingsOf } from '../../http/decode-body';
import { headerIn } from '../../http/filter-headers';
import { ReplayedResponse } from '../upstream/replayed-response';
import { beginningOf, hasReadableEvents, type StreamFailure } from '../upstream/first-event';
import type { UpstreamClient } from '../upstream/upstream-client';
import { withoutSecret } from '../../secrets/without-secret';

export interface AttemptOptions {
  readonly provider: Provider;
  readonly facts: RequestFacts;
  readonly upstreams: Pick<UpstreamClient, 'send'>;
  /** Builds the request afresh for a key. */
  readonly outbound: (key: string) => OutboundRequest;
  readonly body: OutboundBody;
  /** Whether connect failures, 502, 503 and 529 are tried once more, on another key. */
  readonly retryUpstreamErrors: boolean;
  /** The wall clock, in ms. */
  readonly now: () => number;
  /** `undefined` if nobody listens. */
  readonly onAttempt?: AttemptListener | undefined;
  /** Records which key made which stored object. */
  readonly recorder: OwnerRecorder;
  /** What requests cost, for keys with a budget. */
  readonly costs: Costs;
  /** Until when what the attempts hold is held; `undefined` for as long as the exchange lasts. */
  readonly scope?: Pick<Exchange, 'onClose' | 'onSettle'> | undefined;
}

const OK: Classification = { kind: 'ok' };

/**
 * Sends a request with the client's only key: one attempt, whose response goes to the client.
 * @param owner if the URL itself is the credential: the fingerprint of the server's key that it was made with
 */
export async function sendOnce(
  key: string,
  exchange: Exchange,
  options: AttemptOptions,
  owner?: string,
): Promise<Outcome> {
  const upstream = await send(key, exchange, options);
  const status = upstream.statusCode ?? 502;
  const onFailure = (failure: StreamFailure) => {
    exchange.record.upstreamError = classifyFailure(failure, options).code;
  };
  // The proxy adds headers only to an error response for the egress address: a 403, or Google's 400.
  const { rawHeaders } = upstream;
  const tap = options.recorder.record(upstream, owner);
  if (status !== 403 && status !== 400) return { kind: 'relay', upstream, rawHeaders, onFailure, tap };
  const response = await bufferResponse(upstream, exchange);
  if (!response) return { kind: 'relay', upstream, rawHeaders, onFailure, tap };
  const { classification, code } = classifyResponse(response, options);
  exchange.record.upstreamError = code;
  return classification.kind === 'egress-refused'
    ? egressRefused(response)
    : { kind: 'buffered', response, headers: [] };
}

/**
 * Tries the pool's keys, each at most once, until a response is received that is not the key's fault. Nothing is sent to
 * the client before that, and a request that cannot be sent again is not retried.
 */
export async function sendWithPool(
  pool: KeyPool,
  traits: Omit<KeyRequest, 'tried'>,
  exchange: Exchange,
  options: AttemptOptions,
): Promise<Outcome> {
  const tried: ManagedKey[] = [];
  if (pool.hasBudgets) chargeLastKey(exchange, pool, tried, options);
  // In this order: a member that is added to a copy makes that ten times as slow.
  let keyRequest: KeyRequest = { tried, ...traits };
  const budget = new RetryBudget(pool, options.retryUpstreamErrors);
  for (;;) {
    const lease = await pool.acquire(keyRequest);
    if (!lease) return conclude.withoutKey(pool, keyRequest);
    // The client may have disconnected during the wait for a key.
    if (exchange.failure) {
      lease.release();
      throw exchange.failure;
    }
    tried.push(lease.poolKey);
    exchange.record.keyAlias = lease.poolKey.alias;
    const canRetry = () => options.body.replayable && !pool.suspected && pool.hasAnother(keyRequest);
    let attempt: Attempt;
    try {
      attempt = await tryKey(lease.poolKey.key, pool, exchange, options);
    } catch (error) {
      lease.release();
      if (!isConnectFailure(error) || !canRetry() || !budget.allowsUpstream()) throw error;
      exchange.record.addFailedAttempt({
        provider: options.provider.name,
        key: lease.poolKey.alias,
        status: undefined,
        code: error.code,
        why: undefined,
      });
      continue;
    }
    lease.record(attempt.classification, (attempt.upstream.statusCode ?? 502) < 400 && !attempt.inStream);
    const isForeign = isAboutForeignObject(attempt, options);
    if (isForeign || attempt.classification.kind !== 'ok') {
      exchange.record.addFailedAttempt({
        provider: options.provider.name,
        key: lease.poolKey.alias,
        status: attempt.eventStatus ?? attempt.upstream.statusCode,
        code: attempt.code,
        why: isForeign ? 'not-found' : attempt.classification.kind,
      });
    }
    if (isForeign) keyRequest = { ...keyRequest, owner: undefined }; // the presumed owner does not have it
    if (canRetry() && (isForeign ? budget.allowsOtherOwner() : budget.allows(attempt))) {
      lease.release();
      if (!attempt.response) abandon(attempt.upstream); // not read, so its socket cannot be used again
      continue;
    }
    holdUntilClosed(lease, options.scope ?? exchange);
    const onFailure = (failure: StreamFailure) => {
      const { classification, code } = classifyFailure(failure, options);
      exchange.record.upstreamError = code;
      lease.recordLate(classification);
    };
    const tap = attempt.inStream
      ? undefined
      : options.recorder.record(attempt.upstream, lease.poolKey.fingerprint);
    return conclude.withAttempt(attempt, pool, keyRequest, { onFailure, tap });
  }
}

/** Sends the request with one key, and reads as much of the response as is needed to classify it. */
async function tryKey(
  key: string,
  pool: KeyPool,
  exchange: Exchange,
  options: AttemptOptions,
): Promise<Attempt> {
  const upstream = await send(key, exchange, options);
  exchange.record.upstreamError = undefined;
  // The client's own keys are not removed from a response to that client.
  const hidesKey = pool.owner === 'server';
  const rawHeaders = hidesKey ? withoutSecret(upstream.rawHeaders, key) : upstream.rawHeaders;
  // No client reads a reason phrase (RFC 9112 §4).
  if (hidesKey && upstream.statusMessage?.includes(key) === true) upstream.statusMessage = '';
  const good = {
    classification: OK,
    code: undefined,
    upstream,
    rawHeaders,
    response: undefined,
    inStream: false,
  };
  const hidden = hidesKey ? key : undefined;
  if ((upstream.statusCode ?? 502) < 400) return beginStream(good, hidden, exchange, options);
  const whole = await bufferResponse(upstream, exchange);
  if (!whole) return hidesKey ? { ...good, upstream: masked(upstream, key) } : good;
  const classified = classifyResponse(whole, options);
  exchange.record.upstreamError = classified.code;
  const response = hidesKey ? withoutKey(whole, key) : whole;
  return { ...classified, upstream, rawHeaders, response, inStream: false };
}

/** Sends the request once, and reports how it went if someone listens. */
function send(key: string, exchange: Exchange, options: AttemptOptions): Promise<UpstreamResponse> {
  const { upstreams, outbound, body, onAttempt } = options;
  const sent = upstreams.send(outbound(key), body, exchange);
  return onAttempt ? reported(sent, exchange, onAttempt) : sent;
}

/** Whether the key that was used does not have the object that the request names; another key may have it. */
function isAboutForeignObject({ response, classification }: Attempt, { recorder }: AttemptOptions): boolean {
  if (!response || classification.kind !== 'ok' || !FOREIGN_OBJECT_STATUSES.has(response.status))
    return false;
  const { namesObject } = recorder;
  return isForeignObject({ status: response.status, body: jsonOf(response.text), namesObject });
}

/**
 * Reads the first event of an event stream, which may be a failure.
 * @param hidden the key, if a response that is read must not contain it
 */
function beginStream(
  good: Attempt,
  hidden: string | undefined,
  exchange: Exchange,
  options: AttemptOptions,
): Attempt | Promise<Attempt> {
  // Not Node's `headers`, which it makes of these when they are first read.
  const { rawHeaders } = good;
  return hasReadableEvents(rawHeaders) ? withFirstEvent(good, hidden, exchange, options) : good;
}

async function withFirstEvent(
  good: Attempt,
  hidden: string | undefined,
  exchange: Exchange,
  options: AttemptOptions,
): Promise<Attempt> {
  const { failure, ended } = await beginningOf(good.upstream, exchange);
  if (!failure && !ended) return good;
  const stream = ended ? new ReplayedResponse(good.upstream, ended) : good.upstream;
  const begun = {
    ...good,
    upstream: hidden === undefined ? stream : maskedStream(stream, failure, hidden),
  };
  if (!failure) return begun;
  const classified = classifyFailure(failure, options);
  exchange.record.upstreamError = classified.code;
  return { ...begun, ...classified, inStream: true, eventStatus: failure.status };
}

/** A stream of which the first event was read: without the key, which cannot be removed from compressed bytes. */
function maskedStream(
  upstream: UpstreamResponse,
  failure: StreamFailure | undefined,
  key: string,
): UpstreamResponse {
  const isReadable = !isCompressed(upstream);
  return isReadable || JSON.stringify(failure?.body ?? null).includes(key) ? masked(upstream, key) : upstream;
}

function isCompressed({ rawHeaders }: UpstreamResponse): boolean {
  return codingsOf(headerIn(rawHeaders, 'content-encoding')).length > 0;
}

/** A response that is too long to be read is not classified, but the key must still be removed from it. */
function masked(upstream: UpstreamResponse, key: string): UpstreamResponse {
  if (!isCompressed(upstream)) return new MaskedResponse(upstream, key);
  abandon(upstream);
  throw new ProxyError('upstream-unreadable');
}

function classifyFailure(
  { status, body }: StreamFailure,
  { provider, facts, now }: AttemptOptions,
): Classified {
  return classifyParsed({ status, headers: {}, body }, { provider, facts, now });
}

/** The attempt's response goes to the client; the key is released when that response is over. */
function holdUntilClosed(lease: Lease, scope: Pick<Exchange, 'onClose'>): void {
  scope.onClose(() => {
    lease.release();
  });
}

function isConnectFailure(error: unknown): error is ProxyError {
  return (
    error instanceof ProxyError &&
    /^(?:upstream-unreachable|upstream-dns|upstream-tls|connect-timeout)$/.test(error.code)
  );
}
