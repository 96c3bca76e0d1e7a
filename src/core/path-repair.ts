import { googleVerb } from './api-paths';

/** First segments of the endpoints that stand behind `/v1`. */
const ENDPOINTS =
  'assistants|audio|batches|chat/completions|completions|containers|conversations|embeddings|evals|files|fine_tuning|images|messages|models|moderations|realtime|responses|threads|uploads|vector_stores|videos';

// Each of these is tried at one place only (`y`), and reads no part of a segment twice.

/** A segment that looks like a version. */
const VERSION = /\/v\d+[a-z]*(?=\/|$)/y;
/** A version that an endpoint may stand behind. */
const BASE_VERSION = /\/v\d+(?:(?:alpha|beta)\d*)?(?=\/|$)/y;
/**
 * An endpoint behind an endpoint that has none below it: the client was given the whole URL where it wanted the base.
 * What really stands below these (`/chat/completions/<id>/messages`, `/responses/<id>`) does not begin so.
 */
const REPEATED_ENDPOINT = new RegExp(
  `(?:/v\\d+)?/(?:chat/completions|messages|responses)(?=(?:/v\\d+)?/(?:${ENDPOINTS})(?:/|$))(?!/(?:batches)(?:/|$))`,
  'y',
);
const MISSING_VERSION = new RegExp(`^/(?:${ENDPOINTS})(?:/|$)`);
const GOOGLE_RESOURCE = /^\/(?:models|tunedModels)\/[^/]+$/;
const TRAILING_SLASH = /^\/v\d+\/(?:chat\/completions|completions|embeddings|messages|models|responses)\/$/;

/** Several slashes as one. Safe on any path: no API has an empty segment. */
export function collapseSlashes(path: string): string {
  return path.includes('//') ? path.replace(/\/{2,}/g, '/') : path;
}

/**
 * Mends the commonest mistakes in a base URL, and leaves alone what exists upstream as it is. Idempotent.
 * @param versioned whether the upstream's endpoints stand behind `/v1`
 */
export function repairPath(path: string, versioned: boolean): string {
  const start = withoutRepeatedEndpoints(path, withoutRepeatedVersions(path));
  const repaired = path.slice(start);
  const whole = versioned ? missingVersion(repaired) + repaired : repaired;
  return TRAILING_SLASH.test(whole) ? whole.slice(0, -1) : whole;
}

/** Where a path begins without versions that stand before another version: the last one is meant. */
function withoutRepeatedVersions(path: string): number {
  let start = 0;
  for (let at = 0; at !== -1; at = endOf(VERSION, path, at)) {
    if (endOf(BASE_VERSION, path, at) !== -1) start = at;
  }
  return start;
}

function withoutRepeatedEndpoints(path: string, from: number): number {
  let start = from;
  for (let at = from; at !== -1; at = endOf(REPEATED_ENDPOINT, path, at)) start = at;
  return start;
}

/** What a path lacks in front of it; '' where it lacks nothing. */
function missingVersion(path: string): string {
  // `/models/gemini-x:generateContent`; the colon of `/models/ft:…` is OpenAI's.
  if (GOOGLE_RESOURCE.test(path) && googleVerb(path) !== undefined) return '/v1beta';
  return MISSING_VERSION.test(path) ? '/v1' : '';
}

/** Where a match that begins at `at` ends; -1 where there is none. */
function endOf(sticky: RegExp, text: string, at: number): number {
  sticky.lastIndex = at;
  return sticky.test(text) ? sticky.lastIndex : -1;
}
