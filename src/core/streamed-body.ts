import type { Writable } from 'node:stream';
import { ProxyError } from '../errors';
import type { OutboundBody } from './body';
import { wentBy } from './body-garbage';
import type { BodyShare } from './body-share';
import type { Exchange } from './exchange';
import type { Framing } from './headers';
import { droppedMeanwhile } from './whole-body';

/**
 * A body that nobody transforms: each chunk goes upstream as it comes, at the upstream's pace. What has come so far
 * is kept while it is small, so that a second attempt can begin at the beginning and go on with what still comes.
 */
export class StreamedBody implements OutboundBody {
  readonly framing: Framing;
  readonly needsFreshSocket: boolean;
  #kept: Buffer[] | undefined = [];
  #bytes = 0;
  #ended = false;
  #upstream: Writable | undefined;

  constructor(
    private readonly exchange: Exchange,
    private readonly maxBytes: number,
    framing: Framing,
    private readonly maxKeptBytes: number,
    /** Counts what is kept. */
    private readonly share: BodyShare,
  ) {
    this.framing = framing;
    this.needsFreshSocket = typeof framing !== 'object' || framing.contentLength > maxKeptBytes;
  }

  get replayable(): boolean {
    return this.#kept !== undefined;
  }

  sendTo(upstream: Writable): void {
    const first = this.#upstream === undefined;
    if (!first && !this.#kept) {
      upstream.destroy(droppedMeanwhile());
      return;
    }
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
    if (this.#kept) this.#keep(chunk, this.#kept);
    if (!upstream.write(chunk)) this.exchange.request.pause();
  }

  #keep(chunk: Buffer, kept: Buffer[]): void {
    if (this.#bytes <= this.maxKeptBytes && this.share.take(chunk.length, this.#bytes)) {
      kept.push(chunk);
      this.share.maySpare(this.#dropKept);
    } else this.letGo();
  }
}
