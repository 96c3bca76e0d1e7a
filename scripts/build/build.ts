import { chmod, cp, mkdir, rm, stat } from 'node:fs/promises';
import path from 'node:path';
import { build } from 'esbuild';
import { readConfig } from '../../src/config';
import { readConfigFiles } from './config-files';

const ROOT = path.resolve(__dirname, '../..');

/** The oldest Node that SCF offers; see README, "Where it runs". */
const TARGET = 'node18.15';

/**
 * Makes the folder that is deployed: `scf_bootstrap` and one bundled file that needs nothing beside it.
 * @param folder where to, from the project's root; emptied first
 * @param configFolder where the package's configuration files are
 * @returns the bundle's size in bytes
 * @throws ConfigError where those files hold mistakes
 */
export async function buildScf(
  folder: string,
  configFolder = path.join(ROOT, 'config'),
): Promise<{ readonly folder: string; readonly bytes: number }> {
  const packaged = readConfigFiles(configFolder);
  readConfig({ ALLOW_ANONYMOUS: 'true' }, packaged); // tokens may come from the environment; all else must be right here
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
    define: { PACKAGED_CONFIG: JSON.stringify(packaged) },
    logLevel: 'warning',
    alias: {
      // Express loads its body parsers at start; our pages read no body, and these are half of the bundle.
      'body-parser': path.join(ROOT, 'scripts/build/no-body-parser.ts'),
      // Our pages have these few types; the table of all there are is a third of the rest.
      'mime-db': path.join(ROOT, 'scripts/build/mime-db.json'),
    },
  });
  await cp(path.join(ROOT, 'scripts/build/scf_bootstrap'), path.join(target, 'scf_bootstrap'));
  await chmod(path.join(target, 'scf_bootstrap'), 0o755);
  return { folder, bytes: (await stat(bundle)).size };
}
