import { TEXT, decodeFrame, encodeFrame } from '../../../../scripts/bench/leaks/frames';

describe('a frame of the WebSockets that are searched for leaks', () => {
  it('is read as RFC 6455 §5.7 has it, masked or not', () => {
    for (const hex of ['810548656c6c6f', '818537fa213d7f9f4d5158']) {
      const decoded = decodeFrame(Buffer.from(`${hex}8900`, 'hex'));
      expect(decoded?.frame).toEqual({ opcode: TEXT, payload: Buffer.from('Hello') });
      expect(decoded?.rest.toString('hex')).toBe('8900');
    }
  });

  it.each([0, 125, 126, 60_000])('is read as it was written with %d bytes', (length) => {
    const payload = Buffer.alloc(length, 'é');
    for (const masked of [true, false]) {
      const bytes = encodeFrame(TEXT, payload, masked);
      expect(decodeFrame(bytes)).toEqual({ frame: { opcode: TEXT, payload }, rest: Buffer.alloc(0) });
      expect(decodeFrame(bytes.subarray(0, -1))).toBeUndefined();
    }
  });
});
