import { compatible } from './compatible';
import { inApiKey, inBearer } from './formats';
import type { Provider } from './provider';

/**
 * Each by its own documentation: the base URL, less the `/v1` that clients send, and where it serves Anthropic's Messages
 * API and OpenAI's Responses API. A format without a row here is not documented by that provider, or not for good.
 */
export const COMPATIBLE: readonly Provider[] = [
  compatible({
    name: 'deepseek',
    upstream: 'https://api.deepseek.com',
    models: ['deepseek-*'],
    messages: { pathPrefix: '/anthropic', keyHeader: inApiKey }, // https://api-docs.deepseek.com/guides/anthropic_api
    responses: 'here', // https://api-docs.deepseek.com/guides/responses_api
    streamsUsageOnRequest: true, // https://api-docs.deepseek.com/api/create-chat-completion
  }),
  compatible({
    name: 'groq',
    upstream: 'https://api.groq.com/openai',
    keyPattern: /^gsk_/,
    secretPrefixes: ['gsk_', 'gsk-'],
    models: ['groq/compound*'], // https://console.groq.com/docs/compound/systems
    responses: 'here', // https://console.groq.com/docs/responses-api
    streamsUsageOnRequest: true, // https://console.groq.com/docs/api-reference#chat-create
  }),
  compatible({
    name: 'mistral',
    upstream: 'https://api.mistral.ai', // https://docs.mistral.ai/api
    models: [
      'mistral-*',
      'ministral-*',
      'magistral-*',
      'codestral-*',
      'devstral-*',
      'pixtral-*',
      'voxtral-*',
      'open-mistral-*',
      'open-mixtral-*',
    ],
  }),
  compatible({
    name: 'xai',
    upstream: 'https://api.x.ai',
    keyPattern: /^xai-/,
    secretPrefixes: ['xai-', 'xai_'],
    models: ['grok-*'],
    // It has Anthropic's format no longer: https://docs.x.ai/developers/model-capabilities/text/comparison
    responses: 'here',
    // https://docs.x.ai/developers/advanced-api-usage/websocket-mode, https://docs.x.ai/developers/model-capabilities/audio/voice-agent
    socketPaths: /^\/v1\/(?:realtime|responses)$/,
    usageTraits: { cost: { member: 'cost_in_usd_ticks', perUsd: 1e10 } }, // https://docs.x.ai/developers/cost-tracking
  }),
  compatible({
    name: 'moonshot',
    upstream: 'https://api.moonshot.cn',
    models: ['moonshot-*', 'kimi-*'],
    messages: { pathPrefix: '/anthropic', keyHeader: inBearer }, // https://platform.kimi.com/docs/api/messages
    responses: 'here', // https://platform.kimi.com/docs/api/responses
  }),
  compatible({
    name: 'dashscope',
    upstream: 'https://dashscope.aliyuncs.com/compatible-mode',
    models: ['qwen*', 'qwq*', 'qvq*'],
    messages: { pathPrefix: '/apps/anthropic', keyHeader: inApiKey }, // https://help.aliyun.com/en/model-studio/anthropic-api-messages
    responses: 'here', // https://help.aliyun.com/en/model-studio/compatibility-with-openai-responses-api
    streamsUsageOnRequest: true, // https://help.aliyun.com/zh/model-studio/stream
  }),
  compatible({
    name: 'openrouter',
    upstream: 'https://openrouter.ai/api',
    keyPattern: /^sk-or-/,
    // Its own routers, whose names begin with its own: https://openrouter.ai/docs/guides/routing/routers/auto-router
    models: ['openrouter/auto*', 'openrouter/free'],
    messages: { pathPrefix: '/api', keyHeader: inBearer }, // https://openrouter.ai/docs/guides/community/anthropic-agent-sdk
    responses: 'here', // https://openrouter.ai/docs/api-reference/responses-api/basic-usage
    usageTraits: { cost: { member: 'cost', perUsd: 1 } }, // https://openrouter.ai/docs/use-cases/usage-accounting
  }),
  compatible({
    name: 'siliconflow',
    upstream: 'https://api.siliconflow.cn',
    messages: { pathPrefix: '', keyHeader: inBearer }, // https://docs.siliconflow.cn/cn/docs/api/messages-post
  }),
  compatible({
    name: 'together',
    upstream: 'https://api.together.xyz', // https://docs.together.ai/docs/inference/openai-compatibility
    keyPattern: /^tgp_/,
    secretPrefixes: ['tgp_', 'tgp-'],
    streamsUsageOnRequest: true, // some models tell it anyway: https://github.com/vercel/ai/pull/17986
  }),
];

/**
 * Those that operators had to define themselves before they were built in: an entry of PROVIDERS with such a name takes the
 * place of the built-in one.
 */
export const REPLACEABLE: readonly Provider[] = [
  compatible({
    name: 'zhipu',
    upstream: 'https://open.bigmodel.cn/api/paas/v4', // https://docs.bigmodel.cn/cn/guide/develop/openai/introduction
    models: ['glm-*', 'charglm-*', 'codegeex-*'],
    messages: { pathPrefix: '/api/anthropic', keyHeader: inApiKey }, // https://docs.bigmodel.cn/cn/guide/develop/claude/introduction
    responses: { pathPrefix: '/api' }, // https://docs.bigmodel.cn/cn/guide/develop/responses/introduction
  }),
  compatible({
    name: 'minimax',
    upstream: 'https://api.minimaxi.com',
    models: ['MiniMax-*', 'abab*'],
    messages: { pathPrefix: '/anthropic', keyHeader: inApiKey }, // https://platform.minimaxi.com/docs/api-reference/text-anthropic-api
    responses: 'here', // https://platform.minimaxi.com/docs/api-reference/responses-create
  }),
  compatible({
    name: 'volcengine',
    upstream: 'https://ark.cn-beijing.volces.com/api/v3', // https://www.volcengine.com/docs/82379/1298459
    models: ['doubao-*', 'ep-20*'],
    messages: { pathPrefix: '/api/compatible', keyHeader: inBearer }, // https://www.volcengine.com/docs/82379/2655179
    responses: 'here', // https://www.volcengine.com/docs/82379/1585128
  }),
  compatible({
    // Tencent's, in place of Hunyuan's own API: https://cloud.tencent.com/document/product/1729/131925
    name: 'tokenhub',
    upstream: 'https://tokenhub.tencentmaas.com', // https://cloud.tencent.com/document/product/1823/131382
    models: ['hy3*', 'hy4*'],
    messages: { pathPrefix: '', keyHeader: inApiKey }, // https://cloud.tencent.com/document/product/1823/135874
    responses: 'here', // https://cloud.tencent.com/developer/article/2779936
  }),
  compatible({
    name: 'qianfan',
    upstream: 'https://qianfan.baidubce.com/v2', // https://cloud.baidu.com/doc/qianfan/s/Hmh4suq26
    keyPattern: /^bce-v3\//,
    secretPrefixes: ['bce-v3/'],
    models: ['ernie-*'],
    messages: { pathPrefix: '/anthropic', keyHeader: inApiKey }, // https://cloud.baidu.com/doc/qianfan-docs/s/6mh3e6gjp
    responses: 'here', // https://cloud.baidu.com/doc/qianfan-docs/s/4mi400l1m
  }),
  compatible({
    name: 'stepfun',
    upstream: 'https://api.stepfun.com',
    models: ['step-*'],
    messages: { pathPrefix: '', keyHeader: inBearer }, // https://platform.stepfun.com/docs/zh/api-reference/chat/messages-create
    responses: 'here', // https://platform.stepfun.com/docs/zh/api-reference/responses/responses-create
  }),
  compatible({
    name: 'nvidia',
    upstream: 'https://integrate.api.nvidia.com', // https://build.nvidia.com/
    keyPattern: /^nvapi-/,
    secretPrefixes: ['nvapi-', 'nvapi_'],
  }),
  compatible({
    name: 'cerebras',
    upstream: 'https://api.cerebras.ai', // https://inference-docs.cerebras.ai/resources/openai
    keyPattern: /^csk-/,
    secretPrefixes: ['csk-', 'csk_'],
  }),
  compatible({
    name: 'fireworks',
    upstream: 'https://api.fireworks.ai/inference',
    keyPattern: /^fw_/,
    secretPrefixes: ['fw_', 'fw-'],
    models: ['accounts/*/*/*'],
    messages: { pathPrefix: '/inference', keyHeader: inBearer }, // https://docs.fireworks.ai/tools-sdks/anthropic-compatibility
    responses: 'here', // https://docs.fireworks.ai/guides/response-api
  }),
  compatible({
    // Chat completions have ended: https://docs.perplexity.ai/docs/grounded-llm/openai-compatibility
    name: 'perplexity',
    upstream: 'https://api.perplexity.ai',
    keyPattern: /^pplx-/,
    secretPrefixes: ['pplx-', 'pplx_'],
    openaiPaths: /^\/v1\/responses$/,
  }),
  compatible({
    name: 'cohere',
    upstream: 'https://api.cohere.ai/compatibility', // https://docs.cohere.com/docs/compatibility-api
    models: ['command-*', 'c4ai-*', 'embed-*'],
  }),
  compatible({
    name: 'huggingface',
    upstream: 'https://router.huggingface.co', // https://huggingface.co/docs/inference-providers/index
    keyPattern: /^hf_/,
    secretPrefixes: ['hf_', 'hf-'],
    responses: 'here', // https://huggingface.co/docs/inference-providers/guides/responses-api
  }),
  compatible({
    name: 'vercel',
    upstream: 'https://ai-gateway.vercel.sh',
    keyPattern: /^vck_/,
    secretPrefixes: ['vck_', 'vck-'],
    messages: { pathPrefix: '', keyHeader: inApiKey }, // https://vercel.com/docs/ai-gateway/sdks-and-apis/anthropic-messages-api
    responses: 'here', // https://vercel.com/docs/ai-gateway/sdks-and-apis/responses
    socketPaths: /^\/v1\/responses$/, // https://vercel.com/docs/ai-gateway/sdks-and-apis/responses/websockets
  }),
];
