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
const TRAILING_SLASH = /^\/v\d+\/(?:chat\/completions|completions|embeddings|messages|models|responses)\/$/;

/** Several slashes as one. Safe on any path: no API has an empty segment. */
export function collapseSlashes(path: string): string {
  return path.includes('//') ? path.replace(/\/{2,}/g, '/') : path;
}

/**
 * Mends what is wrong with a base URL whoever is asked: repeated versions and endpoints. Which provider a request is for
 * is told by the path that comes out. Leaves alone what exists upstream as it is. Idempotent.
 */
export function withoutRepetitions(path: string): string {
  const start = withoutRepeatedEndpoints(path, withoutRepeatedVersions(path));
  return path.slice(start);
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

/** Where a match that begins at `at` ends; -1 where there is none. */
function endOf(sticky: RegExp, text: string, at: number): number {
  sticky.lastIndex = at;
  return sticky.test(text) ? sticky.lastIndex : -1;
}

/**
 * Adds a version that is missing before an endpoint, for a provider whose endpoints stand behind one. Idempotent.
 * @param version the one that the provider itself misses before this path; `undefined` for `/v1` before what all have
 */
export function withVersion(path: string, version?: string): string {
  if (version !== undefined) return version + path;
  return MISSING_VERSION.test(path) ? `/v1${path}` : path;
}

/** Without the slash behind an endpoint, which the providers answer with 404. */
export function withoutTrailingSlash(path: string): string {
  return TRAILING_SLASH.test(path) ? path.slice(0, -1) : path;
}
