import { openaiDialect } from '../dialects/openai';
import type { UsageTraits } from '../meter/usage';
import { ANTHROPIC_RESETS } from './errors/anthropic';
import { compatibleErrors } from './errors/compatible';
import { inBearer, servingFormats, type FormatEndpoint } from './formats';
import type { Provider } from './provider';

/** What distinguishes one OpenAI-compatible API from another. */
export interface CompatibleApi {
  readonly name: string;
  /** The origin, and what stands there before `/v1`; or a whole base URL, if that ends in another version. */
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
  /** As in `Provider`, if it has no chat completions. */
  readonly openaiPaths?: RegExp;
  /** As in `Provider`. */
  readonly socketPaths?: RegExp;
  /** Where it serves Anthropic's Messages API. */
  readonly messages?: FormatEndpoint | undefined;
  /** Where it serves OpenAI's Responses API: at the same address, or at one of its own. */
  readonly responses?: 'here' | FormatEndpoint | undefined;
}

const PATHS = /^\/v1\/(?:chat\/completions|completions|embeddings)$/;
const PATHS_AND_RESPONSES = /^\/v1\/(?:chat\/completions|completions|embeddings|responses)$/;

/** A provider that speaks OpenAI's API, with the key as a Bearer token; and further formats, if it says where. */
export function compatible({ messages, responses, ...api }: CompatibleApi): Provider {
  const elsewhere = { messages, responses: responses === 'here' ? undefined : responses };
  const pathSegments = [elsewhere.messages, elsewhere.responses].flatMap((endpoint) =>
    (endpoint?.pathPrefix ?? '').split('/').filter((segment) => segment !== ''),
  );
  return servingFormats(speakingOpenai(api, pathSegments, responses === 'here'), elsewhere);
}

function speakingOpenai(
  {
    name,
    upstream,
    keyPattern,
    secretPrefixes,
    models,
    usageTraits,
    openaiPaths,
    socketPaths,
    streamsUsageOnRequest = false,
  }: Omit<CompatibleApi, 'messages' | 'responses'>,
  pathSegments: readonly string[],
  hasResponses: boolean,
): Provider {
  return {
    name,
    defaultUpstream: upstream,
    dialect: openaiDialect,
    ownsPath: () => false,
    identifyingHeaders: [],
    errorRules: compatibleErrors(name),
    resetHeaders: ANTHROPIC_RESETS, // which a relay passes on
    keyHeaders: ['authorization', 'x-api-key', 'api-key'],
    keyHeader: inBearer,
    ...(keyPattern ? { keyPattern } : {}),
    ...(secretPrefixes ? { secretPrefixes } : {}),
    ...(models ? { models } : {}),
    ...(usageTraits ? { usageTraits } : {}),
    ...(socketPaths ? { socketPaths } : {}),
    ...(pathSegments.length > 0 ? { pathSegments } : {}),
    streamsUsageOnRequest,
    openaiPaths: openaiPaths ?? (hasResponses ? PATHS_AND_RESPONSES : PATHS),
  };
}
