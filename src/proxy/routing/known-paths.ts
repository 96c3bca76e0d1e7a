import { BUILT_IN } from '../../providers/registry';
import { Memo } from './memo';

/** Segments of OpenAI's paths, of our own, and names of providers. */
const COMMON_SEGMENTS = `- api assistants audio batches beta billing chat completions compact content containers conversations
  credit_grants dashboard delete edits egress embeddings engines events favicon.ico feedback files fine-tunes
  fine_tuning generations health hello images input_items input_tokens items jobs keys me metrics models moderations
  anthropic gemini parts prompts queue ready realtime responses runs search selftest sessions speech steps stream submit
  submit_tool_outputs subscription threads tools transcriptions translations uploads usage v1 v2 v3 variations
  vector_stores videos voices`;

/** Of our own, in words that may be names of providers and stages. */
const CONSOLE_PATHS = new Set([
  ...['overview', 'tokens', 'keys', 'requests', 'events', 'health'].map((page) => `/-/console/${page}`),
  ...['/-/me/errors', '/-/me/status'],
]);

/** Segments in the paths of the providers' APIs. Any other segment may be a name, a token or a key. */
const API_SEGMENTS = new Set([
  ...COMMON_SEGMENTS.split(/\s+/),
  ...BUILT_IN.flatMap(({ pathSegments = [] }) => pathSegments),
]);

/** Whether a segment belongs to the providers' APIs, and so is not a token. */
export function isApiSegment(segment: string): boolean {
  return API_SEGMENTS.has(segment);
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
  if (CONSOLE_PATHS.has(path)) return path;
  return path
    .split('/')
    .map((segment) => (segment === '' || API_SEGMENTS.has(segment) ? segment : loggableSegment(segment)))
    .join('/');
}

function loggableSegment(segment: string): string {
  for (const provider of BUILT_IN) {
    const loggable = provider.loggableSegment?.(segment);
    if (loggable !== undefined) return loggable;
  }
  return '*';
}
