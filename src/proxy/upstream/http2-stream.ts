import { STATUS_CODES } from 'node:http';
import type {
  ClientHttp2Session,
  ClientHttp2Stream,
  IncomingHttpHeaders,
  IncomingHttpStatusHeader,
  OutgoingHttpHeaders,
} from 'node:http2';
import type { UpstreamResponse } from './upstream-response';
import type { OutboundBody } from '../body/body';
import type { OutboundRequest } from '../request/outbound-request';

/** Whether a body fits the provider's window: a larger one would wait for window updates, a round trip each. */
export function fits({ framing }: OutboundBody, session: ClientHttp2Session): boolean {
  if (framing === 'none') return true;
  if (framing === 'chunked') return false;
  const { initialWindowSize = 0 } = session.remoteSettings;
  const { remoteWindowSize = 0 } = session.state;
  return framing.contentLength <= Math.min(initialWindowSize, remoteWindowSize);
}

/** `undefined` if the request is not valid in HTTP/2, as with some repeated headers, or if the connection has ended. */
export function begin(session: ClientHttp2Session, outbound: OutboundRequest): ClientHttp2Stream | undefined {
  try {
    return session.request(http2Headers(outbound));
  } catch {
    return undefined;
  }
}

/** RFC 9113 §8.2.2: connection-specific headers are not allowed. */
const NOT_IN_HTTP2 = new Set(['connection', 'host', 'transfer-encoding']);

function http2Headers({ origin, method, path, headers }: OutboundRequest): OutgoingHttpHeaders {
  const mapped: OutgoingHttpHeaders = {
    ':method': method,
    ':path': path,
    ':scheme': 'https',
    ':authority': origin.host,
  };
  for (let at = 0; at < headers.length; at += 2) {
    const name = (headers[at] ?? '').toLowerCase();
    const value = headers[at + 1] ?? '';
    if (NOT_IN_HTTP2.has(name)) continue;
    const before = mapped[name];
    mapped[name] = before === undefined ? value : [before, value].flat().map(String);
  }
  return mapped;
}

/**
 * Whether a stream's body was received whole. Node ends a stream in the same way when the provider ends it, when it
 * resets it without an error, and when the connection is lost; only in the first case is the stream still open.
 */
export function endOf(stream: ClientHttp2Stream): { readonly received: boolean } {
  const end = { received: false };
  const push = stream.push.bind(stream);
  stream.push = (chunk: unknown, encoding?: BufferEncoding) => {
    if (chunk === null && !stream.closed) end.received = true;
    return push(chunk, encoding);
  };
  return end;
}

/** The stream as a response, with its head as over HTTP/1.1. */
export function responseFrom(
  stream: ClientHttp2Stream,
  headers: IncomingHttpHeaders & IncomingHttpStatusHeader,
  rawHeaders: readonly string[],
  end: { readonly received: boolean },
): UpstreamResponse {
  const statusCode = headers[':status'] ?? 502;
  const response = Object.assign(stream, {
    statusCode,
    statusMessage: STATUS_CODES[statusCode] ?? '',
    headers,
    rawHeaders: rawHeaders.filter((_, at) => !rawHeaders[at - (at % 2)]?.startsWith(':')),
    complete: false,
  });
  // `end` is only emitted once all bytes were read, and not at all if some were lost with the connection.
  stream.on('end', () => {
    response.complete = end.received;
  });
  return response;
}
