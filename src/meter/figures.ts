import { objectOf, type JsonObject } from './json';

/** More than any response has: a larger figure is an error of the provider. */
const MAX_TOKENS = 1e9;
const MAX_SECONDS = 1e7;

/** Reads figures, and notes if one of them cannot be. */
export class Figures {
  areValid = true;

  /** The first of these members that has a value; `null` is none. */
  first(from: JsonObject, keys: readonly string[]): number | undefined {
    for (const key of keys) {
      const value = from[key];
      if (value === undefined || value === null) continue;
      if (Number.isInteger(value) && (value as number) >= 0 && (value as number) <= MAX_TOKENS)
        return (value as number) + 0; // -0 is 0
      this.areValid = false;
      return undefined;
    }
    return undefined;
  }

  /** The same, but a 0 only if none of them has more: a usage may have the names of two APIs, and fill in one of them. */
  firstAboveZero(from: JsonObject, keys: readonly string[]): number | undefined {
    const values = keys.map((key) => this.first(from, [key]));
    return values.find((value) => value !== undefined && value > 0) ?? values.find((value) => value === 0);
  }

  /** A duration, which may have a fraction. */
  seconds(from: JsonObject, key: string): number | undefined {
    const value = from[key];
    if (value === undefined || value === null) return undefined;
    if (typeof value === 'number' && value >= 0 && value <= MAX_SECONDS) return value;
    if (typeof value === 'object') return undefined; // Mistral says `{}` for none
    this.areValid = false;
    return undefined;
  }
}

export const NONE: JsonObject = {};

export function firstObject(from: JsonObject, keys: readonly string[]): JsonObject {
  for (const key of keys) {
    const value = objectOf(from[key]);
    if (value) return value;
  }
  return NONE;
}

export function sum(one: number | undefined, other: number | undefined): number | undefined {
  return one === undefined && other === undefined ? undefined : (one ?? 0) + (other ?? 0);
}

/** What is left of a whole without one part; never less than 0. */
export function without(whole: number | undefined, part: number | undefined): number | undefined {
  return whole === undefined ? undefined : Math.max(0, whole - (part ?? 0));
}
