import { setImmediate as nextTurn } from 'node:timers/promises';
import { collectFor, countBytes, prepareToCollect } from '../../src/proxy/exchange/buffer-gc';

/**
 * A process of its own, since it changes how V8 collects: 400 MB pass in chunks, of which the last 8 MB always wait for a slow
 * client. Prints the most megabytes that were outside V8's heap.
 * @param 2 the megabytes of memory for bodies
 */
const MB = 1024 * 1024;
const CHUNK_BYTES = 64 * 1024;
const WAITING_CHUNKS = (8 * MB) / CHUNK_BYTES;

async function main(): Promise<void> {
  prepareToCollect();
  collectFor(Number(process.argv[2]) * MB);
  const waiting: Buffer[] = [];
  let most = 0;
  for (let chunks = 0; chunks < (400 * MB) / CHUNK_BYTES; chunks++) {
    waiting.push(Buffer.alloc(CHUNK_BYTES));
    if (waiting.length > WAITING_CHUNKS) waiting.shift();
    countBytes(CHUNK_BYTES);
    most = Math.max(most, process.memoryUsage().arrayBuffers);
    if (chunks % 16 === 0) await nextTurn();
  }
  console.log(Math.round(most / MB));
}

void main();
