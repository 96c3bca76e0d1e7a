import { anthropicDialect } from '../dialects/anthropic';
import { isOpenaiShaped } from '../dialects/openai';
import type { Header } from '../http/header';
import { ANTHROPIC_ERRORS } from './errors/anthropic';
import type { Provider } from './provider';

/** Anthropic's Messages API, at whoever serves it. */
const MESSAGES = /^(?:\/v1)?\/messages(?:\/count_tokens)?\/?$/;

/** OpenAI's Responses API, at whoever serves it, with the responses that are kept. */
const RESPONSES = /^(?:\/v1)?\/responses(?:\/|$)/;

const RESPONSES_ITSELF = /^(?:\/v1)?\/responses$/;

const CHATS = /\/(?:chat\/completions|responses)$/;

/** The endpoint at which a provider serves another format than at its own address. */
export interface FormatEndpoint {
  /** The path before `/v1`, in place of the one that its own API has. */
  readonly pathPrefix: string;
  /** Where it takes the key; where its own API does, if absent. */
  readonly keyHeader?: (key: string) => Header;
}

/** The formats that a provider serves at other addresses than its own API, with the same keys. */
export interface FormatEndpoints {
  /** Anthropic's Messages API. */
  readonly messages?: FormatEndpoint | undefined;
  /** OpenAI's Responses API. */
  readonly responses?: FormatEndpoint | undefined;
}

export const inBearer = (key: string): Header => ['Authorization', `Bearer ${key}`];
export const inApiKey = (key: string): Header => ['x-api-key', key];

const NONE = /^(?!)/;

/** A provider that serves more formats than its own. */
export function servingFormats(provider: Provider, { messages, responses }: FormatEndpoints): Provider {
  return {
    ...provider,
    ...(messages && {
      messages: {
        ...served(provider, messages),
        dialect: anthropicDialect,
        errorRules: [...(provider.errorRules ?? []), ...ANTHROPIC_ERRORS],
        openaiPaths: NONE,
        streamsUsageOnRequest: false, // every stream tells it there
      },
    }),
    ...(responses && { responses: { ...served(provider, responses), openaiPaths: /^\/v1\/responses$/ } }),
  };
}

function served(provider: Provider, { pathPrefix, keyHeader }: FormatEndpoint): Provider {
  return {
    ...provider,
    keyHeader: keyHeader ?? ((key, path) => provider.keyHeader(key, path)),
    upstreamPath: (path) => path,
    formatPrefix: pathPrefix,
  };
}

/** A provider as it serves each of the other formats. */
export function formatsOf({ messages, responses }: Provider): readonly Provider[] {
  return [messages, responses].filter((format) => format !== undefined);
}

/** A provider's endpoint for a path, and the path there. */
export interface ServedPath {
  readonly provider: Provider;
  readonly path: string;
}

/**
 * The provider as it serves the format that a path belongs to: with another address, form of errors and place of the key.
 * A client that was given the whole address of that endpoint has its prefix in the path.
 */
export function inFormatOf(provider: Provider, path: string): ServedPath {
  const { messages, responses } = provider;
  return (
    (messages && servedAt(messages, path, MESSAGES)) ??
    (responses && servedAt(responses, path, RESPONSES)) ?? { provider, path }
  );
}

function servedAt(provider: Provider, path: string, format: RegExp): ServedPath | undefined {
  const { formatPrefix = '' } = provider;
  const bare =
    formatPrefix !== '' && path.startsWith(`${formatPrefix}/`) ? path.slice(formatPrefix.length) : path;
  return format.test(bare) ? { provider, path: bare } : undefined;
}

/** Whether a path belongs to a format that several providers may serve. */
export function hasSharedFormat(path: string): boolean {
  return MESSAGES.test(path) || isOpenaiShaped(path);
}

/** Whether a path belongs to a format in which models chat. */
export function isChatFormat(path: string): boolean {
  return MESSAGES.test(path) || CHATS.test(path);
}

/** Whether a path is that of OpenAI's Responses API, at which its clients open WebSockets. */
export function isResponsesPath(path: string): boolean {
  return RESPONSES_ITSELF.test(path);
}

/** Whether a provider serves a path over a WebSocket. */
export function servesSocket({ socketPaths }: Provider, path: string): boolean {
  return socketPaths?.test(path) === true;
}

/** Whether a provider, in the format of the path, serves it. */
export function servesPath({ dialect, openaiPaths }: Provider, path: string): boolean {
  return MESSAGES.test(path) ? dialect === anthropicDialect : openaiPaths.test(path);
}
