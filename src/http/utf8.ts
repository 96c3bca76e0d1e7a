/**
 * How many bytes at the end of a chunk belong to a UTF-8 character whose rest is still to come: 0 to 3. Bytes that are not
 * UTF-8 count as whole.
 */
export function danglingBytes(chunk: Uint8Array): number {
  const { length } = chunk;
  for (let back = 1; back <= 3 && back <= length; back++) {
    const byte = chunk[length - back] ?? 0;
    if (byte < 0x80) return 0; // ASCII
    if (byte < 0xc0) continue; // continues a character: its first byte is before it
    const size = byte < 0xc2 ? 1 : byte < 0xe0 ? 2 : byte < 0xf0 ? 3 : byte < 0xf5 ? 4 : 1; // 1: never in UTF-8
    return size > back ? back : 0;
  }
  return 0;
}
