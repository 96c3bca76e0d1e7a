/** Repeatable random numbers: the same seed gives the same ones on every machine. */
export class Random {
  #state: number;

  constructor(seed: number) {
    this.#state = seed >>> 0;
  }

  /** A whole number from 0 to below the bound (mulberry32). */
  below(bound: number): number {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(this.#state ^ (this.#state >>> 15), this.#state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return Math.floor((((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32) * bound);
  }

  /** One time out of so many. */
  once(outOf: number): boolean {
    return this.below(outOf) === 0;
  }

  /** @throws RangeError if there is nothing to choose from */
  of<T>(list: readonly T[]): T {
    const item = list[this.below(list.length)];
    if (item === undefined) throw new RangeError('nothing to choose from');
    return item;
  }
}

/** The seed of one input: of the run's seed, its target and its number, so that it can be made again alone. */
export function seedOf(seed: number, target: string, index: number): number {
  let hash = 2_166_136_261 ^ seed;
  for (const character of `${target}:${index}`) hash = Math.imul(hash ^ character.charCodeAt(0), 16_777_619);
  return hash >>> 0;
}
