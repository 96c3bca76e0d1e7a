import { spawn, type ChildProcess } from 'node:child_process';
import { pinned } from './cores';

/** A process that is measured. */
export interface Started {
  readonly pid: number;
  readonly child: ChildProcess;
  /** What it has written to stderr so far. */
  readonly stderr: () => string;
  /** Ends it and waits until it is gone. */
  stop(): Promise<void>;
}

export interface Command {
  /** File and arguments. */
  readonly command: readonly string[];
  /** The whole environment except PATH: nothing of this process's own is passed on. */
  readonly environment?: Readonly<Record<string, string>>;
  readonly folder?: string;
  /**
   * Whether its stdout is read and discarded, as the platform reads a function's log; otherwise it goes to /dev/null.
   */
  readonly readsLog?: boolean;
}

const STOP_MS = 2_000;
const running = new Set<ChildProcess>();

/**
 * Starts a process on a core. It ends with this process, at the latest: see `endWithUs`.
 * @throws Error if it cannot be started
 */
export async function start(
  { command, environment, folder, readsLog }: Command,
  core: number | undefined,
): Promise<Started> {
  const [file = '', ...args] = pinned(command, core);
  const child = spawn(file, args, {
    cwd: folder,
    env: { PATH: process.env['PATH'], ...environment },
    stdio: ['ignore', readsLog ? 'pipe' : 'ignore', 'pipe'],
  });
  running.add(child);
  const gone = new Promise<void>((resolve) => {
    const ended = () => {
      running.delete(child);
      resolve();
    };
    child.once('exit', ended).once('error', ended);
  });
  let stderr = '';
  child.stderr?.on('data', (chunk: Buffer) => (stderr = (stderr + chunk.toString()).slice(-4_000)));
  child.stdout?.resume();
  await new Promise((resolve, reject) => child.once('spawn', resolve).once('error', reject));
  return {
    pid: child.pid ?? 0,
    child,
    stderr: () => stderr,
    async stop() {
      child.kill('SIGTERM');
      const killer = setTimeout(() => child.kill('SIGKILL'), STOP_MS);
      await gone;
      clearTimeout(killer);
    },
  };
}

/** Kills all processes that `start` has started and that still run. */
export function endAll(): void {
  for (const child of running) child.kill('SIGKILL');
}

/** From now on, all processes end with this one, also on SIGINT and on an error. */
export function endWithUs(): void {
  process.once('exit', endAll);
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.once(signal, () => process.exit(130));
  }
}
