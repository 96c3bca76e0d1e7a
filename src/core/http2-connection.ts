import type { ClientHttp2Session, ClientHttp2Stream } from 'node:http2';
import type { TLSSocket } from 'node:tls';
import { ProxyError, asUpstreamFailure, errorCode } from '../errors';
import { NotTaken, abandon, type UpstreamAnswer } from './answer';
import type { OutboundBody } from './body';
import type { Exchange } from './exchange';
import { answerOn, begin, endOf, fits } from './http2-stream';
import type { Outbound } from './outbound';

/** Streams at once: so many are lost with a connection that breaks, and wait behind a packet that is lost. */
const MAX_STREAMS = 32;
/** What may come ahead of a slow caller. Text needs less; images that fill it go at a megabyte a second over 200 ms. */
const STREAM_WINDOW_BYTES = 256 * 1024;
/** Of all streams together. Node gives it back as bytes come, whoever reads them, so no slow caller holds up another. */
const CONNECTION_WINDOW_BYTES = 4 * 1024 * 1024;

/**
 * How long nothing comes on a connection with streams before it is asked whether it is alive, and again so long until
 * it is given up: a model may think for minutes, but a PING is answered by the other side's HTTP/2 itself. A connection
 * that died silently is thus known after 30 to 45 s, with all its streams, not after IDLE_TIMEOUT. Not shorter: a line
 * that fails for some seconds comes back, and providers end connections that ping too often (`ENHANCE_YOUR_CALM`).
 */
const QUIET_MS = 15_000;
/** Of a response's headers, beside `maxHeaderListSize` (64 KB): Node's 128 would fail what HTTP/1.1 lets pass. */
const MAX_HEADER_PAIRS = 4_096;

/** RFC 9113 §7 */
const REFUSED_STREAM = 0x7;
const HTTP_1_1_REQUIRED = 0xd;

/** One connection to a provider, which requests share over HTTP/2 (RFC 9113) if the provider chooses that. */
export class Http2Connection {
  /** Whether the provider speaks HTTP/2, and for whatever was asked; undefined while that is not known. */
  offered: boolean | undefined;
  #streams = 0;
  #retired = false;
  #answered = false;
  #socket: TLSSocket | undefined;
  #session: ClientHttp2Session | undefined;
  readonly #opening: Promise<ClientHttp2Session | undefined>;

  /** @param opened a TLS connection that negotiates the protocol */
  constructor(
    opened: Promise<TLSSocket>,
    idleMs: number,
    private readonly quietMs = QUIET_MS,
  ) {
    this.#opening = this.#open(opened, idleMs);
    this.#opening.catch(() => {
      this.#retired = true; // who waits for it is told
    });
  }

  /** Whether it takes no more requests; those that run go on. */
  get retired(): boolean {
    return this.#retired;
  }

  get hasRoom(): boolean {
    const allowed = this.#session?.remoteSettings.maxConcurrentStreams ?? MAX_STREAMS;
    return !this.#retired && this.#streams < Math.min(MAX_STREAMS, allowed);
  }

  /**
   * Sends one request and waits for the head of its answer.
   * @returns undefined where it has to go over HTTP/1.1
   * @throws NotTaken, ProxyError `upstream-*`; what the connecting fails with; whatever stops the exchange meanwhile
   */
  async send(
    outbound: Outbound,
    body: OutboundBody,
    exchange: Exchange,
  ): Promise<UpstreamAnswer | undefined> {
    this.#streams++;
    let stream: ClientHttp2Stream | undefined;
    try {
      const session = await untilStopped(this.#opening, exchange);
      if (session && fits(body, session)) stream = begin(session, outbound);
    } finally {
      if (!stream) this.#left(exchange);
    }
    return stream && this.#answerTo(stream, body, exchange);
  }

  /** Takes no more requests, and closes once those that run are over. */
  retire(): void {
    this.#retired = true;
    // Not while any run: a session that is closing sends no PING.
    if (this.#streams === 0) this.#session?.close();
  }

  async #open(opened: Promise<TLSSocket>, idleMs: number): Promise<ClientHttp2Session | undefined> {
    const socket = await opened;
    this.offered = socket.alpnProtocol === 'h2';
    if (!this.offered) {
      socket.destroy();
      return undefined;
    }
    // Loaded when the first one comes: most instances never have so many streams.
    const http2 = await import('node:http2');
    // Where to does not matter: it is connected already, and each request names its authority.
    const session = http2.connect('https://upstream', {
      createConnection: () => socket,
      settings: { enablePush: false, initialWindowSize: STREAM_WINDOW_BYTES },
      maxHeaderListPairs: MAX_HEADER_PAIRS,
    });
    const retire = () => {
      this.retire();
    };
    session.on('error', retire).on('goaway', retire).on('close', retire);
    await new Promise<void>((resolve, reject) => {
      session.once('connect', resolve).once('close', () => {
        reject(new ProxyError('upstream-reset'));
      });
    });
    session.setLocalWindowSize(CONNECTION_WINDOW_BYTES);
    session.setTimeout(idleMs, () => {
      if (this.#streams === 0) retire();
    });
    this.#socket = socket;
    this.#session = session;
    this.#watchOver(session, socket);
    return session;
  }

  /** Compares a counter that is kept anyway, so no frame costs anything. */
  #watchOver(session: ClientHttp2Session, socket: TLSSocket): void {
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
        session.destroy(new ProxyError('upstream-reset', { cause: new Error('no answer to a PING') }));
      }
    }, this.quietMs).unref();
    session.once('close', () => {
      clearInterval(ticker);
    });
  }

  #answerTo(stream: ClientHttp2Stream, body: OutboundBody, exchange: Exchange): Promise<UpstreamAnswer> {
    const used = this.#answered;
    const readBefore = this.#socket?.bytesRead;
    const end = endOf(stream);
    const head = new Promise<UpstreamAnswer>((resolve, reject) => {
      stream.on('response', (headers, _flags, rawHeaders?: readonly string[]) => {
        this.#answered = true;
        resolve(answerOn(stream, headers, rawHeaders ?? [], end));
      });
      const failed = (cause?: Error) => {
        if (stream.rstCode === HTTP_1_1_REQUIRED) this.offered = false;
        const refused = stream.rstCode === REFUSED_STREAM || stream.rstCode === HTTP_1_1_REQUIRED;
        const unheard = used && this.#socket?.bytesRead === readBefore;
        if (refused || unheard) reject(new NotTaken(cause));
        else reject(failureOf(cause));
      };
      // These stay: after the answer's head it is the answer that reports.
      stream.on('error', failed).on('close', () => {
        failed();
        this.#left(exchange);
      });
      exchange.onStop((reason) => {
        reject(reason);
        abandon(stream);
      });
    });
    body.sendTo(stream); // out here, where no listener keeps the body for as long as the answer streams
    return head;
  }

  #left(exchange: Exchange): void {
    this.#streams--;
    if (this.#retired) this.retire();
    // Whether the model is slow or the connection is dead cannot be told: what comes next must not hang on it.
    const { failure } = exchange;
    if (failure instanceof ProxyError && /^(?:upstream|idle)-timeout$/.test(failure.code)) this.retire();
  }
}

/** On a connection that was there, a time-out is TCP's: the other side vanished, and may have begun to work. */
function failureOf(cause: Error | undefined): Error {
  return cause && errorCode(cause) !== 'ETIMEDOUT'
    ? asUpstreamFailure(cause)
    : new ProxyError('upstream-reset', { cause });
}

/** Waits for a connection no longer than the exchange goes on. */
function untilStopped<T>(awaited: Promise<T>, exchange: Exchange): Promise<T> {
  return new Promise((resolve, reject) => {
    exchange.onStop(reject);
    awaited.then(resolve, reject);
  });
}
