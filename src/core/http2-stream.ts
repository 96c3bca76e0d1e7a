import { STATUS_CODES } from 'node:http';
import type {
  ClientHttp2Session,
  ClientHttp2Stream,
  IncomingHttpHeaders,
  IncomingHttpStatusHeader,
  OutgoingHttpHeaders,
} from 'node:http2';
import type { UpstreamAnswer } from './answer';
import type { OutboundBody } from './body';
import type { Outbound } from './outbound';

/** A body that is larger than the provider takes at once would wait for its leave, a round trip each time. */
export function fits({ framing }: OutboundBody, session: ClientHttp2Session): boolean {
  if (framing === 'none') return true;
  if (framing === 'chunked') return false;
  const { initialWindowSize = 0 } = session.remoteSettings;
  const { remoteWindowSize = 0 } = session.state;
  return framing.contentLength <= Math.min(initialWindowSize, remoteWindowSize);
}

/** Undefined where it cannot be said in HTTP/2, as some headers twice, or where the connection has just ended. */
export function begin(session: ClientHttp2Session, outbound: Outbound): ClientHttp2Stream | undefined {
  try {
    return session.request(http2Headers(outbound));
  } catch {
    return undefined;
  }
}

/** RFC 9113 §8.2.2: what speaks of one connection has no place here. */
const NOT_IN_HTTP2 = new Set(['connection', 'host', 'transfer-encoding']);

function http2Headers({ origin, method, path, headers }: Outbound): OutgoingHttpHeaders {
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
 * Whether a stream's body has come whole. Node ends a stream alike when the provider says that it is over, when it
 * breaks it off without an error, and when the connection is gone; only the first comes while the stream is open.
 */
export function endOf(stream: ClientHttp2Stream): { readonly told: boolean } {
  const end = { told: false };
  const push = stream.push.bind(stream);
  stream.push = (chunk: unknown, encoding?: BufferEncoding) => {
    if (chunk === null && !stream.closed) end.told = true;
    return push(chunk, encoding);
  };
  return end;
}

/** The stream as an answer, with its head as HTTP/1.1 would give it. */
export function answerOn(
  stream: ClientHttp2Stream,
  headers: IncomingHttpHeaders & IncomingHttpStatusHeader,
  rawHeaders: readonly string[],
  end: { readonly told: boolean },
): UpstreamAnswer {
  const statusCode = headers[':status'] ?? 502;
  const answer = Object.assign(stream, {
    statusCode,
    statusMessage: STATUS_CODES[statusCode] ?? '',
    headers,
    rawHeaders: rawHeaders.filter((_, at) => !rawHeaders[at - (at % 2)]?.startsWith(':')),
    complete: false,
  });
  // An end comes only once all that came before it was read: none does where the connection took some of it along.
  stream.on('end', () => {
    answer.complete = end.told;
  });
  return answer;
}
