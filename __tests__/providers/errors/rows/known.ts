import * as is from './row';

/** Everything else that the tables know, one line for each meaning: the sources stand beside the rules. */
const CODES: readonly (readonly [
  provider: string,
  statuses: readonly number[],
  codes: string,
  want: is.Row['want'],
])[] = [
  [
    'openai',
    [401],
    'invalid_authentication_error incorrect_api_key_error token_invalidated token_revoked',
    is.INVALID,
  ],
  [
    'openai',
    [401, 403, 404],
    'account_deactivated organization_deactivated organization_restricted',
    is.INVALID,
  ],
  [
    'openai',
    [401, 403],
    'ip_not_authorized missing_scope missing_scopes insufficient_permissions',
    is.NOT_PERMITTED,
  ],
  ['openai', [200, 400, 403, 404], 'model_not_found', is.NOT_PERMITTED],
  ['openai', [200, 400, 403, 429], 'insufficient_quota billing_not_active credit_balance_exhausted', is.OUT],
  ['openai', [200, 429], 'organization_spend_limit_exceeded project_usage_limit_exceeded', is.OUT],
  ['openai', [200, 429, 503], 'rate_limit_exceeded rate_limit_error slow_down', is.LIMITED],
  ['openai', [200, 429], 'overloaded_error server_is_overloaded service_unavailable_error', is.UNAVAILABLE],
  ['openai', [502, 503, 529], 'whatever_it_is', is.UNAVAILABLE],
  ['openai', [400, 404, 409, 422, 500, 504], 'whatever_it_is', is.OK],
  ['anthropic', [400, 402, 403], 'user_profile_of_another request_body_encoding_unsupported', is.OK],
  ['anthropic', [400, 402, 429], 'claude_code_version_too_old sandbox_egress_restricted', is.OK],
  [
    'anthropic',
    [400, 403],
    'parent_organization_required cmek_key_network_blocked cmek_key_unreachable cmek_context_unavailable',
    is.NOT_PERMITTED,
  ],
  [
    'gemini',
    [403],
    'SERVICE_NOT_VISIBLE API_KEY_ANDROID_APP_BLOCKED API_KEY_IOS_APP_BLOCKED CONSUMER_INVALID USER_BLOCKED_BY_ADMIN',
    is.NOT_PERMITTED,
  ],
  [
    'gemini',
    [400, 403],
    'SECURITY_POLICY_VIOLATED RESOURCE_USAGE_RESTRICTION_VIOLATED LOCATION_POLICY_VIOLATED LOCATION_TAX_POLICY_VIOLATED',
    is.NOT_PERMITTED,
  ],
  ['xai', [403], 'personal-team-blocked:spending-limit', is.OUT],
  ['groq', [400, 403], 'spend_limit_reached spend_alert_blocked', is.OUT],
  ['mistral', [429], '3505', is.UNAVAILABLE],
  ['moonshot', [200, 429], 'rate_limit_reached_error', is.LIMITED],
  ['dashscope', [400, 403], 'PrepaidBillOverdue PostpaidBillOverdue CommodityNotPurchased', is.OUT],
  ['dashscope', [403], 'Model.AccessDenied Workspace.AccessDenied', is.NOT_PERMITTED],
  ['dashscope', [401, 403], 'InvalidApiKey invalid_api_key', is.INVALID],
  ['dashscope', [200, 429], 'Throttling Throttling.BurstRate limit_requests LimitRequests', is.LIMITED],
  ['openrouter', [402, 403], 'openrouter_credits openrouter_guardrail_budget', is.OUT],
  ['zhipu', [401], '1000 1003 1004', is.INVALID],
  ['zhipu', [401, 429], '1110 1111 1121', is.INVALID],
  ['zhipu', [200, 429], '1113 1309 1316 1317 1318 1319 1320 1321', is.OUT],
  ['zhipu', [200, 429], '1302 1303 1313', is.LIMITED],
  ['zhipu', [200, 429], '1305 1312', is.UNAVAILABLE],
  ['zhipu', [403, 429], '1220 1311', is.NOT_PERMITTED],
  ['azure', [429], 'NoCapacity', is.UNAVAILABLE],
  ['mine', [400, 401], 'expired_key token_not_found_in_db', is.INVALID],
  ['mine', [401, 403], 'key_model_access_denied team_model_access_denied', is.NOT_PERMITTED],
];

const MESSAGES: readonly (readonly [
  provider: string,
  statuses: readonly number[],
  message: string,
  want: is.Row['want'],
])[] = [
  ['openai', [200, 429], 'Request too large for gpt-4o in organization org-x', is.OK],
  ['openai', [401, 403], 'You have insufficient permissions for this operation.', is.NOT_PERMITTED],
  ['openai', [401, 403], 'IP not authorized', is.NOT_PERMITTED],
  ['openai', [401, 403], 'Your organization has been deactivated.', is.INVALID],
  ['anthropic', [400, 403, 429], 'You have reached your specified API usage limits.', is.OUT],
  ['anthropic', [400, 401, 403], 'This organization has been disabled.', is.INVALID],
  ['anthropic', [401, 403], 'OAuth token has been revoked.', is.INVALID],
  [
    'anthropic',
    [401, 403],
    'OAuth authentication is currently not allowed for this organization.',
    is.NOT_PERMITTED,
  ],
  ['anthropic', [401], 'x-api-key header is required', is.OK],
  ['gemini', [200, 429], 'Your prepayment credits are depleted.', is.OUT],
  ['moonshot', [403, 429], "You've reached kimi monthly usage limit", is.OUT],
  ['dashscope', [403, 429], 'month allocated quota exceeded.', is.OUT],
  ['openrouter', [200, 429, 502, 503], 'Provider returned error', is.UNAVAILABLE],
  ['openrouter', [400, 401, 402, 403, 404], 'Provider returned error', is.OK],
  [
    'openrouter',
    [404],
    'No endpoints found matching your data policy (Free model publication).',
    is.NOT_PERMITTED,
  ],
  [
    'azure',
    [429],
    'The system is currently experiencing high demand and cannot process your request.',
    is.UNAVAILABLE,
  ],
  ['mine', [401, 403], '该令牌额度已用尽', is.OUT],
  ['mine', [403], '用户已被封禁', is.INVALID],
  ['mine', [429], '当前分组上游负载已饱和，请稍后再试', is.UNAVAILABLE],
];

export const KNOWN_ROWS: readonly is.Row[] = [
  ...CODES.flatMap(([provider, statuses, codes, want]) =>
    codes.split(' ').flatMap((code) =>
      statuses.map((status) => ({
        provider,
        status,
        says: code,
        body: { error: { message: '', code } },
        want,
        code,
      })),
    ),
  ),
  ...MESSAGES.flatMap(([provider, statuses, message, want]) =>
    // As the types of these errors are: some of no meaning, and none.
    ['some_error', null].flatMap((type) =>
      statuses.map((status) => ({
        provider,
        status,
        says: message,
        body: is.openaiForm(message, type),
        want,
      })),
    ),
  ),
  // A code weighs more than a message.
  ...['mismatched_organization', 'mismatched_project', 'invalid_organization', 'invalid_project'].map(
    (code) => ({
      provider: 'openai',
      status: 401,
      says: `${code}, whatever its message`,
      body: is.openaiForm('Incorrect API key provided', 'invalid_request_error', code),
      want: is.OK,
    }),
  ),
  {
    provider: 'mine',
    status: 429,
    says: "DashScope's tokens per minute through a relay",
    body: is.openaiForm(
      'Allocated quota exceeded, please increase your quota limit.',
      null,
      'insufficient_quota',
    ),
    want: is.LIMITED,
  },
  {
    provider: 'openai',
    status: 200,
    says: 'a request larger than the limit, reported inside a stream',
    body: is.openaiForm('Request too large for gpt-5', null, 'rate_limit_exceeded'),
    want: is.OK,
  },
  {
    provider: 'zhipu',
    status: 200,
    says: "the day's calls, reported inside a stream",
    body: { error: { code: '1304', message: '' } },
    want: { kind: 'rate-limited', retryAfterMs: 16 * 3_600_000 },
  },
  {
    provider: 'xai',
    status: 400,
    says: 'a wrong key, with a code of one word',
    body: { code: 'invalid-argument', error: 'Incorrect API key provided: xa***fg.' },
    want: is.INVALID,
  },
  {
    provider: 'dashscope',
    status: 400,
    says: 'arrears, under another code',
    body: is.openaiForm(
      'Access denied, please make sure your account is in good standing.',
      null,
      'access_denied',
    ),
    want: is.OUT,
  },
  {
    provider: 'anthropic',
    status: 401,
    says: 'a request without a key',
    body: is.anthropicForm('authentication_error', 'x-api-key header is required'),
    want: is.OK,
  },
  {
    provider: 'anthropic',
    status: 401,
    says: 'an OAuth token that was revoked, with 401',
    body: is.anthropicForm('authentication_error', 'OAuth token has been revoked.'),
    want: is.INVALID,
  },
];
