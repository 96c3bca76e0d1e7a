import fc from 'fast-check';
import { danglingBytes } from '../../src/http/utf8';

describe('danglingBytes', () => {
  it('says for every cut of any text how many bytes belong to the cut character', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme', maxLength: 20 }), (any) => {
        const text = any.replaceAll('\ufffd', ''); // stands for what is garbled
        const bytes = Buffer.from(text);
        for (let cut = 0; cut <= bytes.length; cut++) {
          const head = bytes.subarray(0, cut);
          const whole = head.subarray(0, cut - danglingBytes(head));
          expect(whole.toString()).not.toMatch(/\ufffd$/);
          expect(danglingBytes(whole)).toBe(0);
          expect(bytes.subarray(whole.length, cut).length).toBeLessThan(4);
        }
      }),
    );
  });

  it.each([
    ['', 0],
    ['61', 0],
    ['e4bda0', 0],
    ['e4bd', 2],
    ['e4', 1],
    ['f09f99', 3],
    ['f09f', 2],
    ['c3', 1],
    ['80', 0], // the rest of a character that never began
    ['8080808080', 0],
    ['e441', 0], // a character that another one interrupts
    ['c080', 0],
    // The first bytes of characters of each length, and those beside them, which no character has.
    ['c1', 0],
    ['c2', 1],
    ['df', 1],
    ['e0', 1],
    ['ef', 1],
    ['f0', 1],
    ['f4', 1],
    ['f5', 0],
    ['ff', 0],
  ])('%s has %i', (hex, count) => {
    expect(danglingBytes(Buffer.from(hex, 'hex'))).toBe(count);
  });
});
