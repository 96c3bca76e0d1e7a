import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

/** A third of what SCF's smallest size leaves beside a resting instance; at 100 MB/s it costs a percent. */
const COLLECT_AFTER_BYTES = 4 * 1024 * 1024;

type Collect = (options: { readonly type: 'minor' }) => void;

let collect: Collect | undefined;
let bytes = 0;

/**
 * Counts the bytes of bodies that go by, and lets go of those that went. Their buffers lie outside V8's heap and weigh
 * little inside it, so V8 by itself lets 30 to 60 MB of them pile up before it looks.
 */
export function wentBy(count: number): void {
  bytes += count;
  if (bytes < COLLECT_AFTER_BYTES) return;
  bytes = 0;
  collect ??= exposedCollect();
  collect({ type: 'minor' });
}

/** V8 gives it to contexts that are made once the flag is set; Node has no other way to it. */
function exposedCollect(): Collect {
  setFlagsFromString('--expose-gc');
  return runInNewContext('gc') as Collect;
}
