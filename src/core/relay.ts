import type { IncomingMessage } from 'node:http';
import { CallerLeft, ProxyError } from '../errors';
import type { Exchange } from './exchange';
import { inboundHeaders } from './headers';
import type { Watch } from './watch';

const EVENT_STREAM = /^text\/event-stream\b/i;
/** A blank line ends a server-sent event: https://html.spec.whatwg.org/multipage/server-sent-events.html */
const EVENT_END = /(?:\n\n|\r\r|\r\n\r\n)$/;

/**
 * Sends an upstream's answer to the caller: status, headers and bytes as they come, at the caller's pace. Once the
 * status is out an error can only end the stream: in the protocol's own words where it has them, and never in a way
 * that looks complete.
 */
export function relay(upstream: IncomingMessage, exchange: Exchange, watch: Watch): void {
  const { response } = exchange;
  const eventStream = EVENT_STREAM.test(upstream.headers['content-type'] ?? '');
  const tail = new Tail();

  writeHead(upstream, exchange, eventStream);
  exchange.firstByteMs = exchange.elapsedMs();
  const { socket } = upstream;
  watch.streaming(() => socket.bytesRead);
  exchange.onStop((reason) => {
    upstream.destroy();
    if (reason instanceof CallerLeft) return;
    const plainEvents = eventStream && upstream.headers['content-encoding'] === undefined;
    if (plainEvents) writeErrorEvent(exchange, reason, tail);
    breakOff(exchange, upstream.headers['content-length'] !== undefined);
  });

  // Not pipe(): the bytes are counted and the last ones remembered, and pipe() does not tell of an upstream that dies.
  upstream.on('data', (chunk: Buffer) => {
    exchange.bytes += chunk.length;
    tail.saw(chunk);
    if (!response.write(chunk)) upstream.pause();
  });
  response.on('drain', () => upstream.resume());
  upstream.on('end', () => {
    if (upstream.complete) response.end();
  });
  upstream.on('error', (cause) => {
    exchange.stop(new ProxyError('upstream-cut', { cause }));
  });
  const cutShort = () => {
    if (!upstream.complete) exchange.stop(new ProxyError('upstream-cut'));
  };
  upstream.on('close', cutShort);
  if (upstream.destroyed) cutShort(); // it died between its head and here
}

function writeHead(upstream: IncomingMessage, exchange: Exchange, eventStream: boolean): void {
  const { response } = exchange;
  const headers = inboundHeaders(upstream.rawHeaders, { cors: exchange.cors, eventStream });
  try {
    response.writeHead(upstream.statusCode ?? 502, upstream.statusMessage ?? '', headers);
  } catch (cause) {
    upstream.destroy();
    throw new ProxyError('upstream-invalid', { cause });
  }
  if (eventStream) {
    response.flushHeaders();
  } else if (upstream.headers['content-length'] === undefined) {
    // The first bytes mostly come with the head, and then share its packet; where they do not, the head goes alone.
    setImmediate(() => {
      if (!response.destroyed && exchange.bytes === 0) response.flushHeaders();
    });
  }
}

/** Tells of a failure inside a running event stream. A half-sent event is closed first, so that this one stands alone. */
function writeErrorEvent({ response, provider, path }: Exchange, reason: ProxyError, tail: Tail): void {
  if (response.writableEnded || response.writableNeedDrain) return;
  response.write((tail.endsEvent() ? '' : '\n\n') + provider.streamErrorEvent(reason, path));
}

/** Ends an answer that cannot be completed, in such a way that it does not look complete. */
function breakOff({ response }: Exchange, hasLength: boolean): void {
  const { socket } = response;
  if (!socket) return;
  if (response.writableNeedDrain || response.writableEnded) {
    socket.resetAndDestroy(); // the caller takes nothing: what is written would wait for it for ever
  } else if (response.chunkedEncoding || hasLength) {
    socket.destroySoon(); // what is written still arrives; the last chunk, or the rest of the length, does not
  } else {
    socket.resetAndDestroy(); // delimited by the connection's end (HTTP/1.0): only a reset says that more was due
  }
}

/** The last bytes that went by, enough to tell whether an event has ended. */
class Tail {
  #last: Buffer = Buffer.alloc(0);

  saw(chunk: Buffer): void {
    this.#last = chunk.length >= 4 ? chunk : Buffer.concat([this.#last.subarray(-4), chunk]);
  }

  endsEvent(): boolean {
    return this.#last.length === 0 || EVENT_END.test(this.#last.subarray(-4).toString('latin1'));
  }
}
