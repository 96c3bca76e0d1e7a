import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { bundleScript, codeCacheFile, runBundle } from './code-cache';

/** Runs the bundle beside it, with its code cache if there is one for this Node. */
const bundle = join(__dirname, 'index.js');
const cache = codeCacheFile(bundle);
runBundle(bundleScript(bundle, existsSync(cache) ? readFileSync(cache) : undefined), bundle);
