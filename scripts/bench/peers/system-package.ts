import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { RUN } from '../rig/cache';
import { onPath } from '../rig/cores';

/** Where Debian's packages have servers, which the `PATH` of a user may leave out. */
const SERVERS = '/usr/sbin';

/** The file of a command; `undefined` if this machine does not have it. */
export function systemBinary(name: string): string | undefined {
  return onPath(name) ?? [path.join(SERVERS, name)].find((file) => existsSync(file));
}

/**
 * What a command says of its version.
 * @param pattern with the version as its first group
 * @throws Error if the command does not run, or says none
 */
export function versionOf(binary: string, argument: string, pattern: RegExp): string {
  const { stdout, stderr } = spawnSync(binary, [argument], { encoding: 'utf8' });
  const version = pattern.exec(`${stdout}\n${stderr}`)?.[1];
  if (version === undefined) throw new Error(`${binary} does not run here`);
  return version;
}

/** A new folder of this run, for one process. */
export function runFolder(name: string): string {
  const folder = path.join(RUN, name);
  mkdirSync(folder, { recursive: true });
  return folder;
}

/** Writes a file, and returns its path. */
export function written(folder: string, name: string, text: string): string {
  const file = path.join(folder, name);
  writeFileSync(file, text);
  return file;
}
