/** Segments that stand in the paths of the providers' APIs. Whatever else stands there may be a name, a token, a key. */
const API_SEGMENTS = new Set(
  `- api assistants audio batches beta billing cancel chat complete completions compact content containers conversations
  count_tokens credit_grants dashboard delete edits egress embeddings engines events favicon.ico feedback files fine-tunes fine_tuning
  generations health hello images input_items input_tokens items jobs keys messages models moderations organizations openai
  anthropic parts permissions prompts queue realtime results responses runs search selftest sessions skills speech steps stream
  submit submit_tool_outputs subscription threads tools transcriptions translations uploads usage v1 v1alpha v1beta v2 v3 variations
  vector_stores videos voices`.split(/\s+/),
);

/** Whether a segment is one that the providers' paths have, and so no token. */
export function isApiSegment(segment: string): boolean {
  return API_SEGMENTS.has(segment);
}

/** A path as it may be logged: known segments as they are, `*` for every other. */
export function loggablePath(path: string): string {
  return path
    .split('/')
    .map((segment) => (segment === '' || API_SEGMENTS.has(segment) ? segment : '*'))
    .join('/');
}
