/** First segments of the endpoints below `/v1`. */
const ENDPOINTS =
  'assistants|audio|batches|chat/completions|completions|containers|conversations|embeddings|evals|files|fine_tuning|images|messages|models|moderations|realtime|responses|threads|uploads|vector_stores|videos';

// Each of these is matched at one position only (`y`), and reads no part of a segment twice.

/** A segment in the form of a version. */
const VERSION = /\/v\d+[a-z]*(?=\/|$)/y;
/** A version that may precede an endpoint. */
const BASE_VERSION = /\/v\d+(?:(?:alpha|beta)\d*)?(?=\/|$)/y;
/**
 * An endpoint after an endpoint that has none below it: the client was given the whole URL in place of the base URL.
 * Real paths below these endpoints (`/chat/completions/<id>/messages`, `/responses/<id>`) do not begin so.
 */
const REPEATED_ENDPOINT = new RegExp(
  `(?:/v\\d+)?/(?:chat/completions|messages|responses)(?=(?:/v\\d+)?/(?:${ENDPOINTS})(?:/|$))(?!/(?:batches)(?:/|$))`,
  'y',
);
/** What every path with a repeated endpoint has, and few others. */
const BELOW_ENDPOINT = /(?:completions|messages|responses)\//;
const MISSING_VERSION = new RegExp(`^/(?:${ENDPOINTS})(?:/|$)`);
const TRAILING_SLASH = /^\/v\d+\/(?:chat\/completions|completions|embeddings|messages|models|responses)\/$/;

/** Replaces repeated slashes by one. Safe on any path: no API has an empty segment. */
export function collapseSlashes(path: string): string {
  return path.includes('//') ? path.replace(/\/{2,}/g, '/') : path;
}

/**
 * Removes repeated versions and endpoints, which come from a wrong base URL and are wrong for every provider. The
 * resulting path determines the provider. Does not change paths that exist upstream. Idempotent.
 */
export function withoutRepetitions(path: string): string {
  const start = withoutRepeatedEndpoints(path, withoutRepeatedVersions(path));
  return path.slice(start);
}

/** The position of the last version in a sequence of versions at the start: the last one is meant. */
function withoutRepeatedVersions(path: string): number {
  if (!path.includes('/v', 1)) return 0;
  let start = 0;
  for (let at = 0; at !== -1; at = endOf(VERSION, path, at)) {
    if (endOf(BASE_VERSION, path, at) !== -1) start = at;
  }
  return start;
}

function withoutRepeatedEndpoints(path: string, from: number): number {
  if (!BELOW_ENDPOINT.test(path)) return from;
  let start = from;
  for (let at = from; at !== -1; at = endOf(REPEATED_ENDPOINT, path, at)) start = at;
  return start;
}

/** The end of the match that begins at `at`; -1 if there is none. */
function endOf(sticky: RegExp, text: string, at: number): number {
  sticky.lastIndex = at;
  return sticky.test(text) ? sticky.lastIndex : -1;
}

/**
 * Adds a missing version before an endpoint, for a provider whose endpoints are below one. Idempotent.
 * @param version the one that this provider requires before this path; `undefined` for `/v1` before common endpoints
 */
export function withVersion(path: string, version?: string): string {
  if (version !== undefined) return version + path;
  return MISSING_VERSION.test(path) ? `/v1${path}` : path;
}

/** Removes the slash after an endpoint, to which the providers respond with 404. */
export function withoutTrailingSlash(path: string): string {
  return TRAILING_SLASH.test(path) ? path.slice(0, -1) : path;
}
