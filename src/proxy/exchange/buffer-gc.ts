import type * as v8Module from 'node:v8';
import { runInNewContext } from 'node:vm';

const MB = 1024 * 1024;
const MIN_COLLECT_AFTER_BYTES = 4 * MB;
/** V8 alone would let 30 to 60 MB accumulate. */
const MAX_COLLECT_AFTER_BYTES = 8 * MB;
/** Of the memory for bodies: 4.5 MB in SCF's smallest size. */
const COLLECT_AFTER_PART = 1 / 8;

/**
 * Above this they are not left to V8, which lets 95 MB of old ones accumulate: in SCF's smaller sizes more than there is. What
 * waited for a slow client, or for one that is frozen, has grown old, and is out of reach of a minor collection.
 */
const MIN_COLLECT_OLD_ABOVE_BYTES = 16 * MB;

/** Within one turn of the event loop: a hundred bodies that end at once are one collection, not twenty-five. */
const COLLECT_AGAIN_AFTER_FACTOR = 4;

/** Without options a major one. */
type Collect = (options?: { readonly type: 'minor' }) => void;

let collect: Collect | undefined;
let collectAfterBytes = MIN_COLLECT_AFTER_BYTES;
let collectOldAboveBytes = MIN_COLLECT_OLD_ABOVE_BYTES;
/** The same, above what the last major collection has left. */
let nextOldAboveBytes = collectOldAboveBytes;
let passedBytes = 0;
let isCheckScheduled = false;
let hasCollectedInTurn = false;

/**
 * With more memory it collects less often: a collection for every 4 MB is a twentieth of the CPU of a 128 KiB prompt.
 * @param bodyMemoryBytes the memory that all bodies together may use
 */
export function collectFor(bodyMemoryBytes: number): void {
  const bytes = bodyMemoryBytes * COLLECT_AFTER_PART;
  collectAfterBytes = Math.min(MAX_COLLECT_AFTER_BYTES, Math.max(MIN_COLLECT_AFTER_BYTES, bytes));
  collectOldAboveBytes = Math.max(MIN_COLLECT_OLD_ABOVE_BYTES, bodyMemoryBytes);
  nextOldAboveBytes = collectOldAboveBytes;
}

/**
 * Counts the bytes of bodies that pass through, and frees those that have passed. Their buffers are outside V8's heap
 * and weigh little inside it, so V8 alone lets 30 to 60 MB of them accumulate before it collects.
 */
export function countBytes(count: number): void {
  passedBytes += count;
  if (passedBytes >= collectAfterBytes) collectOncePerTurn();
}

function collectOncePerTurn(): void {
  if (hasCollectedInTurn && passedBytes < COLLECT_AGAIN_AFTER_FACTOR * collectAfterBytes) return;
  passedBytes = 0;
  hasCollectedInTurn = true;
  scheduleCheck();
  collect ??= exposedCollect();
  collect({ type: 'minor' });
  collectOld(collect);
}

/** A major collection, if so much is outside V8's heap that some of it must be old; what is in use counts once. */
function collectOld(collectNow: Collect): void {
  const outside = bytesOutsideHeap();
  if (outside < collectOldAboveBytes) nextOldAboveBytes = collectOldAboveBytes;
  if (outside < nextOldAboveBytes) return;
  collectNow();
  nextOldAboveBytes = Math.max(collectOldAboveBytes, bytesOutsideHeap() + collectOldAboveBytes / 2);
}

function bytesOutsideHeap(): number {
  return v8().getHeapStatistics().external_memory;
}

function scheduleCheck(): void {
  if (isCheckScheduled) return;
  isCheckScheduled = true;
  setImmediate(() => {
    isCheckScheduled = false;
    hasCollectedInTurn = false;
    countBytes(0);
  });
}

/**
 * Bodies count as growth of the heap, of which V8's 300 percent of 8 MB are soon used up: then a major collection stops
 * everything for 15 to 50 ms. How many bodies there are is limited elsewhere.
 */
const HEAP_GROWING_PERCENT = 600;

/** Makes the first collection as fast as the others: V8 takes 5 to 15 ms to make the function. */
export function prepareToCollect(): void {
  v8().setFlagsFromString(`--heap-growing-percent=${HEAP_GROWING_PERCENT}`);
  collect ??= exposedCollect();
}

/** Smaller ones are not worth the call. */
const MIN_FREED_BYTES = MB / 4;

/**
 * Frees a body that was held for a while: such a one has grown old, where only a major collection finds it, which stops
 * everything for 25 ms and more. Its memory is moved to an object that is young, for the next minor collection.
 * Only for what no socket still writes: `bytes` and every view of the same memory are empty afterwards.
 */
export function free(bytes: Buffer): void {
  const { buffer, length } = bytes;
  if (length < MIN_FREED_BYTES || length !== buffer.byteLength || !(buffer instanceof ArrayBuffer)) return;
  structuredClone(buffer, { transfer: [buffer] });
  passedBytes += length;
  scheduleCheck(); // not now: other bodies may end in the same turn
}

/** Collects all that is left. */
export function collectAll(): void {
  collect ??= exposedCollect();
  collect();
}

/** V8 gives it to contexts that are made once the flag is set; Node has no other way to it. */
function exposedCollect(): Collect {
  v8().setFlagsFromString('--expose-gc');
  return runInNewContext('gc') as Collect;
}

/** Loaded when it is first needed: a dozen modules of Node come with it, which a cold start would wait for. */
function v8(): typeof v8Module {
  // eslint-disable-next-line @typescript-eslint/no-require-imports -- a collection cannot wait for `import()`
  return require('node:v8') as typeof v8Module;
}
