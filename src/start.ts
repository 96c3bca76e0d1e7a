import { existsSync, readFileSync } from 'node:fs';
import Module from 'node:module';
import path from 'node:path';
import { Script } from 'node:vm';
import { codeCacheFile } from './code-cache';

/** Runs the bundle beside it as Node runs a module, and with its code cache where there is one for this Node. */
const bundle = path.join(__dirname, 'index.js');
const cache = codeCacheFile(bundle);
const script = new Script(Module.wrap(readFileSync(bundle, 'latin1')), {
  filename: bundle,
  cachedData: existsSync(cache) ? readFileSync(cache) : undefined, // one that V8 refuses is as good as none
});
(script.runInThisContext() as (...args: unknown[]) => void)(exports, require, module, bundle, __dirname);
