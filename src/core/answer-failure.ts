import { CallerLeft, asProxyError, type ProxyError } from '../errors';
import type { Exchange } from './exchange';

/** How long a caller that is still sending is listened to after its request was refused. */
const LINGER_MS = 2_000;

/** The only place that answers a failure of ours before the answer has begun; after that `relay` ends the stream. */
export function answerFailure(exchange: Exchange, error: unknown): void {
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
  response.writeHead(failure.status, [
    'Content-Type',
    'application/json; charset=utf-8',
    'Content-Length',
    String(body.length),
    'X-Proxy-Error',
    failure.code,
    ...retryAfter(failure),
    ...upgradeAdvice(failure),
    ...allowedMethods(failure),
    ...exchange.ownHeaders,
  ]);
  exchange.firstByteMs = exchange.elapsedMs();
  if (request.method === 'HEAD' || request.complete) {
    response.end(body);
    return;
  }
  // A caller still sending would lose the answer to a connection reset: it is listened to a little longer.
  response.write(body);
  const end = () => {
    clearTimeout(timer);
    response.end();
    if (!request.complete) request.socket.destroySoon();
  };
  const timer = setTimeout(end, LINGER_MS);
  request.once('end', end).once('close', end);
  request.resume();
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
