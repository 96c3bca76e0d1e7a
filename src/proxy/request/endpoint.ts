import { loggablePath } from '../routing/known-paths';

/** Longer than any endpoint of a provider's. */
const MAX_ENDPOINT = 100;

/**
 * The kind of endpoint that a provider's rate limit covers: method and path without names and ids, from a closed set of
 * words. A streaming endpoint counts as its plain form.
 */
export function endpointOf(method: string, path: string): string {
  const reads = method === 'GET' || method === 'HEAD' ? 'GET ' : '';
  const template = loggablePath(path).replace(':streamGenerateContent', ':generateContent');
  return (reads + template).slice(0, MAX_ENDPOINT);
}
