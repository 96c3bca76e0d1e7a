import {
  minimaxReset,
  nextBeijingMidnight,
  openrouterReset,
  volcengineReset,
  zhipuReset,
} from './reset-times';
import type { ErrorRule } from './rule';

/** https://docs.x.ai/developers/debugging; `error` is a text, and `code` a sentence or one of a few words. */
const XAI: readonly ErrorRule[] = [
  { codes: ['personal-team-blocked:spending-limit'], kind: 'out-of-credit' },
  { status: [401, 403], codes: ['unauthenticated:bad-credentials'], kind: 'invalid' },
  {
    status: [400],
    codes: ['Client specified an invalid argument', 'invalid-argument'],
    message: /^Incorrect API key provided/,
    kind: 'invalid',
  },
  {
    status: [403, 429],
    message:
      /^(?:Your team \S{1,64} has either used all available credits or reached|Your newly created teams? doesn't have any credits|You have run out of credits)/,
    kind: 'out-of-credit',
  },
  // The permissions of the key: https://docs.x.ai/developers/management-api-guide
  { status: [403], message: /^Access to the \w{1,40} endpoint is denied/, kind: 'not-permitted' },
];

/** https://console.groq.com/docs/errors, https://console.groq.com/docs/spend-limits */
const GROQ: readonly ErrorRule[] = [
  { codes: ['blocked_api_access'], kind: 'out-of-credit' },
  { status: [400, 403], codes: ['spend_limit_*', 'spend_alert_*'], kind: 'out-of-credit' },
  { codes: ['model_permission_blocked_*', 'model_terms_required'], kind: 'not-permitted' },
  { status: [403], message: /^Access denied\. Please check your network settings/, kind: 'egress-refused' },
];

/** https://docs.mistral.ai/resources/error-glossary */
const MISTRAL: readonly ErrorRule[] = [
  { status: [429], codes: ['3505'], kind: 'unavailable' },
  { status: [429], message: /^Service tier capacity exceeded for this model/, kind: 'unavailable' },
];

/** https://platform.kimi.com/docs/api/errors, https://www.kimi.com/code/docs/en/kimi-code/error-reference.html */
const MOONSHOT: readonly ErrorRule[] = [
  // The client's name decides about this one; the rest of this type is the account's.
  { status: [403], message: /^Kimi For Coding is currently only available for /, kind: 'ok' },
  { status: [403, 429], message: /^You've reached (?:your|kimi) /, kind: 'out-of-credit' },
  { codes: ['exceeded_current_quota_error'], kind: 'out-of-credit' },
  { codes: ['access_terminated_error'], kind: 'invalid' },
  { codes: ['rate_limit_reached_error'], kind: 'rate-limited' },
  { status: [403], codes: ['permission_denied_error'], kind: 'not-permitted' },
  {
    status: [404],
    codes: ['resource_not_found_error'],
    message: /^Not found the model /,
    kind: 'not-permitted',
  },
];

/** https://help.aliyun.com/en/model-studio/error-code */
const DASHSCOPE_CODES: readonly ErrorRule[] = [
  {
    codes: ['Arrearage', 'PrepaidBillOverdue', 'PostpaidBillOverdue', 'CommodityNotPurchased'],
    kind: 'out-of-credit',
  },
  {
    status: [400, 403],
    codes: ['AccessDenied', 'access_denied'],
    message: /^Access denied, please make sure your account is in good standing/,
    kind: 'out-of-credit',
  },
  { status: [429], message: /^Free allocated quota exceeded/, kind: 'out-of-credit' },
  { status: [403, 429], message: /^(?:hour|week|month) allocated quota exceeded/, kind: 'out-of-credit' },
  // Each model has free tokens of its own.
  {
    codes: [
      'AllocationQuota.FreeTierOnly',
      'AccessDenied.Unpurchased',
      'Model.AccessDenied',
      'Workspace.AccessDenied',
    ],
    kind: 'not-permitted',
  },
  { status: [401, 403], codes: ['InvalidApiKey'], kind: 'invalid' },
  { codes: ['Throttling', 'Throttling.*', 'limit_requests', 'LimitRequests'], kind: 'rate-limited' },
  {
    status: [429],
    message: /^Allocated quota exceeded, please increase your quota limit/,
    kind: 'rate-limited',
  },
];

/** Its own API only: everywhere else `insufficient_quota` is about money, there it is tokens per minute. */
const DASHSCOPE: readonly ErrorRule[] = [
  ...DASHSCOPE_CODES,
  { status: [429], codes: ['insufficient_quota'], kind: 'rate-limited' },
  { status: [403], codes: ['invalid_api_key'], kind: 'invalid' },
];

/** https://openrouter.ai/docs/api/reference/errors-and-debugging */
const OPENROUTER: readonly ErrorRule[] = [
  // What stands behind OpenRouter failed, with OpenRouter's own key for it.
  { status: [200, 429, 502, 503], message: /^Provider returned error/, kind: 'unavailable' },
  { message: /^Provider returned error/, kind: 'ok' },
  { status: [401], codes: ['authentication'], kind: 'invalid' },
  // A smaller request may still be paid for with this key.
  {
    status: [402],
    message: /^(?:This request requires more credits, or fewer max_tokens|Prompt tokens limit exceeded)/,
    kind: 'not-permitted',
  },
  {
    codes: [
      'openrouter_credits',
      'openrouter_key_limit',
      'openrouter_guardrail_budget',
      'openrouter_workspace_budget',
    ],
    kind: 'out-of-credit',
    untilMs: openrouterReset,
  },
  { status: [403], message: /^Key limit exceeded/, kind: 'out-of-credit' },
  { status: [404], message: /^No endpoints found matching your data policy/, kind: 'not-permitted' },
];

/** https://docs.siliconflow.cn/cn/api-reference; the code stands outside, and a 401 is a bare JSON string. */
const SILICONFLOW: readonly ErrorRule[] = [{ status: [403], codes: ['30001'], kind: 'out-of-credit' }];

/** https://docs.bigmodel.cn/cn/api/api-code, https://docs.z.ai/api-reference/api-code */
const ZHIPU: readonly ErrorRule[] = [
  { status: [401], codes: ['1000', '1002', '1003', '1004'], kind: 'invalid' },
  { status: [401, 429], codes: ['1110', '1111', '1112', '1121'], kind: 'invalid' },
  { status: [200, 429], codes: ['1113', '1309'], kind: 'out-of-credit' },
  {
    status: [200, 429],
    codes: ['1308', '1310', '1316', '1317', '1318', '1319', '1320', '1321'],
    kind: 'out-of-credit',
    untilMs: zhipuReset,
  },
  { status: [200, 429], codes: ['1304'], kind: 'rate-limited', untilMs: nextBeijingMidnight },
  { status: [200, 429], codes: ['1302', '1303', '1313'], kind: 'rate-limited' },
  { status: [200, 429], codes: ['1305', '1312'], kind: 'unavailable' },
  { status: [403, 429], codes: ['1220', '1311'], kind: 'not-permitted' },
];

/** https://www.volcengine.com/docs/82379/1299023; a missing permission for a model comes as a missing model. */
const VOLCENGINE: readonly ErrorRule[] = [
  { status: [401], codes: ['AuthenticationError'], kind: 'invalid' },
  { status: [403], codes: ['AccountOverdueError', 'OperationDenied.ServiceOverdue'], kind: 'out-of-credit' },
  { status: [403], codes: ['AccessDenied', 'OperationDenied.ServiceNotOpen'], kind: 'not-permitted' },
  {
    status: [404],
    codes: [
      'InvalidEndpointOrModel.NotFound',
      'InvalidEndpointOrModel.ModelIDAccessDisabled',
      'ModelNotOpen',
    ],
    kind: 'not-permitted',
  },
  // A subscription's 5 hours, week or month.
  { status: [429], codes: ['AccountQuotaExceeded'], kind: 'out-of-credit', untilMs: volcengineReset },
  // Of one model: its free tokens, or the limit that the account's owner has set.
  { status: [429], codes: ['QuotaExceeded', 'SetLimitExceeded'], kind: 'not-permitted' },
  { status: [429], codes: ['ServerOverloaded'], kind: 'unavailable' },
];

/** https://cloud.baidu.com/doc/qianfan-api/s/rmwbl43x7 */
const QIANFAN: readonly ErrorRule[] = [
  { status: [401], codes: ['invalid_iam_token'], kind: 'invalid' },
  {
    status: [401],
    codes: ['invalid_model'],
    message: /^No permission to use the model/,
    kind: 'not-permitted',
  },
];

/** https://platform.minimax.io/docs/api-reference/errorcode */
const MINIMAX: readonly ErrorRule[] = [
  { status: [401], codes: ['authorized_error'], kind: 'invalid' },
  { status: [200, 402, 429], message: /^insufficient balance/i, kind: 'out-of-credit' },
  // A subscription's 5 hours or week.
  {
    status: [200, 429],
    message: /^usage limit exceeded/,
    kind: 'out-of-credit',
    untilMs: minimaxReset,
  },
];

/** https://docs.fireworks.ai/guides/inference-error-codes */
const FIREWORKS: readonly ErrorRule[] = [
  {
    status: [412],
    codes: ['PRECONDITION_FAILED'],
    message: /^Account \S{1,64} is suspended/,
    kind: 'out-of-credit',
  },
];

/** https://inference-docs.cerebras.ai/support/error */
const CEREBRAS: readonly ErrorRule[] = [{ status: [429], codes: ['queue_exceeded'], kind: 'unavailable' }];

/** It says the same of a wrong key and of a client that it does not accept. */
const NVIDIA: readonly ErrorRule[] = [
  { status: [403], message: /^Authorization failed$/, kind: 'not-permitted' },
];

/** https://docs.cohere.com/docs/rate-limits */
const COHERE: readonly ErrorRule[] = [
  {
    status: [429],
    message: /^You are using a Trial key, which is limited to \d{1,9} API calls \/ month/,
    kind: 'out-of-credit',
  },
];

/** https://huggingface.co/docs/inference-providers/index: a token needs the permission */
const HUGGINGFACE: readonly ErrorRule[] = [
  {
    status: [403],
    message: /^This authentication method does not have sufficient permissions to call Inference Providers/,
    kind: 'not-permitted',
  },
];

/** https://vercel.com/docs/ai-gateway/pricing: a team without a payment card has no credit, not even the free one */
const VERCEL: readonly ErrorRule[] = [
  { status: [403], codes: ['customer_verification_required'], kind: 'out-of-credit' },
  { status: [403], codes: ['free_tier_model_not_available'], kind: 'not-permitted' },
];

/** one-api and new-api, which say most things in Chinese only: https://github.com/QuantumNous/new-api */
const ONE_API: readonly ErrorRule[] = [
  // Counted before the request by its size: a smaller one may still be paid for.
  { status: [403], codes: ['pre_consume_token_quota_failed'], kind: 'not-permitted' },
  { status: [403], codes: ['insufficient_user_quota'], kind: 'out-of-credit' },
  { status: [401, 403], message: /^该令牌额度已用尽/, kind: 'out-of-credit' },
  { status: [401], message: /^(?:无效的令牌|该令牌已过期|该令牌状态不可用)/, kind: 'invalid' },
  { status: [403], message: /^用户已被封禁/, kind: 'invalid' },
  { status: [429], message: /^当前分组上游负载已饱和/, kind: 'unavailable' },
];

/** https://docs.litellm.ai/docs/proxy/users */
const LITELLM: readonly ErrorRule[] = [
  { codes: ['budget_exceeded'], kind: 'out-of-credit' },
  { status: [400, 401], codes: ['expired_key', 'token_not_found_in_db'], kind: 'invalid' },
  {
    status: [401, 403],
    // `auth_error`: whatever failed while it checked the key, which may be the model's name.
    codes: ['key_model_access_denied', 'team_model_access_denied', 'auth_error'],
    kind: 'not-permitted',
  },
];

/**
 * For unknown servers: a server with OpenAI's API at a user's own URL is often a relay, which passes on the codes of any
 * provider. Ambiguous codes are not included.
 */
export const RELAYED_ERRORS: readonly ErrorRule[] = [
  ...[...ONE_API, ...LITELLM],
  ...[...XAI, ...GROQ, ...MISTRAL, ...MOONSHOT, ...DASHSCOPE_CODES, ...OPENROUTER, ...SILICONFLOW, ...ZHIPU],
];

const BY_PROVIDER: ReadonlyMap<string, readonly ErrorRule[]> = new Map([
  ['xai', XAI],
  ['groq', GROQ],
  ['mistral', MISTRAL],
  ['moonshot', MOONSHOT],
  ['dashscope', DASHSCOPE],
  ['openrouter', OPENROUTER],
  ['siliconflow', SILICONFLOW],
  ['zhipu', ZHIPU],
  ['volcengine', VOLCENGINE],
  ['qianfan', QIANFAN],
  ['minimax', MINIMAX],
  ['fireworks', FIREWORKS],
  ['cerebras', CEREBRAS],
  ['nvidia', NVIDIA],
  ['cohere', COHERE],
  ['huggingface', HUGGINGFACE],
  ['vercel', VERCEL],
]);

/** The rules of an OpenAI-compatible provider, by its name. */
export function compatibleErrors(name: string): readonly ErrorRule[] {
  const own = BY_PROVIDER.get(name);
  return own ? [...own, ...RELAYED_ERRORS] : RELAYED_ERRORS;
}
