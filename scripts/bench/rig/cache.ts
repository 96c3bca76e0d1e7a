import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { build } from 'esbuild';

/** Everything that a benchmark installs or builds; none of it is in the tree. */
export const CACHE = path.join(tmpdir(), 'scf-llm-proxy-bench');

/** The files of this run, removed when it ends. */
export const RUN = path.join(CACHE, `run-${process.pid}`);
process.once('exit', () => rmSync(RUN, { recursive: true, force: true }));

const INSTALL_MS = 180_000;
const SCRIPTS = path.resolve(__dirname, '../..');

/** Packages at exact versions, and the versions that their own dependencies must have. */
export interface Packages {
  readonly dependencies: Readonly<Record<string, string>>;
  readonly overrides?: Readonly<Record<string, string>>;
}

/**
 * A folder whose `node_modules` hold the packages; installed once.
 * @param name of the folder, inside the cache
 * @throws Error if the registry cannot be reached or lacks one
 */
export function installed(name: string, packages: Packages): string {
  const folder = path.join(CACHE, name);
  const manifest = JSON.stringify({ private: true, ...packages });
  const done = path.join(folder, `installed-${Buffer.from(manifest).toString('base64url').slice(-60)}`);
  if (!existsSync(done)) {
    mkdirSync(folder, { recursive: true });
    writeFileSync(path.join(folder, 'package.json'), manifest);
    execFileSync('npm', ['install', '--no-audit', '--no-fund', '--silent', '--ignore-scripts'], {
      cwd: folder,
      stdio: 'ignore',
      timeout: INSTALL_MS,
    });
    writeFileSync(done, '');
  }
  return folder;
}

/**
 * A server as a plain JavaScript file, so that no TypeScript loader is measured with it.
 * @param source from the folder `scripts`, without `.ts`
 */
export async function compiled(source: string): Promise<string> {
  const outfile = path.join(RUN, `${source.replaceAll('/', '-')}.cjs`);
  await build({
    entryPoints: [path.join(SCRIPTS, `${source}.ts`)],
    outfile,
    bundle: true,
    platform: 'node',
    format: 'cjs',
    logLevel: 'warning',
  });
  return outfile;
}
