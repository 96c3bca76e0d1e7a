import * as zlib from 'node:zlib';
import {
  READS_ZSTD,
  codingsOf,
  decodeBody,
  decodeOne,
  hasZstd,
  isDecodable,
  isZlib,
  readableEncodings,
} from '../../src/http/decode-body';
import { CODINGS } from '../helpers/codings';

const TEXT = Buffer.from('{"error":{"code":"insufficient_quota"}}');
const MB = 1024 * 1024;
const { gzipSync, deflateSync, brotliCompressSync } = zlib;

describe('decodeBody', () => {
  it.each(CODINGS)('reads %s', async (coding, pack) => {
    expect((await decodeBody(pack(TEXT), coding))?.toString()).toBe(TEXT.toString());
    expect((await decodeBody(pack(TEXT), ` ${coding.toUpperCase()} , identity`))?.toString()).toBe(
      TEXT.toString(),
    );
  });

  it.each(['', 'identity', ' , identity,', 'IDENTITY'])(
    'returns the same bytes if there is no coding: %j',
    async (none) => {
      expect(await decodeBody(TEXT, none)).toBe(TEXT);
    },
  );

  it('returns an empty body for any coding', async () => {
    const empty = Buffer.alloc(0);
    expect(await decodeBody(empty, 'gzip')).toBe(empty);
    expect(await decodeBody(empty, 'unknown')).toBe(empty);
  });

  it('decodes several codings in reverse order of the header', async () => {
    const bytes = brotliCompressSync(deflateSync(gzipSync(TEXT)));
    expect((await decodeBody(bytes, 'gzip, deflate, br'))?.toString()).toBe(TEXT.toString());
    expect(await decodeBody(bytes, 'br, deflate, gzip')).toBeUndefined();
  });

  it('decodes at most three codings', async () => {
    const nested = (depth: number) => {
      let bytes = TEXT;
      for (let at = 0; at < depth; at++) bytes = gzipSync(bytes);
      return decodeBody(bytes, Array.from({ length: depth }, () => 'gzip').join(','));
    };
    expect((await nested(3))?.toString()).toBe(TEXT.toString());
    expect(await nested(4)).toBeUndefined();
  });

  it.each(CODINGS)('decodes a megabyte of %s, and no byte more', async (coding, pack) => {
    expect((await decodeBody(pack(Buffer.alloc(MB, 'x')), coding))?.length).toBe(MB);
    expect(await decodeBody(pack(Buffer.alloc(MB + 1, 'x')), coding)).toBeUndefined();
  });

  it('decodes no more than that of a body that is compressed twice', async () => {
    expect(await decodeBody(gzipSync(gzipSync(Buffer.alloc(50 * MB))), 'gzip, gzip')).toBeUndefined();
  });

  it.each([
    ['an unknown coding', 'compress', TEXT],
    ['an unknown coding among others', 'gzip, aes128gcm', gzipSync(TEXT)],
    ['bytes that are not of their coding', 'gzip', TEXT],
    ['bytes that are not of their coding', 'br', Buffer.from([0xff, 0xff, 0xff])],
    ['bytes that are not of their coding', 'deflate', Buffer.from([0x78, 0x9c, 0xff])],
    ['bytes that end too soon', 'gzip', gzipSync(TEXT).subarray(0, -9)],
    ['bytes that end too soon', 'deflate', deflateSync(TEXT).subarray(0, -5)],
    ['bytes that are not of their coding', 'zstd', TEXT],
  ])('cannot read %s: %s', async (_what, coding, bytes) => {
    expect(await decodeBody(bytes, coding)).toBeUndefined();
  });
});

describe('whether a Node reads zstd', () => {
  it.each([
    ['18.15.0', false],
    ['20.19.0', false],
    ['22.14.0', false],
    ['22.15.0', true],
    ['22.21.1', true],
    ['23.7.0', false],
    ['23.8.0', true],
    ['23.11.0', true],
    ['24.0.0', true],
    ['25.1.0', true],
    ['', false],
  ])('%s: %s', (version, expected) => {
    expect(hasZstd(version)).toBe(expected);
  });

  it('is detected correctly for this one', () => {
    expect(READS_ZSTD).toBe('zstdCompressSync' in zlib);
  });
});

describe('the codings that may be requested', () => {
  const CASES = [
    ['gzip, deflate, br, zstd', 'gzip, deflate, br'],
    ['zstd, gzip', 'gzip'],
    ['gzip,ZSTD;q=0.5,br', 'gzip,br'],
    ['zstd', 'identity'],
    ['zstd;q=1.0, zstd', 'identity'],
    ['zstd ;q=0', 'identity'],
    ['gzip, br', 'gzip, br'],
    ['zstd-like, gzip', 'zstd-like, gzip'],
    ['x-zstd, gzip', 'x-zstd, gzip'],
    ['*', '*'],
    ['', ''],
  ] as const;

  it.each(CASES)('%j becomes %j if zstd cannot be decoded', (asked, kept) => {
    expect(readableEncodings(asked, false)).toBe(kept);
  });

  it.each(CASES)('%j stays unchanged if zstd can be decoded', (asked) => {
    expect(readableEncodings(asked, true)).toBe(asked);
  });

  it('are those of this Node', () => {
    expect(readableEncodings('gzip, zstd')).toBe(READS_ZSTD ? 'gzip, zstd' : 'gzip');
  });
});

it.each([
  ['gzip', true],
  ['x-gzip', true],
  ['deflate', true],
  ['br', true],
  ['zstd', READS_ZSTD],
  ['xgzip', false],
  ['x-x-gzip', false],
  ['gzips', false],
  ['undeflate', false],
  ['deflated', false],
  ['abr', false],
  ['brotli', false],
  ['compress', false],
  ['', false],
])('this Node can remove the coding %j: %s', (coding, expected) => {
  expect(isDecodable(coding)).toBe(expected);
});

it.each<[string | undefined, string[]]>([
  [undefined, []],
  ['', []],
  ['identity', []],
  ['GZip', ['gzip']],
  [' gzip ,, identity, BR ', ['gzip', 'br']],
])('the codings of %j are %j', (header, codings) => {
  expect(codingsOf(header)).toEqual(codings);
});

describe('the beginning of a body', () => {
  const LONG = Buffer.from(Array.from({ length: 4_000 }, (_, at) => `event ${at}\n`).join(''));

  it.each(CODINGS.filter(([coding]) => coding !== 'zstd'))(
    'is decoded as far as it is there: %s',
    (coding, pack) => {
      const packed = pack(LONG);
      const part = packed.subarray(0, packed.length / 2);
      const limit = { maxOutputLength: MB };
      const decoded = decodeOne(zlib, coding, part, { ...limit, isPart: true });
      expect(decoded?.length).toBeGreaterThan(100);
      expect(LONG.subarray(0, decoded?.length)).toEqual(decoded);
      expect(() => decodeOne(zlib, coding, part, limit)).toThrow();
      expect(() => decodeOne(zlib, coding, packed, { maxOutputLength: 100, isPart: true })).toThrow();
    },
  );

  it('is not decoded in a coding that nobody knows', () => {
    expect(decodeOne(zlib, 'compress', LONG, { maxOutputLength: MB })).toBeUndefined();
  });
});

it.each([
  [[0x78, 0x9c], true],
  [[0x78, 0x01], true],
  [[0x78, 0x9d], false], // no multiple of 31
  [[0x79, 0x9b], false], // another method
  [[0x78], false],
  [[], false],
])('%j is the beginning of zlib’s format: %s', (bytes, expected) => {
  expect(isZlib(Buffer.from(bytes))).toBe(expected);
});
