import { Memo } from './memo';

/** Segments that stand in the paths of the providers' APIs. Whatever else stands there may be a name, a token, a key. */
const API_SEGMENTS = new Set(
  `- api assistants audio batches beta billing cancel chat complete completions compact content containers conversations
  count_tokens credit_grants dashboard delete edits egress embeddings engines events favicon.ico feedback files fine-tunes fine_tuning
  generations health hello images input_items input_tokens items jobs keys messages models moderations organizations openai
  anthropic gemini upload download ws deployments cachedContents tunedModels operations batches parts permissions prompts queue realtime results responses runs search selftest sessions skills speech steps stream
  submit submit_tool_outputs subscription threads tools transcriptions translations uploads usage v1 v1alpha v1beta v2 v3 variations
  vector_stores videos voices`.split(/\s+/),
);

/** Whether a segment is one that the providers' paths have, and so no token. */
export function isApiSegment(segment: string): boolean {
  return API_SEGMENTS.has(segment);
}

/** What Google's API has in a segment beside a resource's name: `models/<name>:generateContent`, the service of `/ws/`. */
const VERB =
  /:((?:stream|batch|bidi)?[gG]enerateContent|countTokens|(?:batch|async|asyncBatch)?[eE]mbedContents?|predict(?:LongRunning)?|generateAnswer|cancel|register|transferOwnership)$/;
const SERVICE =
  /^google\.ai\.generativelanguage\.v1(?:alpha|beta)?\.GenerativeService\.BidiGenerate(?:Content(?:Constrained)?|Music)$/;

/** The method of Google's API that a path or segment ends in (`generateContent`); undefined where there is none. */
export function googleVerb(path: string): string | undefined {
  return VERB.exec(path)?.[1];
}

/** A path as it may be logged: known segments as they are, `*` for every other. */
export function loggablePath(path: string): string {
  return loggable.of(path);
}

/** Remembers what paths look like in the log. */
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
