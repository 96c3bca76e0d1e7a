import type { IncomingHttpHeaders } from 'node:http';

/** No response of an upstream disables a key for longer. */
export const MAX_RETRY_AFTER_MS = 24 * 60 * 60 * 1_000;

/**
 * How long a response asks to wait, in ms, at most a day: `retry-after-ms`, `retry-after` (seconds or a date), else the
 * reset times of the limits that are used up.
 * @returns `undefined` if the headers say nothing that can be read
 */
export function retryAfterMs(headers: IncomingHttpHeaders, nowMs: number): number | undefined {
  const subscription = subscriptionReset(headers, nowMs);
  const stated = numberOf(headers['retry-after-ms']) ?? secondsOrDate(headers['retry-after'], nowMs);
  // A subscription's limit lasts until its reset, whatever shorter time stands beside it.
  const wait =
    subscription === undefined
      ? (stated ??
        longest(openaiResets(headers)) ??
        longest(anthropicResets(headers, nowMs)) ??
        plainReset(headers, nowMs))
      : Math.max(stated ?? 0, subscription);
  return wait === undefined ? undefined : boundedWait(wait);
}

/**
 * `38s`, of google.rpc.RetryInfo.
 * @returns ms, at most a day; `undefined` if it is none
 */
export function googleDelayMs(delay: string | undefined): number | undefined {
  const [, seconds] = /^(-?\d+(?:\.\d+)?)s$/.exec(delay ?? '') ?? [];
  return seconds === undefined ? undefined : boundedWait(Number(seconds) * 1_000);
}

export function boundedWait(waitMs: number): number {
  return Math.min(Math.max(waitMs, 0), MAX_RETRY_AFTER_MS);
}

function numberOf(value: string | string[] | undefined): number | undefined {
  return typeof value === 'string' && /^\d+(?:\.\d+)?$/.test(value) ? Number(value) : undefined;
}

function secondsOrDate(value: string | undefined, nowMs: number): number | undefined {
  const seconds = numberOf(value);
  return seconds === undefined ? dateMs(value, nowMs) : seconds * 1_000;
}

/**
 * Anthropic's subscriptions: `anthropic-ratelimit-unified-reset`, in seconds since 1970. The header stands in good
 * responses too, so it counts only where the status beside it says that this limit is the one.
 */
function subscriptionReset(headers: IncomingHttpHeaders, nowMs: number): number | undefined {
  if ((headers['anthropic-ratelimit-unified-status'] ?? 'rejected') !== 'rejected') return undefined;
  const seconds = numberOf(headers['anthropic-ratelimit-unified-reset']);
  return seconds === undefined ? undefined : seconds * 1_000 - nowMs;
}

const LIMIT_KINDS = [
  ...['requests', 'tokens', 'input-tokens', 'output-tokens'],
  // Cerebras: https://inference-docs.cerebras.ai/support/rate-limits
  ...['requests-day', 'tokens-day', 'requests-hour', 'tokens-hour', 'requests-minute', 'tokens-minute'],
] as const;

/** `x-ratelimit-reset-requests: 1m30.5s` (Azure and Cerebras: seconds), of each limit that is used up; of all, if none is. */
function openaiResets(headers: IncomingHttpHeaders): number[] {
  return resetsOf((kind) => ({
    remaining: headers[`x-ratelimit-remaining-${kind}`],
    resetMs: durationMs(headers[`x-ratelimit-reset-${kind}`]),
  }));
}

/** `anthropic-ratelimit-tokens-reset: 2026-01-27T12:00:00Z` */
function anthropicResets(headers: IncomingHttpHeaders, nowMs: number): number[] {
  return resetsOf((kind) => ({
    remaining: headers[`anthropic-ratelimit-${kind}-remaining`],
    resetMs: dateMs(headers[`anthropic-ratelimit-${kind}-reset`], nowMs),
  }));
}

/** Numbers from here on are seconds since 1970, and from there on milliseconds; smaller ones are seconds from now. */
const FIRST_EPOCH_SECONDS = 1e9;
const FIRST_EPOCH_MS = 1e12;

/** `x-ratelimit-reset`, which OpenRouter has in milliseconds since 1970, others in seconds, since then or from now. */
function plainReset(headers: IncomingHttpHeaders, nowMs: number): number | undefined {
  const reset = headers['x-ratelimit-reset'];
  const number = numberOf(reset);
  if (number === undefined) return durationMs(reset);
  if (number >= FIRST_EPOCH_MS) return number - nowMs;
  return number >= FIRST_EPOCH_SECONDS ? number * 1_000 - nowMs : number * 1_000;
}

interface Limit {
  readonly remaining: string | string[] | undefined;
  readonly resetMs: number | undefined;
}

function resetsOf(limitOf: (kind: (typeof LIMIT_KINDS)[number]) => Limit): number[] {
  const limits = LIMIT_KINDS.map(limitOf).filter(({ resetMs }) => resetMs !== undefined);
  const usedUp = limits.filter(({ remaining }) => numberOf(remaining) === 0);
  return (usedUp.length > 0 ? usedUp : limits).map(({ resetMs }) => resetMs ?? 0);
}

function dateMs(value: string | string[] | undefined, nowMs: number): number | undefined {
  const date = typeof value === 'string' ? Date.parse(value) : NaN;
  return Number.isNaN(date) ? undefined : date - nowMs;
}

const UNIT_MS: ReadonlyMap<string, number> = new Map([
  ['ms', 1],
  ['s', 1_000],
  ['m', 60_000],
  ['h', 3_600_000],
  ['d', 86_400_000],
]);

function durationMs(value: string | string[] | undefined): number | undefined {
  const seconds = numberOf(value);
  if (seconds !== undefined) return seconds * 1_000;
  if (typeof value !== 'string' || !/^(?:\d+(?:\.\d+)?(?:ms|[smhd]))+$/.test(value)) return undefined;
  let sum = 0;
  for (const [, amount, unit = ''] of value.matchAll(/(\d+(?:\.\d+)?)(ms|[smhd])/g)) {
    sum += Number(amount) * (UNIT_MS.get(unit) ?? 0);
  }
  return sum;
}

function longest(times: readonly number[]): number | undefined {
  return times.length === 0 ? undefined : Math.max(...times);
}
