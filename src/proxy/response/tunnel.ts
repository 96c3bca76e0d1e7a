import type { Socket } from 'node:net';
import { ProxyError } from '../../errors/proxy-error';
import type { UpstreamResponse } from '../upstream/upstream-response';
import { isKeySubprotocol, subprotocolsOf } from '../../http/credentials';
import type { Exchange } from '../exchange/exchange';
import type { KeyOwner } from '../keys/key-source';
import { headerIn, inboundHeaders, type RawHeaders } from '../../http/filter-headers';
import { REQUEST_ID_HEADER } from '../../http/header-lists';
import { handOver } from '../../http/upgrade';
import { sendLast } from './send-last';
import { meterTunnel, type TunnelMeter } from './meter-exchange';
import type { Timeouts } from '../exchange/timeouts';

/** How long data in transit may still be sent to one side after the other has ended. */
const LINGER_MS = 2_000;

/** A response with which its connection becomes a WebSocket. */
type Upgraded = UpstreamResponse & { readonly socket: Socket };

/** Whether an upstream has agreed to become a WebSocket. */
export function isUpgraded(response: UpstreamResponse): response is Upgraded {
  return response.statusCode === 101 && response.socket !== undefined;
}

interface TunnelOptions {
  /** The upstream's headers, without the server's key. */
  readonly rawHeaders: RawHeaders;
  readonly timeouts: Timeouts;
  readonly keyOwner: KeyOwner;
  /** The frames that tell the client why it ends. */
  readonly lastFrames: (reason: ProxyError) => Buffer;
}

/**
 * Connects a client and an upstream that has agreed to become a WebSocket. Bytes pass unchanged, in each direction at the
 * pace of the receiver; if one side ends or fails, so does the other.
 */
export function tunnel(
  upstream: Upgraded,
  exchange: Exchange,
  { rawHeaders, timeouts, keyOwner, lastFrames }: TunnelOptions,
): void {
  const { request, response, socket } = exchange;
  const near = request.socket;
  const far = upstream.socket;
  if (!socket) {
    handOver(response);
    response.writeHead(
      101,
      upstream.statusMessage ?? 'Switching Protocols',
      switchingHeaders(rawHeaders, exchange, keyOwner),
    );
    response.flushHeaders();
  }
  exchange.record.firstByteMs = exchange.elapsedMs();
  let hasEnded = false; // a response, in this chunk
  const session = meterTunnel(exchange, upstream, () => {
    hasEnded = true;
  });
  for (const socket of [near, far]) socket.setTimeout(0).setNoDelay(true);
  far.on('error', () => undefined); // `close` follows, and is handled
  const sentBefore = near.bytesWritten;
  const readBefore = near.bytesRead + far.bytesRead;
  timeouts.streaming(() => near.bytesRead + far.bytesRead - readBefore);

  let linger: NodeJS.Timeout | undefined;
  /** Ends it, although a message of the upstream goes on. */
  let cutting: NodeJS.Timeout | undefined;
  const ended = () => {
    exchange.complete();
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
    clearTimeout(cutting);
    exchange.record.bytes = near.bytesWritten - sentBefore;
    if (session) exchange.record.metering = session.metering();
    far.destroy();
  });
  far.once('close', () => {
    if (far.readableEnded) near.destroySoon();
    else exchange.stop(new ProxyError('upstream-cut'));
  });
  /** The limit that its token has reached with it. */
  let reached: ProxyError | undefined;
  exchange.onStop((reason) => {
    far.destroy();
    if (near.destroyed || socket) return;
    near.unpipe(far); // later it would pause what is to be read to its end
    if (reached && reason === reached && session?.isBetweenMessages) sendLast(near, lastFrames(reached));
    else near.resetAndDestroy(); // without a closing frame only a reset shows the failure
  });
  if (socket) socket.join(far);
  else near.pipe(far);
  far.pipe(near);
  if (!session) return;
  meterBeside(session, near, far);
  const { onUse } = exchange;
  if (!onUse) return;
  const endIfReached = () => {
    if (!reached || linger || near.destroyed) return;
    const limit = reached;
    if (session.isBetweenMessages) exchange.stop(limit);
    else cutting ??= setTimeout(() => exchange.stop(limit), LINGER_MS);
  };
  // Behind the meter, which has read the chunk.
  far.on('data', () => {
    if (hasEnded)
      void onUse(session.meteringOfEnded()).then((limit) => {
        reached ??= limit;
        endIfReached();
      });
    hasEnded = false;
    endIfReached();
  });
}

/** Gives copies to the meter beside the pipes, at their pace. */
function meterBeside(session: TunnelMeter, near: Socket, far: Socket): void {
  far.on('data', (chunk: Buffer) => {
    session.push(chunk);
  });
  const { pushRequest } = session;
  if (!pushRequest) return;
  const read = (chunk: Buffer) => {
    if (!pushRequest(chunk)) near.off('data', read);
  };
  near.on('data', read);
}

function switchingHeaders(rawHeaders: RawHeaders, exchange: Exchange, keyOwner: KeyOwner): string[] {
  const headers = inboundHeaders(withOwnSubprotocol(rawHeaders, exchange, keyOwner), {
    ownHeaders: [REQUEST_ID_HEADER, exchange.requestId],
    eventStream: false,
  });
  return [...headers, 'Connection', 'Upgrade', 'Upgrade', 'websocket'];
}

/**
 * The upstream may choose the subprotocol that carries the key: the client then gets its own, never the one that was
 * sent. If the server's key was sent in a header, that subprotocol was not offered to the upstream; it is then chosen
 * here if no other was, because a browser closes a WebSocket if none of the offered subprotocols is chosen.
 */
function withOwnSubprotocol(
  headers: readonly string[],
  { request }: Exchange,
  keyOwner: KeyOwner,
): readonly string[] {
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
