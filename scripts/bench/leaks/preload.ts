import { writeSync } from 'node:fs';
import { READING, type Reading } from './readings';

/** Loaded before the bundle (`node --expose-gc -r`): on SIGUSR2 it collects garbage and reports what is left. */
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
  const reading: Reading = { heapUsed, external, arrayBuffers, rss, resources };
  writeSync(2, `${READING}${JSON.stringify(reading)}\n`);
}
