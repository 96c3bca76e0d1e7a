import { objectOf, type JsonObject } from './text/json';

/** More than any response has: a larger figure is an error of the provider. */
const MAX_TOKENS = 1e9;
const MAX_SECONDS = 1e7;

/** Reads figures, and notes if one of them cannot be. */
export class Figures {
  areValid = true;

  /** The first of these members that has a value; `null` is none. */
  first(one: unknown, two?: unknown, three?: unknown): number | undefined {
    const value = one ?? two ?? three;
    if (value === undefined || value === null) return undefined;
    if (typeof value === 'number' && Number.isInteger(value) && value >= 0 && value <= MAX_TOKENS)
      return value + 0; // -0 is 0
    this.areValid = false;
    return undefined;
  }

  /** The first of the two, unless it is 0: a usage may have the names of two APIs, and fill in those of one. */
  firstAboveZero(one: unknown, two: unknown): number | undefined {
    return one === 0 ? this.first(two, one) : this.first(one, two);
  }

  /** A duration, which may have a fraction. */
  seconds(value: unknown): number | undefined {
    if (value === undefined || value === null) return undefined;
    if (typeof value === 'number' && value >= 0 && value <= MAX_SECONDS) return value;
    if (typeof value === 'object') return undefined; // Mistral says `{}` for none
    this.areValid = false;
    return undefined;
  }
}

export const NONE: JsonObject = {};

/** The first of these members that is an object. */
export function firstObject(one: unknown, two: unknown, three: unknown): JsonObject {
  return objectOf(one) ?? objectOf(two) ?? objectOf(three) ?? NONE;
}

export function sum(one: number | undefined, other: number | undefined): number | undefined {
  return one === undefined && other === undefined ? undefined : (one ?? 0) + (other ?? 0);
}

/** What is left of a whole without one part; never less than 0. */
export function without(whole: number | undefined, part: number | undefined): number | undefined {
  return whole === undefined ? undefined : Math.max(0, whole - (part ?? 0));
}
