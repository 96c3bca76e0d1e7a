import type { IncomingHttpHeaders } from 'node:http';

/** What one answer of an upstream says of the key that it was asked with. */
export type Verdict =
  /** Nothing: the answer goes to the caller as it is. */
  | { readonly kind: 'fine' }
  /** Invalid, disabled or revoked. */
  | { readonly kind: 'dead' }
  /** Out of quota or credit, which no short wait mends. */
  | { readonly kind: 'quota' }
  /** Too many requests or tokens, for one model; `retryAfterMs` undefined where the answer does not say until when. */
  | { readonly kind: 'rate-limited'; readonly retryAfterMs: number | undefined }
  /** The key is good, but not for this (a scope, a model): another may be. */
  | { readonly kind: 'unfit' }
  /** The address that asks is refused, so no key would help. */
  | { readonly kind: 'egress-refused' }
  /** The upstream itself is unwell: 502, 503, 529. */
  | { readonly kind: 'unavailable' };

/** An answer that may say something of its key. */
export interface JudgedAnswer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  /** The body's text, decoded; '' where it could not be read. */
  readonly body: string;
}

/** Statuses whose body must be read before the answer can be judged; 5xx speak for themselves. */
export const JUDGED_BY_BODY: ReadonlySet<number> = new Set([400, 401, 402, 403, 429]);

// What the providers document and what their users report; the bodies are in the table of the test.
const EGRESS =
  /unsupported_country_region_territory|country, region, or territory not supported|request not allowed|user location is not supported/i;
const QUOTA =
  /insufficient_quota|billing_not_active|billing_hard_limit_reached|billing_error|exceeded your current quota|credit balance is too low|insufficient.{0,3}balance|out of credits/i;
const UNFIT =
  /missing scopes|insufficient permissions|ip_not_authorized|does not have access to model|model_not_found/i;
const DEAD =
  /invalid_api_key|incorrect api key|invalid x-api-key|invalid bearer token|account_deactivated|(?:key|account|organization|project|workspace).{0,40}(?:disabled|deactivated|revoked|suspended|deleted|banned|expired|archived|leaked)|(?:disabled|deactivated|revoked|suspended).{0,20}(?:key|account|organization)/i;

/** Google calls every limit a quota, and has one for each model. */
const GOOGLE_LIMIT = '"RESOURCE_EXHAUSTED"';
const DAILY_WAIT_MS = 60 * 60 * 1_000;
const DEAD_400 = /organization has been disabled|api_key_invalid|api key (?:not valid|expired)/i;

/** Judges one answer. Pure: the same answer always means the same. `nowMs` is the wall clock, for absolute times. */
export function judge(answer: JudgedAnswer, nowMs: number): Verdict {
  const { status, body } = answer;
  switch (status) {
    case 401:
      if (UNFIT.test(body)) return { kind: 'unfit' };
      return QUOTA.test(body) ? { kind: 'quota' } : { kind: 'dead' };
    case 403:
      if (EGRESS.test(body)) return { kind: 'egress-refused' };
      if (UNFIT.test(body)) return { kind: 'unfit' };
      if (QUOTA.test(body)) return { kind: 'quota' };
      return DEAD.test(body) ? { kind: 'dead' } : { kind: 'fine' };
    case 402:
      return { kind: 'quota' };
    case 400: // Anthropic: "Your credit balance is too low"; Google: a key that is not valid, a country that is not served
      if (/user location is not supported/i.test(body)) return { kind: 'egress-refused' };
      if (QUOTA.test(body)) return { kind: 'quota' };
      return DEAD_400.test(body) ? { kind: 'dead' } : { kind: 'fine' };
    case 429:
      if (body.includes(GOOGLE_LIMIT)) return { kind: 'rate-limited', retryAfterMs: googleDelayMs(body) };
      return QUOTA.test(body)
        ? { kind: 'quota' }
        : { kind: 'rate-limited', retryAfterMs: retryAfterMs(answer.headers, nowMs) };
    case 502:
    case 503:
    case 529:
      return { kind: 'unavailable' };
    default:
      return { kind: 'fine' };
  }
}

/** Nothing an upstream says may keep a key out for longer. */
const MAX_RETRY_AFTER_MS = 24 * 60 * 60 * 1_000;

/**
 * How long an answer asks to wait, in ms: `retry-after-ms`, `retry-after` (seconds or a date), else the reset times of
 * the limits that are used up. Undefined where it says nothing that can be read.
 */
export function retryAfterMs(headers: IncomingHttpHeaders, nowMs: number): number | undefined {
  const told =
    numberOf(headers['retry-after-ms']) ??
    secondsOrDate(headers['retry-after'], nowMs) ??
    longest(openaiResets(headers)) ??
    longest(anthropicResets(headers, nowMs));
  return told === undefined ? undefined : Math.min(Math.max(told, 0), MAX_RETRY_AFTER_MS);
}

/** `"retryDelay": "38s"` of google.rpc.RetryInfo; it means nothing where the limit is one of the day. */
function googleDelayMs(body: string): number | undefined {
  if (body.includes('PerDay')) return DAILY_WAIT_MS;
  const seconds = /"retryDelay":\s*"(\d{1,6}(?:\.\d+)?)s"/.exec(body)?.[1];
  return seconds === undefined ? undefined : Number(seconds) * 1_000;
}

function numberOf(value: string | string[] | undefined): number | undefined {
  return typeof value === 'string' && /^\d+(?:\.\d+)?$/.test(value) ? Number(value) : undefined;
}

function secondsOrDate(value: string | undefined, nowMs: number): number | undefined {
  const seconds = numberOf(value);
  if (seconds !== undefined) return seconds * 1_000;
  const date = value === undefined ? NaN : Date.parse(value);
  return Number.isNaN(date) ? undefined : date - nowMs;
}

const LIMIT_KINDS = ['requests', 'tokens', 'input-tokens', 'output-tokens'] as const;

/** `x-ratelimit-reset-requests: 1m30.5s`, of each limit of which nothing remains; of all, where none says so. */
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

const UNIT_MS: Readonly<Record<string, number>> = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 };

function durationMs(value: string | string[] | undefined): number | undefined {
  if (typeof value !== 'string' || !/^(?:\d+(?:\.\d+)?(?:ms|[smhd]))+$/.test(value)) return undefined;
  let sum = 0;
  for (const [, amount, unit] of value.matchAll(/(\d+(?:\.\d+)?)(ms|[smhd])/g)) {
    sum += Number(amount) * (UNIT_MS[unit ?? ''] ?? 0);
  }
  return sum;
}

function longest(times: readonly number[]): number | undefined {
  return times.length === 0 ? undefined : Math.max(...times);
}
