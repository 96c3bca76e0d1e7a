import { HeldBytes } from '../../../src/proxy/http1/held-bytes';

describe('HeldBytes', () => {
  it('holds nothing at first', () => {
    const held = new HeldBytes();
    expect([held.length, held.view().length]).toEqual([0, 0]);
  });

  it.each([1, 7, 1_023, 1_024, 1_025, 5_000])('holds pieces of %d bytes in their order', (size) => {
    const bytes = Buffer.from(Array.from({ length: 20_000 }, (_, at) => at % 251));
    const held = new HeldBytes();
    for (let at = 0; at < bytes.length; at += size) {
      held.add(bytes.subarray(at, at + size));
      expect(held.length).toBe(Math.min(bytes.length, at + size));
    }
    expect(held.view().equals(bytes)).toBe(true);
    held.clear();
    expect([held.length, held.view().length]).toEqual([0, 0]);
    held.add(Buffer.from('again'));
    expect(held.view().toString()).toBe('again');
  });

  it('copies what it holds a few times at most, however small the pieces', () => {
    const allocate = jest.spyOn(Buffer, 'allocUnsafe');
    const held = new HeldBytes();
    for (let at = 0; at < 65_536; at++) held.add(Buffer.of(at % 251));
    const sizes = allocate.mock.calls.map(([size]) => size).filter((size) => size >= 1_024);
    allocate.mockRestore();
    expect(held.length).toBe(65_536);
    expect(sizes.length).toBeLessThanOrEqual(8);
  });
});
