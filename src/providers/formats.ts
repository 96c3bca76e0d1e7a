import { anthropicDialect } from '../dialects/anthropic';
import { isOpenaiShaped } from '../dialects/openai';
import type { CredentialHeader } from '../http/credentials';
import { ANTHROPIC_ERRORS } from './errors/anthropic';
import type { Provider } from './provider';

/** Anthropic's Messages API, at whoever serves it. */
const MESSAGES = /^(?:\/v1)?\/messages(?:\/count_tokens)?\/?$/;

const CHATS = /\/(?:chat\/completions|responses)$/;

/** The endpoint at which a provider serves another vendor's API. */
export interface FormatEndpoint {
  /** The path before `/v1`, in place of the one that its own API has. */
  readonly pathPrefix: string;
  /** Where it takes the key. */
  readonly keyHeader: CredentialHeader;
}

/** A provider that serves Anthropic's Messages API as well, with the same keys. */
export function servingMessages(provider: Provider, { pathPrefix, keyHeader }: FormatEndpoint): Provider {
  const messages: Provider = {
    ...provider,
    dialect: anthropicDialect,
    errorRules: [...(provider.errorRules ?? []), ...ANTHROPIC_ERRORS],
    keyHeader: (key) =>
      keyHeader === 'authorization' ? ['Authorization', `Bearer ${key}`] : [keyHeader, key],
    openaiPaths: NONE,
    formatPrefix: pathPrefix,
  };
  return { ...provider, messages };
}

const NONE = /^(?!)/;

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
  const { messages } = provider;
  if (!messages) return { provider, path };
  const { formatPrefix = '' } = messages;
  const bare =
    formatPrefix !== '' && path.startsWith(`${formatPrefix}/`) ? path.slice(formatPrefix.length) : path;
  return MESSAGES.test(bare) ? { provider: messages, path: bare } : { provider, path };
}

/** Whether a path belongs to a format that several providers may serve. */
export function hasSharedFormat(path: string): boolean {
  return MESSAGES.test(path) || isOpenaiShaped(path);
}

/** Whether a path belongs to a format in which models chat. */
export function isChatFormat(path: string): boolean {
  return MESSAGES.test(path) || CHATS.test(path);
}

/** Whether a provider, in the format of the path, serves it. */
export function servesPath({ dialect, openaiPaths }: Provider, path: string): boolean {
  return MESSAGES.test(path) ? dialect === anthropicDialect : openaiPaths.test(path);
}
