import * as zlib from 'node:zlib';
import { noise } from '../../scripts/bench/rig/messages';
import { Decoder, decoderOf } from '../../src/http/stream-decoder';
import { CODINGS } from '../helpers/codings';

/** More than is collected, also compressed. */
const LONG = noise(100_000, 1);
const SHORT = Buffer.from('data: {"usage":{"total_tokens":3}}\n\n');

function startDecoder(coding: string) {
  const parts: Buffer[] = [];
  const decoder = new Decoder(coding, (bytes) => {
    parts.push(Buffer.from(bytes));
  });
  return { decoder, decoded: () => Buffer.concat(parts), parts };
}

async function decode(coding: string, bytes: Buffer, chunkBytes: number) {
  const { decoder, decoded } = startDecoder(coding);
  for (let at = 0; at < bytes.length; at += chunkBytes) decoder.push(bytes.subarray(at, at + chunkBytes));
  await decoder.finish();
  const { hasFailed } = decoder;
  decoder.release();
  return { hasFailed, decoded: decoded() };
}

// It is loaded with the first decoder, and is there before any chunk of a response is.
beforeAll(async () => {
  await new Decoder('gzip', () => undefined).finish();
  await import('node:zlib');
});

describe('a compressed response that is decoded beside its stream', () => {
  describe.each(CODINGS)('in %s', (coding, encode) => {
    it.each([1, 7, 4_096, 8_191, 8_192, 8_193, 50_000, 1_000_000])(
      'is read in chunks of %d',
      async (size) => {
        for (const text of [SHORT, LONG, Buffer.alloc(0)]) {
          const { hasFailed, decoded } = await decode(coding, encode(text), size);
          expect(hasFailed).toBe(false);
          expect(decoded.equals(text)).toBe(true);
        }
      },
    );

    it.each([SHORT, LONG])('gives what came of one that is cut', async (text) => {
      const encoded = encode(text);
      const { decoded } = await decode(coding, encoded.subarray(0, encoded.length - 5), 4_096);
      expect(text.subarray(0, decoded.length).equals(decoded)).toBe(true);
      if (text === LONG) expect(decoded.length).toBeGreaterThan(30_000);
    });

    it.each([20, 20_000])('fails, and ends, with %d bytes of something else', async (length) => {
      const { hasFailed, decoded } = await decode(coding, Buffer.alloc(length, 0xa7), 4_096);
      expect({ hasFailed, bytes: decoded.length }).toEqual({ hasFailed: true, bytes: 0 });
    });
  });

  it('has nothing to read of one that is empty', () => {
    const { decoder, parts } = startDecoder('gzip');
    expect(decoder.finish()).toBeUndefined();
    expect({ failed: decoder.hasFailed, parts }).toEqual({ failed: false, parts: [] });
  });

  it.each([20, 20_000])('fails in a coding that it does not know, with %d bytes', async (length) => {
    expect((await decode('compress', noise(length, 1), 4_096)).hasFailed).toBe(true);
  });

  it('is decoded at once if it is short, and not before its end', () => {
    const { decoder, decoded } = startDecoder('gzip');
    decoder.push(zlib.gzipSync(SHORT));
    expect(decoded()).toHaveLength(0);
    expect(decoder.finish()).toBeUndefined();
    expect(decoded().equals(SHORT)).toBe(true);
  });

  it('fails if it grows beyond measure: a megabyte at once', async () => {
    const { hasFailed, decoded } = await decode('gzip', zlib.gzipSync(Buffer.alloc(2 * 1024 * 1024)), 4_096);
    expect({ hasFailed, bytes: decoded.length }).toEqual({ hasFailed: true, bytes: 0 });
    const allowed = await decode('gzip', zlib.gzipSync(Buffer.alloc(1024 * 1024)), 4_096);
    expect({ hasFailed: allowed.hasFailed, bytes: allowed.decoded.length }).toEqual({
      hasFailed: false,
      bytes: 1024 * 1024,
    });
  });

  it('fails if it grows beyond measure: 64 MB in parts', async () => {
    const bomb = zlib.gzipSync(Buffer.alloc(66 * 1024 * 1024));
    let bytes = 0;
    const decoder = new Decoder('gzip', ({ length }) => {
      bytes += length;
    });
    for (let at = 0; at < bomb.length; at += 16_384) {
      decoder.push(bomb.subarray(at, at + 16_384));
      await new Promise(setImmediate);
    }
    await decoder.finish();
    expect(decoder.hasFailed).toBe(true);
    expect(bytes).toBeLessThanOrEqual(64 * 1024 * 1024);
    expect(bytes).toBeGreaterThan(63 * 1024 * 1024);
  });

  it('fails if more waits than may, and takes no more', async () => {
    const { decoder } = startDecoder('gzip');
    const bytes = zlib.gzipSync(noise(3_000_000, 1));
    for (let at = 0; at < bytes.length; at += 100_000) decoder.push(bytes.subarray(at, at + 100_000));
    expect(decoder.hasFailed).toBe(true);
    expect(() => decoder.push(bytes)).not.toThrow();
    await decoder.finish();
    expect(decoder.hasFailed).toBe(true);
  });

  it('gives nothing after it was released', async () => {
    const { decoder, decoded } = startDecoder('gzip');
    decoder.push(zlib.gzipSync(LONG));
    decoder.release();
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect(decoded()).toHaveLength(0);
  });
});

describe('the decoder of a response', () => {
  it.each(['', 'identity', ' Identity , '])('with the header %j is none', (contentEncoding) => {
    expect(decoderOf(contentEncoding, () => undefined)).toBeUndefined();
  });

  it.each([
    ['GZIP ', false],
    ['identity, gzip', false],
    ['gzip, gzip', true], // more than one is not read
  ])('with the header %j has failed: %s', async (contentEncoding, hasFailed) => {
    const parts: Buffer[] = [];
    const decoder = decoderOf(contentEncoding, (bytes) => parts.push(Buffer.from(bytes)));
    decoder?.push(zlib.gzipSync(SHORT));
    await decoder?.finish();
    expect([decoder?.hasFailed, Buffer.concat(parts).equals(SHORT)]).toEqual([hasFailed, !hasFailed]);
    decoder?.release();
  });
});
