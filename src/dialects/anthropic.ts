import type { Failure } from '../errors/failures';
import type { Dialect } from './dialect';

/** https://platform.claude.com/docs/en/api/errors: every other 4xx is an `invalid_request_error` there. */
const TYPE_BY_STATUS: Readonly<Record<number, string>> = {
  400: 'invalid_request_error',
  401: 'authentication_error',
  403: 'permission_error',
  404: 'not_found_error',
  413: 'request_too_large',
  429: 'rate_limit_error',
  504: 'timeout_error',
};

function typeOf({ status, isWorthRepeating }: Failure): string {
  // Claude Code repeats every `overloaded_error`, whatever `X-Should-Retry` says.
  if (status === 503) return isWorthRepeating ? 'overloaded_error' : 'api_error';
  return TYPE_BY_STATUS[status] ?? (status < 500 ? 'invalid_request_error' : 'api_error');
}

function errorBody(failure: Failure) {
  return { type: 'error', error: { type: typeOf(failure), message: failure.message } };
}

const CHAT = '/v1/messages';

/** Also behind the prefix that another provider has for this API: `/anthropic/v1/messages`, `/apps/anthropic/v1/messages`. */
const isMessages = (path: string) => path.endsWith(CHAT);

export const anthropicDialect: Dialect = {
  errorBody,
  streamErrorEvent: (failure) => `event: error\ndata: ${JSON.stringify(errorBody(failure))}\n\n`,
  isChatPath: (path) => path === CHAT,
  heartbeat: (path) => (isMessages(path) ? 'event: ping\ndata: {"type": "ping"}\n\n' : undefined),
};

/** Whether a request on this path is one of Anthropic's Messages API, whoever serves it; no other API has these paths. */
export function isAnthropicShaped(path: string): boolean {
  return isMessages(path) || path.endsWith(`${CHAT}/count_tokens`);
}
