import type { Failure } from '../errors/failures';
import type { Dialect } from './dialect';

function typeOf({ status, isWorthRepeating }: Failure): string {
  if (status === 429) return isWorthRepeating ? 'rate_limit_error' : 'insufficient_quota';
  return status >= 500 ? 'server_error' : 'invalid_request_error';
}

/** Error shape: https://platform.openai.com/docs/guides/error-codes; the SDK picks its class by status. */
function errorObject(failure: Failure) {
  return {
    message: failure.message,
    type: typeOf(failure),
    param: null,
    code: failure.code,
  };
}

const CHAT = '/chat/completions';

/** A chunk without choices, as Azure sends one first: SDKs pass it over, and browser front-ends find no `delta` in it. */
const EMPTY_CHUNK = `data: ${JSON.stringify({ id: '', object: 'chat.completion.chunk', created: 0, model: '', choices: [] })}\n\n`;

export const openaiDialect: Dialect = {
  errorBody: (failure) => ({ error: errorObject(failure) }),
  streamErrorEvent(failure, path) {
    const error = errorObject(failure);
    // The Responses stream names its events and has an `error` event of its own; chat streams have bare data lines,
    // and an `event:` line would stop the browser front-ends that parse them by hand.
    return /\/responses(?:\/|$)/.test(path)
      ? `event: error\ndata: ${JSON.stringify({ type: 'error', code: error.code, message: error.message, param: null, sequence_number: 0, error })}\n\n`
      : `data: ${JSON.stringify({ error })}\n\n`;
  },
  isChatPath: (path) => path.endsWith(CHAT),
  heartbeat: (path) => (path.endsWith(CHAT) ? EMPTY_CHUNK : undefined),
};

/**
 * Endpoints that only OpenAI's API has, no matter which provider serves them under which base; Google has a base for
 * all of them.
 */
const OPENAI_SHAPED =
  /^\/v1beta\/openai\/|\/(?:chat\/completions|completions|embeddings|responses|realtime|moderations|images\/(?:generations|edits|variations)|audio\/(?:speech|transcriptions|translations))$/;

/** Whether a request on this path is one of OpenAI's API, and so its client expects that API's responses. */
export function isOpenaiShaped(path: string): boolean {
  return OPENAI_SHAPED.test(path);
}
