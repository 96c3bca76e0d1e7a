import fc from 'fast-check';
import { ClientMessages } from '../../../src/proxy/sockets/client-messages';
import { FrameBoundary } from '../../../src/proxy/sockets/frame-boundary';
import { clientFrame, closeFrame, masked, serverFrame } from '../../../src/proxy/sockets/masked-frame';

const MASK = Buffer.from([1, 2, 0xfe, 0xff]);
const sizes = fc.oneof(fc.integer({ min: 0, max: 300 }), fc.constantFrom(125, 126, 65_535, 65_536, 70_000));
const messages = fc.array(
  fc.tuple(
    fc.constantFrom(1, 2, 9),
    sizes.map((size) => Buffer.alloc(size, 'é')),
  ),
  { minLength: 1, maxLength: 5 },
);
/** Control frames are short. */
const bounded = (opcode: number, payload: Buffer) => (opcode > 8 ? payload.subarray(0, 125) : payload);

/** In pieces of these lengths, in turn. */
function pieces(bytes: Buffer, lengths: readonly number[]): Buffer[] {
  const result: Buffer[] = [];
  for (let at = 0, turn = 0; at < bytes.length; turn++) {
    const length = lengths[turn % lengths.length] ?? 1;
    result.push(bytes.subarray(at, at + length));
    at += length;
  }
  return result;
}

describe('The messages of a client', () => {
  it('are the same in whatever pieces they come, and keep their bytes', () => {
    const lengths = fc.array(fc.constantFrom(1, 2, 7, 1_000, 100_000), { minLength: 1, maxLength: 4 });
    fc.assert(
      fc.property(messages, lengths, (sent, cuts) => {
        const frames = sent.map(([opcode, payload]) => clientFrame(opcode, bounded(opcode, payload), MASK));
        const reader = new ClientMessages(100_000);
        const got: string[] = [];
        for (const piece of pieces(Buffer.concat(frames), cuts)) {
          reader.push(piece);
          for (let one = reader.next(); one; one = reader.next()) {
            got.push(`${one.opcode} ${one.payload.toString('hex')} ${one.bytes.toString('hex')}`);
          }
        }
        expect(reader.isBegun).toBe(false);
        expect(got).toEqual(
          sent.map(
            ([opcode, payload], at) =>
              `${opcode} ${bounded(opcode, payload).toString('hex')} ${frames[at]?.toString('hex')}`,
          ),
        );
      }),
      { numRuns: 30 },
    );
  });

  it('are refused by their announced length, all fragments together', () => {
    const reader = new ClientMessages(10);
    const first = clientFrame(1, Buffer.from('123456'), MASK);
    first[0] = 1; // more follows
    reader.push(first);
    expect(reader.next()).toBeUndefined();
    reader.push(clientFrame(0, Buffer.from('12345'), MASK).subarray(0, 2));
    expect(() => reader.next()).toThrow(expect.objectContaining({ code: 'body-too-large' }) as Error);
  });

  it('are read a few hundred frames at once, however many have come', () => {
    const reader = new ClientMessages(100_000);
    const [first, middle] = [1, 0].map((opcode) => clientFrame(opcode, Buffer.from('a'), MASK));
    for (const frame of [first, middle]) if (frame) frame[0] = (frame[0] ?? 0) & 0x7f; // more follows
    const last = clientFrame(0, Buffer.from('b'), MASK);
    reader.push(Buffer.concat([first ?? last, ...Array<Buffer>(1_000).fill(middle ?? last), last]));
    let rounds = 0;
    let message = reader.next();
    for (; !message && reader.isInterrupted; message = reader.next()) rounds++;
    expect(rounds).toBeGreaterThanOrEqual(3);
    expect([message?.payload.toString(), reader.isInterrupted]).toEqual([`${'a'.repeat(1_001)}b`, false]);
    expect([reader.next(), reader.isInterrupted]).toEqual([undefined, false]);
  });
});

it('A mask is taken off by putting it on again, whatever the length', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 40 }), (bytes) => {
      const plain = Buffer.from(bytes);
      expect(masked(masked(plain, MASK), MASK)).toEqual(plain);
      expect(masked(plain, MASK)).toEqual(plain.map((byte, at) => byte ^ (MASK[at % 4] ?? 0)));
    }),
  );
});

it('A frame of the proxy may stand between two messages of a server, and nowhere else', () => {
  const message = Buffer.concat([
    Buffer.from([0x01, 2, 0x61, 0x62]), // begins
    serverFrame(9, Buffer.from('ping')),
    Buffer.from([0x80, 1, 0x63]), // ends
    serverFrame(2, Buffer.alloc(300)),
    closeFrame(1000, 'bye'),
  ]);
  const ends = new Set([0, 13, 13 + 304, message.length]);
  const boundary = new FrameBoundary();
  for (let at = 0; at <= message.length; at++) {
    expect([at, boundary.isBetweenMessages]).toEqual([at, ends.has(at)]);
    boundary.push(message.subarray(at, at + 1));
  }
});
