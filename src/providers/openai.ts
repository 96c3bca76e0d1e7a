import { openaiDialect } from '../dialects/openai';
import { REFUSED_BY_BOTH, SERVED_BY_BOTH, countries } from './countries';
import { ANTHROPIC_RESETS } from './errors/anthropic';
import { RELAYED_ERRORS } from './errors/compatible';
import type { Provider } from './provider';

export const openai: Provider = {
  name: 'openai',
  defaultUpstream: 'https://api.openai.com',
  dialect: openaiDialect,
  ownsPath: () => false, // /v1/chat/completions and /v1/models are spoken by everyone
  identifyingHeaders: [],
  keyPattern: /^(?:sk-(?:proj|svcacct|admin|None)-|sess-|ek_)/,
  countries: countries({
    served: `${SERVED_BY_BOTH} AF CD CF ER ET LY ML MM NI SD SO SS YE`,
    refused: REFUSED_BY_BOTH,
  }),
  errorRules: RELAYED_ERRORS, // OPENAI_UPSTREAM is often a relay
  resetHeaders: ANTHROPIC_RESETS, // which a relay passes on
  keyHeaders: ['authorization', 'x-api-key', 'api-key'],
  keyHeader: (key) => ['Authorization', `Bearer ${key}`],
  secretPrefixes: ['ek_', 'ek-', 'sess-', 'sess_'],
  exposedHeaders: ['openai-processing-ms', 'openai-version'],
  streamsUsageOnRequest: true, // https://platform.openai.com/docs/api-reference/chat/create#chat_create-stream_options
  ephemeralKey: /^ek_/, // POST /v1/realtime/client_secrets
  models: [
    ...[
      'gpt-3*',
      'gpt-4*',
      'gpt-5*',
      'gpt-6*',
      'gpt-image*',
      'gpt-audio*',
      'chatgpt-*',
      'codex-*',
      'o1*',
      'o3*',
      'o4*',
    ],
    ...['text-embedding-3-*', 'text-embedding-ada-*', 'dall-e-*', 'tts-1*', 'whisper-1', 'omni-moderation-*'],
  ],
  // https://developers.openai.com/api/docs/guides/websocket-mode, https://developers.openai.com/api/docs/guides/realtime-websocket
  socketPaths: /^\/v1\/(?:realtime|responses)$/,
  openaiPaths: /^\/v1\/(?:chat\/completions|completions|embeddings|responses)$/,
};
