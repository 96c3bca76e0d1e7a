import { distance } from 'fastest-levenshtein';

/** Short names have too many neighbours that mean something else (PORT, POST, SORT). */
const MIN_LENGTH = 6;
const LONG_LENGTH = 10;
/** Units and plurals that people put behind a name. */
const SUFFIX = /_?(?:MS|MILLIS|SECONDS|SECS?|BYTES|LIST|URL|S)$/;

/** The known name that an unknown one was probably meant to be, or undefined. Known names are never corrected. */
export function nearestName(name: string, known: readonly string[]): string | undefined {
  if (known.includes(name)) return undefined;
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
      // The lengths first: a start compares each variable of the machine with each of ours.
      (Math.abs(normal.length - candidate.length) <= allowed && distance(normal, candidate) <= allowed) ||
      (normal.length === candidate.length && sortedLetters(normal) === sortedLetters(candidate))
    );
  });
}

/** Equal for two names whose letters are only swapped, which an edit distance counts double. */
function sortedLetters(name: string): string {
  return name.split('').sort().join('');
}
