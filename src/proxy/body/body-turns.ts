/** One to two milliseconds at the rate at which the slowest machine copies between sockets. */
const MAX_BYTES_A_TURN = 1024 * 1024;
/** A chunk below this is not of a large body: libuv reads 64 KB at once if there is so much. */
const MIN_COUNTED_BYTES = 16 * 1024;

let leftBytes = MAX_BYTES_A_TURN;
let isScheduled = false;
const waiting: { readonly bytes: number; readonly run: () => void }[] = [];

/*
 * Large bodies are read and written a megabyte in each turn of the event loop, all together: otherwise a hundred of
 * them at once would delay the chunks of every stream.
 */

/** Writes (or reads on) in this turn of the event loop, or in a later one if bodies have used this one up. */
export function inTurn(bytes: number, run: () => void): void {
  schedule();
  if (leftBytes <= 0) {
    waiting.push({ bytes, run });
    return;
  }
  leftBytes -= bytes;
  run();
}

/** Counts a chunk that was read. Returns whether the next one is to be read in a later turn. */
export function usesUpTurn(bytes: number): boolean {
  if (bytes < MIN_COUNTED_BYTES) return false;
  schedule();
  leftBytes -= bytes;
  return leftBytes <= 0;
}

function schedule(): void {
  if (isScheduled) return;
  isScheduled = true;
  setImmediate(nextTurn);
}

function nextTurn(): void {
  isScheduled = false;
  leftBytes = MAX_BYTES_A_TURN;
  const turns = waiting.splice(0);
  for (const { bytes, run } of turns) inTurn(bytes, run);
}
