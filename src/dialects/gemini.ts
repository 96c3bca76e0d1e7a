import type { Failure } from '../errors';
import type { Dialect } from './dialect';

/** https://cloud.google.com/apis/design/errors#error_codes */
const STATUS_BY_CODE: Readonly<Record<number, string>> = {
  400: 'INVALID_ARGUMENT',
  401: 'UNAUTHENTICATED',
  403: 'PERMISSION_DENIED',
  404: 'NOT_FOUND',
  413: 'INVALID_ARGUMENT',
  429: 'RESOURCE_EXHAUSTED',
  500: 'INTERNAL',
  503: 'UNAVAILABLE',
  504: 'DEADLINE_EXCEEDED',
};

function errorBody(failure: Failure) {
  const status =
    STATUS_BY_CODE[failure.status] ?? (failure.status < 500 ? 'INVALID_ARGUMENT' : 'UNAVAILABLE');
  return { error: { code: failure.status, message: failure.message, status } };
}

export const geminiDialect: Dialect = {
  errorBody,
  streamErrorEvent: (failure) => `data: ${JSON.stringify(errorBody(failure))}\n\n`,
  isChatPath: () => false, // `contents`, not `messages`
  heartbeat: () => undefined, // the SDK hands every event on to the application
};
