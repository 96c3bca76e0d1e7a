import type { IncomingMessage } from 'node:http';
import { credentialIn, queryCredentials } from '../../http/credentials';
import type { Header } from '../../http/header';
import type { ParsedTarget } from './parse-target';

/** The path of a list of models, or of one of them, as OpenAI's clients have it. */
const MODELS = /^(?:\/v1)?\/models(?:\/|$)/;

const NONE: readonly Header[] = [];

type ListRequest = Pick<IncomingMessage, 'method' | 'headers'>;

/**
 * Where an OpenAI client that names a provider in its path reads that provider's models.
 * @param path normalised
 * @returns the path itself if the provider has its list there, or the client is one of its own API
 */
export function modelListPath(
  { provider, query }: Pick<ParsedTarget, 'provider' | 'query'>,
  path: string,
  request: ListRequest,
): string {
  const list = provider?.modelList;
  if (!provider || list?.path === undefined || !readsModels(path, request)) return path;
  const bearer = credentialIn(request.headers, 'authorization');
  const isOwnClient =
    bearer === undefined ||
    list.ownBearer?.test(bearer) === true ||
    provider.identifyingHeaders.some((name) => request.headers[name] !== undefined) ||
    queryCredentials(query).length > 0;
  return isOwnClient ? path : list.path + path.slice(path.indexOf('/models') + '/models'.length);
}

/** What that provider requires beside the key, and an OpenAI client does not send. */
export function missingListHeaders(
  { provider }: Pick<ParsedTarget, 'provider'>,
  path: string,
  request: ListRequest,
): readonly Header[] {
  const headers = provider?.modelList?.headers;
  if (!headers || !readsModels(path, request)) return NONE;
  if (credentialIn(request.headers, 'authorization') === undefined) return NONE;
  return headers.filter(([name]) => request.headers[name] === undefined);
}

function readsModels(path: string, { method }: ListRequest): boolean {
  return (method === 'GET' || method === 'HEAD') && MODELS.test(path);
}
