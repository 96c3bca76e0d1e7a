import { loggablePath } from './api-paths';

/** Longer than any endpoint of a provider's. */
const MAX_ENDPOINT = 100;

/**
 * The kind of endpoint that a limit of a provider covers: method and path, without names and ids, of a closed set of
 * words. A stream counts as what it streams.
 */
export function endpointOf(method: string, path: string): string {
  const reads = method === 'GET' || method === 'HEAD' ? 'GET ' : '';
  const template = loggablePath(path).replace(':streamGenerateContent', ':generateContent');
  return (reads + template).slice(0, MAX_ENDPOINT);
}
