import { writeSync } from 'node:fs';
import path from 'node:path';
import { writeHeapSnapshot } from 'node:v8';
import { READING, SNAPSHOT, type ProcessReading } from './readings';

/**
 * Loaded before the bundle (`node --expose-gc -r`): on SIGUSR2 it collects garbage, writes a heap snapshot beside itself
 * and reports what is left. Made for each run, outside the package.
 */
declare const gc: () => void;

const PASSES = 4;

process.on('SIGUSR2', () => {
  collect(PASSES);
});

/** More than once, with pauses: the next pass collects what finalizers have freed. */
function collect(passes: number): void {
  gc();
  if (passes > 1) {
    setTimeout(() => collect(passes - 1), 50);
    return;
  }
  const { heapUsed, external, arrayBuffers, rss } = process.memoryUsage();
  const resources: Record<string, number> = {};
  for (const kind of process.getActiveResourcesInfo()) resources[kind] = (resources[kind] ?? 0) + 1;
  const reading: ProcessReading = { heapUsed, external, arrayBuffers, rss, resources };
  writeHeapSnapshot(path.join(__dirname, SNAPSHOT));
  writeSync(2, `${READING}${JSON.stringify(reading)}\n`);
}
