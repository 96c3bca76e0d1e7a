import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

/** A third of what SCF's smallest size leaves beside a resting instance; at 100 MB/s it costs a percent. */
const COLLECT_AFTER_BYTES = 4 * 1024 * 1024;

/** Without options a major one. */
type Collect = (options?: { readonly type: 'minor' }) => void;

let collect: Collect | undefined;
let bytes = 0;

/**
 * Counts the bytes of bodies that pass through, and collects their buffers in time. They lie outside V8's heap and
 * count little inside it, so V8 by itself lets 30 to 60 MB of them pile up before it collects.
 */
export function countBytes(count: number): void {
  bytes += count;
  if (bytes < COLLECT_AFTER_BYTES) return;
  bytes = 0;
  collect ??= exposedCollect();
  collect({ type: 'minor' });
}

/** Smaller ones are not worth the call. */
const MIN_FREED_BYTES = 256 * 1024;

/**
 * Frees a body that was held for a while: such a one has grown old, where only a major collection finds it, which stops
 * everything for 25 ms and more. Its memory is moved to an object that is young, for the next minor collection.
 * Only for what no socket still writes: `bytes` and every view of the same memory are empty afterwards.
 */
export function free(bytes: Buffer): void {
  const { buffer, length } = bytes;
  if (length < MIN_FREED_BYTES || length !== buffer.byteLength || !(buffer instanceof ArrayBuffer)) return;
  structuredClone(buffer, { transfer: [buffer] });
  countBytes(length);
}

/** Collects all that is left. */
export function collectAll(): void {
  collect ??= exposedCollect();
  collect();
}

/** V8 gives it to contexts that are made once the flag is set; Node has no other way to it. */
function exposedCollect(): Collect {
  setFlagsFromString('--expose-gc');
  return runInNewContext('gc') as Collect;
}
