import type { Failure } from '../errors/failures';
import type { Dialect } from './dialect';

/**
 * Google's names for the statuses of the proxy's failures; if its table has none, the one with the closest meaning:
 * https://github.com/googleapis/googleapis/blob/master/google/rpc/code.proto
 */
const STATUS_BY_CODE: Readonly<Record<number, string>> = {
  400: 'INVALID_ARGUMENT',
  401: 'UNAUTHENTICATED',
  403: 'PERMISSION_DENIED',
  404: 'NOT_FOUND',
  405: 'UNIMPLEMENTED',
  408: 'DEADLINE_EXCEEDED',
  413: 'INVALID_ARGUMENT',
  414: 'INVALID_ARGUMENT',
  426: 'FAILED_PRECONDITION',
  429: 'RESOURCE_EXHAUSTED',
  431: 'INVALID_ARGUMENT',
  500: 'INTERNAL',
  502: 'UNAVAILABLE',
  503: 'UNAVAILABLE',
  504: 'DEADLINE_EXCEEDED',
};

function errorBody(failure: Failure) {
  const status =
    STATUS_BY_CODE[failure.status] ?? (failure.status < 500 ? 'FAILED_PRECONDITION' : 'INTERNAL');
  return { error: { code: failure.status, message: failure.message, status } };
}

export const geminiDialect: Dialect = {
  errorBody,
  streamErrorEvent: (failure) => `data: ${JSON.stringify(errorBody(failure))}\n\n`,
  isChatPath: () => false, // `contents`, not `messages`
  heartbeat: () => undefined, // the SDK hands every event on to the application
};
