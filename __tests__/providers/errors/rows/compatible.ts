import * as is from './row';

const { openaiForm } = is;

type Short = readonly [
  provider: string,
  status: number,
  says: string,
  body: unknown,
  want: is.Row['want'],
  more?: Partial<is.Row>,
];

const IN_SIX_HOURS = String(is.NOW + 6 * 3_600_000);
const PERMISSION = 'The client does not have permission to execute the specified operation';
const FREE_PER_DAY = {
  error: {
    message:
      'Rate limit exceeded: free-models-per-day. Add 10 credits to unlock 1000 free model requests per day',
    code: 429,
    metadata: { headers: { 'X-RateLimit-Remaining': '0', 'X-RateLimit-Reset': IN_SIX_HOURS } },
  },
};
const zhipu = (code: string | number, message = '') => ({ error: { code, message } });

const rows: readonly Short[] = [
  // https://docs.x.ai/developers/debugging
  [
    'xai',
    400,
    'a wrong key (measured 2026-08-04)',
    { code: 'Client specified an invalid argument', error: 'Incorrect API key provided: xa***fg.' },
    is.INVALID,
  ],
  [
    'xai',
    400,
    'an invalid argument',
    { code: 'Client specified an invalid argument', error: 'Invalid model.' },
    is.OK,
  ],
  [
    'xai',
    403,
    'credits or a spending limit used up (Anantys-oss/koan#2412)',
    {
      code: PERMISSION,
      error:
        'Your team 00000000-0000 has either used all available credits or reached its monthly spending limit.',
    },
    is.OUT,
  ],
  [
    'xai',
    429,
    'credits or a spending limit used up (continuedev/continue#10740)',
    {
      code: 'Some resource has been exhausted',
      error: 'Your team c03b has either used all available credits or reached its monthly spending limit.',
    },
    is.OUT,
  ],
  [
    'xai',
    403,
    'a team without credits (griptape-ai/griptape-nodes-engine#1079)',
    { code: PERMISSION, error: "Your newly created teams doesn't have any credits yet." },
    is.OUT,
  ],
  [
    'xai',
    403,
    'no credits (Wei-Shaw/sub2api#4069)',
    { code: 'permission-denied', error: 'You have run out of credits or need a Grok subscription.' },
    is.OUT,
    { code: 'permission-denied' },
  ],
  [
    'xai',
    403,
    'a permission that nobody knows',
    { code: PERMISSION, error: 'Content violates usage guidelines.' },
    is.OK,
  ],

  // https://console.groq.com/docs/errors
  [
    'groq',
    401,
    'a wrong key',
    openaiForm('Invalid API Key', 'invalid_request_error', 'invalid_api_key'),
    is.INVALID,
  ],
  [
    'groq',
    400,
    'a restricted organization (songquanpeng/one-api#1764)',
    openaiForm(
      'Organization has been restricted. Please reach out to support.',
      'invalid_request_error',
      'organization_restricted',
    ),
    is.INVALID,
  ],
  [
    'groq',
    400,
    'a spend limit (console.groq.com/docs/spend-limits)',
    openaiForm('API access blocked.', null, 'blocked_api_access'),
    is.OUT,
  ],
  [
    'groq',
    403,
    'a model that the organization blocks (maximhq/bifrost#7211)',
    openaiForm(
      'The model `m` is blocked at the organization level.',
      'permissions_error',
      'model_permission_blocked_org',
    ),
    is.NOT_PERMITTED,
  ],
  [
    'groq',
    400,
    'a model whose terms nobody accepted',
    openaiForm('The model `m` requires terms acceptance.', 'invalid_request_error', 'model_terms_required'),
    is.NOT_PERMITTED,
  ],
  [
    'groq',
    403,
    'a blocked network',
    { error: { message: 'Access denied. Please check your network settings.' } },
    is.EGRESS,
  ],
  [
    'groq',
    413,
    'a request larger than the limit',
    openaiForm('Request too large for model `m`', 'tokens', 'rate_limit_exceeded'),
    is.OK,
  ],
  [
    'groq',
    429,
    'tokens per day (continuedev/continue#10920)',
    openaiForm('Rate limit reached for model `m` on tokens per day (TPD)', 'tokens', 'rate_limit_exceeded'),
    { kind: 'rate-limited', retryAfterMs: 578_000 },
    { headers: { 'retry-after': '578' } },
  ],
  ['groq', 498, 'the flex tier without capacity', openaiForm('', null, 'capacity_exceeded'), is.UNAVAILABLE],

  // https://docs.mistral.ai/resources/error-glossary
  ['mistral', 401, 'a wrong key', { message: 'Unauthorized', request_id: 'x' }, is.INVALID],
  ['mistral', 401, 'a wrong key, in another form', { detail: 'Unauthorized' }, is.INVALID],
  ['mistral', 402, 'a payment', { message: 'Payment required' }, is.OUT],
  [
    'mistral',
    429,
    'a rate limit (raycast/extensions#31107)',
    {
      object: 'error',
      message: 'Rate limit exceeded',
      type: 'rate_limited',
      param: null,
      code: '1300',
      raw_status_code: 429,
    },
    is.LIMITED,
    { code: '1300' },
  ],
  [
    'mistral',
    429,
    'no capacity for a model (BerriAI/litellm#25078)',
    {
      object: 'error',
      message: 'Service tier capacity exceeded for this model.',
      type: 'invalid_request_error',
      param: null,
      code: null,
    },
    is.UNAVAILABLE,
  ],
  [
    'mistral',
    403,
    'a code that nobody knows',
    { type: 'invalid_request_error', message: '', code: 'x', detail: [] },
    is.OK,
    { code: 'x' },
  ],

  // https://api-docs.deepseek.com/quick_start/error_codes
  [
    'deepseek',
    401,
    'a wrong key',
    openaiForm(
      'Authentication Fails, Your api key: ****abcd is invalid',
      'authentication_error',
      'invalid_request_error',
    ),
    is.INVALID,
  ],
  [
    'deepseek',
    402,
    'no balance',
    openaiForm('Insufficient Balance', 'unknown_error', 'invalid_request_error'),
    is.OUT,
  ],
  ['deepseek', 429, 'a rate limit', openaiForm('Rate limit reached', 'rate_limit_error'), is.LIMITED],
  ['deepseek', 503, 'overload', undefined, is.UNAVAILABLE],

  // https://platform.kimi.com/docs/api/errors
  [
    'moonshot',
    401,
    'a wrong key',
    openaiForm('Invalid Authentication', 'invalid_authentication_error'),
    is.INVALID,
  ],
  [
    'moonshot',
    401,
    'a wrong key, with its other type',
    openaiForm('', 'incorrect_api_key_error'),
    is.INVALID,
  ],
  [
    'moonshot',
    429,
    'no balance, by its type alone',
    openaiForm('Your account is suspended', 'exceeded_current_quota_error'),
    is.OUT,
  ],
  [
    'moonshot',
    403,
    'no balance, with 403 (MoonshotAI/Kimi-K2#5)',
    openaiForm('Your account xx is not active', 'exceeded_current_quota_error'),
    is.OUT,
  ],
  [
    'moonshot',
    429,
    'overload',
    openaiForm('The engine is currently overloaded', 'engine_overloaded_error'),
    is.UNAVAILABLE,
  ],
  ['moonshot', 429, 'a rate limit', openaiForm('', 'rate_limit_reached_error'), is.LIMITED],
  [
    'moonshot',
    403,
    'a feature that is not open',
    openaiForm('', 'permission_denied_error'),
    is.NOT_PERMITTED,
  ],
  [
    'moonshot',
    404,
    'a model that the key may not use',
    openaiForm('Not found the model kimi-0 or Permission denied', 'resource_not_found_error'),
    is.NOT_PERMITTED,
  ],
  [
    'moonshot',
    403,
    'an account that was closed (clacky-ai/openclacky#192)',
    openaiForm('Access terminated. Review our Community Guidelines', 'access_terminated_error'),
    is.INVALID,
  ],
  [
    'moonshot',
    403,
    'a client that is no coding agent (MoonshotAI/kimi-code#413)',
    openaiForm(
      'Kimi For Coding is currently only available for Coding Agents such as Kimi CLI.',
      'access_terminated_error',
    ),
    is.OK,
  ],
  [
    'moonshot',
    403,
    'the limit of a billing cycle (kimi-code error reference)',
    openaiForm("You've reached your usage limit for this billing cycle.", 'access_terminated_error'),
    is.OUT,
  ],
  [
    'moonshot',
    400,
    'a content filter',
    openaiForm('The request was rejected because it was considered high risk', 'content_filter'),
    is.OK,
  ],

  // https://help.aliyun.com/en/model-studio/error-code
  [
    'dashscope',
    401,
    'a wrong key',
    openaiForm('Incorrect API key provided. ', 'invalid_request_error', 'invalid_api_key'),
    is.INVALID,
  ],
  [
    'dashscope',
    401,
    'a wrong key, in its own form',
    { code: 'InvalidApiKey', message: 'Invalid API-key provided.' },
    is.INVALID,
  ],
  [
    'dashscope',
    400,
    'arrears',
    openaiForm('Access denied, please make sure your account is in good standing.', 'Arrearage', 'Arrearage'),
    is.OUT,
  ],
  [
    'dashscope',
    403,
    'arrears, under the code of any refused access',
    openaiForm('Access denied, please make sure your account is in good standing.', null, 'AccessDenied'),
    is.OUT,
  ],
  [
    'dashscope',
    403,
    'a call that may not be asynchronous',
    openaiForm('', null, 'AccessDenied'),
    is.OK,
    { code: 'AccessDenied' },
  ],
  [
    'dashscope',
    403,
    'the free tier of one model (errs.dmxapi.cn 1942)',
    openaiForm(
      'The free tier of the model has been exhausted.',
      'AllocationQuota.FreeTierOnly',
      'AllocationQuota.FreeTierOnly',
    ),
    is.NOT_PERMITTED,
  ],
  [
    'dashscope',
    403,
    'a model that was not bought',
    { code: 'AccessDenied.Unpurchased', message: 'Access denied.' },
    is.NOT_PERMITTED,
  ],
  ['dashscope', 429, 'a limit of requests', { code: 'Throttling.RateQuota', message: '' }, is.LIMITED],
  [
    'dashscope',
    429,
    "a limit of tokens, which has OpenAI's code for no money there",
    openaiForm(
      'You exceeded your current quota, please check your plan and billing details.',
      'insufficient_quota',
      'insufficient_quota',
    ),
    is.LIMITED,
  ],
  [
    'dashscope',
    429,
    'free tokens used up',
    openaiForm('Free allocated quota exceeded.', 'insufficient_quota', 'insufficient_quota'),
    is.OUT,
  ],
  [
    'dashscope',
    429,
    'the week of a coding plan',
    openaiForm('week allocated quota exceeded.', null, 'insufficient_quota'),
    is.OUT,
  ],
  [
    'dashscope',
    400,
    'flagged input',
    openaiForm('Input data may contain inappropriate content.', null, 'data_inspection_failed'),
    is.OK,
  ],

  // https://openrouter.ai/docs/api/reference/errors-and-debugging
  [
    'openrouter',
    401,
    'a wrong key',
    { error: { message: 'User not found.', code: 401 } },
    is.INVALID,
    { code: '401' },
  ],
  [
    'openrouter',
    402,
    'no credits',
    { error: { message: 'Insufficient credits. Add more.', code: 402 } },
    is.OUT,
  ],
  [
    'openrouter',
    402,
    'a request larger than the credits that are left (can1357/oh-my-pi#9569)',
    {
      error: {
        message:
          'This request requires more credits, or fewer max_tokens. You requested up to 65536 tokens, but can only afford 30104.',
        code: 402,
      },
    },
    is.NOT_PERMITTED,
  ],
  [
    'openrouter',
    403,
    'the limit of a key (MCPJam/inspector#1287)',
    { error: { message: 'Key limit exceeded (total limit).', code: 403 } },
    is.OUT,
  ],
  [
    'openrouter',
    403,
    'a budget, with the time it comes back',
    {
      error: {
        message: 'Budget limit exceeded',
        code: 403,
        metadata: { limit_source: 'openrouter_workspace_budget', resets_at: '2026-01-02T00:00:00.000Z' },
      },
    },
    { kind: 'out-of-credit', untilMs: Date.parse('2026-01-02T00:00:00Z') },
    { code: 'openrouter_workspace_budget' },
  ],
  [
    'openrouter',
    403,
    'a budget that comes back nobody can read when',
    {
      error: {
        message: '',
        code: 403,
        metadata: { limit_source: 'openrouter_key_limit', resets_at: 'tomorrow' },
      },
    },
    is.OUT,
  ],
  [
    'openrouter',
    403,
    'flagged input, which is quoted',
    {
      error: {
        message: 'Your chosen model requires moderation and your input was flagged',
        code: 403,
        metadata: { reasons: ['x'], flagged_input: 'Key limit exceeded, invalid_api_key' },
      },
    },
    is.OK,
  ],
  [
    'openrouter',
    429,
    'free models per day, until the header says',
    FREE_PER_DAY,
    { kind: 'rate-limited', retryAfterMs: 6 * 3_600_000 },
    { headers: { 'x-ratelimit-reset': IN_SIX_HOURS } },
  ],
  [
    'openrouter',
    429,
    'free models per day, until the body says',
    FREE_PER_DAY,
    { kind: 'rate-limited', retryAfterMs: 6 * 3_600_000 },
  ],
  [
    'openrouter',
    429,
    'a limit of what stands behind it',
    {
      error: {
        message: 'Provider returned error',
        code: 429,
        metadata: { provider_name: 'X', raw: '{"error":{"code":"invalid_api_key"}}' },
      },
    },
    is.UNAVAILABLE,
  ],
  [
    'openrouter',
    401,
    'a key of what stands behind it',
    { error: { message: 'Provider returned error', code: 401 } },
    is.OK,
  ],

  // https://docs.siliconflow.cn
  [
    'siliconflow',
    401,
    'a wrong key, as a bare JSON string (chatboxai/chatbox#2573)',
    'Api key is invalid',
    is.INVALID,
  ],
  [
    'siliconflow',
    403,
    'no balance',
    { code: 30001, message: 'Sorry, your account balance is insufficient', data: null },
    is.OUT,
    { code: '30001' },
  ],
  [
    'siliconflow',
    400,
    'a model that does not exist',
    { code: 20012, message: 'Model does not exist. Please check it carefully.', data: null },
    is.OK,
    { code: '20012' },
  ],

  // https://docs.together.ai/docs/error-codes
  [
    'together',
    401,
    'a wrong key',
    openaiForm('Invalid API key provided.', 'invalid_request_error', 'invalid_api_key'),
    is.INVALID,
  ],
  ['together', 402, 'a spending limit', openaiForm('Credit limit exceeded', 'credit_limit'), is.OUT],
  [
    'together',
    403,
    'a context that is too long',
    openaiForm('Input validation error', 'invalid_request_error'),
    is.OK,
  ],
  ['together', 429, 'a limit that moves', openaiForm('', 'dynamic_request_limited'), is.LIMITED],

  // https://www.volcengine.com/docs/82379/1299023
  [
    'volcengine',
    404,
    'a model that is not opened for this account',
    openaiForm(
      'The model or endpoint doubao-x does not exist or you do not have access to it.',
      'NotFound',
      'InvalidEndpointOrModel.NotFound',
    ),
    is.NOT_PERMITTED,
  ],
  // https://cloud.baidu.com/doc/qianfan-api/s/rmwbl43x7
  [
    'qianfan',
    401,
    'a model that the key is not for',
    { error: { code: 'invalid_model', message: 'No permission to use the model' } },
    is.NOT_PERMITTED,
  ],
  [
    'qianfan',
    404,
    'no such model',
    { error: { code: 'invalid_model', message: 'The model does not exist' } },
    is.OK,
  ],
  // https://platform.minimax.io/docs/api-reference/errorcode
  [
    'minimax',
    402,
    'an account without a balance',
    { type: 'error', error: { type: 'insufficient_balance_error', message: 'insufficient balance (1008)' } },
    is.OUT,
  ],

  // https://docs.bigmodel.cn/cn/api/api-code; at its own address, or a provider of the user's own
  ['zhipu', 401, 'a wrong key', zhipu('1002', 'Authentication Token非法'), is.INVALID],
  ['zhipu', 401, 'no key', zhipu('1001'), is.OK],
  ['zhipu', 429, 'arrears', zhipu('1113', '您的账户已欠费，请充值后重试。'), is.OUT, { code: '1113' }],
  ['glm', 429, 'arrears, as a number', zhipu(1113), is.OUT, { code: '1113' }],
  ['zhipu', 429, 'a locked account', zhipu('1112'), is.INVALID],
  ['zhipu', 429, 'too many at once', zhipu('1302'), is.LIMITED],
  [
    'zhipu',
    429,
    "the day's calls, which end at midnight in Beijing",
    zhipu('1304'),
    { kind: 'rate-limited', retryAfterMs: 16 * 3_600_000 },
  ],
  [
    'zhipu',
    429,
    'five hours used up (dirge-code/dirge#818)',
    zhipu('1308', '已达到 5 小时的使用上限。您的限额将在 2026-01-01 11:41:44 重置。'),
    { kind: 'out-of-credit', untilMs: Date.parse('2026-01-01T03:41:44Z') },
  ],
  ['zhipu', 429, 'a week used up, without a time', zhipu('1310'), is.OUT],
  ['zhipu', 429, 'a model that everybody asks', zhipu('1305'), is.UNAVAILABLE],
  ['zhipu', 429, 'a model outside the plan', zhipu('1311'), is.NOT_PERMITTED],
  ['zhipu', 400, 'flagged input', zhipu('1301'), is.OK],
  ['zhipu', 400, 'a model that does not exist', zhipu('1211'), is.OK],
  ['zhipu', 400, 'a number that means a bad key with 401 only', zhipu('1002'), is.OK],

  // https://learn.microsoft.com/azure/foundry/openai/how-to/troubleshoot-errors
  [
    'azure',
    401,
    'a wrong key',
    {
      error: { code: '401', message: 'Access denied due to invalid subscription key or wrong API endpoint.' },
    },
    is.INVALID,
  ],
  [
    'azure',
    401,
    'a wrong key, as API management says it',
    { statusCode: 401, message: 'Access denied due to invalid subscription key.' },
    is.INVALID,
  ],
  [
    'azure',
    401,
    'a role that is missing (learn.microsoft.com/answers 1921183)',
    { error: { code: 'PermissionDenied', message: 'Principal does not have access to API/Operation.' } },
    is.NOT_PERMITTED,
  ],
  [
    'azure',
    403,
    'a blocked resource (maximhq/bifrost#7211)',
    {
      error: {
        code: 'Forbidden',
        message:
          'Your resource has been temporarily blocked because we detected behavior that may violate our content policy.',
      },
    },
    is.NOT_PERMITTED,
  ],
  [
    'azure',
    403,
    'a network that may not ask',
    { error: { code: 'AccessDenied', message: 'Access denied due to Virtual Network/Firewall rules.' } },
    is.OK,
  ],
  [
    'azure',
    403,
    'a quota of calls',
    { statusCode: 403, message: 'Out of call volume quota. Quota will be replenished in 12.05:30:00.' },
    is.OUT,
  ],
  [
    'azure',
    429,
    'a rate limit',
    {
      error: {
        code: '429',
        message: 'Requests to the ChatCompletions_Create Operation have exceeded token rate limit.',
      },
    },
    { kind: 'rate-limited', retryAfterMs: 1_234 },
    { headers: { 'retry-after-ms': '1234' } },
  ],
  ['azure', 400, 'a content filter', openaiForm('The response was filtered.', null, 'content_filter'), is.OK],
  [
    'azure',
    404,
    'a deployment that does not exist',
    { error: { code: 'DeploymentNotFound', message: '' } },
    is.OK,
  ],

  // relays and servers of the user's own
  [
    'mine',
    401,
    "one-api's wrong token",
    openaiForm('无效的令牌 (request id: 1)', 'one_api_error', ''),
    is.INVALID,
  ],
  ['mine', 401, "new-api's token without quota", openaiForm('该令牌额度已用尽', 'new_api_error', ''), is.OUT],
  [
    'mine',
    403,
    'a user without quota (popjane/free_chatgpt_api#78)',
    openaiForm('user quota is not enough', 'v_api_error', 'insufficient_user_quota'),
    is.OUT,
  ],
  [
    'mine',
    403,
    'a request larger than the quota that is left (QuantumNous/new-api)',
    openaiForm('token quota is not enough', 'new_api_error', 'pre_consume_token_quota_failed'),
    is.NOT_PERMITTED,
  ],
  [
    'mine',
    503,
    'no channel for a model',
    openaiForm('No available channel for model m', 'new_api_error', 'model_not_found'),
    is.UNAVAILABLE,
  ],
  [
    'mine',
    400,
    'a budget of LiteLLM (BerriAI/litellm#31078)',
    openaiForm('Budget has been exceeded!', 'budget_exceeded', '400'),
    is.OUT,
  ],
  [
    'mine',
    401,
    "LiteLLM's wrong key",
    openaiForm('Authentication Error, Invalid proxy server token passed.', 'token_not_found_in_db', '401'),
    is.INVALID,
  ],
  ['mine', 401, 'vLLM with another key', { error: 'Unauthorized' }, is.INVALID],
  ['mine', 401, 'a server that says nothing more', undefined, is.INVALID],
  [
    'mine',
    401,
    'llama.cpp with another key',
    openaiForm('Invalid API Key', 'authentication_error', 401),
    is.INVALID,
  ],
  ['mine', 403, 'a server that says nothing more', undefined, is.OK],
  ['mine', 402, 'a server that says nothing more', undefined, is.OUT],
  [
    'anthropic',
    403,
    'a relay in the place of Anthropic',
    openaiForm('user quota is not enough', 'new_api_error', 'insufficient_user_quota'),
    is.OUT,
  ],
];

export const COMPATIBLE_ROWS: readonly is.Row[] = rows.map(([provider, status, says, body, want, more]) => ({
  ...{ provider, status, says, body, want },
  ...more,
}));
