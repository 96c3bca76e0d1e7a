import { existsSync, mkdirSync, rmdirSync, writeFileSync } from 'node:fs';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { listening } from '../bench/rig/ports';
import { start, type Started } from '../bench/rig/processes';
import { freePort, listenOnLoopback } from '../shared/loopback';

const MEMORY_BYTES = 128 * 1024 * 1024;
const FILES = 1_024;
const GROUPS = '/sys/fs/cgroup/memory';

/** One instance of the function, with the memory and the file descriptors that SCF gives it. */
export class Instance {
  port = 0;
  #process: Started | undefined;
  /** When something was last done to it on account of which its connections may end, or stand still. */
  disturbedUntilMs = 0;

  constructor(
    private readonly name: string,
    /** The file that starts it, as the platform does. */
    private readonly bootstrap: string,
    private readonly environment: Readonly<Record<string, string>>,
  ) {}

  get pid(): number {
    return this.#process?.pid ?? 0;
  }

  get isUp(): boolean {
    return this.port !== 0;
  }

  async start(): Promise<void> {
    const port = await freePort();
    const group = memoryGroup(this.name);
    const join = group ? `echo $$ > ${group}/cgroup.procs && ` : '';
    const shell = `${join}ulimit -n ${FILES} && exec "$0" "$@"`;
    this.#process = await start(
      {
        command: ['bash', '-c', shell, this.bootstrap],
        environment: { ...this.environment, PORT: String(port) },
        readsLog: true,
      },
      undefined,
    );
    await listening(port, this.#process);
    this.port = port;
  }

  /** Ends it, as the platform does or as a crash would, and starts it anew. */
  async restart(signal: 'SIGTERM' | 'SIGKILL'): Promise<void> {
    const child = this.#process?.child;
    this.port = 0;
    this.disturbedUntilMs = Infinity;
    const gone = new Promise((resolve) => child?.once('exit', resolve));
    child?.kill(signal);
    await gone;
    await this.start();
    this.disturbedUntilMs = Date.now() + 3_000;
  }

  /** Freezes it, as the platform does between two requests. */
  async freeze(ms: number): Promise<void> {
    this.disturbedUntilMs = Infinity;
    this.#process?.child.kill('SIGSTOP');
    await sleep(ms);
    this.#process?.child.kill('SIGCONT');
    this.disturbedUntilMs = Date.now() + 3_000;
  }

  async stop(): Promise<void> {
    await this.#process?.stop();
    const group = `${GROUPS}/scf-llm-proxy-soak-${this.name}-${process.pid}`;
    if (existsSync(group)) rmdirSync(group);
  }

  /** Whether it has ended without being asked to. */
  get hasDied(): boolean {
    const child = this.#process?.child;
    return this.isUp && child !== undefined && (child.exitCode !== null || child.signalCode !== null);
  }
}

/** Whether the memory of instances can be limited here. */
export const canLimitMemory = memoryGroup('probe') !== undefined;

function memoryGroup(name: string): string | undefined {
  const group = `${GROUPS}/scf-llm-proxy-soak-${name}-${process.pid}`;
  try {
    mkdirSync(group, { recursive: true });
    writeFileSync(`${group}/memory.limit_in_bytes`, String(MEMORY_BYTES));
    if (name === 'probe') rmdirSync(group);
    return group;
  } catch {
    return undefined; // no cgroup, or not ours to change
  }
}

/** The one address in front of all instances: each new connection goes to the next of those that are up. */
export async function balance(instances: readonly Instance[]): Promise<{ port: number; server: Server }> {
  let turn = 0;
  const server = createServer((client: Socket) => {
    const up = instances.filter(({ isUp }) => isUp);
    const instance = up[turn++ % Math.max(1, up.length)];
    if (!instance) {
      client.destroy();
      return;
    }
    const upstream = connect(instance.port, '127.0.0.1');
    client.setNoDelay(true);
    upstream.setNoDelay(true);
    client.pipe(upstream).pipe(client);
    const end = () => {
      client.destroy();
      upstream.destroy();
    };
    client.on('error', end).on('close', end);
    upstream.on('error', end).on('close', end);
  });
  return { port: await listenOnLoopback(server), server };
}
