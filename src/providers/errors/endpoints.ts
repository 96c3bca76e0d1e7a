/**
 * Endpoints that require another credential than an API key, for every client: an admin key, a browser's session,
 * OAuth.
 */
const OTHER_CREDENTIAL: ReadonlySet<string> = new Set([
  ...['organization', 'organizations', 'dashboard', 'threads', 'permissions'],
  ...['tunedModels', 'corpora'],
]);

const FOR_KEYS: ReadonlySet<string> = new Set([
  ...['chat', 'completions', 'responses', 'conversations', 'messages', 'complete', 'generations'],
  ...['models', 'model', 'embeddings', 'moderations', 'rerank', 'classify', 'score', 'fim', 'ocr', 'agents'],
  ...['audio', 'images', 'videos', 'realtime', 'assistants', 'containers', 'skills', 'evals'],
  ...[
    'files',
    'uploads',
    'batches',
    'batch',
    'fine_tuning',
    'fine-tuning',
    'vector_stores',
    'cachedContents',
  ],
  ...['interactions', 'deployments', 'engines', 'tokenize'],
]);

/** Whether API keys are what an endpoint asks for, so that a 401 there can say something of the key. */
export function isKeyEndpoint(path: string): boolean {
  const segments = path.split('/').map((segment) => segment.split(':', 1)[0] ?? '');
  return (
    segments.some((segment) => FOR_KEYS.has(segment)) &&
    !segments.some((segment) => OTHER_CREDENTIAL.has(segment))
  );
}
