import { collectAll, free, countBytes } from '../../../src/proxy/exchange/buffer-gc';

const CHUNK_BYTES = 64 * 1024;
const TOTAL_BYTES = 400 * 1024 * 1024;

/** The most bytes outside V8's heap while bodies pass through in chunks that nothing keeps, above the level before. */
async function mostHeld(count: (bytes: number) => void): Promise<number> {
  const before = process.memoryUsage().arrayBuffers;
  let most = 0;
  for (let sent = 0; sent < TOTAL_BYTES; sent += CHUNK_BYTES) {
    const chunk = Buffer.alloc(CHUNK_BYTES);
    count(chunk.length);
    most = Math.max(most, process.memoryUsage().arrayBuffers - before);
    if (sent % (16 * CHUNK_BYTES) === 0) await new Promise((resolve) => setImmediate(resolve));
  }
  return most;
}

describe('bodies that passed through', () => {
  it('are collected before they reach 16 MB, which V8 alone would not do', async () => {
    const alone = await mostHeld(() => undefined);
    const counted = await mostHeld(countBytes);
    expect(counted).toBeLessThan(16 * 1024 * 1024);
    expect(alone).toBeGreaterThan(counted);
  });
});

describe('a body that was held for a while', () => {
  const MB = 1024 * 1024;

  /** Bodies that so many minor collections have seen are old, and out of reach of the next. */
  function oldBodies(): Buffer[] {
    const bodies = Array.from({ length: 16 }, () => Buffer.allocUnsafeSlow(MB));
    for (let collections = 0; collections < 4; collections++) countBytes(4 * MB);
    return bodies;
  }

  function freedBy(release: (bodies: Buffer[]) => void): number {
    const bodies = oldBodies();
    const before = process.memoryUsage().arrayBuffers;
    release(bodies);
    bodies.splice(0);
    countBytes(4 * MB);
    return before - process.memoryUsage().arrayBuffers;
  }

  it('frees its memory at once, which dropping the reference does not do', () => {
    collectAll();
    expect(freedBy(() => undefined)).toBeLessThan(4 * MB);
    collectAll();
    expect(freedBy((bodies) => bodies.forEach(free))).toBeGreaterThanOrEqual(15 * MB);
  });

  it('is empty then, and so is every view of it', () => {
    const body = Buffer.allocUnsafeSlow(MB);
    const view = body.subarray(10, 20);
    free(body);
    expect([body.length, view.length]).toEqual([0, 0]);
  });

  it('is left to V8 if its memory is not its own, or small', () => {
    const whole = Buffer.allocUnsafeSlow(2 * MB);
    free(whole.subarray(0, MB));
    const small = Buffer.from('small');
    free(small);
    expect([whole.length, small.toString()]).toEqual([2 * MB, 'small']);
  });
});
