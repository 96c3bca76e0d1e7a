import { ServerResponse } from 'node:http';

/** Longer chunks are written as they are: the copy would cost more than it saves. */
const MAX_COPIED_BYTES = 4_096;
/** After the length and after the chunk. */
const LINE_BREAKS_BYTES = 4;
const CR = 13;
const LF = 10;
/** What makes a digit of a value below ten, or from ten on: `0` and `a`, less ten. */
const ZERO = 48;
const TEN = 87;
/** RFC 9112 §7.1: the last chunk, without trailers. */
const LAST_CHUNK = '0\r\n\r\n';

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

function framed(chunk: Buffer): Buffer {
  const { length } = chunk;
  const digits = length > 0xfff ? 4 : length > 0xff ? 3 : length > 0xf ? 2 : 1;
  const frame = Buffer.allocUnsafe(digits + length + LINE_BREAKS_BYTES);
  let at = 0;
  for (let shift = 4 * (digits - 1); shift >= 0; shift -= 4) {
    const digit = (length >> shift) & 0xf;
    frame[at++] = digit + (digit < 10 ? ZERO : TEN);
  }
  frame[at++] = CR;
  frame[at++] = LF;
  frame.set(chunk, at);
  at += length;
  frame[at++] = CR;
  frame[at] = LF;
  return frame;
}
