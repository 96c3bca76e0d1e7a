import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { parseCpuList } from './proc';

/** Where a measurement runs: the proxy on one core, its load on another. */
export interface Cores {
  /** `undefined`: not pinned. */
  readonly proxy: number | undefined;
  readonly load: number | undefined;
  /** Printed in the output. */
  readonly note: string;
}

/** Two cores that this process may use; unpinned if there is only one, or no `taskset`. */
export function pickCores(): Cores {
  if (!onPath('taskset'))
    return { proxy: undefined, load: undefined, note: 'nothing is pinned: there is no taskset here' };
  const status = readFileSync('/proc/self/status', 'utf8');
  const [proxy, load] = parseCpuList(/^Cpus_allowed_list:\s*(.*)$/m.exec(status)?.[1] ?? '0');
  if (load === undefined)
    return { proxy: undefined, load: undefined, note: 'nothing is pinned: there is one core only' };
  return { proxy, load, note: `the proxy on core ${proxy ?? 0}, load and upstream on core ${load}` };
}

/** Pins this process, with all its threads, to a core. */
export function pinSelf(core: number | undefined): void {
  if (core === undefined) return;
  execFileSync('taskset', ['-a', '-c', '-p', String(core), String(process.pid)], { stdio: 'ignore' });
}

/** The same command, on a core. `taskset` becomes the command, so the process id is the command's own. */
export function pinned(command: readonly string[], core: number | undefined): readonly string[] {
  return core === undefined ? command : ['taskset', '-c', String(core), ...command];
}

/** The path of a command, found as the shell does. */
export function onPath(command: string): string | undefined {
  return (process.env['PATH'] ?? '')
    .split(path.delimiter)
    .map((folder) => path.join(folder, command))
    .find((file) => existsSync(file));
}
