import type { IncomingHttpHeaders } from 'node:http';
import { retryAfterMs } from '../providers/errors/retry-after';

export { retryAfterMs };

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

/** `"retryDelay": "38s"` of google.rpc.RetryInfo; it means nothing where the limit is one of the day. */
function googleDelayMs(body: string): number | undefined {
  if (body.includes('PerDay')) return DAILY_WAIT_MS;
  const seconds = /"retryDelay":\s*"(\d{1,6}(?:\.\d+)?)s"/.exec(body)?.[1];
  return seconds === undefined ? undefined : Number(seconds) * 1_000;
}
