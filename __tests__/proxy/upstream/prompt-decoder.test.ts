import { deflateRawSync, gzipSync } from 'node:zlib';
import { PromptDecoder } from '../../../src/proxy/upstream/prompt-decoder';
import { CODINGS } from '../../helpers/codings';
import { until } from '../../helpers/http';
import { flushed } from '../../helpers/flushed';

const TEXT = Buffer.from('data: {"error":{"code":429}}\n\n');

async function open(coding: string) {
  const seen = { text: '', failed: 0 };
  const decoder = await PromptDecoder.open(coding, {
    onBytes: (bytes) => (seen.text += bytes.toString()),
    onFailure: () => {
      seen.failed++;
    },
  });
  return { decoder, seen };
}

describe('the beginning of a compressed response', () => {
  it.each(CODINGS)(
    'is decoded before the response is over, from single bytes: %s',
    async (coding, encode) => {
      const { decoder, seen } = await open(coding);
      for (const byte of await flushed(encode, TEXT)) decoder.push(Buffer.from([byte]));
      await until('it is decoded', () => seen.text === TEXT.toString());
      decoder.release();
      expect(seen.failed).toBe(0);
    },
  );

  it.each(CODINGS)('is decoded whole once it is finished: %s', async (coding, encode) => {
    const { decoder, seen } = await open(coding);
    decoder.push(encode(TEXT));
    await decoder.finish();
    expect(seen).toEqual({ text: TEXT.toString(), failed: 0 });
    await decoder.finish(); // it has ended already
  });

  it.each([
    ['compress', deflateRawSync(TEXT)],
    ['gzip', Buffer.alloc(40, 0xa7)],
  ])('that cannot be decoded is reported once, whatever comes behind it: %s', async (coding, bytes) => {
    const { decoder, seen } = await open(coding);
    decoder.push(bytes);
    await until('it was reported', () => seen.failed > 0);
    decoder.push(gzipSync(TEXT));
    await decoder.finish();
    expect(seen.text).toBe('');
  });

  it('of which nothing came has nothing to decode', async () => {
    const { decoder, seen } = await open('gzip');
    await decoder.finish();
    decoder.push(Buffer.from([0x1f]));
    await decoder.finish();
    decoder.release();
    expect(seen).toEqual({ text: '', failed: 0 });
  });
});
