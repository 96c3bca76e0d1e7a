import { openaiDialect } from '../dialects/openai';
import { ANTHROPIC_RESETS } from './errors/anthropic';
import { compatibleErrors } from './errors/compatible';
import type { UsageTraits } from '../meter/usage';
import { servingMessages, type FormatEndpoint } from './formats';
import type { Provider } from './provider';

/** What distinguishes one OpenAI-compatible API from another. */
export interface CompatibleApi {
  readonly name: string;
  /** The origin, and what stands there before `/v1`. */
  readonly upstream: string | undefined;
  /** Keys that only it issues. */
  readonly keyPattern?: RegExp;
  /** How its keys begin; without it, they have the form of OpenAI's. */
  readonly secretPrefixes?: readonly string[];
  /** Models that only it serves; `*` as in `Provider`. */
  readonly models?: readonly string[];
  readonly usageTraits?: UsageTraits;
  /** As in `Provider`. */
  readonly streamsUsageOnRequest?: boolean;
  /** Where it serves Anthropic's Messages API. */
  readonly messages?: FormatEndpoint;
}

/** A provider that speaks OpenAI's API, with the key as a Bearer token; and Anthropic's, if it says where. */
export function compatible({ messages, ...api }: CompatibleApi): Provider {
  const provider = speakingOpenai(api);
  return messages ? servingMessages(provider, messages) : provider;
}

function speakingOpenai({
  name,
  upstream,
  keyPattern,
  secretPrefixes,
  models,
  usageTraits,
  streamsUsageOnRequest = false,
}: Omit<CompatibleApi, 'messages'>): Provider {
  return {
    name,
    defaultUpstream: upstream,
    dialect: openaiDialect,
    ownsPath: () => false,
    identifyingHeaders: [],
    errorRules: compatibleErrors(name),
    resetHeaders: ANTHROPIC_RESETS, // which a relay passes on
    keyHeaders: ['authorization', 'x-api-key', 'api-key'],
    keyHeader: (key) => ['Authorization', `Bearer ${key}`],
    ...(keyPattern ? { keyPattern } : {}),
    ...(secretPrefixes ? { secretPrefixes } : {}),
    ...(models ? { models } : {}),
    ...(usageTraits ? { usageTraits } : {}),
    streamsUsageOnRequest,
    openaiPaths: /^\/v1\/(?:chat\/completions|completions|embeddings)$/,
  };
}

/** Each by its own documentation's base URL, less the `/v1` that clients send. */
export const COMPATIBLE: readonly Provider[] = [
  compatible({
    name: 'deepseek',
    upstream: 'https://api.deepseek.com',
    models: ['deepseek-*'],
    messages: { pathPrefix: '/anthropic', keyHeader: 'x-api-key' }, // https://api-docs.deepseek.com/guides/anthropic_api
    streamsUsageOnRequest: true, // https://api-docs.deepseek.com/api/create-chat-completion
  }),
  compatible({
    name: 'groq',
    upstream: 'https://api.groq.com/openai',
    keyPattern: /^gsk_/,
    secretPrefixes: ['gsk_', 'gsk-'],
    models: ['groq/compound*'], // https://console.groq.com/docs/compound/systems
    streamsUsageOnRequest: true, // https://console.groq.com/docs/api-reference#chat-create
  }),
  compatible({
    name: 'mistral',
    upstream: 'https://api.mistral.ai',
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
    usageTraits: { cost: { member: 'cost_in_usd_ticks', perUsd: 1e10 } }, // https://docs.x.ai/developers/cost-tracking
  }),
  compatible({
    name: 'moonshot',
    upstream: 'https://api.moonshot.cn',
    models: ['moonshot-*', 'kimi-*'],
  }),
  compatible({
    name: 'dashscope',
    upstream: 'https://dashscope.aliyuncs.com/compatible-mode',
    models: ['qwen*', 'qwq*', 'qvq*'],
    streamsUsageOnRequest: true, // https://help.aliyun.com/zh/model-studio/stream
  }),
  compatible({
    name: 'openrouter',
    upstream: 'https://openrouter.ai/api',
    keyPattern: /^sk-or-/,
    // Its own routers, whose names begin with its own: https://openrouter.ai/docs/guides/routing/routers/auto-router
    models: ['openrouter/auto*', 'openrouter/free'],
    usageTraits: { cost: { member: 'cost', perUsd: 1 } }, // https://openrouter.ai/docs/use-cases/usage-accounting
  }),
  compatible({ name: 'siliconflow', upstream: 'https://api.siliconflow.cn' }),
  compatible({
    name: 'together',
    upstream: 'https://api.together.xyz',
    keyPattern: /^tgp_/,
    secretPrefixes: ['tgp_', 'tgp-'],
    streamsUsageOnRequest: true, // some models tell it anyway: https://github.com/vercel/ai/pull/17986
  }),
];
