import { chmod, cp, mkdir, rm, stat } from 'node:fs/promises';
import path from 'node:path';
import { build } from 'esbuild';
import { readConfig } from '../../src/config';
import { readConfigFiles } from './config-files';

const ROOT = path.resolve(__dirname, '../..');

/** The oldest Node that SCF offers; see README, "Where it runs". */
const TARGET = 'node18.15';

/** A folder that was built, from the project's root, and the size of its bundle. */
export interface Built {
  readonly folder: string;
  readonly bytes: number;
}

/**
 * Makes the folder of the web function, which is deployed: `scf_bootstrap` and one bundled file that needs nothing
 * beside it.
 * @param folder where to, from the project's root; emptied first
 * @param configFolder where the package's configuration files are
 * @throws ConfigError where those files hold mistakes
 */
export async function buildScf(folder: string, configFolder?: string): Promise<Built> {
  const built = await bundle('src/web.ts', folder, configFolder);
  const bootstrap = path.resolve(ROOT, folder, 'scf_bootstrap');
  await cp(path.join(ROOT, 'scripts/build/scf_bootstrap'), bootstrap);
  await chmod(bootstrap, 0o755);
  return built;
}

/** Makes the folder of the event function: one bundled file that exports `main_handler`. Else as `buildScf`. */
export function buildScfEvent(folder: string, configFolder?: string): Promise<Built> {
  return bundle('src/event.ts', folder, configFolder);
}

async function bundle(
  entry: string,
  folder: string,
  configFolder = path.join(ROOT, 'config'),
): Promise<Built> {
  const packaged = readConfigFiles(configFolder);
  readConfig({ ALLOW_ANONYMOUS: 'true' }, packaged); // tokens may come from the environment; all else must be right here
  const target = path.resolve(ROOT, folder);
  const outfile = path.join(target, 'index.js');
  await rm(target, { recursive: true, force: true });
  await mkdir(target, { recursive: true });
  await build({
    entryPoints: [path.join(ROOT, entry)],
    outfile,
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
      // Our pages have no query that is more than names and values; this parser is a tenth of the bundle.
      qs: path.join(ROOT, 'scripts/build/no-qs.ts'),
      // Our pages have these few types; the table of all there are is a third of the rest.
      'mime-db': path.join(ROOT, 'scripts/build/mime-db.json'),
    },
  });
  return { folder, bytes: (await stat(outfile)).size };
}
