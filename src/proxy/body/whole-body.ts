import type { ServerResponse } from 'node:http';
import { ProxyError } from '../../errors/proxy-error';
import { endUnfinished, type BodySink, type OutboundBody } from './body';
import { free } from '../exchange/buffer-gc';
import type { BodyShare } from './body-share';
import type { Framing } from '../../http/filter-headers';
import { inTurn } from './body-turns';

/** TLS encrypts all of a write before it sends any of it, and has both in memory until then. */
const SLICE_BYTES = 256 * 1024;
const RETRY_AFTER_MS = 2_000;

export interface WholeBodyOptions {
  /** The framing of the client's request. */
  readonly inbound: Framing;
  /** Larger bodies are sent only once. */
  readonly maxReplayBytes: number;
  /** Counts the bytes. */
  readonly share: BodyShare;
  /** The client's response: once it is over, the rest of the upload is not needed. */
  readonly response: ServerResponse;
  /** Releases all other references to the bytes. */
  readonly onDropped: () => void;
}

/**
 * A body that was read whole; chunked stays chunked. Once it is sent it is only kept for a second attempt, and only as
 * long as other requests do not need the memory.
 */
export class WholeBody implements OutboundBody {
  readonly framing: Framing;
  readonly needsFreshSocket: boolean;
  #bytes: Buffer | undefined;
  #upstream: BodySink | undefined;
  #endsWithResponse = false;
  /** Whether all of it was sent upstream. */
  #sent = false;
  /** Whether it will not be sent again. */
  #final = false;

  constructor(
    bytes: Buffer,
    private readonly options: WholeBodyOptions,
  ) {
    this.#bytes = bytes;
    this.framing = options.inbound === 'chunked' ? options.inbound : { contentLength: bytes.length };
    this.needsFreshSocket = bytes.length > options.maxReplayBytes;
  }

  get replayable(): boolean {
    return this.#bytes !== undefined && !this.needsFreshSocket && !this.#final;
  }

  sendTo(upstream: BodySink): void {
    const bytes = this.#bytes;
    if (!bytes) {
      upstream.destroy(droppedMeanwhile());
      return;
    }
    this.options.share.keep();
    this.#sent = false;
    endUnfinished(this.#upstream);
    this.#upstream = upstream;
    upstream.on('finish', () => {
      if (this.#upstream === upstream) this.#onSent();
    });
    if (bytes.length <= SLICE_BYTES) upstream.end(bytes);
    else this.#sendInSlices(upstream);
  }

  release(): void {
    this.#final = true;
    if (this.#sent) this.#drop(); // else an upstream that responds early still reads it
  }

  /** Another body is sent in its place, after the requests with this one: its bytes stay counted, for that one. */
  replace(): void {
    this.options.share.keep();
    this.#upstream = undefined;
    this.#bytes = undefined;
  }

  #sendInSlices(upstream: BodySink): void {
    let at = 0;
    let isWaiting = false;
    const send = () => {
      if (isWaiting) return;
      isWaiting = true;
      inTurn(SLICE_BYTES, () => {
        isWaiting = false;
        const bytes = this.#bytes;
        if (!bytes || upstream.destroyed || upstream.writableEnded) return;
        const slice = bytes.subarray(at, at + SLICE_BYTES);
        at += SLICE_BYTES;
        if (at >= bytes.length) upstream.end(slice);
        else if (upstream.write(slice)) send();
      });
    };
    upstream.on('drain', send);
    if (!this.#endsWithResponse) {
      this.#endsWithResponse = true;
      this.options.response.once('close', () => {
        if (this.#upstream?.writableFinished === false) this.#upstream.destroy();
      });
    }
    send();
  }

  #onSent(): void {
    this.#sent = true;
    if (this.#final || this.needsFreshSocket) this.#drop();
    else {
      this.options.share.allowDrop(() => {
        this.#drop();
      });
    }
  }

  /** Only once it is sent. */
  #drop(): void {
    if (this.#bytes) free(this.#bytes);
    this.#bytes = undefined;
    this.options.onDropped();
    this.options.share.release();
  }
}

/** The body was dropped between two attempts, because other requests needed the memory. */
export function droppedMeanwhile(): ProxyError {
  return new ProxyError('too-busy', { retryAfterMs: RETRY_AFTER_MS });
}
