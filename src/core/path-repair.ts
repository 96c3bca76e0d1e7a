/** First segments of the endpoints that stand behind `/v1`. */
const ENDPOINTS =
  'assistants|audio|batches|chat/completions|completions|containers|conversations|embeddings|evals|files|fine_tuning|images|messages|models|moderations|realtime|responses|threads|uploads|vector_stores|videos';

/** Versions that stand one behind the other; the last one is meant. */
const REPEATED_VERSION = /^(?:\/v\d+[a-z]*)+(?=\/v\d+(?:alpha|beta)?\d*(?:\/|$))/;
/**
 * An endpoint behind an endpoint that has none below it: the client was given the whole URL where it wanted the base.
 * What really stands below these (`/chat/completions/<id>/messages`, `/responses/<id>`) does not begin so.
 */
const REPEATED_ENDPOINT = new RegExp(
  `^(?:/v\\d+)?/(?:chat/completions|messages|responses)(?=(?:/v\\d+)?/(?:${ENDPOINTS})(?:/|$))(?!/(?:batches)(?:/|$))`,
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
  let repaired = path.replace(REPEATED_VERSION, '');
  while (REPEATED_ENDPOINT.test(repaired)) repaired = repaired.replace(REPEATED_ENDPOINT, '');
  return repaired;
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
