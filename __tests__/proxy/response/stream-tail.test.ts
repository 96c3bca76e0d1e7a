import { StreamTail } from '../../../src/proxy/response/stream-tail';

function tailOf(...chunks: readonly (string | Buffer)[]): StreamTail {
  const tail = new StreamTail();
  for (const chunk of chunks) tail.push(Buffer.from(chunk));
  return tail;
}

/** The buffers that a tail holds on to. */
function held(tail: StreamTail): readonly Buffer[] {
  const concat = jest.spyOn(Buffer, 'concat');
  try {
    tail.text();
    return (concat.mock.calls[0]?.[0] ?? []) as readonly Buffer[];
  } finally {
    concat.mockRestore();
  }
}

describe('endsEvent', () => {
  it.each([
    ['', true],
    ['data: 1\n\n', true],
    ['data: 1\r\n\r\n', true],
    ['data: 1\r\r', true],
    [': comment\n\n', true],
    ['data: 1', false],
    ['data: 1\n', false],
    ['data: 1\r\n', false],
    ['data: 1\n\r', false],
    ['data: 1\r\n\r', false],
    ['data: 1\n\ndata: 2', false],
    ['\n', false],
    ['data: 1\n\n ', false],
  ])('of %j is %s, however it is cut', (text, ends) => {
    expect(tailOf(text).endsEvent()).toBe(ends);
    for (let at = 1; at < text.length; at++) {
      expect(tailOf(text.slice(0, at), text.slice(at)).endsEvent()).toBe(ends);
    }
    expect(tailOf(...Array.from(text)).endsEvent()).toBe(ends);
    expect(tailOf('x'.repeat(50_000), text).endsEvent()).toBe(text !== '' && ends);
  });
});

describe('endsStream', () => {
  it.each([
    ['data: [DONE]\n\n', true],
    ['data: [DONE]\r\n\r\n', true],
    ['data:[DONE]', true],
    ['data: [DONE]\n\n: bye\n\n', false],
    ['data: [DONE] \n', true],
    ['data: {"x":"[DONE]"}\n\n', false],
    ['data: DONE]\n\n', false],
    ['', false],
  ])('of %j is %s, however it is cut', (text, last) => {
    expect(tailOf(text).endsStream()).toBe(last);
    expect(tailOf(...Array.from(text)).endsStream()).toBe(last);
    expect(tailOf('x'.repeat(50_000), text).endsStream()).toBe(last);
  });
});

describe('what is kept of a stream', () => {
  it('are its last bytes, 4,096 of them at least', () => {
    const text = Array.from({ length: 20_000 }, (_, at) => String.fromCharCode(97 + (at % 26))).join('');
    for (const size of [1, 7, 100, 4_095, 4_096, 4_097, 16_384, 16_385, 20_000]) {
      const chunks: string[] = [];
      for (let at = 0; at < text.length; at += size) chunks.push(text.slice(at, at + size));
      const kept = tailOf(...chunks).text();
      expect(text.endsWith(kept)).toBe(true);
      expect(kept.length).toBeGreaterThanOrEqual(4_096);
      expect(kept.length).toBeLessThanOrEqual(8_192);
    }
    expect(tailOf('short').text()).toBe('short');
    expect(tailOf().text()).toBe('');
  });

  it.each([1, 100, 1_000, 4_096, 16_384, 16_385, 100_000])(
    'is no more than 20 KB after a megabyte in chunks of %i bytes',
    (size) => {
      const tail = new StreamTail();
      for (let sent = 0; sent < 1_000_000; sent += size) tail.push(Buffer.alloc(size, 'x'));
      const buffers = held(tail);
      const bytes = buffers.reduce((sum, { length }) => sum + length, 0);
      expect(bytes).toBeGreaterThanOrEqual(4_096);
      expect(bytes).toBeLessThanOrEqual(4_096 + 16_384);
      expect(buffers.length).toBeLessThanOrEqual(4_097);
    },
  );

  it('is a copy of a large chunk’s end, and a small chunk itself', () => {
    const tail = new StreamTail();
    const large = Buffer.alloc(1_000_000, 'x');
    tail.push(large);
    expect(held(tail).some(({ buffer }) => buffer === large.buffer)).toBe(false);
    const small = Buffer.alloc(10_000, 'y');
    tail.push(small);
    expect(held(tail)).toEqual([small]);
    expect(held(tail)[0]).toBe(small);
  });
});
