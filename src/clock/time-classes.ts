/** Times in classes, each a fifth longer than the one before: how many there were of each. */
export type TimeCounts = Map<number, number>;

const RATIO = 1.2;
/** Of the first class, and of what is shorter. */
const SHORTEST_MS = 30;
/** The last one, of three minutes, has what is longer as well. */
export const TIME_CLASSES = 49;

export function timeClassOf(ms: number): number {
  const found = Math.round(Math.log(ms / SHORTEST_MS) / Math.log(RATIO));
  return Math.min(Math.max(found, 0), TIME_CLASSES - 1) || 0; // NaN is no class
}

export function countTime(counts: TimeCounts, timeClass: number, times = 1): void {
  counts.set(timeClass, (counts.get(timeClass) ?? 0) + times);
}

/**
 * The time that a share of them did not exceed, at most a tenth off; `undefined` if there are none.
 * @param share in (0, 1]
 */
export function timeAt(counts: TimeCounts, share: number): number | undefined {
  let rest = share * timesIn(counts);
  for (const [timeClass, times] of [...counts].sort(([one], [other]) => one - other)) {
    rest -= times;
    if (rest <= 0) return Math.round(SHORTEST_MS * RATIO ** timeClass);
  }
  return undefined;
}

export function timesIn(counts: TimeCounts): number {
  let sum = 0;
  for (const times of counts.values()) sum += times;
  return sum;
}
