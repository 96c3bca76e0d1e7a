import { IncomingMessage } from 'node:http';
import { ProxyError } from '../errors';
import type { UpstreamAnswer } from './answer';
import { isKeySubprotocol, subprotocolsOf } from './credentials';
import type { Exchange } from './exchange';
import { headerIn, inboundHeaders } from './headers';
import { handOver } from './upgrade';
import type { Watch } from './watch';

/** For how long one side may still be sent what is under way after the other has ended. */
const LINGER_MS = 2_000;

/** Whether an upstream has agreed to become a WebSocket. */
export function isUpgraded(answer: UpstreamAnswer): answer is IncomingMessage {
  return answer.statusCode === 101 && answer instanceof IncomingMessage;
}

/**
 * Joins a caller and an upstream that has agreed to become a WebSocket. Bytes pass as they come, each way at the pace
 * of the one who takes them; what ends, or breaks, on one side does so on the other.
 */
export function tunnel(upstream: IncomingMessage, exchange: Exchange, watch: Watch): void {
  const { request, response } = exchange;
  const near = request.socket;
  const far = upstream.socket;
  handOver(response);
  response.writeHead(
    101,
    upstream.statusMessage ?? 'Switching Protocols',
    switchingHeaders(upstream, exchange),
  );
  response.flushHeaders();
  exchange.firstByteMs = exchange.elapsedMs();
  for (const socket of [near, far]) socket.setTimeout(0).setNoDelay(true);
  far.on('error', () => undefined); // `close` follows, and is what counts
  const sentBefore = near.bytesWritten;
  const readBefore = near.bytesRead + far.bytesRead;
  watch.streaming(() => near.bytesRead + far.bytesRead - readBefore);

  let linger: NodeJS.Timeout | undefined;
  const ended = () => {
    exchange.settle();
    linger ??= setTimeout(() => {
      near.destroy();
      far.destroy();
    }, LINGER_MS);
  };
  near.once('end', ended);
  far.once('end', ended);
  // Before the listener that logs the exchange.
  near.prependOnceListener('close', () => {
    clearTimeout(linger);
    exchange.bytes = near.bytesWritten - sentBefore;
    far.destroy();
  });
  far.once('close', () => {
    if (far.readableEnded) near.destroySoon();
    else exchange.stop(new ProxyError('upstream-cut'));
  });
  exchange.onStop(() => {
    far.destroy();
    if (!near.destroyed) near.resetAndDestroy(); // without a closing frame there is no other way to say it
  });
  near.pipe(far);
  far.pipe(near);
}

function switchingHeaders(upstream: IncomingMessage, exchange: Exchange): string[] {
  const headers = inboundHeaders(withOwnSubprotocol(upstream.rawHeaders, exchange), {
    ownHeaders: [],
    eventStream: false,
  });
  return [...headers, 'Connection', 'Upgrade', 'Upgrade', 'websocket'];
}

/**
 * The upstream may choose the subprotocol that carries the key: the client then sees its own, never the one sent. And
 * one that the upstream was not offered, since the server's key went in a header, is chosen here if nothing else was:
 * a browser drops a socket for which none of what it offered is chosen.
 */
function withOwnSubprotocol(headers: readonly string[], { request, keyOwner }: Exchange): readonly string[] {
  const offered = subprotocolsOf(request.headers).find(isKeySubprotocol);
  if (offered === undefined) return headers;
  const chosen = headerIn(headers, 'sec-websocket-protocol');
  if (chosen === undefined)
    return keyOwner === 'server' ? [...headers, 'Sec-WebSocket-Protocol', offered] : headers;
  if (!isKeySubprotocol(chosen)) return headers;
  return headers.map((value, at) =>
    at % 2 === 1 && headers[at - 1]?.toLowerCase() === 'sec-websocket-protocol' ? offered : value,
  );
}
