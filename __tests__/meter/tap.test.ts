import { Tap } from '../../src/meter/tap';

function tailOf(...chunks: readonly (string | Buffer)[]): Tap {
  const tail = new Tap({ isEventStream: true });
  for (const chunk of chunks) tail.push(Buffer.from(chunk));
  return tail;
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
  it('are its last events, 4,096 bytes of them at least', () => {
    const text = Array.from({ length: 20_000 }, (_, at) =>
      at % 100 > 97 ? '\n' : String.fromCharCode(97 + (at % 26)),
    ).join('');
    for (const size of [1, 7, 100, 4_095, 4_096, 4_097, 16_384, 16_385, 20_000]) {
      const chunks: string[] = [];
      for (let at = 0; at < text.length; at += size) chunks.push(text.slice(at, at + size));
      const kept = tailOf(...chunks).text();
      expect(text.endsWith(kept)).toBe(true);
      expect(kept.length).toBeGreaterThanOrEqual(4_096 - 100); // from a blank line on
      expect(kept.length).toBeLessThanOrEqual(8_192);
    }
    expect(tailOf('short').text()).toBe('short');
    expect(tailOf().text()).toBe('');
  });

  it.each(['\n', '\r', '\r\n'])('are none that is cut: a part of one could read as an event (%j)', (end) => {
    const fake = 'data: {"error":{"code":"x"}}';
    const padding = 'y'.repeat(8_192 - fake.length - 2 * end.length);
    expect(tailOf(`data: z${fake}${end}${end}${padding}`).text()).toBe(`${end}${end}${padding}`);
    expect(tailOf(`data: z${'y'.repeat(9_000)}`).text()).toBe('');
  });

  it('are none that is cut in a long stream, wherever its last bytes begin', () => {
    const fake = 'data: {"error":{"code":"x"}}';
    for (let padding = 3_900; padding < 4_200; padding++) {
      const long = [...Array.from({ length: 2_000 }, () => 'data: 1\n\n'), `data: z${fake}\n\n`];
      const rest = 'data: 2\n\n'.repeat(500).slice(-padding);
      expect(tailOf(...long, rest).text()).not.toMatch(/^data: \{/);
    }
  });

  const EVENT = `data: ${'x'.repeat(92)}\n\n`;

  /** The sizes of the buffers that are allocated for streams with these bytes, sent in chunks of one size. */
  function allocatedFor(text: string, size: number, isEventStream = true): number[] {
    const bytes = Buffer.from(text);
    const allocated = jest.spyOn(Buffer, 'allocUnsafeSlow');
    try {
      // More than there are spare buffers.
      const taps = Array.from({ length: 65 }, () => new Tap({ isEventStream }));
      for (const tap of taps) {
        for (let at = 0; at < bytes.length; at += size) tap.push(bytes.subarray(at, at + size));
      }
      const sizes = allocated.mock.calls.map(([length]) => length);
      expect(sizes.length).toBeGreaterThan(0);
      for (const tap of taps) tap.release();
      return sizes;
    } finally {
      allocated.mockRestore();
    }
  }

  it.each([1, 100, 1_000, 4_096, 4_097, 16_384, 100_000])(
    'takes one buffer of 8 KB for 100 KB of short events in chunks of %i bytes',
    (size) => {
      const sizes = allocatedFor(EVENT.repeat(1_000), size);
      expect(sizes.length).toBeLessThanOrEqual(65);
      expect(new Set(sizes)).toEqual(new Set([8_192]));
    },
  );

  it('grows to 32 KB, and not further, where the last event needs it', () => {
    const text = EVENT.repeat(1_000) + 'x'.repeat(200_000);
    expect(Math.max(...allocatedFor(text, 100))).toBe(32_768);
    expect(Math.max(...allocatedFor('x'.repeat(200_000), 100, false))).toBe(32_768);
  });

  it.each([1, 100, 1_000, 2_048, 4_097, 100_000])(
    'has the whole last event of up to 30 KB, wherever it begins, in chunks of %i bytes',
    (size) => {
      for (const begins of size === 1 ? [9_000] : [0, 3_000, 6_000, 6_100, 7_500, 8_192, 9_000]) {
        const before = `${'x'.repeat(begins)}\n\n${EVENT.repeat(50)}`;
        const last = `data: begin${'y'.repeat(30_000)}`;
        const tap = new Tap({ isEventStream: true });
        const bytes = Buffer.from(before + last);
        for (let at = 0; at < bytes.length; at += size) tap.push(bytes.subarray(at, at + size));
        const { head, tail, hasGap } = tap.kept();
        expect((hasGap ? tail : head).endsWith(last)).toBe(true);
        tap.release();
      }
    },
  );

  it.each([1, 7, 4_096, 4_097, 50_000])('is all of a text of up to 36 KB, in chunks of %i bytes', (size) => {
    const text = Array.from({ length: 36_864 }, (_, at) => String.fromCharCode(97 + (at % 26))).join('');
    for (const length of [0, 1, 4_096, 4_097, 8_192, 8_193, 20_000, 36_864]) {
      const tap = new Tap({ isEventStream: false });
      for (let at = 0; at < length; at += size)
        tap.push(Buffer.from(text.slice(at, Math.min(length, at + size))));
      expect(tap.kept()).toEqual({ head: text.slice(0, length), tail: '', hasGap: false });
      tap.release();
    }
    const longer = new Tap({ isEventStream: false });
    longer.push(Buffer.from(text));
    longer.push(Buffer.from('!'));
    expect(longer.kept()).toEqual({
      head: text.slice(0, 4_096),
      tail: `${text.slice(4_097)}!`,
      hasGap: true,
    });
    longer.release();
  });

  it.each([10, 4_096, 8_000])('is a copy, so that a chunk of %i bytes can be freed', (size) => {
    const chunk = Buffer.alloc(size, 'x');
    const tail = tailOf();
    tail.push(chunk);
    chunk.fill('y');
    expect(tail.text()).toMatch(/^x+$/);
    expect(tail.text()).toHaveLength(size);
  });
});

describe('the buffer of a stream that is over', () => {
  /** Buffers that are allocated while `streams` tails are used at the same time. */
  function allocatedFor(streams: number): number {
    const allocated = jest.spyOn(Buffer, 'allocUnsafeSlow');
    const tails = Array.from({ length: streams }, () => tailOf('data: 1\n\n'));
    const { length } = allocated.mock.calls;
    allocated.mockRestore();
    for (const tail of tails) tail.release();
    return length;
  }

  it('serves the next stream, of which it then has the bytes alone', () => {
    allocatedFor(1);
    expect(allocatedFor(1)).toBe(0);
    const first = tailOf('data: of the first [DONE]\n\n'.repeat(100));
    first.release();
    const second = tailOf('data: 2');
    expect([second.text(), second.endsEvent(), second.endsStream()]).toEqual(['data: 2', false, false]);
    expect([first.text(), first.endsEvent(), first.endsStream()]).toEqual(['', true, false]);
  });

  it('is one of 64 that are kept at most', () => {
    allocatedFor(100);
    expect(allocatedFor(100)).toBe(100 - 64);
  });

  it('is returned once, however often the tail is released', () => {
    allocatedFor(64); // all spare ones are there
    const [tail, other] = [tailOf('a'), tailOf('b')];
    tail.release();
    tail.release();
    const [next, last] = [tailOf('c'), tailOf('d')];
    expect([other, next, last].map((each) => each.text())).toEqual(['b', 'c', 'd']);
  });
});
