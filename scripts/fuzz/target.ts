import type { Random } from './random';

/**
 * Code that reads what comes from outside, with inputs to begin from. Inputs are texts; what reads bytes takes each
 * character as one (latin1), or encodes them.
 */
export interface Target<T = unknown> {
  readonly name: string;
  /** What is run, for the table. */
  readonly about: string;
  /** Inputs as they are outside; every other one is a variation of these. */
  readonly corpus: readonly string[];
  /** What may be put into an input. */
  readonly words: readonly string[];
  /** Longer inputs are cut. */
  readonly maxLength: number;
  /** Its part of the inputs; 1 if left out. */
  readonly share?: number;
  /** Runs the code; it is measured. @param random of the input, for chunkings and the like */
  subject(input: string, random: Random): T | Promise<T>;
  /** Whether it may throw this; if left out, it may throw nothing. */
  isDocumented?(error: unknown): boolean;
  /** Compares with a slow reference. @throws Difference */
  compare?(input: string, result: T, random: Random): void | Promise<void>;
  /** The same where the code threw a documented error. @throws Difference */
  compareError?(input: string, error: unknown): void;
}

/** The result is not that of the reference. */
export class Difference extends Error {
  override readonly name = 'Difference';
}

/** @throws Difference unless both are the same when written as JSON */
export function expectSame(what: string, actual: unknown, expected: unknown): void {
  if (Object.is(actual, expected)) return;
  const [one, other] = [written(actual), written(expected)];
  if (one !== other)
    throw new Difference(`${what}: ${shortened(one)}, but the reference has ${shortened(other)}`);
}

/** @throws Difference unless it holds */
export function expectThat(what: string, holds: boolean): void {
  if (!holds) throw new Difference(`It does not hold that ${what}.`);
}

/** Cuts an input into pieces of random lengths, for code that gets its input so. */
export function piecesOf<T extends { readonly length: number; slice(from: number, to: number): T }>(
  whole: T,
  random: Random,
): T[] {
  const pieces: T[] = [];
  // Of a long input not every character alone: that says no more, and takes long.
  const longest = Math.max(random.of([1, 3, 20, 200, 5_000, 70_000]), Math.ceil(whole.length / 500));
  for (let at = 0; at < whole.length;) {
    const length = 1 + random.below(longest);
    pieces.push(whole.slice(at, at + length));
    at += length;
  }
  return pieces;
}

function written(value: unknown): string {
  return JSON.stringify(value, (_key, part: unknown) => (part === undefined ? '(undefined)' : part));
}

function shortened(text: string): string {
  return text.length > 300 ? `${text.slice(0, 300)}… (${text.length})` : text;
}

/** Lists in lists: what calls itself for each ends where the stack does. */
export function nested(depth: number): string {
  return '['.repeat(depth) + ']'.repeat(depth);
}
