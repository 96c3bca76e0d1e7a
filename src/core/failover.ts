import { ProxyError } from '../errors';
import type { Classification, RequestFacts } from '../providers/error-response';
import type { Provider } from '../providers/provider';
import { abandon, type UpstreamAnswer } from './answer';
import type { Attempt, Outcome } from './attempt';
import type { OutboundBody } from './body';
import { bufferResponse, bufferedFrom, withoutKey } from './buffered-response';
import { classifyResponse, jsonOf, type Classified } from './classify-response';
import type { Exchange } from './exchange';
import { FOREIGN_OBJECT_STATUSES, isForeignObject } from './foreign-object';
import type { KeyPool, KeyWish, Lease } from './key-pool';
import { MaskedResponse } from './mask-response';
import { conclude, EGRESS_HEADERS } from './conclude';
import { RetryBudget } from './retry-budget';
import type { Outbound } from './outbound';
import type { OwnerRecorder } from './owner-recorder';
import type { PoolKey } from './pool-key';
import { beginningOf, isEventStream, type StreamFailure } from './stream-events';
import type { UpstreamClient } from './upstream';
import { withoutSecret } from './without-secret';

export interface AttemptOptions {
  readonly provider: Provider;
  readonly facts: RequestFacts;
  readonly upstreams: UpstreamClient;
  /** Builds the request afresh for a key. */
  readonly outbound: (key: string) => Outbound;
  readonly body: OutboundBody;
  /** Whether connect failures, 502, 503 and 529 are tried once more, on another key. */
  readonly retryUpstreamErrors: boolean;
  /** The wall clock, in ms. */
  readonly now: () => number;
  /** Remembers which key made what the provider keeps. */
  readonly recorder: OwnerRecorder;
}

const OK: Classification = { kind: 'ok' };

/**
 * With one key of the client's own there is nothing to fall back on: one attempt, whose response is the client's.
 * @param owner the fingerprint of the server's key that an address which is its own permission was made with
 */
export async function sendOnce(
  key: string,
  exchange: Exchange,
  options: AttemptOptions,
  owner?: string,
): Promise<Outcome> {
  const upstream = await options.upstreams.send(options.outbound(key), options.body, exchange);
  const status = upstream.statusCode ?? 502;
  const onFailure = (failure: StreamFailure) => {
    exchange.upstreamError = classifyFailure(failure, options).code;
  };
  // Only an egress refusal is worth a word of ours: a 403, or Google's 400.
  const { rawHeaders } = upstream;
  const tap = options.recorder.record(upstream, owner);
  if (status !== 403 && status !== 400) return { kind: 'relay', upstream, rawHeaders, onFailure, tap };
  const response = await bufferResponse(upstream, exchange);
  if (!response) return { kind: 'relay', upstream, rawHeaders, onFailure, tap };
  const { classification, code } = classifyResponse(response, options);
  exchange.upstreamError = code;
  return {
    kind: 'buffered',
    response,
    headers: classification.kind === 'egress-refused' ? EGRESS_HEADERS : [],
  };
}

/**
 * Tries the pool's keys, each at most once, until a response comes that is not the key's fault. Nothing has gone to the
 * client before that, and nothing is tried again that cannot be sent again.
 */
export async function sendWithPool(
  pool: KeyPool,
  traits: Omit<KeyWish, 'tried'>,
  exchange: Exchange,
  options: AttemptOptions,
): Promise<Outcome> {
  const tried: PoolKey[] = [];
  let wish: KeyWish = { ...traits, tried };
  const budget = new RetryBudget(pool, options.retryUpstreamErrors);
  for (;;) {
    const lease = await pool.lend(wish);
    if (!lease) return conclude.withoutKey(pool, wish);
    // The wait for a key may have outlasted the client.
    if (exchange.failure) {
      lease.release();
      throw exchange.failure;
    }
    tried.push(lease.poolKey);
    exchange.keyAlias = lease.poolKey.alias;
    const couldGoOn = () => options.body.replayable && !pool.suspected && pool.hasAnother(wish);
    let attempt: Attempt;
    try {
      attempt = await tryKey(lease.poolKey.key, pool, exchange, options);
    } catch (error) {
      lease.release();
      if (!isConnectFailure(error) || !couldGoOn() || !budget.allowsUpstream()) throw error;
      continue;
    }
    lease.record(attempt.classification, (attempt.upstream.statusCode ?? 502) < 400 && !attempt.inStream);
    const isForeign = saysForeign(attempt, options);
    if (isForeign) wish = { ...wish, owner: undefined }; // whoever was thought to have it has not
    if (couldGoOn() && (isForeign ? budget.allowsOtherOwner() : budget.allows(attempt))) {
      lease.release();
      if (!attempt.response) abandon(attempt.upstream); // unread: its socket cannot be used again
      continue;
    }
    holdUntilClosed(lease, exchange);
    const onFailure = (failure: StreamFailure) => {
      const { classification, code } = classifyFailure(failure, options);
      exchange.upstreamError = code;
      lease.recordLate(classification);
    };
    const tap = attempt.inStream
      ? undefined
      : options.recorder.record(attempt.upstream, lease.poolKey.fingerprint);
    return conclude.withAttempt(attempt, pool, wish, { onFailure, tap });
  }
}

/** Sends the request with one key, and reads as much of the response as it takes to tell what it says of that key. */
async function tryKey(
  key: string,
  pool: KeyPool,
  exchange: Exchange,
  options: AttemptOptions,
): Promise<Attempt> {
  const upstream = await options.upstreams.send(options.outbound(key), options.body, exchange);
  exchange.upstreamError = undefined;
  const rawHeaders = pool.owner === 'server' ? withoutSecret(upstream.rawHeaders, key) : upstream.rawHeaders;
  const good = {
    classification: OK,
    code: undefined,
    upstream,
    rawHeaders,
    response: undefined,
    inStream: false,
  };
  if ((upstream.statusCode ?? 502) < 400) return beginStream(good, exchange, options);
  const whole = await bufferResponse(upstream, exchange);
  if (!whole) return pool.owner === 'server' ? { ...good, upstream: masked(upstream, key) } : good;
  const classified = classifyResponse(whole, options);
  exchange.upstreamError = classified.code;
  // A client's own keys stand in what it is told as the provider has them.
  const response = pool.owner === 'server' ? withoutKey(whole, key) : whole;
  return { ...classified, upstream, rawHeaders, response, inStream: false };
}

/** Whether the key that was used does not know the object that the request names, which another may. */
function saysForeign({ response, classification }: Attempt, { recorder }: AttemptOptions): boolean {
  if (!response || classification.kind !== 'ok' || !FOREIGN_OBJECT_STATUSES.has(response.status))
    return false;
  const { namesObject } = recorder;
  return isForeignObject({ status: response.status, body: jsonOf(response.text), namesObject });
}

/** Looks at the first event of an event stream, which may tell of a failure. */
async function beginStream(good: Attempt, exchange: Exchange, options: AttemptOptions): Promise<Attempt> {
  const { upstream } = good;
  if (!isEventStream(upstream.headers['content-type'])) return good;
  if (upstream.headers['content-encoding'] !== undefined) return good;
  const { failure, ended } = await beginningOf(upstream, exchange);
  if (ended) return { ...good, response: await bufferedFrom(upstream, ended) };
  if (!failure) return good;
  const classified = classifyFailure(failure, options);
  exchange.upstreamError = classified.code;
  return { ...good, ...classified, inStream: true };
}

/** What is too long to be read says nothing of its key, which must not stand in it all the same. */
function masked(upstream: UpstreamAnswer, key: string): UpstreamAnswer {
  if ((upstream.headers['content-encoding'] ?? 'identity') === 'identity') {
    return new MaskedResponse(upstream, key);
  }
  abandon(upstream);
  throw new ProxyError('upstream-unreadable');
}

function classifyFailure(
  { status, body }: StreamFailure,
  { provider, facts, now }: AttemptOptions,
): Classified {
  return classifyResponse({ status, headers: {}, text: JSON.stringify(body) }, { provider, facts, now });
}

/** The attempt's response is the client's; the key is released when it is over. */
function holdUntilClosed(lease: Lease, { response }: Exchange): void {
  if (response.closed) lease.release();
  else response.once('close', () => lease.release());
}

function isConnectFailure(error: unknown): boolean {
  return (
    error instanceof ProxyError &&
    /^(?:upstream-unreachable|upstream-dns|upstream-tls|connect-timeout)$/.test(error.code)
  );
}
