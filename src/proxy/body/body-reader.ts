import { ProxyError, type ClientDisconnected } from '../../errors/proxy-error';
import { askForBody } from './body';
import { free, countBytes } from '../exchange/buffer-gc';
import type { BodyShare } from './body-share';
import { inTurn, usesUpTurn } from './body-turns';
import { SmallChunks } from './small-chunks';
import type { Exchange } from '../exchange/exchange';
import type { Framing } from '../../http/filter-headers';

/** How much of a body of unknown length is read at first, and then with each claim. */
const FIRST_BYTES = 64 * 1024;
const STEP_BYTES = 1024 * 1024;
/** As many of these as an instance has requests delay nobody, and pausing them costs a twentieth of their CPU. */
const MAX_UNPAUSED_BYTES = 256 * 1024;

export interface ReadOptions {
  readonly framing: Framing;
  readonly maxBytes: number;
  /** The request's share of the memory for bodies, where its bytes are counted. */
  readonly share: BodyShare;
}

/**
 * Reads a whole body, up to `maxBytes`, once there is memory for it. Closures, not a class: V8 soon allocates instances
 * of such a class in the old generation, where each keeps its finished request until the next major collection (a tenth
 * of a short chat's CPU).
 * @throws ProxyError `body-too-large`, `too-busy`, and the reason that stops the exchange meanwhile
 */
export function readWhole(exchange: Exchange, options: ReadOptions): Promise<Buffer> {
  const { framing, maxBytes, share } = options;
  const { request } = exchange;
  const pieces: Pieces =
    typeof framing === 'object' ? new KnownLength(framing.contentLength) : new UnknownLength();
  const takesTurns = typeof framing !== 'object' || framing.contentLength > MAX_UNPAUSED_BYTES;
  return new Promise((resolve, reject) => {
    let stopWaiting: (() => void) | undefined;
    let isReading = false;

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
      isReading = true;
      request.on('data', onData).on('end', onEnd).on('error', onError);
    };
    const onData = (chunk: Buffer) => {
      pieces.add(chunk);
      countBytes(2 * chunk.length); // the chunk, and its copy in the whole
      if (pieces.bytes > maxBytes) fail(new ProxyError('body-too-large'));
      else if (!share.fill(chunk.length * pieces.copies, pieces.aheadBytes)) waitForMore();
      else if (takesTurns && usesUpTurn(chunk.length)) waitForTurn(chunk.length);
    };
    const waitForTurn = (bytes: number) => {
      request.pause();
      inTurn(bytes, () => {
        if (isReading && stopWaiting === undefined) request.resume();
      });
    };
    /** More was received than was claimed: the length is unknown, or the body was slow and its claim went to others. */
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
      isOver();
      stop();
      const bytes = pieces.whole();
      share.shrinkTo(bytes.length);
      resolve(bytes);
    };
    const onError = (cause: Error) => {
      fail(new ProxyError('bad-request', { cause }));
    };
    const fail = (reason: ProxyError | ClientDisconnected) => {
      stop();
      pieces.clear();
      share.release();
      reject(reason);
    };
    /** The request object lives as long as its response streams, and these listeners would keep the body alive. */
    const stop = () => {
      isReading = false;
      request.off('data', onData).off('end', onEnd).off('error', onError);
      share.stopReading();
      stopWaiting?.();
      stopWaiting = undefined;
    };

    const isOver = exchange.onStop(fail);
    if (exchange.failure) return;
    const claim = pieces.missingBytes;
    if (share.take(claim)) start();
    else waitFor(claim, claim, start);
  });
}

/** The received part of a body. */
interface Pieces {
  readonly bytes: number;
  /** Bytes that still have to be claimed for it. */
  readonly missingBytes: number;
  /** Bytes that are claimed beyond those received. */
  readonly aheadBytes: number;
  /** How many copies of its bytes are in memory at the end. */
  readonly copies: number;
  add(chunk: Buffer): void;
  whole(): Buffer;
  clear(): void;
}

/** Chunks are copied to their place as they are received, so they and the whole are never in memory together. */
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
  readonly #small = new SmallChunks((bytes) => this.#chunks.push(bytes));

  get missingBytes(): number {
    return this.bytes === 0 ? 2 * FIRST_BYTES : this.aheadBytes;
  }

  add(chunk: Buffer): void {
    if (this.bytes === 0)
      this.#chunks.push(chunk); // mostly the only one
    else this.#small.add(chunk);
    this.bytes += chunk.length;
  }

  whole(): Buffer {
    this.#small.flush();
    const [only] = this.#chunks;
    const whole = this.#chunks.length === 1 && only ? only : Buffer.concat(this.#chunks, this.bytes);
    if (whole !== only) countBytes(this.bytes);
    this.#chunks = [];
    return whole;
  }

  clear(): void {
    this.#small.flush();
    this.#chunks = [];
  }
}
