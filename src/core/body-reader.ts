import { ProxyError, type CallerLeft } from '../errors';
import { askForBody } from './body';
import { free, wentBy } from './body-garbage';
import type { BodyShare } from './body-share';
import type { Exchange } from './exchange';
import type { Framing } from './headers';

/** How far a body of unknown length is read at first, and then with each claim. */
const FIRST_BYTES = 64 * 1024;
const STEP_BYTES = 1024 * 1024;

export interface ReadOptions {
  readonly framing: Framing;
  readonly maxBytes: number;
  /** Its part of the memory for bodies; what the body takes is counted there. */
  readonly share: BodyShare;
}

/**
 * Reads a whole body, up to `maxBytes`, once there is memory for it. Closures, not an object of a class: V8 soon
 * allocates such objects among the old ones, where each keeps its dead request until the next major collection (a
 * tenth of a short chat's CPU).
 * @throws ProxyError `body-too-large`, `too-busy`, and whatever stops the exchange meanwhile
 */
export function readWhole(exchange: Exchange, options: ReadOptions): Promise<Buffer> {
  const { framing, maxBytes, share } = options;
  const { request } = exchange;
  const pieces: Pieces =
    typeof framing === 'object' ? new KnownLength(framing.contentLength) : new UnknownLength();
  return new Promise((resolve, reject) => {
    let stopWaiting: (() => void) | undefined;

    const waitFor = (bytes: number, ofBytes: number, go: () => void) => {
      stopWaiting = share.wait(bytes, ofBytes, (failure) => {
        stopWaiting = undefined;
        if (failure) fail(failure);
        else go();
      });
    };
    const start = () => {
      askForBody(exchange);
      share.startReading();
      request.on('data', onData).on('end', onEnd).on('error', onError);
    };
    const onData = (chunk: Buffer) => {
      pieces.add(chunk);
      wentBy(2 * chunk.length); // the piece, and its copy in the whole
      if (pieces.bytes > maxBytes) fail(new ProxyError('body-too-large'));
      else if (!share.fill(chunk.length * pieces.copies, pieces.aheadBytes)) waitForMore();
    };
    /** More has come than was claimed: of an unknown length, or it came slowly, and the claim went to others. */
    const waitForMore = () => {
      request.pause();
      share.stopReading();
      const missing = pieces.missingBytes;
      waitFor(missing, share.filledBytes + missing, () => {
        share.startReading();
        request.resume();
      });
    };
    const onEnd = () => {
      stop();
      const bytes = pieces.whole();
      share.shrinkTo(bytes.length);
      resolve(bytes);
    };
    const onError = (cause: Error) => {
      fail(new ProxyError('bad-request', { cause }));
    };
    const fail = (reason: ProxyError | CallerLeft) => {
      stop();
      pieces.clear();
      share.release();
      reject(reason);
    };
    /** The request lives for as long as its answer streams, and would keep the body with these. */
    const stop = () => {
      request.off('data', onData).off('end', onEnd).off('error', onError);
      share.stopReading();
      stopWaiting?.();
      stopWaiting = undefined;
    };

    exchange.onStop(fail);
    if (exchange.failure) return;
    const claim = pieces.missingBytes;
    if (share.take(claim)) start();
    else waitFor(claim, claim, start);
  });
}

/** What has come of a body. */
interface Pieces {
  readonly bytes: number;
  /** What is still to be claimed for it. */
  readonly missingBytes: number;
  /** How much is claimed beyond what has come. */
  readonly aheadBytes: number;
  /** How often its bytes are in memory at the end. */
  readonly copies: number;
  add(chunk: Buffer): void;
  whole(): Buffer;
  clear(): void;
}

/** Copied to its place as it comes: pieces and the whole of them are never both there. */
class KnownLength implements Pieces {
  readonly copies = 1;
  readonly aheadBytes = 0;
  bytes = 0;
  #whole: Buffer | undefined;

  constructor(private readonly length: number) {}

  get missingBytes(): number {
    return this.length - this.bytes;
  }

  add(chunk: Buffer): void {
    if (chunk.length === this.length) this.#whole = chunk;
    else {
      this.#whole ??= Buffer.allocUnsafeSlow(this.length);
      chunk.copy(this.#whole, this.bytes);
    }
    this.bytes += chunk.length;
  }

  whole(): Buffer {
    const whole = this.#whole ?? Buffer.alloc(0);
    this.#whole = undefined;
    return whole;
  }

  clear(): void {
    if (this.#whole) free(this.#whole);
    this.#whole = undefined;
  }
}

class UnknownLength implements Pieces {
  readonly copies = 2;
  readonly aheadBytes = 2 * STEP_BYTES;
  bytes = 0;
  #chunks: Buffer[] = [];

  get missingBytes(): number {
    return this.bytes === 0 ? 2 * FIRST_BYTES : this.aheadBytes;
  }

  add(chunk: Buffer): void {
    this.#chunks.push(chunk);
    this.bytes += chunk.length;
  }

  whole(): Buffer {
    const [only] = this.#chunks;
    const whole = this.#chunks.length === 1 && only ? only : Buffer.concat(this.#chunks, this.bytes);
    if (whole !== only) wentBy(this.bytes);
    this.#chunks = [];
    return whole;
  }

  clear(): void {
    this.#chunks = [];
  }
}
