import { openaiDialect } from '../dialects/openai';
import { AZURE_ERRORS } from './errors/azure';
import { inApiKey, inBearer, servingFormats } from './formats';
import type { Provider } from './provider';

/** Entra ID tokens are JWTs. */
const isToken = (key: string) => key.startsWith('eyJ');

/** Azure OpenAI: https://learn.microsoft.com/en-us/azure/ai-foundry/openai/reference */
const azureOpenai: Provider = {
  name: 'azure',
  defaultUpstream: undefined, // each resource has a host of its own
  dialect: openaiDialect,
  ownsPath: () => false,
  wholePaths: /^\/openai\/deployments\//,
  identifyingHeaders: [],
  errorRules: AZURE_ERRORS,
  keyHeaders: ['api-key', 'authorization', 'x-api-key', 'ocp-apim-subscription-key'],
  keyHeader: (key) => (isToken(key) ? inBearer(key) : ['api-key', key]),
  pathSegments: ['openai', 'deployments'],
  // https://learn.microsoft.com/en-us/azure/foundry/openai/how-to/websockets, …/realtime-audio-websockets
  socketPaths: /^\/v1\/(?:realtime|responses)$/,
  openaiPaths: /^\/v1\/(?:chat\/completions|embeddings|responses)$/,
  upstreamPath: (path) => (/^\/v1(?:\/|$)/.test(path) ? `/openai${path}` : path),
};

/** With Claude in Microsoft Foundry: https://platform.claude.com/docs/en/build-with-claude/claude-in-microsoft-foundry */
export const azure: Provider = servingFormats(azureOpenai, {
  messages: {
    pathPrefix: '/anthropic',
    keyHeader: (key) => (isToken(key) ? inBearer(key) : inApiKey(key)),
  },
});
