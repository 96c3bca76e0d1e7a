import { STATUS_CODES } from 'node:http';
import { ClientDisconnected, asProxyError, type ProxyError } from '../../errors/proxy-error';
import { quotingRequestId } from '../../errors/quote-request-id';
import { countBytes } from '../exchange/buffer-gc';
import type { Exchange } from '../exchange/exchange';

/** How long the rest of a request is still read after its error response. */
const LINGER_MS = 2_000;

/**
 * The only place that sends an error response of the proxy itself; once a response has begun `relay` ends the stream. An
 * error in this function ends the response.
 */
export function sendError(exchange: Exchange, error: unknown): void {
  try {
    writeError(exchange, error);
  } catch {
    exchange.response.destroy();
  }
}

function writeError(exchange: Exchange, error: unknown): void {
  const { request, response } = exchange;
  const failure = error instanceof ClientDisconnected ? error : asProxyError(error);
  exchange.stop(failure);
  if (failure instanceof ClientDisconnected || response.destroyed) return;
  if (response.headersSent) {
    if (!exchange.socket) response.destroy(); // a WebSocket has been told by itself
    return;
  }
  const body = Buffer.from(
    JSON.stringify(exchange.dialect.errorBody(quotingRequestId(failure, exchange.requestId))),
  );
  for (const name of response.getHeaderNames()) response.removeHeader(name);
  // The reason phrase is set explicitly: otherwise a provider's, which Node may have rejected, would still be set.
  response.writeHead(failure.status, STATUS_CODES[failure.status] ?? '', [
    ...failureHeaders(failure, body.length),
    ...exchange.proxyHeaders,
  ]);
  exchange.record.firstByteMs = exchange.elapsedMs();
  if (request.method === 'HEAD' || request.complete) {
    response.end(body);
    return;
  }
  // A client that is still sending would lose the response to a connection reset, so its request is read a little longer.
  response.write(body);
  const end = () => {
    clearTimeout(timer);
    // Only when it is sent: on a pipelined connection the previous response may still use the socket.
    response.end(() => {
      if (!request.complete) request.socket.destroySoon();
    });
  };
  const timer = setTimeout(end, LINGER_MS);
  request.once('end', end).once('close', end);
  request.on('data', (chunk: Buffer) => {
    countBytes(chunk.length); // or V8 lets the discarded chunks accumulate
  });
  request.resume();
}

/** The headers of every error response of the proxy itself; `bytes` is the length of its body. */
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
    ...tokenLimit(failure),
    ...upgradeAdvice(failure),
    ...allowedMethods(failure),
  ];
}

function retryAfter({ retryAfterMs }: ProxyError): string[] {
  return retryAfterMs === undefined
    ? []
    : ['Retry-After', String(Math.max(1, Math.ceil(retryAfterMs / 1_000)))];
}

/** What the client's token may have, and what of it is left. */
function tokenLimit({ tokenLimit: limit }: ProxyError): string[] {
  return limit === undefined ? [] : ['X-Proxy-Limit', String(limit), 'X-Proxy-Remaining', '0'];
}

/** A 426 names the required protocol (RFC 9110 §15.5.22). */
function upgradeAdvice({ code }: ProxyError): string[] {
  if (code === 'websocket-unsupported' || code === 'websocket-not-served') return ['Upgrade', 'HTTP/1.1'];
  return code === 'bad-websocket-version' ? ['Upgrade', 'websocket', 'Sec-WebSocket-Version', '13'] : [];
}

/** A 405 names the allowed methods (RFC 9110 §15.5.6). */
function allowedMethods({ code }: ProxyError): string[] {
  if (code === 'method-not-allowed') return ['Allow', 'GET, HEAD'];
  return code === 'method-not-relayed' ? ['Allow', 'GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS'] : [];
}
