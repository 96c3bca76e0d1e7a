import { chmod, cp, mkdir, rm, stat } from 'node:fs/promises';
import path from 'node:path';
import { build } from 'esbuild';

const ROOT = path.resolve(__dirname, '../..');

/** The oldest Node that SCF offers; see README, "Where it runs". */
const TARGET = 'node18.15';

/**
 * Makes the folder that is deployed: `scf_bootstrap` and one bundled file that needs nothing beside it.
 * @param folder where to, from the project's root; emptied first
 * @returns the bundle's size in bytes
 */
export async function buildScf(folder: string): Promise<{ readonly folder: string; readonly bytes: number }> {
  const target = path.resolve(ROOT, folder);
  const bundle = path.join(target, 'index.js');
  await rm(target, { recursive: true, force: true });
  await mkdir(target, { recursive: true });
  await build({
    entryPoints: [path.join(ROOT, 'src/web.ts')],
    outfile: bundle,
    bundle: true,
    minify: true,
    platform: 'node',
    target: TARGET,
    format: 'cjs',
    legalComments: 'none',
    logLevel: 'warning',
    // Express loads its body parsers at start; our pages read no body, and these are half of the bundle.
    alias: { 'body-parser': path.join(ROOT, 'scripts/build/no-body-parser.ts') },
  });
  await cp(path.join(ROOT, 'scripts/build/scf_bootstrap'), path.join(target, 'scf_bootstrap'));
  await chmod(path.join(target, 'scf_bootstrap'), 0o755);
  return { folder, bytes: (await stat(bundle)).size };
}
