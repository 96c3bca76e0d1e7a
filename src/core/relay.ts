import { CallerLeft, ProxyError } from '../errors';
import { abandon, type UpstreamAnswer } from './answer';
import type { RelayedOutcome } from './attempt';
import { wentBy } from './body-garbage';
import type { Exchange } from './exchange';
import { headerIn, inboundHeaders, type RawHeaders } from './headers';
import { failureAtEnd, isEventStream } from './stream-events';
import { StreamTail } from './stream-tail';
import { danglingBytes } from './utf8';
import type { Watch } from './watch';

const TEXT = /^(?:text\/|application\/json\b)/i;

/**
 * Sends an upstream's answer to the caller: status, headers and bytes as they come, at the caller's pace. Once the
 * status is out an error can only end the stream: in the protocol's own words where it has them, and never in a way
 * that looks complete.
 */
export function relay(
  { upstream, rawHeaders, onFailure, tap }: Omit<RelayedOutcome, 'kind'>,
  exchange: Exchange,
  watch: Watch,
): void {
  const { response } = exchange;
  const type = headerIn(rawHeaders, 'content-type') ?? '';
  const plain = headerIn(rawHeaders, 'content-encoding') === undefined;
  const hasLength = headerIn(rawHeaders, 'content-length') !== undefined;
  const eventStream = isEventStream(type);
  // Browser front-ends decode each chunk by itself: a character that is cut by a chunk's end would be garbled.
  const wholeCharacters = plain && TEXT.test(type);
  let dangling: Buffer = NOTHING;
  const tail = new StreamTail();

  writeHead(upstream, rawHeaders, exchange, { eventStream, hasLength });
  exchange.firstByteMs = exchange.elapsedMs();
  const heartbeat = eventStream && plain ? exchange.dialect.heartbeat(exchange.path) : undefined;
  watch.streaming(
    () => exchange.bytes,
    heartbeat === undefined
      ? undefined
      : () => {
          if (tail.endsEvent() && !tail.endsStream() && isWritable(exchange)) response.write(heartbeat);
        },
  );
  exchange.onStop((reason) => {
    abandon(upstream);
    if (reason instanceof CallerLeft) return;
    if (dangling.length > 0) response.write(dangling);
    if (eventStream && plain) writeErrorEvent(exchange, reason, tail);
    breakOff(exchange, hasLength);
  });

  // Not pipe(): the bytes are counted and the last ones remembered, and pipe() does not tell of an upstream that dies.
  upstream.on('data', (chunk: Buffer) => {
    exchange.bytes += chunk.length;
    wentBy(chunk.length);
    if (eventStream) tail.push(chunk);
    tap?.push(chunk);
    let bytes = chunk;
    if (wholeCharacters) {
      if (dangling.length > 0) bytes = Buffer.concat([dangling, chunk]);
      const whole = bytes.length - danglingBytes(bytes);
      dangling = whole < bytes.length ? bytes.subarray(whole) : NOTHING;
      if (dangling.length > 0) bytes = bytes.subarray(0, whole);
      if (whole === 0) return;
    }
    if (!response.write(bytes)) upstream.pause();
  });
  response.on('drain', () => upstream.resume());
  upstream.on('end', () => {
    if (!upstream.complete) return;
    tap?.end();
    if (eventStream && plain) {
      const failure = failureAtEnd(tail.text());
      exchange.streamFailed = failure !== undefined;
      if (failure) onFailure(failure);
    }
    response.end(dangling.length > 0 ? dangling : undefined);
  });
  upstream.on('error', (cause) => {
    exchange.stop(new ProxyError('upstream-cut', { cause }));
  });
  const cutShort = () => {
    if (!upstream.complete) exchange.stop(new ProxyError('upstream-cut'));
  };
  upstream.on('close', cutShort);
  if (upstream.destroyed)
    cutShort(); // it died between its head and here
  else upstream.resume(); // its beginning may have been looked at, and it has waited since
}

const NOTHING = Buffer.alloc(0);

function writeHead(
  upstream: UpstreamAnswer,
  rawHeaders: RawHeaders,
  exchange: Exchange,
  { eventStream, hasLength }: { readonly eventStream: boolean; readonly hasLength: boolean },
): void {
  const { response, ownHeaders } = exchange;
  const headers = inboundHeaders(rawHeaders, { ownHeaders, eventStream });
  try {
    response.writeHead(upstream.statusCode ?? 502, upstream.statusMessage ?? '', headers);
  } catch (cause) {
    abandon(upstream);
    throw new ProxyError('upstream-invalid', { cause });
  }
  if (eventStream) {
    response.flushHeaders();
  } else if (!hasLength) {
    // The first bytes mostly come with the head, and then share its packet; where they do not, the head goes alone.
    setImmediate(() => {
      if (!response.destroyed && exchange.bytes === 0) response.flushHeaders();
    });
  }
}

function isWritable({ response }: Exchange): boolean {
  return !response.writableEnded && !response.writableNeedDrain && !response.destroyed;
}

/** Tells of a failure inside a running event stream. A half-sent event is closed first, so that this one stands alone. */
function writeErrorEvent(exchange: Exchange, reason: ProxyError, tail: StreamTail): void {
  if (!isWritable(exchange)) return;
  const event = exchange.dialect.streamErrorEvent(reason, exchange.path);
  exchange.response.write((tail.endsEvent() ? '' : '\n\n') + event);
}

/** Ends an answer that cannot be completed, in such a way that it does not look complete. */
function breakOff(exchange: Exchange, hasLength: boolean): void {
  const { response } = exchange;
  const { socket } = response;
  if (!socket) {
    // The response before it on this connection is not over yet. What was written goes out right after this event.
    response.once('socket', () => setImmediate(breakOff, exchange, hasLength));
    return;
  }
  if (response.writableNeedDrain || response.writableEnded) {
    socket.resetAndDestroy(); // the caller takes nothing: what is written would wait for it for ever
  } else if (response.chunkedEncoding || hasLength) {
    socket.destroySoon(); // what is written still arrives; the last chunk, or the rest of the length, does not
  } else {
    socket.resetAndDestroy(); // delimited by the connection's end (HTTP/1.0): only a reset says that more was due
  }
}
