import { statesOf, type CountedLimits, type Excess, type LimitState } from '../proxy/limits/limit-store';
import { EXCESS_KINDS } from './limit-scripts';

/** The end of a calendar month, or of a minute and the second that has begun, is never further away. */
const MAX_MONEY_WAIT_MS = 31 * 24 * 60 * 60 * 1_000;
const MAX_WAIT_MS = 61_000;
/** The latest moment that a `Date` can be. */
const MAX_TIME_MS = 8.64e15;

/**
 * A reply to a reservation: why the request has to wait.
 * @returns `undefined` if it need not, or if the reply is anything else: others can write to Redis
 */
export function readReservation(reply: unknown, limits: CountedLimits): Excess | undefined {
  if (!Array.isArray(reply)) return undefined;
  const [place, waitMs] = reply as readonly unknown[];
  const kind = typeof place === 'number' ? EXCESS_KINDS[place - 1] : undefined;
  if (kind === undefined || typeof waitMs !== 'number') return undefined;
  const limit = limitOf(kind, limits);
  if (limit === undefined) return undefined;
  if (kind === 'money' && limits.money?.period === 'total') return { kind, limit, retryAfterMs: undefined };
  const longest = kind === 'money' ? MAX_MONEY_WAIT_MS : MAX_WAIT_MS;
  return { kind, limit, retryAfterMs: Math.min(longest, Math.max(1, waitMs)) };
}

function limitOf(kind: Excess['kind'], limits: CountedLimits): number | undefined {
  switch (kind) {
    case 'money':
    case 'money-reserved':
      return limits.money?.nanoUsd;
    case 'concurrency':
      return limits.concurrency;
    case 'requests-per-minute':
      return limits.requestsPerMinute;
    case 'tokens-per-minute':
      return limits.tokensPerMinute;
  }
}

/** A reply to the question of what is counted; `undefined` if it is not one. */
export function readState(reply: unknown, limits: CountedLimits): readonly LimitState[] | undefined {
  if (!Array.isArray(reply) || !reply.every((count) => typeof count === 'number')) return undefined;
  const [requests = 0, tokens = 0, running = 0, spent = 0, reserved = 0, endMs = 0] = reply.map((count) =>
    Math.max(0, count),
  );
  const resetsAtMs = limits.money?.period === 'total' ? undefined : Math.min(MAX_TIME_MS, endMs);
  return statesOf(limits, { requests, tokens, running, spent, reserved, resetsAtMs });
}
