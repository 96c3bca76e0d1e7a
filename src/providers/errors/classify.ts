import type { Classification, ErrorResponse } from './error-response';
import { isKeyEndpoint } from './endpoints';
import { errorFacts, type ErrorFacts } from './facts';
import { OPENAI_FORM_ERRORS, OPENAI_FORM_RESETS } from './openai-form';
import { boundedWait, googleDelayMs, retryAfterMs, type ResetHeaders } from './retry-after';
import type { ErrorRule } from './rule';

/** A provider, as far as it decides what its errors mean. */
export interface ErrorRules {
  readonly errorRules?: readonly ErrorRule[];
  readonly resetHeaders?: readonly ResetHeaders[];
}

export interface ClassifiedError {
  readonly classification: Classification;
  /** The provider's own code, known here or not; `undefined` if it has none that fits on a log line. */
  readonly code: string | undefined;
}

/**
 * Says what an error response means for the key that was used: the provider's own rules first, then those of OpenAI's
 * form. An error without a rule is not the key's fault. Pure and total: any body has a classification.
 */
export function classifyError(provider: ErrorRules, response: ErrorResponse): ClassifiedError {
  const facts = errorFacts(response.body);
  const { status, request } = response;
  const fits = (rule: ErrorRule) => matches(rule, facts, status);
  // A 401 on an endpoint that wants another credential says nothing of a key.
  const rule =
    status === 401 && !isKeyEndpoint(request.path)
      ? undefined
      : (provider.errorRules?.find(fits) ?? OPENAI_FORM_ERRORS.find(fits));
  return {
    classification: rule ? outcome(rule, facts, response, provider) : { kind: 'ok' },
    code: loggedCode(facts, status),
  };
}

function matches(rule: ErrorRule, facts: ErrorFacts, status: number): boolean {
  if (rule.status && !rule.status.includes(status)) return false;
  if (rule.codes && !rule.codes.some((known) => facts.codes.some((code) => isCode(known, code))))
    return false;
  if (rule.message && !rule.message.test(facts.message)) return false;
  return !rule.uncoded || facts.codes.every((code) => restatesStatus(code, status));
}

function isCode(known: string, code: string): boolean {
  return known.endsWith('*') ? code.startsWith(known.slice(0, -1)) : code === known;
}

/** `401`, `Unauthorized`, `error`, and `about:blank` (RFC 9457 §4.2.1): says no more than the status does. */
function restatesStatus(code: string, status: number): boolean {
  if (code === String(status) || code === 'error' || code === 'about:blank') return true;
  return status === 401 && code.toLowerCase() === 'unauthorized';
}

/** Longer than any month, so that no mistake in a date keeps a key out for ever. */
const MAX_OUT_OF_CREDIT_MS = 32 * 24 * 60 * 60 * 1_000;

function outcome(
  rule: ErrorRule,
  facts: ErrorFacts,
  { headers, nowMs }: ErrorResponse,
  { resetHeaders = [] }: ErrorRules,
): Classification {
  const untilMs = rule.untilMs?.(facts, nowMs);
  switch (rule.kind) {
    case 'out-of-credit':
      return untilMs === undefined
        ? { kind: rule.kind }
        : { kind: rule.kind, untilMs: Math.min(Math.max(untilMs, nowMs), nowMs + MAX_OUT_OF_CREDIT_MS) };
    case 'rate-limited': {
      const resets = [...resetHeaders, ...OPENAI_FORM_RESETS];
      return {
        kind: rule.kind,
        retryAfterMs:
          untilMs === undefined
            ? (googleDelayMs(facts.retryDelay) ??
              retryAfterMs(headers, nowMs, resets) ??
              retryAfterMs(facts.headers, nowMs, resets))
            : boundedWait(untilMs - nowMs),
      };
    }
    case 'ok':
    case 'invalid':
    case 'not-permitted':
    case 'egress-refused':
    case 'unavailable':
      return { kind: rule.kind };
  }
}

/** The most particular code; one that repeats the status only if there is no other. */
function loggedCode(facts: ErrorFacts, status: number): string | undefined {
  const codes = facts.codes.filter((code) => /^[\w.:-]{1,64}$/.test(code));
  return codes.find((code) => code !== String(status)) ?? codes[0];
}
