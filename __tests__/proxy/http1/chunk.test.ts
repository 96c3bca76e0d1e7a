import { framed, LAST_CHUNK, MAX_COPIED_BYTES } from '../../../src/proxy/http1/chunk';

describe('a chunk', () => {
  it.each([1, 2, 9, 10, 15, 16, 17, 159, 160, 255, 256, 2_748, 4_095, MAX_COPIED_BYTES])(
    'of %i bytes has its length in hexadecimal digits, and line breaks',
    (size) => {
      const text = Array.from({ length: size }, (_, at) => String.fromCharCode(97 + (at % 26))).join('');
      expect(framed(Buffer.from(text)).toString()).toBe(`${size.toString(16)}\r\n${text}\r\n`);
    },
  );

  it('has its bytes as they are', () => {
    const bytes = Buffer.from([0, 13, 10, 255, 128]);
    expect(framed(bytes)).toEqual(Buffer.concat([Buffer.from('5\r\n'), bytes, Buffer.from('\r\n')]));
  });

  it('of none is the last, without trailers', () => {
    expect(LAST_CHUNK).toBe('0\r\n\r\n');
  });
});
