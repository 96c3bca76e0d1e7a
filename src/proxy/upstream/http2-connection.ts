import type { ClientHttp2Session, ClientHttp2Stream } from 'node:http2';
import type { TLSSocket } from 'node:tls';
import { ProxyError } from '../../errors/proxy-error';
import { asOpenConnectionFailure } from '../../errors/node-errors';
import { NotProcessed, abandon, type UpstreamResponse } from './upstream-response';
import type { OutboundBody } from '../body/body';
import type { SentFor } from '../exchange/exchange';
import { responseFrom, begin, endOf, fits } from './http2-stream';
import type { OutboundRequest } from '../request/outbound-request';

/** Concurrent streams: all of them are lost if the connection fails, and wait for a lost packet. */
const MAX_STREAMS = 32;
/** How much is buffered for a slow client. Text needs less; images that fill it get 1 MB/s at a latency of 200 ms. */
const STREAM_WINDOW_BYTES = 256 * 1024;
/** For all streams together. Node updates it as bytes arrive, read or not, so no slow client delays another. */
const CONNECTION_WINDOW_BYTES = 4 * 1024 * 1024;

/**
 * How long a connection with streams may be silent before a PING is sent, and again as long until it is closed: a model
 * may think for minutes, but the other side's HTTP/2 implementation acknowledges a PING at once. A dead connection is
 * thus detected after 30 to 45 s, with all its streams, not after IDLE_TIMEOUT. Not shorter: a network that fails for
 * some seconds recovers, and providers close connections that ping too often (`ENHANCE_YOUR_CALM`).
 */
const QUIET_MS = 15_000;
/**
 * For a request to leave a connection that was used before. After an error of the protocol between two responses, Node's
 * HTTP/2 implementation sends nothing more and reports nothing, so that a request would wait for the PING in vain.
 */
const UNSENT_MS = 1_000;
/** For a response's headers, in addition to `maxHeaderListSize` (64 KB): Node's 128 is less than HTTP/1.1 allows. */
const MAX_HEADER_PAIRS = 4_096;

/** RFC 9113 §7 */
const REFUSED_STREAM = 0x7;
const HTTP_1_1_REQUIRED = 0xd;

/** One connection to a provider, which requests share over HTTP/2 (RFC 9113) if the provider selects it. */
export class Http2Connection {
  /** Whether the provider supports HTTP/2, for all requests so far; `undefined` while that is not known. */
  offered: boolean | undefined;
  #streams = 0;
  #retired = false;
  #hasResponded = false;
  /** The last stream that the provider may process, once it has said so. */
  #lastStream = Infinity;
  #socket: TLSSocket | undefined;
  #session: ClientHttp2Session | undefined;
  /** Begins anew with the end of each stream. */
  #idle: NodeJS.Timeout | undefined;
  readonly #opening: Promise<ClientHttp2Session | undefined>;

  /** @param opened a TLS connection that negotiates the protocol */
  constructor(
    opened: Promise<TLSSocket>,
    idleMs: number,
    private readonly quietMs = QUIET_MS,
  ) {
    this.#opening = this.#open(opened, idleMs);
    this.#opening.catch(() => {
      this.#retired = true; // `send` reports the error
    });
  }

  /** Whether it takes no more requests; those in progress continue. */
  get retired(): boolean {
    return this.#retired;
  }

  get hasRoom(): boolean {
    const allowed = this.#session?.remoteSettings.maxConcurrentStreams ?? MAX_STREAMS;
    return !this.#retired && this.#streams < Math.min(MAX_STREAMS, allowed);
  }

  /**
   * Sends one request and waits for the head of its response.
   * @returns `undefined` if it has to be sent over HTTP/1.1
   * @throws NotProcessed, ProxyError `upstream-*`; the error of the connection; the reason that stops the exchange
   */
  async send(
    outbound: OutboundRequest,
    body: OutboundBody,
    exchange: SentFor,
  ): Promise<UpstreamResponse | undefined> {
    this.#streams++;
    let stream: ClientHttp2Stream | undefined;
    try {
      const session = await untilStopped(this.#opening, exchange);
      if (session && fits(body, session)) stream = begin(session, outbound);
    } finally {
      if (!stream) this.#streamClosed(exchange);
    }
    return stream && this.#responseTo(stream, body, exchange);
  }

  /** Takes no more requests, and closes once those in progress are over. */
  retire(): void {
    this.#retired = true;
    // Not while any is in progress: a session that is closing sends no PING.
    if (this.#streams === 0) this.#session?.close();
  }

  async #open(opened: Promise<TLSSocket>, idleMs: number): Promise<ClientHttp2Session | undefined> {
    const socket = await opened;
    this.offered = socket.alpnProtocol === 'h2';
    if (!this.offered) {
      socket.destroy();
      return undefined;
    }
    // Loaded when first needed: most instances never have so many streams.
    const http2 = await import('node:http2');
    // The URL does not matter: the socket is connected already, and each request names its authority.
    const session = http2.connect('https://upstream', {
      createConnection: () => socket,
      settings: { enablePush: false, initialWindowSize: STREAM_WINDOW_BYTES },
      maxHeaderListPairs: MAX_HEADER_PAIRS,
    });
    const retire = () => {
      this.retire();
    };
    session
      .on('error', retire)
      .on('close', retire)
      .on('goaway', (_code: number, lastStream: number) => {
        this.#lastStream = lastStream;
        retire();
      });
    await new Promise<void>((resolve, reject) => {
      session.once('connect', resolve).once('close', () => {
        reject(new ProxyError('upstream-reset'));
      });
    });
    session.setLocalWindowSize(CONNECTION_WINDOW_BYTES);
    // Not the session's own timer: Node does not clear that of a destroyed session, and keeps it until then.
    const idle = setTimeout(() => {
      if (this.#streams === 0) retire();
    }, idleMs).unref();
    session.once('close', () => {
      clearTimeout(idle);
    });
    this.#idle = idle;
    this.#socket = socket;
    this.#session = session;
    this.#pingWhenSilent(session, socket);
    return session;
  }

  /** Compares the socket's own byte counter, so it costs nothing per frame. */
  #pingWhenSilent(session: ClientHttp2Session, socket: TLSSocket): void {
    let { bytesRead } = socket;
    let asked = false;
    const ticker = setInterval(() => {
      if (session.destroyed) return;
      const quiet = this.#streams > 0 && socket.bytesRead === bytesRead;
      ({ bytesRead } = socket);
      if (!quiet) asked = false;
      else if (!asked) asked = session.ping(() => undefined);
      else {
        this.#retired = true;
        session.destroy(new ProxyError('upstream-reset', { cause: new Error('no response to a PING') }));
      }
    }, this.quietMs).unref();
    session.once('close', () => {
      clearInterval(ticker);
    });
  }

  #responseTo(stream: ClientHttp2Stream, body: OutboundBody, exchange: SentFor): Promise<UpstreamResponse> {
    const used = this.#hasResponded;
    const readBefore = this.#socket?.bytesRead;
    const writtenBefore = this.#socket?.bytesWritten;
    const end = endOf(stream);
    const head = new Promise<UpstreamResponse>((resolve, reject) => {
      const giveUpUnsent = () => {
        if (this.#socket?.bytesWritten !== writtenBefore) return;
        reject(new NotProcessed(new Error('the connection sends nothing more')));
        if (this.#streams === 1) this.#session?.destroy();
        this.retire();
        abandon(stream);
      };
      const unsent = used ? setTimeout(giveUpUnsent, UNSENT_MS) : undefined;
      stream.on('response', (headers, _flags, rawHeaders?: readonly string[]) => {
        clearTimeout(unsent);
        this.#hasResponded = true;
        resolve(responseFrom(stream, headers, rawHeaders ?? [], end));
      });
      const failed = (cause?: Error) => {
        if (stream.rstCode === HTTP_1_1_REQUIRED) this.offered = false;
        const refused = stream.rstCode === REFUSED_STREAM || stream.rstCode === HTTP_1_1_REQUIRED;
        const isUnprocessed = used && this.#socket?.bytesRead === readBefore;
        // RFC 9113 §6.8: streams behind the last one of a GOAWAY are not processed, whatever its error code is.
        const isBehindLast = (stream.id ?? Infinity) > this.#lastStream;
        if (refused || isUnprocessed || isBehindLast) reject(new NotProcessed(cause));
        else reject(failureOf(cause));
      };
      // These stay: after the response's head the response reports errors.
      stream.on('error', failed).on('close', () => {
        clearTimeout(unsent);
        failed();
        this.#streamClosed(exchange);
      });
      exchange.onStop((reason) => {
        reject(reason);
        if (isSilence(reason)) this.retire();
        abandon(stream);
      });
    });
    body.sendTo(stream); // outside the promise, so that no listener keeps the body as long as the response streams
    return head;
  }

  #streamClosed(exchange: SentFor): void {
    this.#streams--;
    this.#idle?.refresh();
    if (this.#retired) this.retire();
    // A slow model cannot be distinguished from a dead connection: new requests must not use this one.
    if (isSilence(exchange.failure)) this.retire();
  }
}

function isSilence(failure: unknown): boolean {
  return failure instanceof ProxyError && /^(?:upstream|idle)-timeout$/.test(failure.code);
}

function failureOf(cause: Error | undefined): Error {
  return cause ? asOpenConnectionFailure(cause) : new ProxyError('upstream-reset', { cause });
}

/** Waits for a connection, but not longer than the exchange lasts. */
function untilStopped<T>(awaited: Promise<T>, exchange: SentFor): Promise<T> {
  return new Promise((resolve, reject) => {
    const isOver = exchange.onStop(reject);
    awaited.then(resolve, reject).finally(isOver);
  });
}
