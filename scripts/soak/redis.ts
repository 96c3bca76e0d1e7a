import { spawn, type ChildProcess } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';
import { freePort } from '../shared/loopback';

/** A Redis that can be killed and slowed down. */
export class Redis {
  #child: ChildProcess | undefined;

  private constructor(private readonly port: number) {}

  /** `undefined` if there is no `redis-server` on this machine. */
  static async start(): Promise<Redis | undefined> {
    const redis = new Redis(await freePort());
    process.once('exit', () => redis.stop());
    return (await redis.#start()) ? redis : undefined;
  }

  get url(): string {
    return `redis://127.0.0.1:${this.port}`;
  }

  async freeze(ms: number): Promise<void> {
    this.#child?.kill('SIGSTOP');
    await sleep(ms);
    this.#child?.kill('SIGCONT');
  }

  async kill(ms: number): Promise<void> {
    this.stop();
    await sleep(ms);
    await this.#start();
  }

  stop(): void {
    this.#child?.kill('SIGKILL');
  }

  #start(): Promise<boolean> {
    const args = ['--port', String(this.port), '--bind', '127.0.0.1', '--save', '', '--appendonly', 'no'];
    const child = spawn('redis-server', args, { stdio: 'ignore' });
    this.#child = child;
    return new Promise((resolve) => {
      child.once('error', () => resolve(false));
      child.once('spawn', () => resolve(true));
    });
  }
}
