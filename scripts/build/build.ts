import { chmod, cp, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { build, type BuildOptions } from 'esbuild';
import { codeCacheFile } from '../../src/code-cache';
import { readConfig, type Environment } from '../../src/config';
import { makeCodeCache } from './code-cache';
import { readConfigFiles } from './config-files';

const ROOT = path.resolve(__dirname, '../..');

/** The oldest Node that SCF offers; see README, "Where it runs". */
const TARGET = 'node18.15';

const CONFIG = path.join(ROOT, 'config');

const OPTIONS = {
  bundle: true,
  minify: true,
  platform: 'node',
  target: TARGET,
  format: 'cjs',
  charset: 'ascii', // src/start.ts reads a byte as a character
  legalComments: 'none',
  logLevel: 'warning',
} as const satisfies BuildOptions;

/** A folder that was built, from the project's root, and the size of its bundle. */
export interface Built {
  readonly folder: string;
  readonly bytes: number;
}

/**
 * Makes the folder of the web function, which is deployed: `scf_bootstrap`, one bundled file that needs nothing beside it,
 * and what makes its start quicker: its code cache, and the few lines that start it with that.
 * @param folder where to, from the project's root; emptied first
 * @param configFolder where the package's configuration files are
 * @throws ConfigError where those files hold mistakes
 */
export async function buildScf(folder: string, configFolder?: string): Promise<Built> {
  const built = await bundle('src/web.ts', folder, configFolder);
  const target = path.resolve(ROOT, folder);
  const index = path.join(target, 'index.js');
  await build({ ...OPTIONS, entryPoints: [path.join(ROOT, 'src/start.ts')], outdir: target });
  await writeFile(codeCacheFile(index), await codeCacheOf(index, readConfigFiles(configFolder ?? CONFIG)));
  const bootstrap = path.join(target, 'scf_bootstrap');
  await cp(path.join(ROOT, 'scripts/build/scf_bootstrap'), bootstrap);
  await chmod(bootstrap, 0o755);
  return built;
}

const made = { bundle: '', cache: Buffer.alloc(0) };

/** Made once where one process builds the same bundle again. */
async function codeCacheOf(bundle: string, packaged: Environment): Promise<Buffer> {
  const code = await readFile(bundle, 'latin1');
  if (code !== made.bundle)
    Object.assign(made, { bundle: code, cache: await makeCodeCache(bundle, packaged) });
  return made.cache;
}

/** Makes the folder of the event function: one bundled file that exports `main_handler`. Else as `buildScf`. */
export function buildScfEvent(folder: string, configFolder?: string): Promise<Built> {
  return bundle('src/event.ts', folder, configFolder);
}

async function bundle(entry: string, folder: string, configFolder = CONFIG): Promise<Built> {
  const packaged = readConfigFiles(configFolder);
  readConfig({ ALLOW_ANONYMOUS: 'true' }, packaged); // tokens may come from the environment; all else must be right here
  const target = path.resolve(ROOT, folder);
  const outfile = path.join(target, 'index.js');
  await rm(target, { recursive: true, force: true });
  await mkdir(target, { recursive: true });
  await build({
    ...OPTIONS,
    entryPoints: [path.join(ROOT, entry)],
    outfile,
    define: { PACKAGED_CONFIG: JSON.stringify(packaged) },
    alias: {
      // Express loads its body parsers at start; our pages read no body, and these are half of the bundle.
      'body-parser': path.join(ROOT, 'scripts/build/no-body-parser.ts'),
      // Our pages have no query that is more than names and values; this parser is a tenth of the bundle.
      qs: path.join(ROOT, 'scripts/build/no-qs.ts'),
      // Our pages have these few types; the table of all there are is a third of the rest.
      'mime-db': path.join(ROOT, 'scripts/build/mime-db.json'),
    },
  });
  // esbuild leaves them in regular expressions, where an escape means the same.
  const code = (await readFile(outfile, 'utf8')).replace(
    /[^\0-\x7f]/g,
    (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
  await writeFile(outfile, code);
  return { folder, bytes: code.length };
}
