import type { Failure } from '../errors';
import { REFUSED_BY_BOTH, SERVED_BY_BOTH, countries } from './countries';
import type { Provider } from './provider';

/** Error shape: https://platform.openai.com/docs/guides/error-codes; the SDK picks its class by status. */
function errorObject(failure: Failure) {
  return {
    message: failure.message,
    type: failure.status >= 500 ? 'server_error' : 'invalid_request_error',
    param: null,
    code: failure.code,
  };
}

export const openai: Provider = {
  name: 'openai',
  defaultUpstream: 'https://api.openai.com',
  ownsPath: () => false, // /v1/chat/completions and /v1/models are spoken by everyone
  telltaleHeaders: [],
  keyPattern: /^sk-(?:proj|svcacct)-/,
  countries: countries({
    served: `${SERVED_BY_BOTH} AF CD CF ER ET LY ML MM NI SD SO SS YE`,
    refused: REFUSED_BY_BOTH,
  }),
  keyHeaders: ['authorization', 'x-api-key'],
  keyHeader: (key) => ['Authorization', `Bearer ${key}`],
  isChatPath: (path) => /^(?:\/v\d+)?\/chat\/completions$/.test(path),
  errorBody: (failure) => ({ error: errorObject(failure) }),
  streamErrorEvent(failure, path) {
    const error = errorObject(failure);
    // The Responses stream names its events and has an `error` event of its own; chat streams have bare data lines,
    // and an `event:` line would stop the browser front-ends that parse them by hand.
    return /\/responses(?:\/|$)/.test(path)
      ? `event: error\ndata: ${JSON.stringify({ type: 'error', code: error.code, message: error.message, param: null, sequence_number: 0, error })}\n\n`
      : `data: ${JSON.stringify({ error })}\n\n`;
  },
};
