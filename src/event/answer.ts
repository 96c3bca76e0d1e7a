import { isUtf8 } from 'node:buffer';
import { failureHeaders } from '../core/answer-failure';
import type { RawHeaders } from '../core/headers';
import type { Dialect } from '../dialects/dialect';
import type { ProxyError } from '../errors';

/** What SCF makes an HTTP answer of (583/12513); several headers of one name are a list. */
export interface EventAnswer {
  readonly statusCode: number;
  readonly headers: Readonly<Record<string, string | readonly string[]>>;
  readonly body: string;
  readonly isBase64Encoded: boolean;
}

/** Status, headers and bytes of a whole answer. */
export interface WholeAnswer {
  readonly status: number;
  readonly headers: RawHeaders;
  readonly body: Buffer;
}

/** What serverless-http answers with, with `binary: true`: the body always in base64. */
export interface ServerlessAnswer {
  readonly statusCode: number;
  readonly headers: Readonly<Record<string, string>>;
  /** The only place where `set-cookie` is, and where the others of one name are apart. */
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

/** The answer in SCF's form: bytes that are text as text, all others in base64; a stream says that it was held back. */
export function eventAnswer({ statusCode, headers, multiValueHeaders, body }: ServerlessAnswer): EventAnswer {
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

/** A failure of ours, where the app itself could not answer with it. */
export function failureAnswer(failure: ProxyError, dialect: Dialect, cors: RawHeaders): WholeAnswer {
  const body = Buffer.from(JSON.stringify(dialect.errorBody(failure)));
  return {
    status: failure.status,
    headers: [...failureHeaders(failure, body.length), ...cors],
    body,
  };
}
