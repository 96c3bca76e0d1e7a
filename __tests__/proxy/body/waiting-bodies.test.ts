import * as clock from '../../../src/clock/monotonic';
import { WaitingBodies, type Claim } from '../../../src/proxy/body/waiting-bodies';

const TIMES = { patienceMs: 500, maxWaitMs: 10_000, maxStandstillMs: 1_500 };
const LARGE_BYTES = 100;

interface Body extends Omit<Claim, 'ofBytes'> {
  readonly name: string;
  readonly isLarge?: boolean;
}

let nowMs: number;
/** What happened to the bodies, in order: `name` if one got room, else `name code`. */
let results: string[];
let waiting: WaitingBodies;

beforeEach(() => {
  nowMs = 1_000_000;
  jest.spyOn(clock, 'monotonicMs').mockImplementation(() => nowMs);
  results = [];
  waiting = new WaitingBodies(TIMES);
});
afterEach(() => jest.restoreAllMocks());

function add({ name, bytes, heldBytes, isLarge = false }: Body): void {
  const ofBytes = isLarge ? LARGE_BYTES : LARGE_BYTES - 1;
  waiting.add({ bytes, heldBytes, ofBytes }, (failure) => {
    results.push(failure ? `${name} ${failure.code}` : name);
  });
}

/** Serves the bodies while there is room for them. */
function serve(roomBytes: number): void {
  waiting.serve(
    ({ bytes }) => {
      if (bytes > roomBytes) return false;
      roomBytes -= bytes;
      return true;
    },
    (bytes) => bytes >= LARGE_BYTES,
  );
}

describe('a body that waits for room', () => {
  it.each<[title: string, roomBytes: number, bodies: readonly Body[], served: readonly string[]]>([
    [
      'gets it in the order of missing bytes, the fewest first',
      9,
      [
        { name: 'most', bytes: 3, heldBytes: 0, isLarge: true },
        { name: 'fewest', bytes: 3, heldBytes: 2, isLarge: true },
        { name: 'between', bytes: 3, heldBytes: 1 },
      ],
      ['fewest', 'between', 'most'],
    ],
    [
      'gets it if it is small, although a large one before it has no room',
      3,
      [
        { name: 'large', bytes: 4, heldBytes: 4, isLarge: true },
        { name: 'small', bytes: 2, heldBytes: 0 },
      ],
      ['small'],
    ],
    [
      'does not get it if it is large and a large one before it has none, although it would fit',
      3,
      [
        { name: 'large', bytes: 4, heldBytes: 4, isLarge: true },
        { name: 'next large', bytes: 2, heldBytes: 0, isLarge: true },
      ],
      [],
    ],
    [
      'gets it if it is small, although two large ones wait before it',
      3,
      [
        { name: 'large', bytes: 4, heldBytes: 4, isLarge: true },
        { name: 'next large', bytes: 2, heldBytes: 1, isLarge: true },
        { name: 'small', bytes: 3, heldBytes: 0 },
      ],
      ['small'],
    ],
    [
      'does not get it if a small one before it has none, although it would fit',
      3,
      [
        { name: 'small', bytes: 4, heldBytes: 4 },
        { name: 'next small', bytes: 2, heldBytes: 0 },
        { name: 'large', bytes: 3, heldBytes: 0, isLarge: true },
      ],
      [],
    ],
  ])('%s', (_title, roomBytes, bodies, served) => {
    for (const body of bodies) add(body);
    serve(roomBytes);
    expect(results).toEqual(served);
    expect(waiting.length).toBe(bodies.length - served.length);
  });
});

describe('a deadlock of bodies that wait for each other', () => {
  const first: Body = { name: 'first', bytes: 4, heldBytes: 3 };
  const middle: Body = { name: 'middle', bytes: 4, heldBytes: 2 };
  const last: Body = { name: 'last', bytes: 4, heldBytes: 1 };
  const unread: Body = { name: 'unread', bytes: 4, heldBytes: 0 };

  it.each<[title: string, bodies: readonly Body[], failed: readonly string[]]>([
    [
      'is broken by failing the partly received one with the most missing bytes',
      [last, first, middle],
      ['last too-busy'],
    ],
    ['is not broken by failing one that holds no memory, since that would free none', [first, unread], []],
    [
      'is broken by failing one that holds memory, although one without any has more missing bytes',
      [first, middle, unread],
      ['middle too-busy'],
    ],
    ['needs more bodies than one: the only one does not fail', [first], []],
  ])('%s', (_title, bodies, failed) => {
    for (const body of bodies) add(body);
    nowMs += TIMES.maxStandstillMs;
    waiting.breakDeadlock(nowMs);
    expect(results).toEqual(failed);
  });

  it.each<[title: string, lateMs: number, movedAfterMs: number | undefined, failed: readonly string[]]>([
    ['is not broken at once', 0, undefined, []],
    ['is not broken a moment before the standstill is over', TIMES.maxStandstillMs - 1, undefined, []],
    ['is broken when the standstill is over', TIMES.maxStandstillMs, undefined, ['last too-busy']],
    ['is not broken if room was released meanwhile', TIMES.maxStandstillMs, 1, []],
    ['is broken if no more room was released since', TIMES.maxStandstillMs + 1, 1, ['last too-busy']],
  ])('%s', (_title, lateMs, movedAfterMs, failed) => {
    for (const body of [first, last]) add(body);
    const startedMs = nowMs;
    if (movedAfterMs !== undefined) {
      nowMs = startedMs + movedAfterMs;
      waiting.moved();
    }
    nowMs = startedMs + lateMs;
    waiting.breakDeadlock(nowMs);
    expect(results).toEqual(failed);
  });

  it('is not broken if one of them got room meanwhile', () => {
    for (const body of [first, last, { ...middle, bytes: 2 }]) add(body);
    nowMs += TIMES.maxStandstillMs - 1;
    serve(2);
    nowMs += 1;
    waiting.breakDeadlock(nowMs);
    expect(results).toEqual(['middle']);
  });
});
