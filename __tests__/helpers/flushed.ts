import { once } from 'node:events';
import * as zlib from 'node:zlib';

type Compressor = zlib.Gzip | zlib.Deflate | zlib.DeflateRaw | zlib.BrotliCompress;

/** Of Node 22.15 on. */
const { zstdCompressSync, createZstdCompress } = zlib as typeof zlib & {
  zstdCompressSync?: unknown;
  createZstdCompress?: () => Compressor;
};
const STREAMS = new Map<unknown, () => Compressor>([
  [zlib.gzipSync, zlib.createGzip],
  [zlib.deflateSync, zlib.createDeflate],
  [zlib.deflateRawSync, zlib.createDeflateRaw],
  [zlib.brotliCompressSync, zlib.createBrotliCompress],
  ...(createZstdCompress ? [[zstdCompressSync, createZstdCompress] as const] : []),
]);

/** The first part of a compressed stream that goes on: all of a text, but no end. @param encode one of CODINGS */
export async function flushed(encode: (bytes: Buffer) => Buffer, text: Buffer | string): Promise<Buffer> {
  const stream = (STREAMS.get(encode) ?? zlib.createGzip)();
  const parts: Buffer[] = [];
  stream.on('data', (part: Buffer) => parts.push(part)).write(text);
  await new Promise<void>((resolve) => stream.flush(resolve));
  const closed = once(stream, 'close');
  stream.destroy();
  await closed;
  return Buffer.concat(parts);
}
