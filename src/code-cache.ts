import { readFileSync } from 'node:fs';
import Module from 'node:module';
import path from 'node:path';
import { Script } from 'node:vm';

/**
 * The bundle's code cache: V8's compiled form of what a start and a first request need, made by the build. It saves the
 * better part of a cold start's own time. V8 itself asks only that its version be the same; what its patches change inside
 * one version is not told, so here it must be the very V8, of Node's own numbering, on the same kind of machine.
 */
export function codeCacheFile(bundle: string): string {
  const { platform, arch, versions } = process;
  const line = versions.node.split('.', 1)[0] ?? '';
  const { dir, name } = path.parse(bundle);
  // The line of Node comes first in the name: scf_bootstrap reads it there.
  return path.join(dir, `${name}.node${line}.${platform}-${arch}.v8-${versions.v8}.cache`);
}

/**
 * A bundle as Node compiles a module; `runBundle` runs it.
 * @param cachedData its code cache; one that V8 refuses is as good as none
 */
export function bundleScript(bundle: string, cachedData?: Buffer): Script {
  const source = readFileSync(bundle, 'latin1'); // ASCII, as the build sees to
  // The same name wherever it lies, so that the same bundle gives the same cache.
  return new Script(Module.wrap(source), { filename: path.basename(bundle), cachedData });
}

/** Runs a bundle as Node runs a module; nobody asks for what it exports. */
export function runBundle(script: Script, bundle: string): void {
  const module = { exports: {} };
  const run = script.runInThisContext() as (...args: unknown[]) => void;
  run(module.exports, require, module, bundle, path.dirname(bundle));
}
