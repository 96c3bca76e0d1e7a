import { writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { bundleScript, runBundle } from '../../src/entry/code-cache';

/**
 * Runs a bundle, and writes its code cache on request. Its arguments are the bundle and the cache's file.
 * `code-cache.ts` starts it in its own process.
 */
const [, , bundle = '', cache = ''] = process.argv;
const script = bundleScript(bundle);
process.once('message', () => {
  writeFileSync(cache, script.createCachedData());
  process.exit(0);
});
runBundle(script, bundle, createRequire(bundle));
