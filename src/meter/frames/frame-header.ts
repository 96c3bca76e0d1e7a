const FIN = 0x80;
const RSV = 0x70;
const MASKED = 0x80;
const OPCODE = 0x0f;

/** What a frame of a WebSocket begins with (RFC 6455 §5.2). */
export interface FrameHeader {
  /** Whether its message ends with it. */
  readonly isLast: boolean;
  /** Whether a reserved bit is set, as in compressed frames. */
  readonly isExtended: boolean;
  readonly isMasked: boolean;
  readonly opcode: number;
  /** Of the header, without the mask. */
  readonly bytes: number;
  /** `undefined` if that part of the header is missing. */
  readonly payloadBytes: number | undefined;
}

/** Opcodes from here on are those of control frames. */
export const FIRST_CONTROL_OPCODE = 8;
export const CLOSE_OPCODE = 8;

/** The longest header, without the mask. */
export const MAX_HEADER_BYTES = 10;

/** @param length how many bytes are there; `undefined` if fewer than two */
export function frameHeader(buffer: Buffer, length = buffer.length): FrameHeader | undefined {
  if (length < 2) return undefined;
  const [first = 0, second = 0] = buffer;
  const short = second & 0x7f;
  const bytes = short === 127 ? MAX_HEADER_BYTES : short === 126 ? 4 : 2;
  return {
    isLast: (first & FIN) !== 0,
    isExtended: (first & RSV) !== 0,
    isMasked: (second & MASKED) !== 0,
    opcode: first & OPCODE,
    bytes,
    payloadBytes: length < bytes ? undefined : payloadBytesIn(buffer, short),
  };
}

function payloadBytesIn(buffer: Buffer, short: number): number {
  if (short === 127) return buffer.readUInt32BE(2) * 2 ** 32 + buffer.readUInt32BE(6);
  return short === 126 ? buffer.readUInt16BE(2) : short;
}
