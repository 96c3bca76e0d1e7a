import { distance } from 'fastest-levenshtein';
import type { Environment } from './effective-value';

/** Short names have too many neighbours that mean something else (PORT, POST, SORT). */
const MIN_LENGTH = 6;
const LONG_LENGTH = 10;
/** Units and plurals that users append to a name. */
const SUFFIX = /_?(?:MS|MILLIS|SECONDS|SECS?|BYTES|LIST|URL|S)$/;

/** Names that a platform sets in every process: Windows the first. */
const FOREIGN: ReadonlySet<string> = new Set(['PUBLIC']);

/** The known name that an unknown one probably stands for, or `undefined`. Known names are never corrected. */
export function nearestName(name: string, known: readonly string[]): string | undefined {
  if (known.includes(name) || FOREIGN.has(name)) return undefined;
  const normal = name.toUpperCase().replaceAll('-', '_');
  if (known.includes(normal)) return normal;
  if (normal.length < MIN_LENGTH) return undefined;
  const stem = normal.replace(SUFFIX, '');
  return known.find((candidate) => {
    if (candidate.length < MIN_LENGTH) return false;
    const allowed = candidate.length >= LONG_LENGTH ? 2 : 1;
    return (
      stem === candidate ||
      stem === candidate.replace(SUFFIX, '') ||
      // A start compares every environment variable with every known one, so the cheap test is first.
      (couldBeNear(normal, candidate, allowed) &&
        (distance(normal, candidate) <= allowed ||
          (normal.length === candidate.length && sortedLetters(normal) === sortedLetters(candidate))))
    );
  });
}

/** False only if more letters differ than this many edits can change; names with swapped letters pass. */
function couldBeNear(name: string, other: string, edits: number): boolean {
  if (Math.abs(name.length - other.length) > edits) return false;
  let differing = letterSet(name) ^ letterSet(other);
  for (let left = 2 * edits; differing !== 0; left--) {
    if (left === 0) return false;
    differing &= differing - 1; // clears the lowest bit
  }
  return true;
}

const letterSets = new Map<string, number>();

/** The letters of a name, one bit for each. */
function letterSet(name: string): number {
  let set = letterSets.get(name);
  if (set === undefined) {
    set = 0;
    for (let at = 0; at < name.length; at++) set |= 1 << (name.charCodeAt(at) & 31);
    letterSets.set(name, set);
  }
  return set;
}

/** Equal for two names whose letters are only swapped, which an edit distance counts double. */
function sortedLetters(name: string): string {
  return name.split('').sort().join('');
}

/** The variables of the environment whose name is nearly one of ours: a problem each, with the remedy. */
export function unknownVariables(environment: Environment, known: readonly string[]): string[] {
  return Object.keys(environment).flatMap((name) => {
    const meant = nearestName(name, known);
    return meant === undefined
      ? []
      : [`${name} is not a variable of this proxy. Did you mean ${meant}? Rename or remove it.`];
  });
}

/** The configuration file is only for this proxy, so every unknown name in it is a mistake. */
export function unknownInFile(packaged: Environment, known: readonly string[]): string[] {
  return Object.keys(packaged)
    .filter((name) => !known.includes(name))
    .map((name) => {
      const meant = nearestName(name, known);
      return `${name} in the configuration file is not a variable of this proxy.${meant === undefined ? ' Remove it.' : ` Did you mean ${meant}?`}`;
    });
}
