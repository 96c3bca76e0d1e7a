import { openaiDialect } from '../../dialects/openai';
import type { ProxyError } from '../../errors/proxy-error';
import { quotingRequestId } from '../../errors/quote-request-id';
import { parsedObject } from '../../meter/text/json';

/** What a client of the Responses API gets on its WebSocket before that is closed. */
export interface ErrorEvent {
  readonly status: number;
  readonly error: unknown;
  readonly headers: Readonly<Record<string, string>>;
}

/**
 * A failure as the Responses API reports it on a WebSocket:
 * https://developers.openai.com/api/docs/guides/websocket-mode. Codex reads `status` and `headers` as those of an HTTP
 * response: https://github.com/openai/codex/blob/main/codex-rs/codex-api/src/endpoint/responses_websocket.rs
 */
export function errorEventOf(failure: ProxyError, requestId: string): ErrorEvent {
  const { error } = openaiDialect.errorBody(quotingRequestId(failure, requestId)) as { error: unknown };
  const { retryAfterMs, status, code } = failure;
  return {
    status,
    error,
    headers: {
      'x-proxy-error': code,
      ...(retryAfterMs === undefined
        ? {}
        : { 'retry-after': String(Math.max(1, Math.ceil(retryAfterMs / 1_000))) }),
    },
  };
}

/** The provider's own error response to the upgrade, if it has OpenAI's form; `undefined` if not. */
export function errorEventIn(status: number, text: string | undefined): ErrorEvent | undefined {
  const error = parsedObject(text ?? '')?.['error'];
  return typeof error === 'object' && error !== null ? { status, error, headers: {} } : undefined;
}

export function eventText({ status, error, headers }: ErrorEvent): string {
  return JSON.stringify({ type: 'error', status, error, headers });
}

const POLICY_VIOLATION = 1008;
const TOO_LARGE = 1009;
const INTERNAL_ERROR = 1011;
const TRY_AGAIN_LATER = 1013;
const PROTOCOL_ERROR = 1002;

/** https://www.iana.org/assignments/websocket/websocket.xhtml#close-code-number */
export function closeCodeOf({ code, status }: ProxyError): number {
  if (code === 'bad-websocket-message') return PROTOCOL_ERROR;
  if (status === 413) return TOO_LARGE;
  if (status === 429 || status === 503) return TRY_AGAIN_LATER;
  return status >= 500 ? INTERNAL_ERROR : POLICY_VIOLATION;
}
