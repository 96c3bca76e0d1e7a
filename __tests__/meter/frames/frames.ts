const MASK = Buffer.from([0x37, 0xfa, 0x21, 0x3d]); // RFC 6455 §5.7

export const FIN_TEXT = 0x81;
export const FIN_BINARY = 0x82;

/** One frame of a server, with its length in 7, 16 or 64 bits. */
export function serverFrame(payload: string | Buffer, first = FIN_TEXT, bits = 0): Buffer {
  const bytes = Buffer.from(payload);
  return Buffer.concat([header(first, bytes.length, bits, 0), bytes]);
}

/** One frame of a client. */
export function clientFrame(payload: string, first = FIN_TEXT, bits = 0): Buffer {
  const bytes = Buffer.from(payload);
  const masked = bytes.map((byte, at) => byte ^ (MASK[at % MASK.length] ?? 0));
  return Buffer.concat([header(first, bytes.length, bits, 0x80), MASK, masked]);
}

function header(first: number, length: number, bits: number, masked: number): Buffer {
  const form = bits !== 0 ? bits : length < 126 ? 7 : length < 65_536 ? 16 : 64;
  const bytes = Buffer.alloc(form === 7 ? 2 : form === 16 ? 4 : 10);
  bytes[0] = first;
  bytes[1] = (form === 7 ? length : form === 16 ? 126 : 127) | masked;
  if (form === 16) bytes.writeUInt16BE(length, 2);
  if (form === 64) bytes.writeBigUInt64BE(BigInt(length), 2);
  return bytes;
}
