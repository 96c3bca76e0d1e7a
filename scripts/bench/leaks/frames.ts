/** Frames of WebSockets (RFC 6455 §5.2), as far as this load needs them: whole messages of less than 64 KiB. */
export interface Frame {
  readonly opcode: number;
  readonly payload: Buffer;
}

export const TEXT = 1;
export const CLOSE = 8;

const FIN = 0x80;
const MASKED = 0x80;
const MASK = Buffer.from([0x12, 0x34, 0x56, 0x78]);
const TWO_BYTE_LENGTH = 126;

/** @param masked whether a client sends it */
export function encodeFrame(opcode: number, payload: Buffer, masked: boolean): Buffer {
  const mark = masked ? MASKED : 0;
  const { length } = payload;
  const head =
    length < TWO_BYTE_LENGTH
      ? [FIN | opcode, mark | length]
      : [FIN | opcode, mark | TWO_BYTE_LENGTH, length >> 8, length & 0xff];
  return Buffer.concat([Buffer.from(head), ...(masked ? [MASK, unmask(payload, MASK)] : [payload])]);
}

/** The first frame of these bytes and what is behind it; `undefined` if it is not complete. */
export function decodeFrame(bytes: Buffer): { frame: Frame; rest: Buffer } | undefined {
  if (bytes.length < 2) return undefined;
  const short = bytes.readUInt8(1) & 0x7f;
  const isLong = short === TWO_BYTE_LENGTH;
  if (isLong && bytes.length < 4) return undefined;
  const length = isLong ? bytes.readUInt16BE(2) : short;
  const masked = (bytes.readUInt8(1) & MASKED) !== 0;
  const maskAt = isLong ? 4 : 2;
  const start = maskAt + (masked ? MASK.length : 0);
  if (bytes.length < start + length) return undefined;
  const data = bytes.subarray(start, start + length);
  const payload = masked ? unmask(data, bytes.subarray(maskAt, start)) : data;
  return {
    frame: { opcode: bytes.readUInt8(0) & 0x0f, payload },
    rest: bytes.subarray(start + length),
  };
}

function unmask(data: Buffer, mask: Buffer): Buffer {
  return Buffer.from(data.map((byte, at) => byte ^ (mask[at % mask.length] ?? 0)));
}
