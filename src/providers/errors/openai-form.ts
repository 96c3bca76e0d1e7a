import { durationMs, epochOrDurationMs, type ResetHeaders } from './retry-after';
import type { ErrorRule } from './rule';

/**
 * Errors in OpenAI's form, which most providers, relays and servers speak, and what the status alone means. Every
 * response that its provider's own rules leave open is judged by these.
 * - https://developers.openai.com/api/docs/guides/error-codes
 * - https://help.openai.com/en/articles/6614457-troubleshooting-api-usage-and-spend-limits
 */
export const OPENAI_FORM_ERRORS: readonly ErrorRule[] = [
  // Headers of the client: OpenAI-Organization, OpenAI-Project.
  {
    codes: ['mismatched_organization', 'mismatched_project', 'invalid_organization', 'invalid_project'],
    kind: 'ok',
  },
  // One request that is larger than a whole minute's tokens; Groq says so with 413.
  { status: [200, 429], message: /^Request too large for /, kind: 'ok' },
  { status: [413], kind: 'ok' },
  { codes: ['unsupported_country_region_territory'], kind: 'egress-refused' },

  {
    codes: [
      ...[
        'insufficient_quota',
        'credit_balance_exhausted',
        'billing_not_active',
        'billing_hard_limit_reached',
      ],
      ...['organization_usage_limit_exceeded', 'organization_spend_limit_exceeded'],
      ...['project_usage_limit_exceeded', 'project_spend_limit_exceeded'],
    ],
    kind: 'out-of-credit',
  },
  {
    codes: [
      'account_deactivated',
      'access_terminated',
      'organization_deactivated',
      'organization_restricted',
    ],
    kind: 'invalid',
  },
  {
    status: [401],
    codes: [
      ...[
        'invalid_api_key',
        'authentication_error',
        'invalid_authentication_error',
        'incorrect_api_key_error',
      ],
      ...['token_expired', 'token_invalidated', 'token_revoked', 'wrong_api_key'],
    ],
    kind: 'invalid',
  },
  {
    status: [401, 403],
    codes: ['ip_not_authorized', 'missing_scope', 'missing_scopes', 'insufficient_permissions'],
    kind: 'not-permitted',
  },
  {
    status: [401, 403],
    message: /^You have insufficient permissions for this operation/,
    kind: 'not-permitted',
  },
  {
    status: [401, 403],
    message: /^(?:IP|Your IP address|Your IP) (?:is )?not authorized/,
    kind: 'not-permitted',
  },
  // With 503 it is a relay's word for "no channel".
  { status: [200, 400, 403, 404], codes: ['model_not_found'], kind: 'not-permitted' },
  { status: [403], message: /^Your organization must be verified to /, kind: 'not-permitted' },
  // To stream a model, or for summaries of its reasoning.
  {
    status: [400],
    codes: ['unsupported_value'],
    message: /^Your organization must be verified to /,
    kind: 'not-permitted',
  },
  { status: [403], message: /^You are not allowed to sample from this model/, kind: 'not-permitted' },
  {
    status: [401, 403],
    message: /^(?:Your|This) organization has been (?:disabled|deactivated)/,
    kind: 'invalid',
  },
  {
    codes: [
      ...['overloaded_error', 'engine_overloaded_error', 'server_is_overloaded', 'service_unavailable_error'],
      'capacity_exceeded',
    ],
    kind: 'unavailable',
  },
  { codes: ['rate_limit_exceeded', 'rate_limit_error', 'slow_down'], kind: 'rate-limited' },

  // What has no code of its own for a bad key: `invalid_request_error` is the type of every 4xx there.
  {
    status: [401],
    message:
      /^(?:Incorrect API key provided|Invalid API[ -]?key|Api key is invalid|The API Key appears to be invalid|Invalid Authentication|Authentication Fails|Invalid (?:access )?token|You must be a member of an organization to use the API|The OpenAI account associated with this API key has been deactivated|Access denied due to invalid subscription key)/i,
    kind: 'invalid',
  },
  { status: [401], uncoded: true, kind: 'invalid' },
  { status: [402], kind: 'out-of-credit' },
  { status: [429], kind: 'rate-limited' },
  { status: [502, 503, 529], kind: 'unavailable' },
];

const LIMIT_KINDS = [
  ...['requests', 'tokens'],
  // Cerebras: https://inference-docs.cerebras.ai/support/rate-limits
  ...['requests-day', 'tokens-day', 'requests-hour', 'tokens-hour', 'requests-minute', 'tokens-minute'],
];

/** When limits end, in the headers that most providers have; read behind those of the provider's own. */
export const OPENAI_FORM_RESETS: readonly ResetHeaders[] = [
  // `x-ratelimit-reset-requests: 1m30.5s`; Azure and Cerebras: seconds.
  {
    limits: LIMIT_KINDS.map((kind) => ({
      reset: `x-ratelimit-reset-${kind}`,
      remaining: `x-ratelimit-remaining-${kind}`,
    })),
    parse: durationMs,
  },
  // OpenRouter: milliseconds since 1970; others: seconds, since then or from now.
  { limits: [{ reset: 'x-ratelimit-reset' }], parse: epochOrDurationMs },
];
