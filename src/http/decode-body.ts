import type * as zlibModule from 'node:zlib';

/** The limit for a decoded error response: 64 KB of compressed text can expand greatly. */
const MAX_DECODED_BYTES = 1024 * 1024;

/** Whether this Node can decode zstd: since 22.15 in the 22 line and 23.8 after it (https://nodejs.org/api/zlib.html). */
export const READS_ZSTD = hasZstd(process.versions.node);

/** Whether this Node can remove a coding, which is in lower case. */
export function isDecodable(coding: string): boolean {
  return /^(?:x-)?gzip$|^deflate$|^br$/.test(coding) || (coding === 'zstd' && READS_ZSTD);
}

export function hasZstd(nodeVersion: string): boolean {
  const [major = 0, minor = 0] = nodeVersion.split('.').map(Number);
  return major > 23 || (major === 23 && minor >= 8) || (major === 22 && minor >= 15);
}

/**
 * The codings of a body in the order in which they were applied, in lower case.
 * @param contentEncoding the header's value, in any case
 * @returns none if the body is not encoded
 */
export function codingsOf(contentEncoding: string | undefined): readonly string[] {
  if (contentEncoding === undefined) return [];
  return contentEncoding
    .toLowerCase()
    .split(',')
    .map((coding) => coding.trim())
    .filter((coding) => coding !== '' && coding !== 'identity');
}

/**
 * Removes the content codings of a body (RFC 9110 §8.4.1), one or several.
 * @param contentEncoding the header's value, in any case; '' or `identity` for none
 * @returns `undefined` if a coding is not supported, or the body is not valid in it
 */
export async function decodeBody(bytes: Buffer, contentEncoding: string): Promise<Buffer | undefined> {
  const codings = codingsOf(contentEncoding);
  if (codings.length === 0 || bytes.length === 0) return bytes;
  if (codings.length > MAX_CODINGS) return undefined;
  // Loaded with the first compressed error: not needed at the start.
  const zlib = await import('node:zlib');
  const options = { maxOutputLength: MAX_DECODED_BYTES };
  try {
    let decoded = bytes;
    for (const coding of [...codings].reverse()) {
      const next = decodeOne(zlib, coding, decoded, options);
      if (!next) return undefined;
      decoded = next;
    }
    return decoded;
  } catch {
    return undefined;
  }
}

/** Real responses have fewer; each costs a pass. */
const MAX_CODINGS = 3;

export interface DecodeOptions {
  readonly maxOutputLength: number;
  /** Whether the bytes may be only the beginning of a body: what there is of it is decoded. */
  readonly isPart?: boolean;
}

/**
 * Removes one content coding.
 * @param coding in lower case
 * @returns `undefined` if it is not supported
 * @throws zlib's error if the bytes are not valid in it, or decode to more
 */
export function decodeOne(
  zlib: typeof zlibModule,
  coding: string,
  bytes: Buffer,
  { maxOutputLength, isPart = false }: DecodeOptions,
): Buffer | undefined {
  const { Z_SYNC_FLUSH, BROTLI_OPERATION_FLUSH } = zlib.constants;
  const limit = { maxOutputLength };
  const options = isPart ? { ...limit, finishFlush: Z_SYNC_FLUSH } : limit;
  switch (coding) {
    case 'gzip':
    case 'x-gzip':
      return zlib.gunzipSync(bytes, options);
    case 'deflate':
      // RFC 9110 §8.4.1.2 means the zlib format, but some servers send raw deflate.
      return isZlib(bytes) ? zlib.inflateSync(bytes, options) : zlib.inflateRawSync(bytes, options);
    case 'br':
      return zlib.brotliDecompressSync(
        bytes,
        isPart ? { ...limit, finishFlush: BROTLI_OPERATION_FLUSH } : limit,
      );
    case 'zstd': {
      // Not in the types of Node 20, whose zlib lacks it.
      const { zstdDecompressSync } = zlib as typeof zlibModule & {
        zstdDecompressSync?: (bytes: Buffer, options: { maxOutputLength: number }) => Buffer;
      };
      return zstdDecompressSync?.(bytes, limit);
    }
    default:
      return undefined;
  }
}

/** RFC 1950 §2.2: method 8, and a multiple of 31 in the first two bytes. */
export function isZlib(bytes: Buffer): boolean {
  const first = bytes[0] ?? 0;
  return (first & 0x0f) === 8 && ((first << 8) | (bytes[1] ?? 0)) % 31 === 0;
}

/** The `Accept-Encoding` without codings that this Node cannot decode. */
export function readableEncodings(acceptEncoding: string, readsZstd = READS_ZSTD): string {
  if (readsZstd || !/zstd/i.test(acceptEncoding)) return acceptEncoding;
  const kept = acceptEncoding.split(',').filter((coding) => !/^\s*zstd\s*(?:;|$)/i.test(coding));
  return kept.length === 0 ? 'identity' : kept.join(',').trim();
}
