import { asProxyError, ClientDisconnected, ProxyError } from '../../errors/proxy-error';
import { quotingRequestId } from '../../errors/quote-request-id';
import { abandon, type UpstreamResponse } from '../upstream/upstream-response';
import type { HeadTap } from '../owners/head-ids';
import { countBytes } from '../exchange/buffer-gc';
import type { Exchange } from '../exchange/exchange';
import { codingsOf } from '../../http/decode-body';
import { headerIn, inboundHeaders, type RawHeaders } from '../../http/filter-headers';
import { isEventStream } from '../../http/media-type';
import { failureAtEnd, type StreamFailure } from '../upstream/first-event';
import { AddedUsageFilter } from './added-usage';
import { BodyWriter } from './body-writer';
import { meterExchange } from './meter-exchange';
import { sendError } from './send-error';
import { danglingBytes } from '../../http/utf8';
import type { Tap } from '../../meter/tap';
import type { Timeouts } from '../exchange/timeouts';

/** A response to relay as it is received. */
export interface RelayedOutcome {
  readonly kind: 'relay';
  readonly upstream: UpstreamResponse;
  /** Its headers, without the server's key. */
  readonly rawHeaders: RawHeaders;
  /** Called with a failure that is found later in the stream. */
  readonly onFailure: (failure: StreamFailure) => void;
  /** Reads its first bytes for the names of new objects. */
  readonly tap: HeadTap | undefined;
}

const TEXT = /^(?:text\/|application\/json\b)/i;

/**
 * Sends an upstream's response to the client: status, headers and bytes as they are received, at the client's pace. Once
 * the status is sent an error can only end the stream: with an error event if the protocol has one, and never in a way
 * that appears complete.
 */
export function relay(
  { upstream, rawHeaders, onFailure, tap }: Omit<RelayedOutcome, 'kind'>,
  exchange: Exchange,
  watch: Timeouts,
): void {
  const { response, record } = exchange;
  const type = headerIn(rawHeaders, 'content-type') ?? '';
  const encoding = headerIn(rawHeaders, 'content-encoding');
  const plain = codingsOf(encoding).length === 0;
  const hasLength = headerIn(rawHeaders, 'content-length') !== undefined;
  const eventStream = isEventStream(type);
  // Events of ours would be read as bytes of the response, where its length is announced.
  const takesEvents = eventStream && plain && !hasLength;
  // Browser front-ends decode each chunk separately: a character that is split between two chunks would be garbled.
  const wholeCharacters = plain && TEXT.test(type);
  let dangling: Buffer = NOTHING;
  const { statusCode } = upstream;
  const meter = meterExchange(exchange, { statusCode, rawHeaders, type, encoding });
  const { tap: tail, directTap: keepIn } = meter;
  const filter = exchange.asksForUsage && takesEvents ? new AddedUsageFilter() : undefined;

  const begin = (): BodyWriter => {
    writeHead(upstream, rawHeaders, exchange, { eventStream, hasLength });
    record.firstByteMs = exchange.elapsedMs();
    return new BodyWriter(response, { isStream: eventStream, hasLength });
  };
  // A head with a length goes out with the first bytes of its body: until then an error still gets a response of its own.
  let body = hasLength && !eventStream ? undefined : begin();
  const beginLate = (): BodyWriter | undefined => {
    try {
      return (body = begin());
    } catch (error) {
      exchange.stop(asProxyError(error));
      return undefined;
    }
  };
  const heartbeat = takesEvents ? exchange.dialect.heartbeat(exchange.path) : undefined;
  watch.streaming(
    () => exchange.record.bytes,
    heartbeat === undefined
      ? undefined
      : () => {
          if (tail?.endsEvent() && !tail.endsStream() && isWritable(exchange))
            body?.write(Buffer.from(heartbeat));
        },
  );
  exchange.onStop((reason) => {
    abandon(upstream);
    if (reason instanceof ClientDisconnected) return;
    if (!body) {
      sendError(exchange, reason);
      return;
    }
    if (dangling.length > 0) body.write(dangling);
    if (takesEvents) writeErrorEvent(exchange, body, reason, tail);
    terminate(exchange, body);
  });

  // Not pipe(): the bytes are counted and the last ones kept, and pipe() does not report an upstream that fails.
  upstream.on('data', (chunk: Buffer) => {
    if (record.bytes === 0) record.firstBodyByteMs = exchange.elapsedMs();
    record.bytes += chunk.length;
    countBytes(chunk.length);
    if (keepIn) keepIn.push(chunk);
    else meter.push(chunk);
    tap?.push(chunk);
    let bytes = chunk;
    if (filter) {
      bytes = filter.push(chunk);
      if (bytes.length === 0) return;
    }
    if (wholeCharacters) {
      if (dangling.length > 0) bytes = Buffer.concat([dangling, bytes]);
      const whole = bytes.length - danglingBytes(bytes);
      dangling = whole < bytes.length ? bytes.subarray(whole) : NOTHING;
      if (dangling.length > 0) bytes = bytes.subarray(0, whole);
      if (whole === 0) return;
    }
    const writer = body ?? beginLate();
    if (writer && !writer.write(bytes)) upstream.pause();
  });
  response.on('drain', () => upstream.resume());
  upstream.on('end', () => {
    if (!upstream.complete) return;
    tap?.end();
    const writer = body ?? beginLate();
    if (!writer) return;
    writer.end(filter ? Buffer.concat([dangling, filter.end()]) : dangling);
    meter.finish(() => {
      const failure = eventStream && tail ? failureAtEnd(tail.text()) : undefined;
      record.streamFailed = failure !== undefined;
      if (failure) onFailure(failure);
    });
  });
  upstream.on('error', (cause) => {
    exchange.stop(new ProxyError('upstream-cut', { cause }));
  });
  const onIncomplete = () => {
    if (!upstream.complete) exchange.stop(new ProxyError('upstream-cut'));
  };
  upstream.on('close', onIncomplete);
  if (upstream.destroyed)
    onIncomplete(); // it was destroyed between its head and here
  else upstream.resume(); // its beginning may have been read, and it has been paused since
}

const NOTHING = Buffer.alloc(0);

function writeHead(
  upstream: UpstreamResponse,
  rawHeaders: RawHeaders,
  exchange: Exchange,
  { eventStream, hasLength }: { readonly eventStream: boolean; readonly hasLength: boolean },
): void {
  const { response, proxyHeaders: ownHeaders } = exchange;
  const received = upstream.statusCode === 204 ? withoutLength(rawHeaders) : rawHeaders;
  const headers = inboundHeaders(received, { ownHeaders, eventStream });
  try {
    response.writeHead(upstream.statusCode ?? 502, upstream.statusMessage ?? '', headers);
  } catch (cause) {
    abandon(upstream);
    throw new ProxyError('upstream-invalid', { cause });
  }
  if (eventStream) {
    response.flushHeaders();
  } else if (!hasLength) {
    // The first bytes mostly follow the head at once, and then share its packet; if not, the head is sent alone.
    setImmediate(() => {
      if (!response.destroyed && exchange.record.bytes === 0) response.flushHeaders();
    });
  }
}

/** A client could wait for the body: https://www.rfc-editor.org/rfc/rfc9110#section-8.6-9 */
function withoutLength(headers: RawHeaders): RawHeaders {
  return headers.filter((_, at) => headers[at - (at % 2)]?.toLowerCase() !== 'content-length');
}

function isWritable({ response }: Exchange): boolean {
  return !response.writableEnded && !response.writableNeedDrain && !response.destroyed;
}

/** Writes an error event into a running event stream. An incomplete event is ended first, so that this one is separate. */
function writeErrorEvent(
  exchange: Exchange,
  body: BodyWriter,
  reason: ProxyError,
  tail: Tap | undefined,
): void {
  if (!isWritable(exchange)) return;
  const event = exchange.dialect.streamErrorEvent(
    quotingRequestId(reason, exchange.requestId),
    exchange.path,
  );
  body.write(Buffer.from((tail?.endsEvent() === false ? '\n\n' : '') + event));
}

/** Ends a response that cannot be completed, in such a way that it does not appear complete. */
function terminate(exchange: Exchange, body: BodyWriter): void {
  const { response } = exchange;
  const { socket } = response;
  if (!socket) {
    // The previous response on this connection is not over yet. What was written is sent right after this event.
    response.once('socket', () => setImmediate(terminate, exchange, body));
    return;
  }
  if (response.writableNeedDrain || response.writableEnded) {
    socket.resetAndDestroy(); // the client does not read: what was written would never be sent
  } else if (body.isDelimited) {
    socket.destroySoon(); // what was written is still sent, without the last chunk or the rest of the length
  } else {
    socket.resetAndDestroy(); // delimited by the connection's end (HTTP/1.0): only a reset shows that it is incomplete
  }
}
