import { Random } from './random';
import type { Target } from './target';

/** Below this a ratio says more of the machine than of the code. */
const MIN_MS = 4;
const LONGEST = 64 * 1_024;
/** Of less, no growth can be seen. */
const SHORTEST = 1_024;
const ROUNDS = 5;

/** How much longer an input of twice the length takes. */
export interface Growth {
  readonly ratio: number;
  /** Of the longer one. */
  readonly ms: number;
  readonly input: string;
}

/**
 * Takes a part of an input and repeats it, to two lengths.
 * @returns `undefined` if it is too quick to tell, as most are
 */
export async function growthOf(target: Target, input: string, seed: number): Promise<Growth | undefined> {
  const random = new Random(seed);
  const from = random.below(input.length);
  const unit = input.slice(from, from + 1 + random.below(24));
  const longest = Math.min(target.maxLength, LONGEST);
  if (unit === '' || longest < SHORTEST) return undefined;
  const ofLength = (length: number) =>
    input.slice(0, Math.min(from, 64)) +
    unit.repeat(Math.ceil(length / unit.length)).slice(0, length) +
    input.slice(from).slice(0, 64);
  const [long, short] = [ofLength(longest - 128), ofLength(longest / 2 - 128)];
  if ((await timeOf(target, long, seed)) < MIN_MS) return undefined;
  // In turn, so that a machine that is busy for a while slows both.
  let [longMs, shortMs] = [Infinity, Infinity];
  for (let round = 0; round < ROUNDS; round++) {
    longMs = Math.min(longMs, await timeOf(target, long, seed));
    shortMs = Math.min(shortMs, await timeOf(target, short, seed));
  }
  return longMs < MIN_MS ? undefined : { ratio: longMs / Math.max(shortMs, 0.001), ms: longMs, input: long };
}

async function timeOf(target: Target, input: string, seed: number): Promise<number> {
  const startedMs = performance.now();
  try {
    await target.subject(input, new Random(seed));
  } catch {
    // What it throws is judged elsewhere.
  }
  return performance.now() - startedMs;
}
