import { createHash } from 'node:crypto';
import path from 'node:path';
import { gzipSync } from 'node:zlib';
import { buildSync, type Plugin } from 'esbuild';
import type { ConsoleFile } from '../../src/pages/index-page/console-file';

const ROOT = path.resolve(__dirname, '../..');

/** The oldest browsers that have all that the page uses, such as `:has()` and container queries. */
const TARGET = ['chrome111', 'edge111', 'firefox121', 'safari16.4'];

export interface BuiltConsole {
  readonly file: ConsoleFile;
  /** What it was made of, from the project's root. */
  readonly inputs: readonly string[];
}

/** The last one, for a process that builds several bundles. */
let built: BuiltConsole | undefined;

/** Bundles the page's script, and its style sheet. */
export function buildConsole(): BuiltConsole {
  if (built) return built;
  const { outputFiles, metafile } = buildSync({
    absWorkingDir: ROOT,
    entryPoints: ['src/pages/console-app/main.tsx', 'src/pages/console-app/style.css'],
    outdir: 'dist/console',
    write: false,
    bundle: true,
    minify: true,
    platform: 'browser',
    format: 'iife',
    target: TARGET,
    jsx: 'automatic',
    jsxImportSource: 'preact',
    charset: 'utf8',
    legalComments: 'none',
    logLevel: 'warning',
    metafile: true,
  });
  const textOf = (extension: string) => {
    const text = outputFiles.find(({ path: name }) => name.endsWith(extension))?.text;
    if (text === undefined) throw new Error(`The page has no ${extension} file.`);
    return text.trim();
  };
  const script = textOf('.js');
  const digest = createHash('sha256').update(script);
  built = {
    file: {
      packedScript: gzipSync(script, { level: 9 }).toString('base64'),
      scriptHash: digest.digest('base64'),
      style: textOf('.css'),
    },
    inputs: Object.keys(metafile.inputs),
  };
  return built;
}

/** Puts them into the bundle, in the place of the module that has none. */
export const consolePage: Plugin = {
  name: 'console-page',
  setup(build) {
    build.onLoad({ filter: /[\\/]index-page[\\/]console-file\.ts$/ }, () => ({
      loader: 'js',
      contents: `module.exports = { CONSOLE_FILE: ${JSON.stringify(buildConsole().file)} };`,
    }));
  },
};
