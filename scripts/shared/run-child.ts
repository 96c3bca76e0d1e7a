import { spawn, type StdioOptions } from 'node:child_process';

export interface ChildOptions {
  readonly cwd?: string;
  readonly env?: NodeJS.ProcessEnv;
  /** This process's own three if unset. */
  readonly stdio?: StdioOptions;
}

/**
 * Runs a program in this terminal, without a shell. The terminal's Ctrl-C reaches the child as well, so this process waits
 * for it; SIGTERM is passed on.
 * @returns its exit code; 1 if a signal ended it
 */
export function runChild(file: string, args: readonly string[], options: ChildOptions = {}): Promise<number> {
  return new Promise((resolve, reject) => {
    const child = spawn(file, args, { stdio: 'inherit', ...options });
    const ignore = () => undefined;
    const terminate = () => child.kill('SIGTERM');
    process.on('SIGINT', ignore).on('SIGTERM', terminate);
    child.once('error', reject).once('close', (code) => {
      process.off('SIGINT', ignore).off('SIGTERM', terminate);
      resolve(code ?? 1);
    });
  });
}
