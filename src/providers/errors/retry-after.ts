import type { IncomingHttpHeaders } from 'node:http';

/** No response of an upstream disables a key for longer. */
export const MAX_RETRY_AFTER_MS = 24 * 60 * 60 * 1_000;

/** Headers of one form that say when rate limits end. */
export interface ResetHeaders {
  /** Each limit's headers, in lower case; only the limits that are used up count, if `remaining` says so of any. */
  readonly limits: readonly LimitHeaders[];
  /** How a reset time is written. Gives ms from now. */
  readonly parse: (value: string | string[] | undefined, nowMs: number) => number | undefined;
  /**
   * For a limit whose headers stand in good responses too, and that lasts until its reset, whatever shorter time stands
   * beside it: counts if this header has this value or is absent, and then even if there is a `retry-after`.
   */
  readonly rejectedBy?: { readonly header: string; readonly value: string };
}

interface LimitHeaders {
  readonly reset: string;
  readonly remaining?: string;
}

/**
 * How long a response asks to wait, in ms, at most a day: `retry-after-ms`, `retry-after` (seconds or a date), else the
 * first of `resets` that is there.
 * @returns `undefined` if the headers say nothing that can be read
 */
export function retryAfterMs(
  headers: IncomingHttpHeaders,
  nowMs: number,
  resets: readonly ResetHeaders[],
): number | undefined {
  let wait = numberOf(headers['retry-after-ms']) ?? secondsOrDate(headers['retry-after'], nowMs);
  for (const reset of resets) {
    const { rejectedBy } = reset;
    if (rejectedBy ? !hasRejected(headers, rejectedBy) : wait !== undefined) continue;
    const resetMs = latestReset(headers, nowMs, reset);
    if (resetMs !== undefined) wait = Math.max(wait ?? 0, resetMs);
  }
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

/** Numbers from here on are seconds since 1970, and from there on milliseconds; smaller ones are seconds from now. */
const FIRST_EPOCH_SECONDS = 1e9;
const FIRST_EPOCH_MS = 1e12;

/** A number of seconds or milliseconds since 1970, or of seconds from now; or a duration. */
export function epochOrDurationMs(value: string | string[] | undefined, nowMs: number): number | undefined {
  const number = numberOf(value);
  if (number === undefined) return durationMs(value);
  if (number >= FIRST_EPOCH_MS) return number - nowMs;
  return number >= FIRST_EPOCH_SECONDS ? number * 1_000 - nowMs : number * 1_000;
}

/** Seconds since 1970. */
export function epochSecondsMs(value: string | string[] | undefined, nowMs: number): number | undefined {
  const seconds = numberOf(value);
  return seconds === undefined ? undefined : seconds * 1_000 - nowMs;
}

/** The beginning of a date with its time. Without this `Date.parse` reads `-5` as a day of May 2001. */
const DATE = /^(?:[A-Z][a-z]{2,8},? |\d{4}-\d\d-\d\d[T ]).*\d\d:\d\d/;

/** A date, as ISO or HTTP writes it. */
export function dateMs(value: string | string[] | undefined, nowMs: number): number | undefined {
  const date = typeof value === 'string' && DATE.test(value) ? Date.parse(value) : NaN;
  return Number.isNaN(date) ? undefined : date - nowMs;
}

const UNIT_MS: ReadonlyMap<string, number> = new Map([
  ['ms', 1],
  ['s', 1_000],
  ['m', 60_000],
  ['h', 3_600_000],
  ['d', 86_400_000],
]);

/** `1m30.5s`, or a number of seconds. */
export function durationMs(value: string | string[] | undefined): number | undefined {
  const seconds = numberOf(value);
  if (seconds !== undefined) return seconds * 1_000;
  if (typeof value !== 'string' || !/^(?:\d+(?:\.\d+)?(?:ms|[smhd]))+$/.test(value)) return undefined;
  let sum = 0;
  for (const [, amount, unit = ''] of value.matchAll(/(\d+(?:\.\d+)?)(ms|[smhd])/g)) {
    sum += Number(amount) * (UNIT_MS.get(unit) ?? 0);
  }
  return sum;
}

function hasRejected(
  headers: IncomingHttpHeaders,
  { header, value }: NonNullable<ResetHeaders['rejectedBy']>,
): boolean {
  return (headers[header] ?? value) === value;
}

/** The latest reset of the limits that are used up; of all, if none is. */
function latestReset(
  headers: IncomingHttpHeaders,
  nowMs: number,
  { limits, parse }: ResetHeaders,
): number | undefined {
  let latest: number | undefined;
  let latestUsedUp: number | undefined;
  for (const { reset, remaining } of limits) {
    const resetMs = parse(headers[reset], nowMs);
    if (resetMs === undefined) continue;
    latest = Math.max(latest ?? resetMs, resetMs);
    if (remaining === undefined || numberOf(headers[remaining]) !== 0) continue;
    latestUsedUp = Math.max(latestUsedUp ?? resetMs, resetMs);
  }
  return latestUsedUp ?? latest;
}
