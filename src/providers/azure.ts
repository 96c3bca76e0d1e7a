import { openaiDialect } from '../dialects/openai';
import { AZURE_ERRORS } from './errors/azure';
import type { Provider } from './provider';

/** Azure OpenAI: https://learn.microsoft.com/en-us/azure/ai-foundry/openai/reference */
export const azure: Provider = {
  name: 'azure',
  defaultUpstream: undefined, // each resource has a host of its own
  dialect: openaiDialect,
  ownsPath: () => false,
  wholePaths: /^\/openai\/deployments\//,
  identifyingHeaders: [],
  errorRules: AZURE_ERRORS,
  keyHeaders: ['api-key', 'authorization', 'x-api-key', 'ocp-apim-subscription-key'],
  // Entra ID tokens are JWTs.
  keyHeader: (key) => (key.startsWith('eyJ') ? ['Authorization', `Bearer ${key}`] : ['api-key', key]),
  pathSegments: ['openai', 'deployments'],
  openaiPaths: /^\/v1\/(?:chat\/completions|embeddings|responses)$/,
  upstreamPath: (path) => (/^\/v1(?:\/|$)/.test(path) ? `/openai${path}` : path),
};
