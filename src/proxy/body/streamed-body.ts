import { ProxyError } from '../../errors/proxy-error';
import { endUnfinished, type BodySink, type OutboundBody } from './body';
import { countBytes } from '../exchange/buffer-gc';
import type { BodyShare } from './body-share';
import type { Exchange } from '../exchange/exchange';
import type { Framing } from '../../http/filter-headers';
import { SmallChunks } from './small-chunks';
import { droppedMeanwhile } from './whole-body';

/**
 * A body without transforms: each chunk is sent upstream as it is received, at the upstream's pace. The received part is
 * kept while it is small, so that a second attempt can send it from the beginning and continue with the rest.
 */
export class StreamedBody implements OutboundBody {
  readonly framing: Framing;
  readonly needsFreshSocket: boolean;
  #kept: Buffer[] | undefined = [];
  #bytes = 0;
  #ended = false;
  #upstream: BodySink | undefined;
  /** Joins the chunks of one packet; `undefined` for a body of known length, which has no chunks. */
  readonly #small: SmallChunks | undefined;
  #isFlushing = false;

  constructor(
    private readonly exchange: Exchange,
    private readonly maxBytes: number,
    framing: Framing,
    private readonly maxKeptBytes: number,
    /** Counts the kept bytes. */
    private readonly share: BodyShare,
  ) {
    this.framing = framing;
    this.needsFreshSocket = typeof framing !== 'object' || framing.contentLength > maxKeptBytes;
    if (framing === 'chunked') this.#small = new SmallChunks(this.#pass);
  }

  get replayable(): boolean {
    return this.#kept !== undefined;
  }

  sendTo(upstream: BodySink): void {
    const first = this.#upstream === undefined;
    if (!first && !this.#kept) {
      upstream.destroy(droppedMeanwhile());
      return;
    }
    endUnfinished(this.#upstream);
    this.#upstream = upstream;
    const { request, response } = this.exchange;
    // 'close' too: the client's upload must not block after an upstream has responded and stopped reading.
    upstream.on('drain', () => request.resume());
    upstream.on('close', () => request.resume());
    // Once the response is over the rest of the upload is not needed; its socket would stay open without end.
    response.once('close', () => {
      if (!upstream.writableFinished) upstream.destroy();
    });
    for (const chunk of this.#kept ?? []) upstream.write(chunk);
    if (this.#ended) upstream.end();
    else if (first) this.#start();
    else request.resume();
  }

  release(): void {
    this.#kept = undefined;
    this.share.release();
  }

  readonly #dropKept = (): void => {
    this.#kept = undefined;
  };

  #start(): void {
    const { request } = this.exchange;
    request.on('data', (chunk: Buffer) => {
      this.#take(chunk);
    });
    request.on('end', () => {
      this.#flush();
      this.#ended = true;
      this.#upstream?.end();
    });
    request.on('error', (cause) => {
      this.exchange.stop(new ProxyError('bad-request', { cause }));
    });
  }

  #take(chunk: Buffer): void {
    const upstream = this.#upstream;
    if (upstream === undefined || this.exchange.failure) return;
    this.#bytes += chunk.length;
    countBytes(chunk.length);
    if (this.#bytes > this.maxBytes) {
      // An upstream that has responded may stop reading: the response stands.
      if (upstream.destroyed) this.release();
      else this.exchange.stop(new ProxyError('body-too-large'));
      return;
    }
    const small = this.#small;
    if (!small) {
      this.#pass(chunk);
      return;
    }
    small.add(chunk);
    if (small.bytes === 0 || this.#isFlushing) return;
    this.#isFlushing = true;
    setImmediate(this.#flush); // behind the last chunk of the packet
  }

  readonly #flush = (): void => {
    this.#isFlushing = false;
    this.#small?.flush();
  };

  readonly #pass = (bytes: Buffer): void => {
    const upstream = this.#upstream;
    if (upstream === undefined || this.exchange.failure) return;
    // Also if this upstream is gone: the rest is discarded only if there is no second attempt that sends it.
    if (this.#kept) this.#keep(bytes, this.#kept);
    if (!upstream.destroyed && !upstream.write(bytes)) this.exchange.request.pause();
  };

  #keep(chunk: Buffer, kept: Buffer[]): void {
    if (this.#bytes <= this.maxKeptBytes && this.share.take(chunk.length, this.#bytes)) {
      kept.push(chunk);
      this.share.allowDrop(this.#dropKept);
    } else this.release();
  }
}
