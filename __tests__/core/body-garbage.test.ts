import { wentBy } from '../../src/core/body-garbage';

const CHUNK_BYTES = 64 * 1024;
const TOTAL_BYTES = 400 * 1024 * 1024;

/** The most bytes outside V8's heap while bodies go by in chunks that nobody keeps, over what there was before. */
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

describe('bodies that went by', () => {
  it('are let go before they are 16 MB, which V8 alone would not do', async () => {
    const alone = await mostHeld(() => undefined);
    const counted = await mostHeld(wentBy);
    expect(counted).toBeLessThan(16 * 1024 * 1024);
    expect(alone).toBeGreaterThan(counted);
  });
});
