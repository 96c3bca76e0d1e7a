import { Memo } from './memo';

/** Segments in the paths of the providers' APIs. Any other segment may be a name, a token or a key. */
const API_SEGMENTS = new Set(
  `- api assistants audio batches beta billing cancel chat complete completions compact content containers conversations
  count_tokens credit_grants dashboard delete edits egress embeddings engines events favicon.ico feedback files fine-tunes fine_tuning
  generations health hello images input_items input_tokens items jobs keys messages models moderations organizations openai
  anthropic gemini upload download ws deployments cachedContents tunedModels operations batches parts permissions prompts queue realtime results responses runs search selftest sessions skills speech steps stream
  submit submit_tool_outputs subscription threads tools transcriptions translations uploads usage v1 v1alpha v1beta v2 v3 variations
  vector_stores videos voices`.split(/\s+/),
);

/** Whether a segment belongs to the providers' APIs, and so is not a token. */
export function isApiSegment(segment: string): boolean {
  return API_SEGMENTS.has(segment);
}

/** The suffixes that Google's API adds to a resource's name in a segment: `models/<name>:generateContent`, the service of `/ws/`. */
const VERB =
  /:((?:stream|batch|bidi)?[gG]enerateContent|countTokens|(?:batch|async|asyncBatch)?[eE]mbedContents?|predict(?:LongRunning)?|generateAnswer|cancel|register|transferOwnership)$/;
const SERVICE =
  /^google\.ai\.generativelanguage\.v1(?:alpha|beta)?\.GenerativeService\.BidiGenerate(?:Content(?:Constrained)?|Music)$/;

/** The method of Google's API that a path or segment ends in (`generateContent`); `undefined` if there is none. */
export function googleVerb(path: string): string | undefined {
  return VERB.exec(path)?.[1];
}

/** A path as it may be logged: known segments as they are, `*` for every other. */
export function loggablePath(path: string): string {
  return loggable.of(path);
}

/** Caches the loggable form of paths. */
export class LoggablePaths extends Memo<string> {
  constructor() {
    super(templateOf);
  }
}

const loggable = new LoggablePaths();

function templateOf(path: string): string {
  return path
    .split('/')
    .map((segment) => {
      if (segment === '' || API_SEGMENTS.has(segment) || SERVICE.test(segment)) return segment;
      const verb = googleVerb(segment);
      return verb === undefined ? '*' : `*:${verb}`;
    })
    .join('/');
}
