import path from 'node:path';

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
