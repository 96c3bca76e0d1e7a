import { readFileSync, writeFileSync } from 'node:fs';
import Module from 'node:module';
import path from 'node:path';
import { Script } from 'node:vm';

/**
 * Runs a bundle, and writes its code cache when it is told to: arguments are the bundle and the cache's file. Started by
 * `code-cache.ts`, in a process of its own.
 */
const [, , bundle = '', cache = ''] = process.argv;

// The same name wherever it is built, so that the same bundle gives the same cache.
const script = new Script(Module.wrap(readFileSync(bundle, 'latin1')), { filename: path.basename(bundle) });
process.once('message', () => {
  writeFileSync(cache, script.createCachedData());
  process.exit(0);
});
(script.runInThisContext() as (...args: unknown[]) => void)(
  exports,
  require,
  module,
  bundle,
  path.dirname(bundle),
);
