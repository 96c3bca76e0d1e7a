import { isUtf8 } from 'node:buffer';
import { failureHeaders } from '../proxy/response/send-error';
import type { RawHeaders } from '../http/filter-headers';
import { REQUEST_ID_HEADER } from '../http/header-lists';
import type { Dialect } from '../dialects/dialect';
import type { ProxyError } from '../errors/proxy-error';
import { quotingRequestId } from '../errors/quote-request-id';

/** What SCF turns into an HTTP response (583/12513); several headers of one name are a list. */
export interface EventResponse {
  readonly statusCode: number;
  readonly headers: Readonly<Record<string, string | readonly string[]>>;
  readonly body: string;
  readonly isBase64Encoded: boolean;
}

/** Status, headers and bytes of a complete response. */
export interface WholeResponse {
  readonly status: number;
  readonly headers: RawHeaders;
  readonly body: Buffer;
}

/** The result of serverless-http with `binary: true`: the body is always in base64. */
export interface ServerlessResponse {
  readonly statusCode: number;
  readonly headers: Readonly<Record<string, string>>;
  /** The only place that has `set-cookie`, and repeated headers as separate values. */
  readonly multiValueHeaders: Readonly<Record<string, string[]>>;
  readonly body: string;
}

const EVENT_STREAM = /^text\/event-stream\b/i;

export function isEventStream(headers: RawHeaders): boolean {
  return headers.some(
    (part, at) => at % 2 === 1 && isContentType(headers[at - 1]) && EVENT_STREAM.test(part),
  );
}

function isContentType(name: string | undefined): boolean {
  return name?.toLowerCase() === 'content-type';
}

/** The response in SCF's format: UTF-8 bytes as text, all others in base64; a stream is marked as buffered. */
export function eventResponse({
  statusCode,
  headers,
  multiValueHeaders,
  body,
}: ServerlessResponse): EventResponse {
  const bytes = Buffer.from(body, 'base64');
  const text = isUtf8(bytes);
  return {
    statusCode,
    headers: {
      ...headers,
      ...multiValueHeaders,
      ...(EVENT_STREAM.test(headers['content-type'] ?? '') ? { 'x-proxy-buffered': 'event-function' } : {}),
    },
    body: text ? bytes.toString('utf8') : body,
    isBase64Encoded: !text,
  };
}

/** What an error response needs of its request. */
export interface ErrorContext {
  readonly dialect: Dialect;
  readonly cors: RawHeaders;
  readonly requestId: string;
}

/** An error response of the proxy, if the app itself could not send it. */
export function errorResponse(
  failure: ProxyError,
  { dialect, cors, requestId }: ErrorContext,
): WholeResponse {
  const body = Buffer.from(JSON.stringify(dialect.errorBody(quotingRequestId(failure, requestId))));
  return {
    status: failure.status,
    headers: [...failureHeaders(failure, body.length), ...cors, REQUEST_ID_HEADER, requestId],
    body,
  };
}
