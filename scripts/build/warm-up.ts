import { writeFileSync } from 'node:fs';
import { bundleScript, runBundle } from '../../src/entry/code-cache';

/**
 * Runs a bundle, and writes its code cache when it is told to: arguments are the bundle and the cache's file. Started by
 * `code-cache.ts`, in a process of its own.
 */
const [, , bundle = '', cache = ''] = process.argv;
const script = bundleScript(bundle);
process.once('message', () => {
  writeFileSync(cache, script.createCachedData());
  process.exit(0);
});
runBundle(script, bundle);
