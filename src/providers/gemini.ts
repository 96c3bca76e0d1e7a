import { geminiDialect } from '../dialects/gemini';
import { isOpenaiShaped } from '../dialects/openai';
import { GEMINI_ERRORS } from './errors/gemini';
import type { Provider } from './provider';

/**
 * What Google does with a model, behind a colon: https://ai.google.dev/api, and Vertex AI's. An id of another provider
 * may have colons as well (`ft:gpt-4o-mini:acme::id`), so only these count, and only with POST.
 */
const MODEL_VERBS: ReadonlySet<string> = new Set([
  ...['generateContent', 'streamGenerateContent', 'batchGenerateContent', 'bidiGenerateContent'],
  ...['countTokens', 'computeTokens', 'embedContent', 'batchEmbedContents', 'asyncBatchEmbedContent'],
  ...['predict', 'predictLongRunning', 'fetchPredictOperation', 'rawPredict', 'streamRawPredict'],
  ...['generateAnswer', 'generateMessage', 'generateText', 'transferOwnership'],
]);
/** Of batches and of files. */
const OTHER_VERBS: ReadonlySet<string> = new Set(['cancel', 'register']);

const MODEL = /^(?:\/v1)?\/(?:models|tunedModels|dynamic)\/[^/]+$/;
/** Versions that only Google has, and Vertex AI's resources. */
const OWN_PATH =
  /^(?:\/upload|\/download)?\/v1(?:alpha|beta)\d*(?:\/|$)|^\/ws\/google\.|^\/v1\/(?:projects\/[^/]+\/locations\/|publishers\/)/;

function isModelVerb(path: string, method: string): boolean {
  return method === 'POST' && MODEL.test(path) && MODEL_VERBS.has(verbOf(path));
}

/** What stands behind the last colon; '' if there is none. */
function verbOf(path: string): string {
  const colon = path.lastIndexOf(':');
  return colon === -1 ? '' : path.slice(colon + 1);
}

/** The service of a WebSocket, below `/ws/`. */
const SERVICE =
  /^google\.ai\.generativelanguage\.v1(?:alpha|beta)?\.GenerativeService\.BidiGenerate(?:Content(?:Constrained)?|Music)$/;

/** OAuth tokens of users and service accounts, and identity tokens: no API keys. */
const OAUTH = /^(?:ya29\.|eyJ)/;

/** https://ai.google.dev/gemini-api/docs/openai */
const OPENAI_BASE = '/v1beta/openai';

export const gemini: Provider = {
  name: 'gemini',
  defaultUpstream: 'https://generativelanguage.googleapis.com',
  dialect: geminiDialect,
  ownsPath: (path, method) => OWN_PATH.test(path) || isModelVerb(path, method),
  missingVersion: (path, method) =>
    !path.startsWith('/v1/') && isModelVerb(path, method) ? '/v1beta' : undefined,
  identifyingHeaders: ['x-goog-api-key', 'x-goog-api-client'],
  errorRules: GEMINI_ERRORS,
  usageTraits: { reasoningInTotalOnly: true },
  keyPattern: /^(?:AIza|AQ\.|ya29\.|auth_tokens\/)/,
  keyHeaders: ['x-goog-api-key', 'authorization', 'x-api-key'],
  keyInQuery: true,
  keyHeader: (key, path) =>
    isOpenaiShaped(path) || OAUTH.test(key) ? ['Authorization', `Bearer ${key}`] : ['x-goog-api-key', key],
  pathSegments: [
    ...['upload', 'download', 'ws', 'cachedContents', 'tunedModels', 'operations', 'permissions'],
    ...['v1alpha', 'v1beta'],
  ],
  loggableSegment(segment) {
    if (SERVICE.test(segment)) return segment;
    const verb = verbOf(segment);
    return MODEL_VERBS.has(verb) || OTHER_VERBS.has(verb) ? `*:${verb}` : undefined; // without the name before it
  },
  secretPrefixes: ['AIza', 'AQ.', 'ya29.', 'auth_tokens/'],
  exposedHeaders: [
    'x-goog-upload-chunk-granularity',
    'x-goog-upload-control-url',
    'x-goog-upload-status',
    'x-goog-upload-url',
  ],
  ephemeralKey: /^auth_tokens\//, // https://ai.google.dev/gemini-api/docs/ephemeral-tokens
  models: ['gemini-*', 'gemma-*', 'learnlm-*', 'imagen-*', 'models/gemini-*'],
  // https://ai.google.dev/gemini-api/docs/openai#list-models; OAuth is that of its own clients.
  modelList: { path: `${OPENAI_BASE}/models`, namePrefix: 'models/', ownBearer: /^ya29\./ },
  openaiPaths: /^\/v1\/(?:chat\/completions|embeddings|images\/generations)$/,
  upstreamPath: (path) =>
    path.startsWith('/v1/') && isOpenaiShaped(path) ? OPENAI_BASE + path.slice('/v1'.length) : path,
};
