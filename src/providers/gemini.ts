import { geminiDialect } from '../dialects/gemini';
import { isOpenaiShaped } from '../dialects/openai';
import { GEMINI_ERRORS } from './errors/gemini';
import type { Provider } from './provider';

/** https://ai.google.dev/gemini-api/docs/openai */
const OPENAI_BASE = '/v1beta/openai';

export const gemini: Provider = {
  name: 'gemini',
  defaultUpstream: 'https://generativelanguage.googleapis.com',
  dialect: geminiDialect,
  ownsPath: (path) =>
    /^(?:\/upload|\/download)?\/v1(?:alpha|beta)\d*(?:\/|$)|^\/ws\/google\.|^\/v1\/models\/[^/]+:\w+$/.test(
      path,
    ),
  telltaleHeaders: ['x-goog-api-key', 'x-goog-api-client'],
  keyPattern: /^AIza/,
  errorRules: GEMINI_ERRORS,
  keyHeaders: ['x-goog-api-key', 'authorization', 'x-api-key'],
  keyInQuery: true,
  keyHeader: (key, path) =>
    isOpenaiShaped(path) ? ['Authorization', `Bearer ${key}`] : ['x-goog-api-key', key],
  ephemeralKey: /^auth_tokens\//, // https://ai.google.dev/gemini-api/docs/ephemeral-tokens
  models: ['gemini-*', 'gemma-*', 'learnlm-*', 'imagen-*', 'models/gemini-*'],
  openaiPaths: /^\/v1\/(?:chat\/completions|embeddings|images\/generations)$/,
  upstreamPath: (path) =>
    path.startsWith('/v1/') && isOpenaiShaped(path) ? OPENAI_BASE + path.slice('/v1'.length) : path,
};
