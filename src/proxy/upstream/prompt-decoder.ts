import type { Transform } from 'node:stream';
import { loadZlib, streamFor } from '../../http/stream-decoder';

export interface PromptDecoderEvents {
  /** Takes the decoded bytes. */
  onBytes(bytes: Buffer): void;
  /** Nothing more is decoded: the coding is not supported, or the bytes are not valid in it. */
  onFailure(): void;
}

/**
 * Decodes the beginning of a compressed response as its chunks come, for what must be known before it is over. Its user
 * limits how much is decoded.
 */
export class PromptDecoder {
  #stream: Transform | undefined;
  /** Too few bytes to tell the two forms of `deflate` apart. */
  #held: Buffer = Buffer.alloc(0);

  private constructor(
    private readonly zlib: Awaited<ReturnType<typeof loadZlib>>,
    private readonly coding: string,
    private readonly events: PromptDecoderEvents,
  ) {}

  /** @param coding the response's one `Content-Encoding`, in lower case */
  static async open(coding: string, events: PromptDecoderEvents): Promise<PromptDecoder> {
    return new PromptDecoder(await loadZlib(), coding, events);
  }

  push(chunk: Buffer): void {
    if (this.#stream) {
      if (!this.#stream.destroyed) this.#stream.write(chunk);
      return;
    }
    this.#held = this.#held.length === 0 ? chunk : Buffer.concat([this.#held, chunk]);
    if (this.#held.length < 2) return;
    this.#stream = streamFor(this.zlib, this.coding, this.#held);
    if (!this.#stream) {
      this.events.onFailure();
      return;
    }
    this.#stream.on('data', (bytes: Buffer) => {
      this.events.onBytes(bytes);
    });
    this.#stream.on('error', () => {
      this.events.onFailure();
    });
    this.#stream.write(this.#held);
  }

  /** Resolves when all that was pushed is decoded. */
  finish(): Promise<void> {
    const stream = this.#stream;
    if (!stream || stream.closed) return Promise.resolve();
    return new Promise((resolve) => {
      stream.once('close', resolve);
      stream.end();
    });
  }

  /** Nothing is decoded any more. */
  release(): void {
    this.#stream?.destroy();
  }
}
