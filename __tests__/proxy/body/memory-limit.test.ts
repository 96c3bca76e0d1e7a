import { totalmem } from 'node:os';
import { bodyMemoryFor, functionMemoryBytes, memoryLimitBytes } from '../../../src/proxy/body/memory-limit';

const MB = 1024 * 1024;

describe('the memory that bodies may take', () => {
  it.each([
    [64, 4],
    [128, 36],
    [256, 100],
    [3072, 1024],
    [100_000, 1024],
  ])('of %d MB is %d MB', (limit, bodies) => {
    expect(bodyMemoryFor(limit * MB)).toBe(bodies * MB);
  });

  it.each([
    ['64', 64],
    ['128', 128],
    ['3072', 3072],
  ])('is computed from X-Scf-Memory: %s', (header, megabytes) => {
    expect(functionMemoryBytes(header)).toBe(megabytes * MB);
  });

  it.each([undefined, '', '0', '1', '127', '129', '-128', '128MB', '128, 64', '1e3', '99999999999', ['128']])(
    'is not computed from %p, which is not a function’s memory size',
    (header) => {
      expect(functionMemoryBytes(header)).toBeUndefined();
    },
  );

  it('is never computed from more than the machine has', () => {
    expect(memoryLimitBytes()).toBeGreaterThan(0);
    expect(memoryLimitBytes()).toBeLessThanOrEqual(totalmem());
  });
});
