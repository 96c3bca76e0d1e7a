import type { Failure } from '../errors';
import type { Dialect } from './dialect';

/** https://docs.anthropic.com/en/api/errors */
const TYPE_BY_STATUS: Readonly<Record<number, string>> = {
  400: 'invalid_request_error',
  401: 'authentication_error',
  403: 'permission_error',
  404: 'not_found_error',
  413: 'request_too_large',
  429: 'rate_limit_error',
  503: 'overloaded_error',
  504: 'timeout_error',
};

function errorBody(failure: Failure) {
  const type =
    TYPE_BY_STATUS[failure.status] ?? (failure.status < 500 ? 'invalid_request_error' : 'api_error');
  return { type: 'error', error: { type, message: failure.message } };
}

const CHAT = '/v1/messages';

export const anthropicDialect: Dialect = {
  errorBody,
  streamErrorEvent: (failure) => `event: error\ndata: ${JSON.stringify(errorBody(failure))}\n\n`,
  isChatPath: (path) => path === CHAT,
  heartbeat: (path) => (path === CHAT ? 'event: ping\ndata: {"type": "ping"}\n\n' : undefined),
};
