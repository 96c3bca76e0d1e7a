import * as zlib from 'node:zlib';

const { gzipSync, deflateSync, deflateRawSync, brotliCompressSync } = zlib;
/** Of Node 22.15 on. */
const { zstdCompressSync } = zlib as typeof zlib & { zstdCompressSync?: (bytes: Buffer) => Buffer };

/** The content codings that this Node knows, and how a body is written in each. */
export const CODINGS: readonly (readonly [string, (bytes: Buffer) => Buffer])[] = [
  ['gzip', gzipSync],
  ['x-gzip', gzipSync],
  ['deflate', deflateSync],
  ['deflate', deflateRawSync],
  ['br', brotliCompressSync],
  ...(zstdCompressSync ? [['zstd', zstdCompressSync] as const] : []),
];
