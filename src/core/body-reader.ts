import type { IncomingMessage } from 'node:http';
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
 * Reads a whole body, up to `maxBytes`, once there is memory for it.
 * @throws ProxyError `body-too-large`, `too-busy`, and whatever stops the exchange meanwhile
 */
export function readWhole(exchange: Exchange, options: ReadOptions): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    new Reading(exchange, options, resolve, reject).begin();
  });
}

/** One body on its way into memory. */
class Reading {
  readonly #request: IncomingMessage;
  readonly #pieces: Pieces;
  readonly #start: () => void;
  #stopWaiting: (() => void) | undefined;

  constructor(
    exchange: Exchange,
    private readonly options: ReadOptions,
    private readonly resolve: (bytes: Buffer) => void,
    private readonly reject: (reason: ProxyError | CallerLeft) => void,
  ) {
    this.#request = exchange.request;
    const { framing } = options;
    this.#pieces = typeof framing === 'object' ? new KnownLength(framing.contentLength) : new UnknownLength();
    this.#start = () => {
      askForBody(exchange);
      options.share.startReading();
      this.#request.on('data', this.#onData).on('end', this.#onEnd).on('error', this.#onError);
    };
    exchange.onStop((reason) => {
      this.#fail(reason);
    });
  }

  begin(): void {
    const claim = this.#pieces.missingBytes;
    if (this.options.share.take(claim)) this.#start();
    else this.#waitFor(claim, claim, this.#start);
  }

  #waitFor(bytes: number, ofBytes: number, go: () => void): void {
    this.#stopWaiting = this.options.share.wait(bytes, ofBytes, (failure) => {
      this.#stopWaiting = undefined;
      if (failure) this.#fail(failure);
      else go();
    });
  }

  readonly #onData = (chunk: Buffer): void => {
    const { share, maxBytes } = this.options;
    this.#pieces.add(chunk);
    wentBy(chunk.length);
    if (this.#pieces.bytes > maxBytes) {
      this.#fail(new ProxyError('body-too-large'));
      return;
    }
    if (share.fill(chunk.length * this.#pieces.copies, this.#pieces.aheadBytes)) return;
    // More has come than was claimed: of an unknown length, or what was claimed for it went to others, since it came slowly.
    this.#request.pause();
    share.stopReading();
    const missing = this.#pieces.missingBytes;
    this.#waitFor(missing, share.filledBytes + missing, () => {
      share.startReading();
      this.#request.resume();
    });
  };

  readonly #onEnd = (): void => {
    this.#stop();
    const bytes = this.#pieces.whole();
    this.options.share.shrinkTo(bytes.length);
    this.resolve(bytes);
  };

  readonly #onError = (cause: Error): void => {
    this.#fail(new ProxyError('bad-request', { cause }));
  };

  #fail(reason: ProxyError | CallerLeft): void {
    this.#stop();
    this.#pieces.clear();
    this.options.share.release();
    this.reject(reason);
  }

  /** The request lives for as long as its answer streams, and would keep the body with these. */
  #stop(): void {
    this.#request.off('data', this.#onData).off('end', this.#onEnd).off('error', this.#onError);
    this.options.share.stopReading();
    this.#stopWaiting?.();
    this.#stopWaiting = undefined;
  }
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
