import type { IncomingHttpHeaders } from 'node:http';

/** What an error body says, read out of it and not yet judged. */
export interface ErrorFacts {
  /** The provider's own codes, types, statuses and reasons, the most particular first; numbers as text. */
  readonly codes: readonly string[];
  /** Its message, cut; '' if there is none. What a client wrote may be quoted in it, but never stands at its beginning. */
  readonly message: string;
  /** Google: which quotas are used up. */
  readonly quotaIds: readonly string[];
  /** Google: how long to wait, as `38s`. */
  readonly retryDelay: string | undefined;
  /** OpenRouter: when a budget comes back, as an ISO date. */
  readonly resetsAt: string | undefined;
  /** OpenRouter: the rate limit's headers, which an error inside a stream has in its body only. */
  readonly headers: IncomingHttpHeaders;
}

/** No pattern reads further. */
const MAX_MESSAGE_LENGTH = 256;
/** Of Google's lists, which have two or three entries. */
const MAX_ENTRIES = 16;

/**
 * Reads the forms in which providers report errors. Total: any body has facts, if only empty ones. Only members with
 * a meaning of their own are read, never `param`, `metadata.raw`, `failed_generation`, `flagged_input` or FastAPI's
 * `detail[].input`, which repeat what the client sent.
 */
export function errorFacts(body: unknown): ErrorFacts {
  const root: unknown = Array.isArray(body) ? body[0] : body; // Google's OpenAI endpoint wraps it in an array
  const inner = member(root, 'error');
  const error = isRecord(inner) ? inner : root;
  const details = member(error, 'details');
  const listed = entries(details);
  const metadata = member(error, 'metadata');
  return {
    codes: [
      member(details, 'error_code'), // Anthropic
      ...listed.map((detail) => member(detail, 'reason')), // Google's ErrorInfo
      member(metadata, 'limit_source'), // OpenRouter
      member(metadata, 'error_type'),
      member(error, 'code'),
      member(error, 'type'),
      member(error, 'status'),
    ].flatMap(asCode),
    message: firstText(member(error, 'message'), inner, member(error, 'msg'), member(error, 'detail'), root),
    quotaIds: listed
      .flatMap((detail) => entries(member(detail, 'violations')))
      .flatMap((violation) => asCode(member(violation, 'quotaId'))),
    retryDelay: listed
      .map((detail) => member(detail, 'retryDelay'))
      .find((value) => typeof value === 'string'),
    resetsAt: textOf(member(metadata, 'resets_at')),
    headers: resetHeaders(member(metadata, 'headers')),
  };
}

/** `{}`, not an array, not null. */
export function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** A member of an object; `undefined` if it has none, or is no object. */
export function member(value: unknown, name: string): unknown {
  return isRecord(value) ? value[name] : undefined;
}

function entries(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value.slice(0, MAX_ENTRIES) : [];
}

function asCode(value: unknown): readonly string[] {
  if (typeof value === 'number') return [String(value)];
  return typeof value === 'string' && value !== '' ? [value] : [];
}

function textOf(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}

function firstText(...candidates: readonly unknown[]): string {
  const text = candidates.find((value) => typeof value === 'string' && value !== '');
  return (textOf(text) ?? '').slice(0, MAX_MESSAGE_LENGTH);
}

function resetHeaders(value: unknown): IncomingHttpHeaders {
  const reset = textOf(member(value, 'X-RateLimit-Reset'));
  return reset === undefined ? {} : { 'x-ratelimit-reset': reset };
}
