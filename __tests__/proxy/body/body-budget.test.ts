import { monotonicMs } from '../../../src/clock/monotonic';
import { BodyBudget } from '../../../src/proxy/body/body-budget';
import type { Reader, ReaderEntry } from '../../../src/proxy/body/body-readers';
import type { ProxyError } from '../../../src/errors/proxy-error';

const KB = 1024;
const MB = 1024 * KB;
const TIMES = { patienceMs: 30, maxWaitMs: 120, paceMs: 20, maxStallMs: 60, maxStandstillMs: 60, tickMs: 5 };

type Result = 'room' | ProxyError['code'];

/** Waits for room; `order` has the names of those who got it, as they got it. */
function waitFor(budget: BodyBudget, bytes: number, order: string[] = [], name = ''): Promise<Result> {
  return new Promise((resolve) => {
    budget.wait({ bytes, ofBytes: bytes, heldBytes: 0 }, (failure) => {
      if (!failure) order.push(name);
      resolve(failure?.code ?? 'room');
    });
  });
}

const tick = () => new Promise((resolve) => setImmediate(resolve));

class FakeReader implements Reader {
  filledBytes = 0;
  failure: ProxyError | undefined;
  entry: ReaderEntry | undefined;

  constructor(
    private readonly budget: BodyBudget,
    public claimedBytes: number,
  ) {}

  shrink(): void {
    this.budget.release(this.claimedBytes - this.filledBytes);
    this.claimedBytes = this.filledBytes;
  }

  fail(failure: ProxyError): void {
    this.failure = failure;
    if (this.entry) this.budget.readers.remove(this.entry);
    this.budget.release(this.claimedBytes);
  }
}

describe('the memory for bodies', () => {
  it('is taken while some is available, and released', () => {
    const budget = new BodyBudget(8 * MB, TIMES);
    expect(budget.take(3 * MB)).toBe(true);
    expect(budget.take(3 * MB)).toBe(true);
    expect(budget.take(MB)).toBe(false);
    budget.release(3 * MB);
    expect(budget.take(MB)).toBe(true);
    expect(budget.heldBytes).toBe(4 * MB);
  });

  it('keeps a quarter for small bodies, which large ones never delay', () => {
    const budget = new BodyBudget(8 * MB, TIMES);
    expect(budget.take(6 * MB)).toBe(true);
    expect(budget.take(300 * KB)).toBe(false);
    for (let small = 0; small < 8; small++) expect(budget.take(256 * KB)).toBe(true);
    expect(budget.take(256 * KB)).toBe(false);
  });

  it('goes first to the body with the fewest missing bytes, and among equals to the oldest', async () => {
    const budget = new BodyBudget(8 * MB, TIMES);
    budget.take(6 * MB);
    const order: string[] = [];
    const all = [
      waitFor(budget, 4 * MB, order, 'large'),
      waitFor(budget, MB, order, 'one'),
      waitFor(budget, MB, order, 'two'),
    ];
    expect(budget.take(300 * KB)).toBe(false); // nobody passes those who wait
    budget.release(6 * MB);
    expect(await Promise.all(all)).toEqual(['room', 'room', 'room']);
    expect(order).toEqual(['one', 'two', 'large']);
    expect(budget.heldBytes).toBe(6 * MB);
  });

  it('goes to a small body while a large one with fewer missing bytes has no room', async () => {
    const budget = new BodyBudget(8 * MB, TIMES);
    budget.take(6 * MB);
    budget.count(2 * MB);
    const order: string[] = [];
    budget.wait({ bytes: 64 * KB, ofBytes: 4 * MB, heldBytes: 3 * MB }, (failure) =>
      order.push(failure?.code ?? 'large'),
    );
    const small = waitFor(budget, 256 * KB, order, 'small');
    budget.release(MB);
    await small;
    expect(order).toEqual(['small']);
  });

  it('is denied with Retry-After once the longest wait is over', async () => {
    const budget = new BodyBudget(8 * MB, TIMES);
    budget.take(6 * MB);
    const failure = await new Promise<ProxyError | undefined>((resolve) => {
      budget.wait({ bytes: MB, ofBytes: MB, heldBytes: 0 }, resolve);
    });
    expect(failure).toMatchObject({ code: 'too-busy', status: 503 });
    expect(failure?.retryAfterMs).toBeGreaterThan(0);
    expect([budget.waiting, budget.heldBytes]).toEqual([0, 6 * MB]);
  });

  it('is denied at once to a body that never fits, and to more bodies than may wait', async () => {
    const budget = new BodyBudget(8 * MB, { ...TIMES, maxWaitMs: 60_000 });
    expect(await waitFor(budget, 7 * MB)).toBe('body-too-large');
    budget.take(6 * MB);
    const waiting = Array.from({ length: 200 }, () =>
      budget.wait({ bytes: MB, ofBytes: MB, heldBytes: 0 }, () => undefined),
    );
    expect(await waitFor(budget, MB)).toBe('too-busy');
    for (const leave of waiting) leave();
    expect(budget.waiting).toBe(0);
  });

  it('is not given to a client that has disconnected', async () => {
    const budget = new BodyBudget(8 * MB, TIMES);
    budget.take(6 * MB);
    const done: unknown[] = [];
    const leave = budget.wait({ bytes: MB, ofBytes: MB, heldBytes: 0 }, () => done.push('left'));
    leave();
    budget.release(6 * MB);
    await tick();
    await tick();
    expect([done, budget.heldBytes]).toEqual([[], 0]);
  });

  it('is taken from copies kept for a second attempt, the oldest first, and only from as many as needed', async () => {
    const budget = new BodyBudget(8 * MB, TIMES);
    const dropped: string[] = [];
    for (const name of ['first', 'second', 'third']) {
      budget.take(2 * MB);
      budget.addSpare(() => {
        dropped.push(name);
        budget.release(2 * MB);
      });
    }
    const started = monotonicMs();
    expect(await waitFor(budget, 3 * MB)).toBe('room');
    expect(monotonicMs() - started).toBeGreaterThanOrEqual(TIMES.patienceMs - 5);
    expect(dropped).toEqual(['first', 'second']);
  });

  it('is not taken from a copy that is in use again', async () => {
    const budget = new BodyBudget(8 * MB, TIMES);
    budget.take(6 * MB);
    const drop = jest.fn();
    budget.removeSpare(budget.addSpare(drop));
    expect(await waitFor(budget, MB)).toBe('too-busy');
    expect(drop).not.toHaveBeenCalled();
  });

  it('is not held for a length that a slow client has only announced', async () => {
    const budget = new BodyBudget(8 * MB, { ...TIMES, maxStallMs: 60_000 });
    budget.take(6 * MB);
    const reader = new FakeReader(budget, 6 * MB);
    reader.filledBytes = MB;
    reader.entry = budget.readers.add(reader);
    expect(await waitFor(budget, 4 * MB)).toBe('room');
    expect([reader.claimedBytes, reader.failure]).toEqual([MB, undefined]);
  });

  it('is taken from a stalled client if others wait; that client gets request-timeout', async () => {
    const budget = new BodyBudget(8 * MB, TIMES);
    budget.take(6 * MB);
    const reader = new FakeReader(budget, 6 * MB);
    reader.filledBytes = 5 * MB;
    reader.entry = budget.readers.add(reader);
    expect(await waitFor(budget, 4 * MB)).toBe('room');
    expect(reader.failure?.code).toBe('request-timeout');
  });

  it('is taken from the body with the most missing bytes if partly received bodies wait for each other', async () => {
    const budget = new BodyBudget(8 * MB, { ...TIMES, maxWaitMs: 60_000 });
    const order: string[] = [];
    const results = [3, 2, 1].map((held) => {
      budget.count(held * MB);
      return new Promise<Result>((resolve) => {
        budget.wait({ bytes: MB, ofBytes: 4 * MB, heldBytes: held * MB }, (failure) => {
          order.push(`${held} ${failure?.code ?? 'room'}`);
          budget.release((failure ? held : held + 1) * MB);
          resolve(failure?.code ?? 'room');
        });
      });
    });
    await Promise.all(results);
    expect(order).toEqual(['1 too-busy', '3 room', '2 room']);
    expect(budget.heldBytes).toBe(0);
  });

  it('is not taken from a stalled client if no other waits', async () => {
    const budget = new BodyBudget(8 * MB, TIMES);
    budget.take(6 * MB);
    const reader = new FakeReader(budget, 6 * MB);
    reader.entry = budget.readers.add(reader);
    await new Promise((resolve) => setTimeout(resolve, 2 * TIMES.maxStallMs));
    expect([reader.claimedBytes, reader.failure]).toEqual([6 * MB, undefined]);
  });

  it('can be lowered once more is known about the machine, and never raised', () => {
    const budget = new BodyBudget(8 * MB, TIMES);
    budget.lowerTo(16 * MB);
    expect(budget.limitBytes).toBe(8 * MB);
    budget.lowerTo(4 * MB);
    expect(budget.take(4 * MB)).toBe(false);
  });
});
