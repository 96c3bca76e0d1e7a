import type { Failure } from '../errors';
import { REFUSED_BY_BOTH, SERVED_BY_BOTH, countries } from './countries';
import type { Provider } from './provider';

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

export const anthropic: Provider = {
  name: 'anthropic',
  defaultUpstream: 'https://api.anthropic.com',
  ownsPath: (path) => /^\/v1\/(?:messages(?:\/|$)|complete$)/.test(path),
  telltaleHeaders: ['anthropic-version', 'x-api-key'],
  keyPattern: /^sk-ant-/,
  countries: countries({ served: SERVED_BY_BOTH, refused: `${REFUSED_BY_BOTH} AF` }),
  keyHeaders: ['x-api-key', 'authorization'],
  // OAuth tokens are refused as x-api-key: https://docs.anthropic.com/en/docs/claude-code/iam
  keyHeader: (key) =>
    key.startsWith('sk-ant-oat') ? ['Authorization', `Bearer ${key}`] : ['x-api-key', key],
  isChatPath: (path) => path === '/v1/messages',
  errorBody,
  streamErrorEvent: (failure) => `event: error\ndata: ${JSON.stringify(errorBody(failure))}\n\n`,
};
