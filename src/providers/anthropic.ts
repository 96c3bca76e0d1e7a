import { anthropicDialect } from '../dialects/anthropic';
import { isOpenaiShaped } from '../dialects/openai';
import { REFUSED_BY_BOTH, SERVED_BY_BOTH, countries } from './countries';
import { ANTHROPIC_ERRORS, ANTHROPIC_RESETS } from './errors/anthropic';
import { RELAYED_ERRORS } from './errors/compatible';
import type { Provider } from './provider';

export const anthropic: Provider = {
  name: 'anthropic',
  defaultUpstream: 'https://api.anthropic.com',
  dialect: anthropicDialect,
  ownsPath: (path) => /^\/v1\/(?:messages(?:\/|$)|complete$)/.test(path),
  identifyingHeaders: ['anthropic-version', 'x-api-key'],
  keyPattern: /^sk-ant-/,
  countries: countries({ served: SERVED_BY_BOTH, refused: `${REFUSED_BY_BOTH} AF` }),
  errorRules: [...ANTHROPIC_ERRORS, ...RELAYED_ERRORS], // ANTHROPIC_UPSTREAM is often a relay
  resetHeaders: ANTHROPIC_RESETS,
  keyHeaders: ['x-api-key', 'authorization'],
  // OAuth tokens are refused as x-api-key (https://docs.anthropic.com/en/docs/claude-code/iam), and the
  // OpenAI-compatible endpoint is documented with Bearer (https://docs.anthropic.com/en/api/openai-sdk).
  keyHeader: (key, path) =>
    key.startsWith('sk-ant-oat') || isOpenaiShaped(path)
      ? ['Authorization', `Bearer ${key}`]
      : ['x-api-key', key],
  pathSegments: ['messages', 'count_tokens', 'complete', 'organizations', 'skills', 'results', 'cancel'],
  exposedHeaders: [
    'anthropic-organization-id',
    'anthropic-ratelimit-requests-remaining',
    'anthropic-ratelimit-requests-reset',
    'anthropic-ratelimit-tokens-remaining',
    'anthropic-ratelimit-tokens-reset',
    'request-id',
  ],
  models: ['claude-*'],
  // https://docs.anthropic.com/en/api/models-list: the version is required, a page has 20 models unless asked for more.
  modelList: { headers: [['anthropic-version', '2023-06-01']], query: '?limit=1000' },
  openaiPaths: /^\/v1\/chat\/completions$/,
  // https://docs.anthropic.com/en/api/retrieving-message-batches: created, retrieved, cancelled, listed
  bodyAddresses: { paths: /^\/v1\/messages\/batches(?:\/[^/]+(?:\/cancel)?)?$/, member: 'results_url' },
};
