import { FIRST_CONTROL_OPCODE, MAX_HEADER_BYTES, frameHeader } from '../../meter/frames/frame-header';

/** Follows what a server sends, to know where a frame of the proxy's own may stand: between two of the server's. */
export class FrameBoundary {
  readonly #header = Buffer.alloc(MAX_HEADER_BYTES);
  #headerBytes = 0;
  /** Bytes of the running frame that are to come. */
  #payloadBytes = 0;
  /** Whether the last frame of a message was the last one. */
  #isLast = true;

  /** Whether no frame is running, and no message in several frames. */
  get isBetweenMessages(): boolean {
    return this.#headerBytes === 0 && this.#payloadBytes === 0 && this.#isLast;
  }

  push(chunk: Buffer): void {
    for (let at = 0; at < chunk.length;) {
      if (this.#payloadBytes > 0) {
        const skipped = Math.min(this.#payloadBytes, chunk.length - at);
        this.#payloadBytes -= skipped;
        at += skipped;
        continue;
      }
      this.#header[this.#headerBytes++] = chunk[at++] ?? 0;
      const header = frameHeader(this.#header, this.#headerBytes);
      if (header?.payloadBytes === undefined) continue;
      this.#headerBytes = 0;
      this.#payloadBytes = header.payloadBytes;
      if (header.opcode < FIRST_CONTROL_OPCODE) this.#isLast = header.isLast; // a control frame may stand inside of a message
    }
  }
}
