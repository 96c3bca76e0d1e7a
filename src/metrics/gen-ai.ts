/**
 * The names of OpenTelemetry's conventions for generative AI:
 * https://opentelemetry.io/docs/specs/semconv/gen-ai/gen-ai-metrics/
 */

/** https://opentelemetry.io/docs/specs/semconv/registry/attributes/gen-ai/#gen-ai-provider-name */
const PROVIDERS: ReadonlyMap<string, string> = new Map([
  ['azure', 'azure.ai.openai'],
  ['gemini', 'gcp.gemini'],
  ['mistral', 'mistral_ai'],
  ['xai', 'x_ai'],
]);

/** A provider as the conventions call it; their list has no other name for most. */
export function genAiProvider(name: string): string {
  return PROVIDERS.get(name) ?? name;
}

/** The ends of paths, and what the conventions call the operation; those that they do not know have a name of ours. */
const OPERATIONS: readonly (readonly [end: string, operation: string])[] = [
  ['/chat/completions', 'chat'],
  ['/messages', 'chat'],
  ['/responses', 'chat'],
  ['/realtime', 'chat'],
  ['enerateContent', 'generate_content'], // generateContent and streamGenerateContent
  ['/completions', 'text_completion'],
  ['/embeddings', 'embeddings'],
  ['mbedContent', 'embeddings'],
  ['mbedContents', 'embeddings'],
];

/** @param route a path without names and ids */
export function operationOf(route: string): string | undefined {
  return OPERATIONS.find(([end]) => route.endsWith(end))?.[1];
}
