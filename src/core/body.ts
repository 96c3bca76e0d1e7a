import type { IncomingMessage } from 'node:http';
import type { Writable } from 'node:stream';
import { ProxyError } from '../errors';
import { wentBy } from './body-garbage';
import type { Exchange } from './exchange';
import type { Framing } from './headers';

/**
 * Up to this size a body that streams through is also kept, so that the request can be sent again when a socket
 * turns out to be dead. Buffers are kept, not copied.
 */
export const MAX_KEPT_BYTES = 256 * 1024;

/** A request body on its way upstream; it can be sent again as long as `replayable` holds. */
export interface OutboundBody {
  readonly framing: Framing;
  readonly replayable: boolean;
  /** Sends the body from its beginning to `upstream`, and ends that. */
  sendTo(upstream: Writable): void;
  /** It is not sent again: what was kept for that is let go. */
  letGo(): void;
}

export const NO_BODY: OutboundBody = {
  framing: 'none',
  replayable: true,
  sendTo: (upstream) => upstream.end(),
  letGo: () => undefined,
};

/** How the inbound body is delimited; 'none' where there is none (RFC 9112 §6.3). */
export function inboundFraming(request: IncomingMessage): Framing {
  if (request.headers['transfer-encoding'] !== undefined) return 'chunked';
  const length = request.headers['content-length'];
  if (length !== undefined) return { contentLength: Number(length) };
  // Node writes `Transfer-Encoding: chunked` for these where nothing is said, and some servers want a length.
  return /^(?:POST|PUT|PATCH)$/.test(request.method ?? '') ? { contentLength: 0 } : 'none';
}

/** @throws ProxyError `body-too-large` where the declared length alone says so */
export function refuseTooLarge(framing: Framing, maxBytes: number): void {
  if (typeof framing === 'object' && framing.contentLength > maxBytes) throw new ProxyError('body-too-large');
}

/** A client that waits for leave to send its body (curl does from 1 MB on) gets it only once the body is wanted. */
export function askForBody(exchange: Exchange): void {
  if (/^100-continue$/i.test(exchange.request.headers.expect ?? '')) exchange.response.writeContinue();
}

/**
 * Reads a whole body, up to `maxBytes`.
 * @throws ProxyError `body-too-large`, and whatever stops the exchange meanwhile
 */
export function readWhole(exchange: Exchange, maxBytes: number): Promise<Buffer> {
  const { request } = exchange;
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let bytes = 0;
    exchange.onStop(reject);
    const onData = (chunk: Buffer) => {
      bytes += chunk.length;
      if (bytes > maxBytes) {
        request.off('data', onData);
        reject(new ProxyError('body-too-large'));
        return;
      }
      chunks.push(chunk);
      wentBy(2 * chunk.length); // the pieces, and the whole of them
    };
    const onEnd = () => {
      // The request lives for as long as its answer streams, and would keep the body with these.
      request.off('data', onData).off('end', onEnd).off('error', onError);
      resolve(chunks.length === 1 && chunks[0] ? chunks[0] : Buffer.concat(chunks, bytes));
    };
    const onError = (cause: Error) => {
      reject(new ProxyError('bad-request', { cause }));
    };
    request.on('data', onData).on('end', onEnd).on('error', onError);
  });
}

/** A body that was read whole; chunked stays chunked. */
export function wholeBody(bytes: Buffer, inbound: Framing, maxReplayBytes = Infinity): OutboundBody {
  return {
    framing: inbound === 'chunked' ? inbound : { contentLength: bytes.length },
    replayable: bytes.length <= maxReplayBytes,
    sendTo: (upstream) => upstream.end(bytes),
    letGo: () => undefined, // nothing but this object has them
  };
}

/**
 * A body that nobody transforms: each chunk goes upstream as it comes, at the upstream's pace. What has come so far
 * is kept while it is small, so that a second attempt can begin at the beginning and go on with what still comes.
 */
export class StreamedBody implements OutboundBody {
  readonly framing: Framing;
  #kept: Buffer[] | undefined = [];
  #bytes = 0;
  #ended = false;
  #upstream: Writable | undefined;

  constructor(
    private readonly exchange: Exchange,
    private readonly maxBytes: number,
    framing: Framing,
    private readonly maxKeptBytes = MAX_KEPT_BYTES,
  ) {
    this.framing = framing;
  }

  get replayable(): boolean {
    return this.#kept !== undefined;
  }

  sendTo(upstream: Writable): void {
    const first = this.#upstream === undefined;
    this.#upstream = upstream;
    const { request, response } = this.exchange;
    // 'close' too: an upstream that has answered and stopped reading must not leave the caller's upload stuck.
    upstream.on('drain', () => request.resume()).on('close', () => request.resume());
    // Once the answer is over nobody waits for the rest of the upload; its socket would wait for ever.
    response.once('close', () => {
      if (!upstream.writableFinished) upstream.destroy();
    });
    for (const chunk of this.#kept ?? []) upstream.write(chunk);
    if (this.#ended) upstream.end();
    else if (first) this.#start();
    else request.resume();
  }

  letGo(): void {
    this.#kept = undefined;
  }

  #start(): void {
    const { request } = this.exchange;
    request.on('data', (chunk: Buffer) => {
      this.#take(chunk);
    });
    request.on('end', () => {
      this.#ended = true;
      this.#upstream?.end();
    });
    request.on('error', (cause) => {
      this.exchange.stop(new ProxyError('bad-request', { cause }));
    });
  }

  #take(chunk: Buffer): void {
    const upstream = this.#upstream;
    // An upstream that has answered already may stop reading; the rest is drained, the answer counts.
    if (upstream === undefined || upstream.destroyed || this.exchange.failure) return;
    this.#bytes += chunk.length;
    wentBy(chunk.length);
    if (this.#bytes > this.maxBytes) {
      this.exchange.stop(new ProxyError('body-too-large'));
      return;
    }
    if (this.#bytes > this.maxKeptBytes) this.#kept = undefined;
    this.#kept?.push(chunk);
    if (!upstream.write(chunk)) this.exchange.request.pause();
  }
}
