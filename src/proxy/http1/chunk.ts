/** After the length and after the chunk. */
const LINE_BREAKS_BYTES = 4;
const CR = 13;
const LF = 10;
/** What makes a digit of a value below ten, or from ten on: `0` and `a`, less ten. */
const ZERO = 48;
const TEN = 87;

/** Longer chunks are written as they are: the copy would cost more than it saves. */
export const MAX_COPIED_BYTES = 4_096;

/** RFC 9112 §7.1: the last chunk, without trailers. */
export const LAST_CHUNK = '0\r\n\r\n';

/** A chunk of up to `MAX_COPIED_BYTES` bytes, and not of none, as chunked coding has it, in one buffer. */
export function framed(chunk: Buffer): Buffer {
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
