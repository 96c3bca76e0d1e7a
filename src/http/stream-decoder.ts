import type { Transform } from 'node:stream';
import type * as zlibModule from 'node:zlib';
import { codingsOf, decodeOne, isZlib } from './decode-body';

type Zlib = typeof zlibModule;

/** Compressed bytes are collected, so that small chunks are not decoded one by one. */
const BATCH_BYTES = 8_192;
/** How much a response may grow: what is more is a bomb, or too long to be worth it. */
const MAX_DECODED_BYTES = 64 * 1024 * 1024;
const MAX_DECODED_AT_ONCE_BYTES = 1024 * 1024;
/** How much may wait to be decoded. */
const MAX_WAITING_BYTES = 1024 * 1024;

let zlib: Zlib | undefined;

/** Loaded with the first compressed response: not needed at the start. */
export async function loadZlib(): Promise<Zlib> {
  return (zlib ??= await import('node:zlib'));
}

/**
 * The decoder of a response; `undefined` if it is not encoded.
 * @param contentEncoding the header's value, in any case; '' if there is none
 * @param sink takes the decoded bytes
 */
export function decoderOf(contentEncoding: string, sink: (bytes: Buffer) => void): Decoder | undefined {
  const coding = codingsOf(contentEncoding).join(',');
  return coding === '' ? undefined : new Decoder(coding, sink);
}

/**
 * Decodes a copy of a compressed response beside the stream, which it never delays. A short one is decoded when it is
 * over, at once; a longer one by the part, in another thread.
 */
export class Decoder {
  #batch: Buffer | undefined;
  #batchBytes = 0;
  #stream: Transform | undefined;
  #decodedBytes = 0;
  #hasFailed = false;

  /**
   * @param coding the response's one `Content-Encoding`, in lower case
   * @param sink takes the decoded bytes
   */
  constructor(
    private readonly coding: string,
    private readonly sink: (bytes: Buffer) => void,
  ) {
    void loadZlib();
  }

  /** Whether what was decoded is not all that there was. */
  get hasFailed(): boolean {
    return this.#hasFailed;
  }

  push(chunk: Buffer): void {
    if (this.#hasFailed) return;
    if (this.#batchBytes + chunk.length > BATCH_BYTES) {
      this.#flush();
      if (chunk.length > BATCH_BYTES) {
        this.#write(chunk);
        return;
      }
    }
    this.#batch ??= Buffer.allocUnsafeSlow(BATCH_BYTES);
    this.#batch.set(chunk, this.#batchBytes);
    this.#batchBytes += chunk.length;
  }

  /** Gives the rest to the sink; also that of a response which is incomplete. */
  finish(): void | Promise<void> {
    const rest = this.#batch?.subarray(0, this.#batchBytes);
    if (this.#hasFailed) return;
    if (this.#stream === undefined) {
      if (rest === undefined) return;
      if (zlib === undefined) return loadZlib().then((loaded) => this.#decodeAtOnce(loaded, rest));
      this.#decodeAtOnce(zlib, rest);
      return;
    }
    const stream = this.#stream;
    return new Promise((resolve) => {
      stream.once('close', resolve);
      stream.end(rest);
    });
  }

  /** Stops what is under way. */
  release(): void {
    this.#stream?.destroy();
    this.#batch = undefined;
  }

  #flush(): void {
    if (this.#batch === undefined || this.#batchBytes === 0) return;
    const batch = this.#batch.subarray(0, this.#batchBytes);
    this.#batch = undefined; // the stream reads it later
    this.#batchBytes = 0;
    this.#write(batch);
  }

  #write(bytes: Buffer): void {
    this.#stream ??= this.#open(bytes);
    if (!this.#stream || this.#stream.writableLength > MAX_WAITING_BYTES) this.#fail();
    else this.#stream.write(bytes);
  }

  #open(first: Buffer): Transform | undefined {
    const stream = zlib && streamFor(zlib, this.coding, first);
    stream?.on('data', (bytes: Buffer) => {
      this.#decodedBytes += bytes.length;
      if (this.#decodedBytes > MAX_DECODED_BYTES) this.#fail();
      else this.sink(bytes);
    });
    stream?.on('error', () => {
      this.#fail();
    });
    return stream;
  }

  #fail(): void {
    this.#hasFailed = true;
    this.release();
  }

  #decodeAtOnce(loaded: Zlib, bytes: Buffer): void {
    try {
      const decoded = decodeOne(loaded, this.coding, bytes, {
        maxOutputLength: MAX_DECODED_AT_ONCE_BYTES,
        isPart: true,
      });
      if (decoded) this.sink(decoded);
      else this.#hasFailed = true;
    } catch {
      this.#hasFailed = true;
    }
  }
}

/** Not in the types of Node 20, whose zlib lacks it. */
interface WithZstd {
  readonly createZstdDecompress?: () => Transform;
}

/** The stream that removes one coding; `undefined` if this Node has none. @param first its first two bytes, at least */
export function streamFor(loaded: Zlib, coding: string, first: Buffer): Transform | undefined {
  const { Z_SYNC_FLUSH, BROTLI_OPERATION_FLUSH } = loaded.constants;
  const part = { finishFlush: Z_SYNC_FLUSH };
  switch (coding) {
    case 'gzip':
    case 'x-gzip':
      return loaded.createGunzip(part);
    case 'deflate':
      return isZlib(first) ? loaded.createInflate(part) : loaded.createInflateRaw(part);
    case 'br':
      return loaded.createBrotliDecompress({ finishFlush: BROTLI_OPERATION_FLUSH });
    case 'zstd':
      return (loaded as Zlib & WithZstd).createZstdDecompress?.();
    default:
      return undefined;
  }
}
