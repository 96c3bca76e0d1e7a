/** Tries that are made at most, each one run of the code, and for how long. */
const MAX_TRIES = 3_000;
const MAX_MS = 10_000;

/** A shorter input that still fails: parts are left out for as long as it does. */
export async function minimise(
  input: string,
  fails: (candidate: string) => Promise<boolean>,
  maxMs = MAX_MS,
): Promise<string> {
  let smallest = input;
  let tries = 0;
  const endMs = performance.now() + maxMs;
  for (let size = Math.ceil(input.length / 2); size >= 1; size = size === 1 ? 0 : Math.ceil(size / 2)) {
    for (let at = 0; at < smallest.length && tries < MAX_TRIES && performance.now() < endMs;) {
      const candidate = smallest.slice(0, at) + smallest.slice(at + size);
      tries++;
      if (await fails(candidate)) smallest = candidate;
      else at += size;
    }
  }
  return smallest;
}
