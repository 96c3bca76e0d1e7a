import { distance } from 'fastest-levenshtein';

/** The known key that an unknown one probably stands for, or `undefined`. Unlike variables, keys are in camelCase. */
export function meantKey(key: string, known: readonly string[]): string | undefined {
  const plain = (text: string) => text.toLowerCase().replaceAll(/[-_]/g, '');
  const same = known.find((candidate) => plain(candidate) === plain(key));
  if (same !== undefined) return same;
  const near = known
    .map((candidate) => ({ candidate, edits: distance(plain(candidate), plain(key)) }))
    .filter(({ candidate, edits }) => edits <= (candidate.length >= 6 ? 2 : 1)) // short keys are near to many others
    .sort((a, b) => a.edits - b.edits);
  return near[0]?.candidate;
}
