import { anthropicRegainsAccess } from './reset-times';
import { dateMs, epochSecondsMs, type ResetHeaders } from './retry-after';
import type { ErrorRule } from './rule';

/**
 * - https://docs.anthropic.com/en/api/errors
 * - `error.details.error_code`: https://github.com/anthropics/anthropic-sdk-typescript, src/resources/shared.ts
 */
export const ANTHROPIC_ERRORS: readonly ErrorRule[] = [
  // What a client asked for, on whose behalf, and with what.
  {
    codes: [
      ...['linked_organization_*', 'user_profile_*', 'request_body_*'],
      ...['claude_code_version_too_old', 'sandbox_egress_restricted'],
    ],
    kind: 'ok',
  },
  { codes: ['contract_spend_limit_reached', 'enforced_spend_limit_reached'], kind: 'out-of-credit' },
  { codes: ['organization_on_hold', 'claude_code_key_creator_not_member'], kind: 'invalid' },
  // The workspace's settings: a key of another may do.
  {
    codes: [
      ...[
        'organization_type_not_supported',
        'parent_organization_required',
        'workspace_human_review_disabled',
      ],
      ...[
        'cmek_key_disabled',
        'cmek_key_network_blocked',
        'cmek_key_unreachable',
        'cmek_context_unavailable',
      ],
    ],
    kind: 'not-permitted',
  },
  { status: [403], codes: ['forbidden'], message: /^Request not allowed/, kind: 'egress-refused' },

  { status: [400], message: /^Your credit balance is too low to access /, kind: 'out-of-credit' },
  {
    status: [400, 403, 429],
    message: /^You have reached your specified (?:workspace )?API usage limits/,
    kind: 'out-of-credit',
    untilMs: anthropicRegainsAccess,
  },
  { status: [400], message: /^(?:This|Your) organization has been disabled/, kind: 'invalid' },
  { status: [401, 403], message: /^OAuth token has (?:been revoked|expired)/, kind: 'invalid' },
  // The client's own beta headers decide about this one.
  { status: [401], message: /^OAuth authentication is currently not supported/, kind: 'ok' },
  { status: [401], message: /^x-api-key header is required/, kind: 'ok' },
  {
    status: [401, 403],
    message: /^OAuth authentication is currently not allowed for this organization/,
    kind: 'not-permitted',
  },
  // A long context, paid for apart: the request's.
  { status: [429], message: /^(?:Extra usage is|Usage credits are) required for /, kind: 'ok' },
  { status: [403], codes: ['permission_error'], kind: 'not-permitted' },
  // Also for models that an organization was not given.
  { status: [404], codes: ['not_found_error'], message: /^model: /, kind: 'not-permitted' },
];

/** https://docs.anthropic.com/en/api/rate-limits#response-headers */
export const ANTHROPIC_RESETS: readonly ResetHeaders[] = [
  // Subscriptions.
  {
    limits: [{ reset: 'anthropic-ratelimit-unified-reset' }],
    parse: epochSecondsMs,
    rejectedBy: { header: 'anthropic-ratelimit-unified-status', value: 'rejected' },
  },
  {
    limits: ['requests', 'tokens', 'input-tokens', 'output-tokens'].map((kind) => ({
      reset: `anthropic-ratelimit-${kind}-reset`,
      remaining: `anthropic-ratelimit-${kind}-remaining`,
    })),
    parse: dateMs,
  },
];
