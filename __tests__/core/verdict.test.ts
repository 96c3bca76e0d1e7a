import { judge, type Verdict } from '../../src/core/verdict';

const NOW = Date.parse('2026-01-01T00:00:00Z');

const openai = (message: string, type: string, code: string | null = type) =>
  JSON.stringify({ error: { message, type, param: null, code } });
const anthropic = (type: string, message: string) =>
  JSON.stringify({ type: 'error', error: { type, message }, request_id: 'req_1' });

const google = (code: number, status: string, message: string) =>
  JSON.stringify({ error: { code, message, status } });

/** The bodies that the providers document, and that their users report. */
const ANSWERS: readonly (readonly [status: number, body: string, verdict: Verdict['kind']])[] = [
  // https://ai.google.dev/gemini-api/docs/troubleshooting
  [400, google(400, 'INVALID_ARGUMENT', 'API key not valid. Please pass a valid API key.'), 'dead'],
  [400, google(400, 'INVALID_ARGUMENT', 'API key expired. Please renew the API key.'), 'dead'],
  [400, google(400, 'INVALID_ARGUMENT', 'Invalid value at contents.'), 'fine'],
  [
    400,
    google(400, 'FAILED_PRECONDITION', 'User location is not supported for the API use.'),
    'egress-refused',
  ],
  [
    403,
    google(403, 'PERMISSION_DENIED', 'Your API key was reported as leaked. Please use another API key.'),
    'dead',
  ],
  [403, google(403, 'PERMISSION_DENIED', "Consumer 'api_key:x' has been suspended."), 'dead'],
  [429, google(429, 'RESOURCE_EXHAUSTED', 'Resource has been exhausted (e.g. check quota).'), 'rate-limited'],
  // https://platform.openai.com/docs/guides/error-codes
  [
    401,
    openai(
      'Incorrect API key provided: sk-abc***xyz. You can find your API key at https://platform.openai.com/account/api-keys.',
      'invalid_request_error',
      'invalid_api_key',
    ),
    'dead',
  ],
  [
    401,
    openai(
      'The OpenAI account associated with this API key has been deactivated.',
      'invalid_request_error',
      'account_deactivated',
    ),
    'dead',
  ],
  [
    401,
    openai('You must be a member of an organization to use the API.', 'invalid_request_error', null),
    'dead',
  ],
  [
    401,
    openai(
      'You have insufficient permissions for this operation. Missing scopes: model.request.',
      'invalid_request_error',
      null,
    ),
    'unfit',
  ],
  [
    403,
    openai(
      'Country, region, or territory not supported',
      'request_forbidden',
      'unsupported_country_region_territory',
    ),
    'egress-refused',
  ],
  [
    403,
    openai(
      'Project `proj_1` does not have access to model `gpt-5`',
      'invalid_request_error',
      'model_not_found',
    ),
    'unfit',
  ],
  [403, openai('Your organization has been disabled.', 'invalid_request_error', null), 'dead'],
  [
    403,
    openai(
      'Your request was flagged by our safety system.',
      'invalid_request_error',
      'content_policy_violation',
    ),
    'fine',
  ],
  [
    429,
    openai(
      'You exceeded your current quota, please check your plan and billing details.',
      'insufficient_quota',
    ),
    'quota',
  ],
  [
    429,
    openai(
      'You exceeded your current quota, please check your plan and billing details.',
      'insufficient_quota',
      null,
    ),
    'quota',
  ],
  [
    429,
    openai(
      'Your account is not active, please check your billing details on our website.',
      'billing_not_active',
    ),
    'quota',
  ],
  [
    429,
    openai(
      'Rate limit reached for gpt-4o in organization org-1 on tokens per min (TPM): Limit 30000, Used 29000, Requested 2000.',
      'tokens',
      'rate_limit_exceeded',
    ),
    'rate-limited',
  ],
  [429, '', 'rate-limited'],
  [
    400,
    openai('Billing hard limit has been reached', 'invalid_request_error', 'billing_hard_limit_reached'),
    'quota',
  ],
  [400, openai("Invalid value: 'x'.", 'invalid_request_error', 'invalid_value'), 'fine'],
  [
    404,
    openai(
      'The model `x` does not exist or you do not have access to it.',
      'invalid_request_error',
      'model_not_found',
    ),
    'fine',
  ],
  [413, '', 'fine'],
  [422, openai('Unprocessable', 'invalid_request_error'), 'fine'],
  // https://docs.anthropic.com/en/api/errors
  [401, anthropic('authentication_error', 'invalid x-api-key'), 'dead'],
  [401, anthropic('authentication_error', 'OAuth token has expired.'), 'dead'],
  [
    403,
    anthropic('permission_error', 'Your API key does not have permission to use the specified resource.'),
    'fine',
  ],
  [403, anthropic('forbidden', 'Request not allowed'), 'egress-refused'],
  [403, anthropic('permission_error', 'This organization has been disabled.'), 'dead'],
  [400, anthropic('invalid_request_error', 'This organization has been disabled.'), 'dead'],
  [
    400,
    anthropic(
      'invalid_request_error',
      'Your credit balance is too low to access the Anthropic API. Please go to Plans & Billing to upgrade or purchase credits.',
    ),
    'quota',
  ],
  [400, anthropic('invalid_request_error', 'messages: at least one message is required'), 'fine'],
  [402, anthropic('billing_error', 'There is an issue with your billing or payment information.'), 'quota'],
  [
    429,
    anthropic(
      'rate_limit_error',
      'This request would exceed your organization’s rate limit of 50 requests per minute.',
    ),
    'rate-limited',
  ],
  [500, anthropic('api_error', 'Internal server error'), 'fine'],
  [529, anthropic('overloaded_error', 'Overloaded'), 'unavailable'],
  // any
  [200, '{}', 'fine'],
  [302, '', 'fine'],
  [500, 'invalid_api_key', 'fine'],
  [502, '', 'unavailable'],
  [503, '', 'unavailable'],
  [504, '', 'fine'],
];

describe('judge', () => {
  it.each(ANSWERS)('%i %s says: %s', (status, body, kind) => {
    expect(judge({ status, headers: {}, body }, NOW).kind).toBe(kind);
  });

  it('says until when a rate limit lasts', () => {
    expect(judge({ status: 429, headers: { 'retry-after': '7' }, body: '' }, NOW)).toEqual({
      kind: 'rate-limited',
      retryAfterMs: 7_000,
    });
    expect(judge({ status: 429, headers: {}, body: '' }, NOW)).toEqual({
      kind: 'rate-limited',
      retryAfterMs: undefined,
    });
  });
});
