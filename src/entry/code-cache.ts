import { readFileSync } from 'node:fs';
import Module from 'node:module';
import path from 'node:path';
import { Script } from 'node:vm';

/**
 * The bundle's code cache: V8's compiled form of the code that a start and a first request run, made by the build. It saves
 * most of the proxy's part of a cold start. V8 itself only compares its version, which does not show Node's patches; so the
 * file name has the exact V8 version as Node numbers it, the platform and the architecture.
 */
export function codeCacheFile(bundle: string): string {
  const { platform, arch, versions } = process;
  const major = versions.node.split('.', 1)[0] ?? '';
  const { dir, name } = path.parse(bundle);
  // Node's major version comes first in the name: scf_bootstrap reads it there.
  return path.join(dir, `${name}.node${major}.${platform}-${arch}.v8-${versions.v8}.cache`);
}

/**
 * Compiles a bundle as Node compiles a module; `runBundle` runs it.
 * @param cachedData its code cache; V8 ignores one that it rejects
 */
export function bundleScript(bundle: string, cachedData?: Buffer): Script {
  const source = readFileSync(bundle, 'latin1'); // the build makes it ASCII
  // The name is without the folder, so that the same bundle gives the same cache.
  return new Script(Module.wrap(source), { filename: path.basename(bundle), cachedData });
}

/** Runs a bundle as Node runs a module; its exports are not used. */
export function runBundle(script: Script, bundle: string): void {
  const module = { exports: {} };
  const run = script.runInThisContext() as (...args: unknown[]) => void;
  run(module.exports, require, module, bundle, path.dirname(bundle));
}
