import { STATUS_CODES } from 'node:http';
import { CallerLeft, asProxyError, type ProxyError } from '../errors';
import { wentBy } from './body-garbage';
import type { Exchange } from './exchange';

/** How long a caller that is still sending is listened to after its request was refused. */
const LINGER_MS = 2_000;

/**
 * The only place that answers a failure of ours before the response has begun; after that `relay` ends the stream. An
 * error inside answering ends the response.
 */
export function answerFailure(exchange: Exchange, error: unknown): void {
  try {
    answer(exchange, error);
  } catch {
    exchange.response.destroy();
  }
}

function answer(exchange: Exchange, error: unknown): void {
  const { request, response } = exchange;
  const failure = error instanceof CallerLeft ? error : asProxyError(error);
  exchange.stop(failure);
  if (failure instanceof CallerLeft || response.destroyed) return;
  if (response.headersSent) {
    response.destroy();
    return;
  }
  const body = Buffer.from(JSON.stringify(exchange.dialect.errorBody(failure)));
  for (const name of response.getHeaderNames()) response.removeHeader(name);
  // The reason phrase is said: a provider's, which Node may have refused, would stand there yet.
  response.writeHead(failure.status, STATUS_CODES[failure.status] ?? '', [
    ...failureHeaders(failure, body.length),
    ...exchange.ownHeaders,
  ]);
  exchange.firstByteMs = exchange.elapsedMs();
  if (request.method === 'HEAD' || request.complete) {
    response.end(body);
    return;
  }
  // A client still sending would lose the response to a connection reset: it is listened to a little longer.
  response.write(body);
  const end = () => {
    clearTimeout(timer);
    // Only when it is out: on a pipelined connection the response before it may still have the socket.
    response.end(() => {
      if (!request.complete) request.socket.destroySoon();
    });
  };
  const timer = setTimeout(end, LINGER_MS);
  request.once('end', end).once('close', end);
  request.on('data', (chunk: Buffer) => {
    wentBy(chunk.length); // or V8 lets what is thrown away pile up
  });
  request.resume();
}

/** The headers of every error response of ours; `bytes` of its body. */
export function failureHeaders(failure: ProxyError, bytes: number): string[] {
  return [
    'Content-Type',
    'application/json; charset=utf-8',
    'Content-Length',
    String(bytes),
    'X-Proxy-Error',
    failure.code,
    ...(failure.isWorthRepeating ? [] : ['X-Should-Retry', 'false']),
    ...retryAfter(failure),
    ...upgradeAdvice(failure),
    ...allowedMethods(failure),
  ];
}

function retryAfter({ retryAfterMs }: ProxyError): string[] {
  return retryAfterMs === undefined
    ? []
    : ['Retry-After', String(Math.max(1, Math.ceil(retryAfterMs / 1_000)))];
}

/** A 426 says what would do instead (RFC 9110 §15.5.22). */
function upgradeAdvice({ code }: ProxyError): string[] {
  if (code === 'websocket-unsupported') return ['Upgrade', 'HTTP/1.1'];
  return code === 'bad-websocket-version' ? ['Upgrade', 'websocket', 'Sec-WebSocket-Version', '13'] : [];
}

/** A 405 says which methods there are (RFC 9110 §15.5.6). */
function allowedMethods({ code }: ProxyError): string[] {
  if (code === 'method-not-allowed') return ['Allow', 'GET, HEAD'];
  return code === 'method-not-relayed' ? ['Allow', 'GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS'] : [];
}
