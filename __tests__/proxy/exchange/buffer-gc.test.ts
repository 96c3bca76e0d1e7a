import { PerformanceObserver, constants, type PerformanceEntry } from 'node:perf_hooks';
import { setImmediate as nextTurn, setTimeout as sleep } from 'node:timers/promises';
import { collectAll, collectFor, countBytes, free } from '../../../src/proxy/exchange/buffer-gc';

const MB = 1024 * 1024;
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
    if (sent % (16 * CHUNK_BYTES) === 0) await nextTurn();
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

describe('collectFor', () => {
  afterAll(() => {
    collectFor(0);
  });

  /** How many minor collections there are while 400 MB pass. */
  async function collections(): Promise<number> {
    let count = 0;
    const observer = new PerformanceObserver((list) => {
      count += list.getEntries().filter(isForced).length;
    });
    observer.observe({ entryTypes: ['gc'] });
    await mostHeld(countBytes);
    await sleep(20); // the observer gets them later
    observer.disconnect();
    return count;
  }

  it.each([
    [4, 'the smallest function', 4],
    [6, 'a function with 48 MB for bodies', 48],
    [8, 'a machine with memory', 1_000],
  ])('collects after each %i MB on %s', async (megabytes, _where, bodyMegabytes) => {
    collectFor(bodyMegabytes * MB);
    const expected = TOTAL_BYTES / MB / megabytes;
    const counted = await collections();
    expect(counted).toBeGreaterThan(0.85 * expected);
    expect(counted).toBeLessThan(1.15 * expected);
  });
});

describe('so many bytes outside the heap that some of them must be old', () => {
  afterAll(() => {
    collectFor(0);
  });

  /** How many major collections were asked for, each time that 4 MB have passed while so much more is held. */
  async function majorsWhile(heldMegabytes: readonly number[]): Promise<number[]> {
    let majors = 0;
    const observer = new PerformanceObserver((list) => {
      majors += list.getEntries().filter(isForcedMajor).length;
    });
    collectAll();
    await sleep(20); // or this one would count
    observer.observe({ entryTypes: ['gc'] });
    const held: Buffer[] = [];
    const counts: number[] = [];
    for (const megabytes of heldMegabytes) {
      held.push(...Array.from({ length: megabytes }, () => Buffer.alloc(MB)));
      majors = 0;
      countBytes(8 * MB);
      await sleep(20); // the observer gets them later
      counts.push(majors);
    }
    observer.disconnect();
    return held.length > 0 ? counts : [];
  }

  it('are collected with the old ones, once, and again when there is half as much more', async () => {
    collectFor(40 * MB);
    expect(await majorsWhile([8, 40, 0, 2, 24, 0])).toEqual([0, 1, 0, 0, 1, 0]);
  });

  it('are left to V8 where there is memory', async () => {
    collectFor(1_000 * MB);
    expect(await majorsWhile([8, 40, 24])).toEqual([0, 0, 0]);
  });
});

/** What an entry of a collection has; Node's types leave it out. */
function detailOf(entry: PerformanceEntry): { readonly kind: number; readonly flags: number } {
  return (entry as PerformanceEntry & { readonly detail: { readonly kind: number; readonly flags: number } })
    .detail;
}

/** Whether a collection was asked for: V8 adds some of its own. */
function isForced(entry: PerformanceEntry): boolean {
  return (detailOf(entry).flags & constants.NODE_PERFORMANCE_GC_FLAGS_FORCED) !== 0;
}

function isForcedMajor(entry: PerformanceEntry): boolean {
  return isForced(entry) && detailOf(entry).kind === constants.NODE_PERFORMANCE_GC_MAJOR;
}

describe('a body that was held for a while', () => {
  /** Bodies that so many minor collections have seen are old, and out of reach of the next. */
  async function oldBodies(): Promise<Buffer[]> {
    const bodies = Array.from({ length: 16 }, () => Buffer.allocUnsafeSlow(MB));
    for (let collections = 0; collections < 4; collections++) {
      await nextTurn();
      countBytes(4 * MB);
    }
    return bodies;
  }

  async function freedBy(release: (bodies: Buffer[]) => void): Promise<number> {
    const bodies = await oldBodies();
    const before = process.memoryUsage().arrayBuffers;
    release(bodies);
    bodies.splice(0);
    for (let collections = 0; collections < 2; collections++) {
      await nextTurn();
      countBytes(4 * MB); // the second one waits for the first one's sweeper
    }
    return before - process.memoryUsage().arrayBuffers;
  }

  it('frees its memory at the end of the turn, which dropping the reference does not do', async () => {
    collectAll();
    expect(await freedBy(() => undefined)).toBeLessThan(4 * MB);
    collectAll();
    expect(await freedBy((bodies) => bodies.forEach(free))).toBeGreaterThanOrEqual(15 * MB);
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

describe('the collections of one turn of the event loop', () => {
  const MB = 1024 * 1024;

  async function collectionsWhile(run: () => void): Promise<number> {
    let collections = 0;
    const observer = new PerformanceObserver((list) => (collections += list.getEntries().length));
    observer.observe({ entryTypes: ['gc'] });
    for (let turns = 0; turns < 5; turns++) await nextTurn();
    collections = 0;
    run();
    for (let turns = 0; turns < 5; turns++) await nextTurn();
    observer.disconnect();
    return collections;
  }

  it('are one for a hundred bodies that end at once', async () => {
    const bodies = Array.from({ length: 100 }, () => Buffer.allocUnsafeSlow(MB / 2));
    const collections = await collectionsWhile(() => bodies.forEach(free));
    expect(collections).toBeGreaterThanOrEqual(1);
    expect(collections).toBeLessThanOrEqual(3);
  });

  it('are more if more than 16 MB pass through in it', async () => {
    const collections = await collectionsWhile(() => {
      for (let sent = 0; sent < 64; sent++) countBytes(MB);
    });
    expect(collections).toBeGreaterThanOrEqual(4);
    expect(collections).toBeLessThanOrEqual(6);
  });
});
