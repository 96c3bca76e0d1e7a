import { spawn, type ChildProcess } from 'node:child_process';
import { readFileSync } from 'node:fs';
import net from 'node:net';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { freePort } from '../shared/loopback';

export interface InstanceOptions {
  /** The folder of the code. */
  readonly folder: string;
  readonly environment: Readonly<Record<string, string>>;
  readonly initTimeoutMs: number;
  readonly freeze: boolean;
  readonly idleKillMs: number;
  /** Called with each line on standard output. */
  readonly onLine: (text: string) => void;
}

/** A start that failed, with what the function wrote on stderr. */
export class StartError extends Error {
  constructor(
    /** Whether the process ended, or runs and does not listen. */
    readonly reason: 'exited' | 'silent',
    message: string,
  ) {
    super(message);
  }
}

/** One running copy of a function: thawed while it has requests, frozen between them, killed after a long idle time. */
export class Instance {
  /** Resolves with the port once the function listens. */
  readonly ready: Promise<number>;
  requests = 0;

  readonly #options: InstanceOptions;
  readonly #onEnd: () => void;
  #process: ChildProcess | undefined;
  #exited: Promise<void> = Promise.resolve();
  #stopped = false;
  #idle: NodeJS.Timeout | undefined;
  #stderr = '';

  constructor(options: InstanceOptions, onEnd: () => void) {
    this.#options = options;
    this.#onEnd = onEnd;
    this.ready = this.#start();
    this.ready.catch(() => undefined); // those that wait are rejected; a kill may happen when nothing waits
  }

  async #start(): Promise<number> {
    const { folder, environment, initTimeoutMs, onLine } = this.#options;
    const port = await freePort();
    if (this.#stopped) throw new StartError('exited', 'The instance was stopped before it began.');
    const child = spawn(path.join(folder, 'scf_bootstrap'), [], {
      cwd: folder,
      // On the platform every instance has its own port 9000; here they share one machine.
      env: { ...environment, PORT: String(port) },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    createInterface({ input: child.stdout }).on('line', onLine);
    this.#process = child;
    child.stderr.on('data', (chunk) => (this.#stderr = (this.#stderr + String(chunk)).slice(-2_000)));
    this.#exited = new Promise((resolve) => {
      const end = () => {
        this.#stopped = true;
        clearTimeout(this.#idle);
        this.#onEnd();
        resolve();
      };
      child.once('exit', end);
      child.once('error', (error) => {
        this.#stderr += error.message;
        end(); // it never started, so there is no exit
      });
    });
    const deadline = performance.now() + initTimeoutMs;
    while (!(await listens(port))) {
      if (this.#hasEnded())
        throw new StartError('exited', `The function ended while it started: ${this.#stderr}`);
      if (performance.now() > deadline) {
        void this.stop();
        throw new StartError('silent', `The function did not listen within ${initTimeoutMs} ms.`);
      }
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
    return port;
  }

  /** A method, because the compiler assumes that a field does not change across an `await`. */
  #hasEnded(): boolean {
    return this.#stopped;
  }

  /** Accepts one more request. */
  enter(): void {
    clearTimeout(this.#idle);
    if (this.requests++ === 0) this.#signal('SIGCONT');
  }

  leave(): void {
    if (--this.requests > 0) return;
    if (this.#options.freeze) this.#signal('SIGSTOP');
    this.#idle = setTimeout(() => void this.stop(), this.#options.idleKillMs);
    this.#idle.unref();
  }

  /** Kills without a warning, because the platform promises none. */
  stop(): Promise<void> {
    this.#stopped = true;
    clearTimeout(this.#idle);
    this.#signal('SIGKILL');
    this.#onEnd();
    return this.#exited;
  }

  #signal(signal: NodeJS.Signals): void {
    const pid = this.#process?.pid;
    if (pid === undefined || this.#process?.exitCode !== null || this.#process.signalCode !== null) return;
    for (const one of processTree(pid)) {
      try {
        process.kill(one, signal);
      } catch {
        // it has ended in the meantime
      }
    }
  }
}

/**
 * A process and what it started: a scf_bootstrap need not `exec`. They stay in the process group of the tests, so that
 * a terminal or a CI that ends the tests ends them too, and Linux wakes the frozen ones for it.
 */
function processTree(pid: number): number[] {
  try {
    const children = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8');
    return [pid, ...children.split(' ').filter(Boolean).map(Number).flatMap(processTree)];
  } catch {
    return [pid]; // it has ended, or this is not Linux
  }
}

function listens(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = net.connect(port, '127.0.0.1');
    socket.once('connect', () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', () => resolve(false));
  });
}
