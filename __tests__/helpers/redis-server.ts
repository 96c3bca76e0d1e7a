import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import net, { type AddressInfo } from 'node:net';
import { until } from './http';

/** A real redis-server on a free port, which needs a password. */
export interface RedisServer {
  readonly url: string;
  start(): Promise<void>;
  signal(signal: NodeJS.Signals): void;
  kill(): Promise<void>;
}

export async function redisServer(): Promise<RedisServer> {
  const probe = net.createServer();
  await new Promise<void>((resolve) => probe.listen(0, '127.0.0.1', resolve));
  const { port } = probe.address() as AddressInfo;
  await new Promise((resolve) => probe.close(resolve));
  let child: ChildProcess | undefined;
  return {
    url: `redis://default:planted-redis-password@127.0.0.1:${port}`,
    async start() {
      child = spawn(
        'redis-server',
        [
          '--port',
          String(port),
          '--bind',
          '127.0.0.1',
          '--save',
          '',
          '--appendonly',
          'no',
          '--requirepass',
          'planted-redis-password',
        ],
        { stdio: 'ignore' },
      );
      await until('redis listens', () => {
        try {
          return (
            execFileSync(
              'redis-cli',
              ['-p', String(port), '-a', 'planted-redis-password', '--no-auth-warning', 'ping'],
              { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] },
            ).trim() === 'PONG'
          );
        } catch {
          return false;
        }
      });
    },
    signal: (signal) => child?.kill(signal),
    async kill() {
      const ended = new Promise((resolve) => child?.once('exit', resolve));
      child?.kill('SIGKILL');
      await ended;
    },
  };
}
