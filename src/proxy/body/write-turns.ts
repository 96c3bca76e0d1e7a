/** One millisecond at 1 GB/s, the rate at which the slowest machine copies to a socket. */
const MAX_BYTES_A_TURN = 1024 * 1024;

let leftBytes = MAX_BYTES_A_TURN;
let isScheduled = false;
const waiting: { readonly bytes: number; readonly write: () => void }[] = [];

/**
 * Writes some of a large body in this turn of the event loop, or in a later one if other bodies have written a megabyte
 * in this one: otherwise a hundred large bodies at once would delay the chunks of every stream.
 */
export function writeInTurn(bytes: number, write: () => void): void {
  if (!isScheduled) {
    isScheduled = true;
    setImmediate(nextTurn);
  }
  if (leftBytes <= 0) {
    waiting.push({ bytes, write });
    return;
  }
  leftBytes -= bytes;
  write();
}

function nextTurn(): void {
  isScheduled = false;
  leftBytes = MAX_BYTES_A_TURN;
  const turns = waiting.splice(0);
  for (const { bytes, write } of turns) writeInTurn(bytes, write);
}
