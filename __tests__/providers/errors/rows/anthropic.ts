import * as is from './row';

const { anthropicForm } = is;
const SDK = '@anthropic-ai/sdk, resources/shared.d.ts';
const LIMITS = 'docs.anthropic.com/en/api/rate-limits';

type Short = readonly [
  status: number,
  says: string,
  body: unknown,
  want: is.Row['want'],
  more?: Partial<is.Row>,
];

const byErrorCode: readonly Short[] = (
  [
    [400, 'invalid_request_error', 'organization_on_hold', is.INVALID],
    [403, 'permission_error', 'claude_code_key_creator_not_member', is.INVALID],
    [429, 'rate_limit_error', 'enforced_spend_limit_reached', is.OUT],
    [429, 'rate_limit_error', 'contract_spend_limit_reached', is.OUT],
    [429, 'rate_limit_error', 'ramp_limit_exceeded', is.LIMITED],
    [402, 'billing_error', 'linked_organization_spend_limit_reached', is.OK],
    [402, 'billing_error', 'linked_organization_billing_unavailable', is.OK],
    [400, 'invalid_request_error', 'claude_code_version_too_old', is.OK],
    [400, 'invalid_request_error', 'request_body_encoding_invalid', is.OK],
    [403, 'permission_error', 'sandbox_egress_restricted', is.OK],
    [400, 'invalid_request_error', 'cmek_key_disabled', is.NOT_PERMITTED],
    [400, 'invalid_request_error', 'organization_type_not_supported', is.NOT_PERMITTED],
    [400, 'invalid_request_error', 'workspace_human_review_disabled', is.NOT_PERMITTED],
    [400, 'invalid_request_error', 'something_of_next_year', is.OK],
  ] as const
).map(([status, type, code, want]) => [
  status,
  `${code} (${SDK})`,
  anthropicForm(type, 'Its wording can change.', code),
  want,
  { code },
]);

const rows: readonly Short[] = [
  ...byErrorCode,
  [401, 'a wrong key', anthropicForm('authentication_error', 'invalid x-api-key'), is.INVALID],
  [
    401,
    'a wrong key on an endpoint of admin keys',
    anthropicForm('authentication_error', 'invalid x-api-key'),
    is.OK,
    { path: '/v1/organizations/usage_report/messages' },
  ],
  [
    401,
    'an OAuth token that expired',
    anthropicForm('authentication_error', 'OAuth token has expired.'),
    is.INVALID,
  ],
  [
    403,
    'an OAuth token that was revoked (SagerNet/sing-box ccm)',
    anthropicForm('permission_error', 'OAuth token has been revoked. Please obtain a new token.'),
    is.INVALID,
  ],
  [
    401,
    "an OAuth token without the client's beta header (anthropics/claude-code#5983)",
    anthropicForm('authentication_error', 'OAuth authentication is currently not supported.'),
    is.OK,
  ],
  [
    403,
    'an organization that does not allow OAuth (anthropics/claude-code#65714)',
    anthropicForm('permission_error', 'OAuth authentication is currently not allowed for this organization.'),
    is.NOT_PERMITTED,
  ],
  [
    401,
    'an organization that does not allow OAuth (anthropics/claude-code#6752)',
    anthropicForm(
      'authentication_error',
      'OAuth authentication is currently not allowed for this organization.',
    ),
    is.NOT_PERMITTED,
  ],
  [
    400,
    'a credential for Claude Code, used by another client (OpenClaw docs)',
    anthropicForm(
      'invalid_request_error',
      'This credential is only authorized for use with Claude Code and cannot be used for other API requests.',
    ),
    is.OK,
  ],
  [
    400,
    'an organization that was disabled (anthropics/claude-code#72457)',
    anthropicForm('invalid_request_error', 'This organization has been disabled.'),
    is.INVALID,
  ],
  [403, 'a country that is not served', anthropicForm('forbidden', 'Request not allowed'), is.EGRESS],
  [
    403,
    'a resource that the key may not use (docs.anthropic.com/en/api/errors)',
    anthropicForm('permission_error', 'Your API key does not have permission to use the specified resource.'),
    is.NOT_PERMITTED,
  ],
  [
    404,
    'a model that the organization does not have',
    anthropicForm('not_found_error', 'model: claude-9'),
    is.NOT_PERMITTED,
  ],
  [404, 'a batch that does not exist', anthropicForm('not_found_error', 'No such batch: x'), is.OK],
  [
    400,
    'no credit',
    anthropicForm(
      'invalid_request_error',
      'Your credit balance is too low to access the Anthropic API. Please go to Plans & Billing to upgrade or purchase credits.',
    ),
    is.OUT,
  ],
  [
    400,
    'a usage limit that its owner set, with the day it ends (anthropics/claude-code#2127)',
    anthropicForm(
      'invalid_request_error',
      'You have reached your specified API usage limits. You will regain access on 2026-01-04 at 00:00 UTC.',
    ),
    { kind: 'out-of-credit', untilMs: Date.parse('2026-01-04T00:00:00Z') },
  ],
  [
    400,
    'the usage limit of a workspace (anthropics/claude-code#38035)',
    anthropicForm('invalid_request_error', 'You have reached your specified workspace API usage limits.'),
    is.OUT,
  ],
  [
    400,
    'a usage limit that ends in a century, which nobody believes for longer than 32 days',
    anthropicForm(
      'invalid_request_error',
      'You have reached your specified API usage limits. You will regain access on 2126-01-04 at 00:00 UTC.',
    ),
    { kind: 'out-of-credit', untilMs: is.NOW + 32 * 86_400_000 },
  ],
  [
    400,
    'a usage limit that ended already',
    anthropicForm(
      'invalid_request_error',
      'You have reached your specified API usage limits. You will regain access on 2025-01-04 at 00:00 UTC.',
    ),
    { kind: 'out-of-credit', untilMs: is.NOW },
  ],
  [
    400,
    'a usage limit with a day that does not exist',
    anthropicForm(
      'invalid_request_error',
      'You have reached your specified API usage limits. You will regain access on 2026-99-99 at 99:99 UTC.',
    ),
    is.OUT,
  ],
  [
    402,
    'billing',
    anthropicForm('billing_error', 'There is an issue with your billing or payment information.'),
    is.OUT,
  ],
  [
    429,
    `requests per minute (${LIMITS})`,
    anthropicForm(
      'rate_limit_error',
      'This request would exceed your organization’s rate limit of 50 requests per minute.',
    ),
    { kind: 'rate-limited', retryAfterMs: 30_000 },
    { headers: { 'retry-after': '30' } },
  ],
  [
    429,
    'the limit of a subscription, for three hours (Wei-Shaw/sub2api#5563)',
    anthropicForm(
      'rate_limit_error',
      "This request would exceed your account's rate limit. Please try again later.",
    ),
    { kind: 'rate-limited', retryAfterMs: 3 * 3_600_000 },
    {
      headers: {
        'anthropic-ratelimit-unified-status': 'rejected',
        'anthropic-ratelimit-unified-reset': String(is.NOW / 1_000 + 3 * 3_600),
      },
    },
  ],
  [
    429,
    'a long context, which is paid for apart (anthropics/claude-code#41054)',
    anthropicForm('rate_limit_error', 'Extra usage is required for long context requests.'),
    is.OK,
  ],
  [
    429,
    'the same in other words (anthropics/claude-code#61808)',
    anthropicForm('rate_limit_error', 'Usage credits are required for long context requests.'),
    is.OK,
  ],
  [529, 'overload', anthropicForm('overloaded_error', 'Overloaded'), is.UNAVAILABLE],
  [500, 'a failure of the server', anthropicForm('api_error', 'Internal server error'), is.OK],
  [
    413,
    'a request that is too large',
    anthropicForm('request_too_large', 'Request exceeds the maximum size'),
    is.OK,
  ],
  [
    400,
    'a request without messages',
    anthropicForm('invalid_request_error', 'messages: at least one message is required'),
    is.OK,
  ],
];

export const ANTHROPIC_ROWS: readonly is.Row[] = rows.map(([status, says, body, want, more]) => ({
  ...{ provider: 'anthropic', status, says, body, want, path: '/v1/messages' },
  ...more,
}));
