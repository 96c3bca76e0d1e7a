import { readFileSync } from 'node:fs';
import { basename, dirname, join, parse } from 'node:path';
import { Script } from 'node:vm';

/**
 * The bundle's code cache: V8's compiled form of the code that a start and a first request run, made by the build. It saves
 * most of the proxy's part of a cold start. V8 itself only compares its version, which does not show Node's patches; so the
 * file name has the exact V8 version as Node numbers it, the platform and the architecture.
 */
export function codeCacheFile(bundle: string): string {
  const { platform, arch, versions } = process;
  const major = versions.node.split('.', 1)[0] ?? '';
  const { dir, name } = parse(bundle);
  // Node's major version comes first in the name: scf_bootstrap reads it there.
  return join(dir, `${name}.node${major}.${platform}-${arch}.v8-${versions.v8}.cache`);
}

/** As Node's own (`Module.wrap`), whose module loads the loader of ES modules. */
const WRAPPER = ['(function (exports, require, module, __filename, __dirname) { ', '\n});'] as const;

/**
 * Compiles a bundle as Node compiles a module; `runBundle` runs it.
 * @param cachedData its code cache; V8 ignores one that it rejects
 */
export function bundleScript(bundle: string, cachedData?: Buffer): Script {
  const source = readFileSync(bundle, 'latin1'); // the build makes it ASCII
  // The name is without the folder, so that the same bundle gives the same cache.
  return new Script(WRAPPER[0] + source + WRAPPER[1], { filename: basename(bundle), cachedData });
}

/**
 * Runs a bundle as Node runs a module; its exports are not used.
 * @param requireBeside loads the files beside it; by default it is in the folder of this code
 */
export function runBundle(script: Script, bundle: string, requireBeside: NodeJS.Require = require): void {
  const module = { exports: {} };
  const run = script.runInThisContext() as (...args: unknown[]) => void;
  run(module.exports, requireBeside, module, bundle, dirname(bundle));
}
