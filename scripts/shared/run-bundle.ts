import { spawn } from 'node:child_process';
import path from 'node:path';
import { createInterface } from 'node:readline';
import type { Environment } from '../../src/config/effective-value';

export interface RunOptions {
  /** The folder that the build wrote. */
  readonly folder: string;
  readonly environment: Environment;
  /** Where it runs, and reads `.env`. */
  readonly cwd: string;
  /** Called with the port as soon as it listens. */
  readonly onListening?: (port: number) => void;
}

/** How often it is checked whether the parent process has ended. */
const PARENT_CHECK_MS = 500;

/**
 * Runs the web function's bundle with this Node until it ends, or until this process gets a signal to stop. No shell and no
 * `scf_bootstrap` takes part: Windows has neither.
 * @returns its exit status
 */
export function runBundle({ folder, environment, cwd, onListening }: RunOptions): Promise<number> {
  const child = spawn(process.execPath, [path.join(folder, 'start.js')], {
    cwd,
    env: environment,
    stdio: ['inherit', onListening ? 'pipe' : 'inherit', 'inherit'],
  });
  if (child.stdout && onListening) {
    child.stdout.pipe(process.stdout, { end: false });
    createInterface({ input: child.stdout }).on('line', (line) => {
      const port = portIn(line);
      if (port !== undefined) onListening(port);
    });
  }
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => child.kill('SIGTERM'));
  // npm passes a signal to its shell, which ends and tells nobody: this process then has another parent.
  const parent = process.ppid;
  setInterval(() => {
    if (process.ppid !== parent) child.kill('SIGTERM');
  }, PARENT_CHECK_MS).unref();
  return new Promise((resolve, reject) => {
    child.once('error', reject).once('close', (code) => {
      resolve(code ?? 1);
    });
  });
}

/** The port that a log line `listening` reports. */
function portIn(line: string): number | undefined {
  if (!line.includes('"msg":"listening"')) return undefined;
  try {
    const { port } = JSON.parse(line) as { port?: unknown };
    return typeof port === 'number' ? port : undefined;
  } catch {
    return undefined;
  }
}
