import { ServerResponse } from 'node:http';
import { LAST_CHUNK, MAX_COPIED_BYTES, framed } from '../http1/chunk';

/**
 * Writes the body of a response whose head is sent. In chunked coding Node writes the length, the chunk and a line break as
 * three buffers, with a list of all three for the system; a small chunk is framed here, as one buffer, which saves a tenth of
 * what a chunk of a stream costs (docs/decisions/0011). What goes over the wire is the same.
 */
export class BodyWriter {
  readonly #frames: boolean;
  /** Whether the framing marks the body's end, so that a connection that closes before shows that it is cut. */
  readonly isDelimited: boolean;

  constructor(
    private readonly response: ServerResponse,
    { isStream, hasLength }: { readonly isStream: boolean; readonly hasLength: boolean },
  ) {
    this.isDelimited = response.chunkedEncoding || hasLength;
    // A response that somebody else has wrapped, to compress it for example, frames what it makes of the bytes.
    this.#frames =
      isStream &&
      response.chunkedEncoding &&
      response.headersSent &&
      response.write === ServerResponse.prototype.write &&
      response.end === ServerResponse.prototype.end;
    if (this.#frames) response.chunkedEncoding = false;
  }

  /** @returns false if the client does not keep up: as `write` of a stream */
  write(bytes: Buffer): boolean {
    const { response } = this;
    if (!this.#frames || bytes.length === 0) return response.write(bytes);
    if (bytes.length <= MAX_COPIED_BYTES) return response.write(framed(bytes));
    response.write(`${bytes.length.toString(16)}\r\n`, 'latin1');
    response.write(bytes);
    return response.write('\r\n', 'latin1');
  }

  end(bytes: Buffer): void {
    if (bytes.length > 0) this.write(bytes);
    this.response.end(this.#frames ? LAST_CHUNK : undefined);
  }
}
