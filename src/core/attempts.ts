import { ProxyError } from '../errors';
import type { Header } from '../providers/provider';
import { abandon, type UpstreamAnswer } from './answer';
import type { OutboundBody } from './body';
import type { Exchange } from './exchange';
import type { RequestTraits } from './inspect';
import type { KeyPool, Lease } from './key-pool';
import type { Outbound } from './outbound';
import type { PoolKey } from './pool-key';
import { readRefusal, withoutKey, type Refusal } from './refusal';
import type { UpstreamClient } from './upstream';
import { JUDGED_BY_BODY, judge, type Verdict } from './verdict';

/** What a request ends up with: an answer to relay, or one that was read and is given from memory. */
export type Outcome =
  | { readonly kind: 'relay'; readonly upstream: UpstreamAnswer }
  | { readonly kind: 'refusal'; readonly refusal: Refusal; readonly headers: readonly Header[] };

export interface AttemptOptions {
  readonly upstreams: UpstreamClient;
  /** Builds the request afresh for a key. */
  readonly outbound: (key: string) => Outbound;
  readonly body: OutboundBody;
  /** Whether connect failures, 502, 503 and 529 are tried once more, on another key. */
  readonly retryUpstreamErrors: boolean;
  /** The wall clock, in ms. */
  readonly now: () => number;
}

const EGRESS_HEADERS: readonly Header[] = [
  ['X-Proxy-Error', 'egress-refused'],
  [
    'X-Proxy-Remedy',
    'The provider refuses the country that this proxy asks from. Deploy it in another region, outside Hong Kong and the mainland.',
  ],
];

/** With one key of the caller's own there is nobody to fall back on: one attempt, and its answer is the caller's. */
export async function attemptOnce(
  key: string,
  exchange: Exchange,
  options: AttemptOptions,
): Promise<Outcome> {
  const upstream = await options.upstreams.send(options.outbound(key), options.body, exchange);
  // Only an egress refusal is worth a word of ours: a 403, or Google's 400.
  if (upstream.statusCode !== 403 && upstream.statusCode !== 400) return { kind: 'relay', upstream };
  const { refusal, verdict } = await judged(upstream, exchange, options.now());
  if (!refusal) return { kind: 'relay', upstream };
  return { kind: 'refusal', refusal, headers: verdict.kind === 'egress-refused' ? EGRESS_HEADERS : [] };
}

/** What each pool was last refused with, to be given again while all its keys cool. */
const lastRefusals = new WeakMap<KeyPool, Refusal>();

/**
 * Tries the pool's keys, each at most once, until an answer comes that is not the key's fault. Nothing has gone to the
 * caller before that, and nothing is tried again that cannot be sent again.
 */
export async function attemptPool(
  pool: KeyPool,
  traits: RequestTraits,
  exchange: Exchange,
  options: AttemptOptions,
): Promise<Outcome> {
  const tried: PoolKey[] = [];
  const wish = { ...traits, tried };
  let upstreamRetries = options.retryUpstreamErrors ? 1 : 0;
  for (;;) {
    const lease = await pool.lend(wish);
    if (!lease) return allCooling(pool, traits.model);
    // The wait for a key may have outlasted the caller.
    if (exchange.failure) {
      lease.close();
      throw exchange.failure;
    }
    tried.push(lease.poolKey);
    exchange.keyAlias = lease.poolKey.alias;
    const again = (verdict: Verdict) =>
      canGoOn(verdict, upstreamRetries) &&
      options.body.replayable &&
      !pool.suspected &&
      pool.hasAnother(wish);
    let answer: { upstream: UpstreamAnswer; refusal: Refusal | undefined; verdict: Verdict };
    try {
      const upstream = await options.upstreams.send(
        options.outbound(lease.poolKey.key),
        options.body,
        exchange,
      );
      const { refusal, verdict } = await judged(upstream, exchange, options.now());
      answer = { upstream, verdict, refusal: refusal && withoutKey(refusal, lease.poolKey.key) };
    } catch (error) {
      lease.close();
      if (!isConnectFailure(error) || !again({ kind: 'unavailable' })) throw error;
      upstreamRetries--;
      continue;
    }
    const { upstream, refusal, verdict } = answer;
    lease.settle(verdict);
    if (refusal && (verdict.kind === 'dead' || verdict.kind === 'quota' || verdict.kind === 'rate-limited'))
      lastRefusals.set(pool, refusal);
    if (again(verdict)) {
      lease.close();
      if (verdict.kind === 'unavailable') upstreamRetries--;
      if (!refusal) abandon(upstream); // unread: its socket cannot be used again
      continue;
    }
    return settleFor(lease, exchange, { upstream, refusal, verdict }, pool, traits.model);
  }
}

/** The attempt's answer is the caller's; the key is given back when it is over. */
function settleFor(
  lease: Lease,
  exchange: Exchange,
  answer: { upstream: UpstreamAnswer; refusal: Refusal | undefined; verdict: Verdict },
  pool: KeyPool,
  model: string,
): Outcome {
  if (exchange.response.closed) lease.close();
  else exchange.response.once('close', () => lease.close());
  if (!answer.refusal) return { kind: 'relay', upstream: answer.upstream };
  const headers =
    answer.verdict.kind === 'egress-refused' ? EGRESS_HEADERS : retryAfterHeaders(pool.soonestMs(model));
  return { kind: 'refusal', refusal: answer.refusal, headers: answer.verdict.kind === 'fine' ? [] : headers };
}

/** Nobody is asked while every key cools: the last answer is given again, with the time at which the first is free. */
function allCooling(pool: KeyPool, model: string): Outcome {
  const waitMs = pool.soonestMs(model);
  const refusal = lastRefusals.get(pool);
  if (!refusal) throw new ProxyError('keys-cooling', { retryAfterMs: waitMs });
  return { kind: 'refusal', refusal, headers: retryAfterHeaders(waitMs) };
}

/** None where a key is free already: then the upstream's own word stands. */
function retryAfterHeaders(waitMs: number): readonly Header[] {
  if (waitMs <= 0) return [];
  return [
    ['Retry-After', String(Math.ceil(waitMs / 1_000))],
    ['Retry-After-Ms', String(Math.ceil(waitMs))],
  ];
}

function canGoOn(verdict: Verdict, upstreamRetries: number): boolean {
  switch (verdict.kind) {
    case 'dead':
    case 'quota':
    case 'rate-limited':
    case 'unfit':
      return true;
    case 'unavailable':
      return upstreamRetries > 0;
    case 'fine':
    case 'egress-refused':
      return false;
  }
}

function isConnectFailure(error: unknown): boolean {
  return (
    error instanceof ProxyError &&
    /^(?:upstream-unreachable|upstream-dns|upstream-tls|connect-timeout)$/.test(error.code)
  );
}

const NOTHING_WRONG = { refusal: undefined, verdict: { kind: 'fine' } } as const;

async function judged(
  upstream: UpstreamAnswer,
  exchange: Exchange,
  nowMs: number,
): Promise<{ refusal: Refusal | undefined; verdict: Verdict }> {
  const status = upstream.statusCode ?? 502;
  if (status < 400) return NOTHING_WRONG;
  if (!JUDGED_BY_BODY.has(status)) {
    return { refusal: undefined, verdict: judge({ status, headers: upstream.headers, body: '' }, nowMs) };
  }
  const refusal = await readRefusal(upstream, exchange);
  if (!refusal) return { refusal, verdict: { kind: 'fine' } };
  return {
    refusal,
    verdict: judge({ status, headers: upstream.headers, body: refusal.text }, nowMs),
  };
}
