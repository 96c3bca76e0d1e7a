import { CLOSE_OPCODE } from '../../meter/frames/frame-header';

const LAST = 0x80;
const MASKED = 0x80;
const LENGTH_IN_2_BYTES = 126;
const LENGTH_IN_8_BYTES = 127;

export const MASK_BYTES = 4;
export const PING_OPCODE = 9;
export const PONG_OPCODE = 10;
export const TEXT_OPCODE = 1;

const MAX_REASON_BYTES = 123;

/** A payload with a mask put on or taken off, which is the same (RFC 6455 §5.3). */
export function masked(payload: Buffer, mask: Buffer): Buffer {
  const result = Buffer.allocUnsafe(payload.length);
  const [first = 0, second = 0, third = 0, fourth = 0] = mask;
  const last = payload.length - (payload.length % MASK_BYTES);
  for (let at = 0; at < last; at += MASK_BYTES) {
    result[at] = (payload[at] ?? 0) ^ first;
    result[at + 1] = (payload[at + 1] ?? 0) ^ second;
    result[at + 2] = (payload[at + 2] ?? 0) ^ third;
    result[at + 3] = (payload[at + 3] ?? 0) ^ fourth;
  }
  for (let at = last; at < payload.length; at++) result[at] = (payload[at] ?? 0) ^ (mask[at - last] ?? 0);
  return result;
}

/** A message of a client in one frame. */
export function clientFrame(opcode: number, payload: Buffer, mask: Buffer): Buffer {
  return Buffer.concat([head(opcode, payload.length, MASKED), mask, masked(payload, mask)]);
}

/** A message of a server in one frame, which has no mask. */
export function serverFrame(opcode: number, payload: Buffer): Buffer {
  return Buffer.concat([head(opcode, payload.length, 0), payload]);
}

/** @param reason plain ASCII */
export function closeFrame(code: number, reason: string): Buffer {
  const payload = Buffer.from(`\0\0${reason}`.slice(0, 2 + MAX_REASON_BYTES), 'latin1');
  payload.writeUInt16BE(code);
  return serverFrame(CLOSE_OPCODE, payload);
}

function head(opcode: number, bytes: number, maskBit: number): Buffer {
  const first = LAST | opcode;
  if (bytes < LENGTH_IN_2_BYTES) return Buffer.from([first, maskBit | bytes]);
  if (bytes < 2 ** 16) {
    const short = Buffer.from([first, maskBit | LENGTH_IN_2_BYTES, 0, 0]);
    short.writeUInt16BE(bytes, 2);
    return short;
  }
  const long = Buffer.alloc(10);
  long[0] = first;
  long[1] = maskBit | LENGTH_IN_8_BYTES;
  long.writeUInt32BE(Math.floor(bytes / 2 ** 32), 2);
  long.writeUInt32BE(bytes % 2 ** 32, 6);
  return long;
}
