import { lstatSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { runChild } from './run-child';

/** A folder with a package.json and a package-lock.json of its own, which `npm ci` at the top leaves out. */
export interface PackageFolder {
  /** Its absolute path. */
  readonly folder: string;
  /** What an installation is announced as: "the packages of the tests, 130 MB". */
  readonly content: string;
  /**
   * Whether packages for other platforms may be missing in the lock file, since a registry need not have them all: `npm ci` refuses
   * such a file. The versions are those of the lock file in any case.
   */
  readonly lacksPlatforms?: boolean;
}

/**
 * Installs the folder's packages if they are missing, or others than its lock file lists. One line on standard error says so;
 * standard output stays that of the command.
 * @throws Error if npm failed
 */
export async function installPackages({
  folder,
  content,
  lacksPlatforms = false,
}: PackageFolder): Promise<void> {
  // A link leads to the packages of another checkout, which `npm ci` would delete first.
  if (isLink(path.join(folder, 'node_modules')) || isInstalled(folder)) return;
  const place = path.relative(process.cwd(), folder) || '.';
  process.stderr.write(
    `Installing ${content}, into ${place} (again only if its package-lock.json changes).\n`,
  );
  // No package needs its install script, so none may run.
  const [command, ...options] = lacksPlatforms ? ['install', '--no-save'] : ['ci'];
  const quiet = ['--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error'];
  const [file, ...args] = npmCommand(command, ...options, ...quiet);
  const code = await runChild(file, args, { cwd: folder, stdio: ['ignore', 2, 2] });
  if (code !== 0) throw new Error(`npm ${command} in ${place} ended with ${code}; its reason is above.`);
}

interface LockedPackage {
  readonly integrity?: string;
  readonly optional?: boolean;
}

/** Whether every package of the lock file is there; what is optional may be meant for another platform. */
export function isInstalled(folder: string): boolean {
  const wanted = packagesIn(path.join(folder, 'package-lock.json'));
  // npm writes this copy as the last step of an installation.
  const installed = packagesIn(path.join(folder, 'node_modules/.package-lock.json'));
  if (wanted === undefined || installed === undefined) return false;
  return Object.entries(wanted).every(([place, { integrity, optional }]) => {
    if (place === '') return true; // the folder itself
    const found = installed[place];
    return found === undefined ? optional === true : found.integrity === integrity;
  });
}

/** `undefined` if there is no such file, or none that can be read. */
function packagesIn(lockFile: string): Readonly<Record<string, LockedPackage>> | undefined {
  try {
    return (JSON.parse(readFileSync(lockFile, 'utf8')) as { packages?: Record<string, LockedPackage> })
      .packages;
  } catch {
    return undefined;
  }
}

function isLink(file: string): boolean {
  return lstatSync(file, { throwIfNoEntry: false })?.isSymbolicLink() ?? false;
}

/** The npm that runs this script, or else the one beside Node: Windows has no `npm` that starts without a shell. */
function npmCommand(...args: readonly string[]): [string, ...string[]] {
  const running = process.env['npm_execpath'];
  if (running !== undefined && path.basename(running) === 'npm-cli.js')
    return [process.execPath, running, ...args];
  if (process.platform !== 'win32') return ['npm', ...args];
  const beside = path.join(path.dirname(process.execPath), 'node_modules/npm/bin/npm-cli.js');
  return [process.execPath, beside, ...args];
}
