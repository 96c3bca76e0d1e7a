import * as is from './row';

const { openaiForm } = is;
const GUIDE = 'developers.openai.com/api/docs/guides/error-codes';
const QUOTA = 'You exceeded your current quota, please check your plan and billing details.';

type Short = readonly [
  status: number,
  says: string,
  body: unknown,
  want: is.Row['want'],
  more?: Partial<is.Row>,
];

const rows: readonly Short[] = [
  [
    401,
    `a wrong key (${GUIDE})`,
    openaiForm(
      'Incorrect API key provided: sk-abc***xyz. You can find your API key at https://platform.openai.com/account/api-keys.',
      'invalid_request_error',
      'invalid_api_key',
    ),
    is.INVALID,
    { code: 'invalid_api_key' },
  ],
  [
    401,
    'a wrong key, identified by the text alone',
    openaiForm('Incorrect API key provided: sk-abc***xyz.', 'invalid_request_error'),
    is.INVALID,
    { code: 'invalid_request_error' },
  ],
  [
    401,
    'a deactivated account',
    openaiForm(
      'The OpenAI account associated with this API key has been deactivated.',
      'invalid_request_error',
      'account_deactivated',
    ),
    is.INVALID,
  ],
  [
    401,
    `no member of an organization (${GUIDE})`,
    openaiForm('You must be a member of an organization to use the API.', 'invalid_request_error'),
    is.INVALID,
  ],
  [
    401,
    'a ChatGPT token that expired (openai/codex issues)',
    openaiForm(
      'Provided authentication token is expired. Please try signing in again.',
      null,
      'token_expired',
    ),
    is.INVALID,
  ],
  [
    401,
    'a scope that the key lacks',
    openaiForm(
      'You have insufficient permissions for this operation. Missing scopes: model.request.',
      'invalid_request_error',
    ),
    is.NOT_PERMITTED,
  ],
  [
    403,
    'a scope that the key lacks, with a code',
    openaiForm('Missing scopes: api.model.read.', 'invalid_request_error', 'missing_scope'),
    is.NOT_PERMITTED,
  ],
  [
    401,
    `an address that the project does not allow (${GUIDE})`,
    openaiForm('Your IP is not authorized.', 'invalid_request_error', 'ip_not_authorized'),
    is.NOT_PERMITTED,
  ],
  [
    401,
    'the OpenAI-Organization header of a client (openai/codex#1000)',
    openaiForm(
      'OpenAI-Organization header should match organization for API key',
      'invalid_request_error',
      'mismatched_organization',
    ),
    is.OK,
    { code: 'mismatched_organization' },
  ],
  [
    401,
    'the OpenAI-Project header of a client',
    openaiForm(
      'OpenAI-Project header should match project for API key',
      'invalid_request_error',
      'mismatched_project',
    ),
    is.OK,
  ],
  [
    401,
    'an organization that a client made up',
    openaiForm('No such organization: org-x.', 'invalid_request_error', 'invalid_organization'),
    is.OK,
  ],
  [
    401,
    'a session key that an endpoint wants (GET /v1/threads, measured 2024-07-12)',
    openaiForm(
      'Your request to GET /v1/threads must be made with a session key (that is, it can only be made from the browser). You made it with the following key type: secret.',
      'server_error',
    ),
    is.OK,
    { path: '/v1/threads' },
  ],
  [
    401,
    'an admin key that an endpoint wants, even with the code of a bad key',
    openaiForm('Incorrect API key provided.', 'invalid_request_error', 'invalid_api_key'),
    is.OK,
    { path: '/v1/organization/usage/completions' },
  ],
  [401, 'a 401 of an endpoint that nobody knows', '', is.OK, { path: '/v1/somewhere' }],
  [
    401,
    'a code that nobody knows',
    openaiForm('Something new.', 'invalid_request_error', 'key_on_holiday'),
    is.OK,
    { code: 'key_on_holiday' },
  ],
  [
    403,
    `a country that is not served (${GUIDE})`,
    openaiForm(
      'Country, region, or territory not supported',
      'request_forbidden',
      'unsupported_country_region_territory',
    ),
    is.EGRESS,
  ],
  [
    403,
    'an account that was flagged (maximhq/bifrost#7211)',
    openaiForm('Your account was flagged for potential abuse.', 'access_terminated', 'access_terminated'),
    is.INVALID,
  ],
  [
    403,
    'an organization that was disabled',
    openaiForm('Your organization has been disabled.', 'invalid_request_error'),
    is.INVALID,
  ],
  [
    403,
    'a model that the project may not use (maximhq/bifrost#7211)',
    openaiForm(
      'Project `proj_1` does not have access to model `gpt-5`',
      'invalid_request_error',
      'model_not_found',
    ),
    is.NOT_PERMITTED,
  ],
  [
    404,
    'a model that does not exist, or that the key may not use',
    openaiForm(
      'The model `gpt-9` does not exist or you do not have access to it.',
      'invalid_request_error',
      'model_not_found',
    ),
    is.NOT_PERMITTED,
  ],
  [
    403,
    'a model for verified organizations (gpt-image-1)',
    openaiForm('Your organization must be verified to use the model `gpt-image-1`.', 'invalid_request_error'),
    is.NOT_PERMITTED,
  ],
  [
    400,
    'a stream for verified organizations (danny-avila/LibreChat#6926)',
    openaiForm(
      'Your organization must be verified to stream this model. Please go to: https://platform.openai.com',
      'invalid_request_error',
      'unsupported_value',
      'stream',
    ),
    is.NOT_PERMITTED,
  ],
  [
    403,
    'a model that the key may not sample from',
    openaiForm('You are not allowed to sample from this model', 'invalid_request_error'),
    is.NOT_PERMITTED,
  ],
  [
    403,
    'a 403 that nobody knows',
    openaiForm('Not now.', 'invalid_request_error', 'not_now'),
    is.OK,
    { code: 'not_now' },
  ],
  [403, 'a page of a firewall', undefined, is.OK],
  [429, `no quota (${GUIDE})`, openaiForm(QUOTA, 'insufficient_quota', 'insufficient_quota'), is.OUT],
  [429, 'no quota, by its type alone', openaiForm(QUOTA, 'insufficient_quota'), is.OUT],
  [
    429,
    'no credit, whatever its type (help.openai.com 5955604)',
    openaiForm('You have no credits remaining.', 'rate_limit_error', 'credit_balance_exhausted'),
    is.OUT,
    { code: 'credit_balance_exhausted' },
  ],
  [
    429,
    'the usage limit of the organization (help.openai.com 6614457)',
    openaiForm('Limit reached.', 'rate_limit_error', 'organization_usage_limit_exceeded'),
    is.OUT,
  ],
  [
    429,
    'the spend limit of the organization (help.openai.com 6614457)',
    openaiForm('Limit reached.', 'insufficient_quota', 'organization_spend_limit_exceeded'),
    is.OUT,
  ],
  [
    429,
    'the spend limit of the project (help.openai.com 6614457)',
    openaiForm('Limit reached.', null, 'project_spend_limit_exceeded'),
    is.OUT,
  ],
  [
    429,
    'a bill that is not paid',
    openaiForm(
      'Your account is not active, please check your billing details on our website.',
      'billing_not_active',
    ),
    is.OUT,
  ],
  [
    400,
    'the hard limit of a budget, as images have it',
    openaiForm('Billing hard limit has been reached', 'invalid_request_error', 'billing_hard_limit_reached'),
    is.OUT,
  ],
  [
    429,
    'tokens per minute',
    openaiForm(
      'Rate limit reached for gpt-4o in organization org-1 on tokens per min (TPM): Limit 30000, Used 29000, Requested 2000.',
      'tokens',
      'rate_limit_exceeded',
    ),
    { kind: 'rate-limited', retryAfterMs: 4_000 },
    { headers: { 'x-ratelimit-remaining-tokens': '0', 'x-ratelimit-reset-tokens': '4s' } },
  ],
  [
    429,
    'one request that is larger than the limit (openai/codex issues)',
    openaiForm(
      'Request too large for gpt-4o in organization org-x on tokens per min (TPM): Limit 30000, Requested 45000.',
      'tokens',
      'rate_limit_exceeded',
    ),
    is.OK,
  ],
  [429, 'an empty 429', undefined, is.LIMITED],
  [
    503,
    `an overloaded server (${GUIDE})`,
    openaiForm('The server is overloaded.', 'service_unavailable_error', 'server_is_overloaded'),
    is.UNAVAILABLE,
  ],
  [500, 'a failure of the server', openaiForm('The server had an error.', 'server_error'), is.OK],
  [502, 'a bad gateway', undefined, is.UNAVAILABLE],
  [504, 'a gateway that gave up', undefined, is.OK],
  [413, 'a body that is too large', undefined, is.OK],
  [
    400,
    'a content filter',
    openaiForm(
      'Your request was rejected by the safety system.',
      'image_generation_user_error',
      'moderation_blocked',
    ),
    is.OK,
  ],
  [
    400,
    'a context that is too long',
    openaiForm(
      "This model's maximum context length is 8192 tokens.",
      'invalid_request_error',
      'context_length_exceeded',
    ),
    is.OK,
  ],
];

export const OPENAI_ROWS: readonly is.Row[] = rows.map(([status, says, body, want, more]) => ({
  ...{ provider: 'openai', status, says, body, want },
  ...more,
}));
