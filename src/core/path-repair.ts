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
/** `/models/gemini-x:generateContent` */
const GOOGLE_VERB = /^\/(?:models|tunedModels)\/[^/]+:\w+$/;
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
  let repaired = path.replace(REPEATED_VERSION, '');
  while (REPEATED_ENDPOINT.test(repaired)) repaired = repaired.replace(REPEATED_ENDPOINT, '');
  if (versioned) {
    if (GOOGLE_VERB.test(repaired)) repaired = `/v1beta${repaired}`;
    else if (MISSING_VERSION.test(repaired)) repaired = `/v1${repaired}`;
  }
  return TRAILING_SLASH.test(repaired) ? repaired.slice(0, -1) : repaired;
}
