import { chmod, cp, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { build, type BuildOptions, type Metafile, type Plugin } from 'esbuild';
import { codeCacheFile } from '../../src/entry/code-cache';
import type { Environment } from '../../src/config/effective-value';
import { readConfig } from '../../src/config/read-config';
import { makeCodeCache } from './code-cache';
import { readConfigFiles } from './config-files';
import { buildConsole, consolePage } from './console-page';
import { LICENSES_FILE, thirdPartyLicenses } from './licenses';
import { packedTables } from './packed-tables';
import { source as priceSource } from '../../src/prices/table.json';
import { sourceCommit } from './source-commit';
import { withoutRedisCluster } from './without-redis-cluster';

const ROOT = path.resolve(__dirname, '../..');

/** The oldest Node that SCF offers; see docs/deployment.md. */
const TARGET = 'node18.15';

const OPTIONS = {
  bundle: true,
  minify: true,
  platform: 'node',
  target: TARGET,
  format: 'cjs',
  supported: { 'dynamic-import': false }, // a `require` instead: a script with a code cache has no `import()`
  charset: 'ascii', // src/entry/code-cache.ts reads a byte as a character
  legalComments: 'none',
  logLevel: 'warning',
} as const satisfies BuildOptions;

const PLUGINS = [packedTables, withoutRedisCluster, consolePage];

const ALIASES = {
  // Express loads its body parsers at start; the pages read no body, and these are half of the bundle.
  'body-parser': path.join(ROOT, 'scripts/build/no-body-parser.ts'),
  // The pages' queries are only names and values; this parser is a tenth of the bundle.
  qs: path.join(ROOT, 'scripts/build/no-qs.ts'),
  // The pages have only these types; the table of all types is a third of the rest.
  'mime-db': path.join(ROOT, 'scripts/build/mime-db.json'),
  'ipaddr.js': path.join(ROOT, 'scripts/build/no-ipaddr.ts'),
  debug: path.join(ROOT, 'scripts/build/no-debug.cjs'),
  depd: path.join(ROOT, 'scripts/build/no-depd.cjs'),
};

/** Files of this project that contain parts of a package, so that its licence applies as well. */
const EXCERPTS = new Map([['scripts/build/mime-db.json', 'node_modules/mime-db/db.json']]);

/** A folder that does not exist, so that it has no configuration files. */
const NO_FOLDER = path.join(__dirname, 'none');

/** Code that few need, and for which no cold start should pay: files beside the bundle. */
interface BesideBundle {
  readonly file: string;
  readonly entry: string;
  /** How the bundle requires it. */
  readonly path: RegExp;
}

/** What the variable CONFIG_FILE needs. */
const CONFIG_FILE: BesideBundle = {
  file: 'config-file.js',
  entry: 'src/config/file/config-file.ts',
  path: /\/config\/file\/config-file$/,
};

/** What the variable REDIS_URL needs. */
const REDIS_CLIENT: BesideBundle = {
  file: 'redis-client.js',
  entry: 'src/redis/redis-client.ts',
  path: /\/redis-client$/,
};

/** The page at `/`, with its script. */
const PAGE: BesideBundle = {
  file: 'page.js',
  entry: 'src/pages/index-page/index-page.ts',
  path: /\/index-page\/index-page$/,
};

/** What the variable REQUEST_RULES needs. */
const REQUEST_RULES: BesideBundle = {
  file: 'request-rules.js',
  entry: 'src/config/rules/request-rules.ts',
  path: /\/rules\/request-rules$/,
};

/** What /-/metrics and the variable OTEL_EXPORTER_OTLP_ENDPOINT need. */
const MONITORING: BesideBundle = {
  file: 'monitoring.js',
  entry: 'src/monitoring/monitor.ts',
  path: /\/monitoring\/monitor$/,
};

/** The data of the read-only console. */
const CONSOLE: BesideBundle = {
  file: 'console.js',
  entry: 'src/pages/console/console.ts',
  path: /\/console\/console$/,
};

/** What a browser gets at a page that needs a token. */
const TOKEN_FORM: BesideBundle = {
  file: 'token-form.js',
  entry: 'src/pages/token-form/token-form.ts',
  path: /\/token-form\/token-form$/,
};

const ALL_BESIDE: readonly BesideBundle[] = [
  CONFIG_FILE,
  CONSOLE,
  MONITORING,
  PAGE,
  REDIS_CLIENT,
  REQUEST_RULES,
  TOKEN_FORM,
];

export interface BuildScfOptions {
  /**
   * Where what CONFIG_FILE needs is: in a file beside the bundle, inside the bundle (for a program that is one file), or nowhere (for SCF,
   * where the variable is refused).
   */
  readonly configFile: 'beside' | 'inside' | 'nowhere';
}

/** Lets the bundle load such a file when it needs it. */
function outside({ file, path: required }: BesideBundle): Plugin {
  return {
    name: `${file}-outside-bundle`,
    setup(building) {
      building.onResolve({ filter: required }, () => ({ path: `./${file}`, external: true }));
    },
  };
}

/** Of the list of prices, which `npm run prices` makes from the data of a package. */
async function pricesNotice(): Promise<string> {
  const license = await readFile(path.join(ROOT, 'scripts/prices/LICENSE'), 'utf8');
  return `${priceSource.name} ${priceSource.version}\nIts data, as the list of prices.\n\n${license}`;
}

/** A folder that was built. */
export interface Built {
  /** From the project's root. */
  readonly folder: string;
  /** The size of its bundle. */
  readonly bytes: number;
  /** The commit that its bundle reports (source-commit.ts). */
  readonly commit: string;
}

interface Bundled {
  readonly built: Built;
  readonly file: string;
  readonly code: string;
  /** The configuration inside it. */
  readonly packaged: Environment;
}

/** The last code cache, for a process that builds the same bundle again. */
let made: { readonly code: string; readonly cache: Buffer } | undefined;

/**
 * Makes the folder of the web function, which is deployed: `scf_bootstrap`, one self-contained bundle, the licences of
 * its packages, and what makes its start quicker: its code cache, and the few lines that start it with that cache.
 * @param folder the path to write, from the project's root; emptied first
 * @param configFolder the folder of the package's configuration files
 * @throws ConfigError if those files are invalid
 */
export async function buildScf(
  folder: string,
  configFolder?: string,
  options: BuildScfOptions = { configFile: 'beside' },
): Promise<Built> {
  const entry = 'src/entry/web-function.ts';
  const { built, file, code, packaged } = await bundle(entry, folder, configFolder, options);
  const target = path.dirname(file);
  await build({ ...OPTIONS, entryPoints: [path.join(ROOT, 'src/entry/start.ts')], outdir: target });
  if (code !== made?.code) made = { code, cache: await makeCodeCache(file, packaged) };
  await writeFile(codeCacheFile(file), made.cache);
  const bootstrap = path.join(target, 'scf_bootstrap');
  await cp(path.join(ROOT, 'scripts/build/scf_bootstrap'), bootstrap);
  await chmod(bootstrap, 0o755);
  return built;
}

/**
 * Makes the folder of the event function: one bundled file that exports `main_handler`, and the licences. Otherwise
 * like `buildScf`.
 */
export async function buildScfEvent(folder: string, configFolder?: string): Promise<Built> {
  return (await bundle('src/entry/event-function.ts', folder, configFolder)).built;
}

/**
 * Makes the folder of the package for other programs: one bundled file that exports `createHandler`, its types and the
 * licences. None of the configuration files is in it.
 */
export async function buildEmbed(folder: string): Promise<Built> {
  const { built, file } = await bundle('src/entry/embed.ts', folder, NO_FOLDER, { configFile: 'inside' });
  await cp(path.join(__dirname, 'published-types.d.ts'), path.join(path.dirname(file), 'index.d.ts'));
  return built;
}

async function bundle(
  entry: string,
  folder: string,
  configFolder = path.join(ROOT, 'config'),
  { configFile }: BuildScfOptions = { configFile: 'nowhere' },
): Promise<Bundled> {
  const packaged = readConfigFiles(configFolder);
  readConfig({ ALLOW_ANONYMOUS: 'true' }, packaged); // tokens may come from the environment; all else must be valid
  const target = path.resolve(ROOT, folder);
  const file = path.join(target, 'index.js');
  const commit = sourceCommit(ROOT, process.env['SOURCE_COMMIT']);
  await rm(target, { recursive: true, force: true });
  await mkdir(target, { recursive: true });
  const { metafile } = await build({
    ...OPTIONS,
    absWorkingDir: ROOT,
    entryPoints: [entry],
    outfile: file,
    metafile: true,
    plugins: [...PLUGINS, ...(configFile === 'inside' ? [] : ALL_BESIDE.map(outside))],
    define: { PACKAGED_CONFIG: JSON.stringify(packaged), BUNDLED_COMMIT: JSON.stringify(commit) },
    alias: ALIASES,
  });
  // esbuild does not escape them in regular expressions, where an escape means the same.
  const code = (await readFile(file, 'utf8')).replace(
    /[^\0-\x7f]/g,
    (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
  await writeFile(file, code);
  const beside = {
    beside: ALL_BESIDE,
    inside: [],
    nowhere: ALL_BESIDE.filter((one) => one !== CONFIG_FILE),
  }[configFile];
  const metafiles = [metafile, ...(await Promise.all(beside.map((one) => buildBeside(target, one))))];
  const inputs = [...metafiles.flatMap((one) => Object.keys(one.inputs)), ...buildConsole().inputs];
  const sources = [...new Set(inputs)].map((name) => path.join(ROOT, EXCERPTS.get(name) ?? name));
  await writeFile(path.join(target, LICENSES_FILE), thirdPartyLicenses(sources, [await pricesNotice()]));
  return { built: { folder, bytes: code.length, commit }, file, code, packaged };
}

async function buildBeside(folder: string, { entry, file }: BesideBundle): Promise<Metafile> {
  const { metafile } = await build({
    ...OPTIONS,
    absWorkingDir: ROOT,
    entryPoints: [entry],
    outfile: path.join(folder, file),
    metafile: true,
    plugins: PLUGINS,
    alias: ALIASES,
  });
  return metafile;
}
