import { spawn } from 'node:child_process';
import path from 'node:path';
import { logEntries } from '../build/log-entries';
import { CA_FILE } from './upstream/certificates';
import { CHAOS_KEY, CHAOS_TOKEN } from './secrets';
import type { Transport } from './cell';

const BUNDLE = path.resolve(__dirname, '../../dist/scf/start.js');

/** Longer than a pool waits for a stream's first event, so that silence behind a head is one of the body. */
const TIMEOUT_MS = 6_000;
const IDLE_TIMEOUT_MS = 2_000;
const CONNECT_TIMEOUT_MS = 3_000;

export interface ChaosProxy {
  readonly port: number;
  /** All that it has written so far. */
  readonly output: () => string;
  /** Whether it still runs. */
  readonly isAlive: () => boolean;
  /** Resolves with its exit status. */
  stop(): Promise<number | null>;
}

/** @param providers the base URL of each, by name */
export async function startProxy(
  providers: ReadonlyMap<string, string>,
  transport: Transport,
  bundle = BUNDLE,
): Promise<ChaosProxy> {
  const keys = [...providers.keys()].map((name) => [`${name.toUpperCase()}_API_KEYS`, CHAOS_KEY]);
  const child = spawn(process.execPath, [bundle], {
    env: {
      PORT: '0',
      PROVIDERS: [...providers].map(([name, url]) => `${name}=${url}`).join(','),
      ALLOW_PRIVATE_PROVIDERS: 'true',
      ACCESS_TOKENS: CHAOS_TOKEN,
      ...(Object.fromEntries(keys) as Record<string, string>),
      TIMEOUT: String(TIMEOUT_MS),
      IDLE_TIMEOUT: String(IDLE_TIMEOUT_MS),
      CONNECT_TIMEOUT: String(CONNECT_TIMEOUT_MS),
      HTTP2_AFTER: transport === 'HTTP/2' ? '0' : 'off',
      NODE_EXTRA_CA_CERTS: CA_FILE,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => (output += String(chunk)));
  const exited = new Promise<number | null>((resolve) => child.once('exit', resolve));
  const listens = await logEntries(child.stdout)('listening');
  if (listens?.port === undefined) throw new Error(`The proxy did not start: ${output}`);
  return {
    port: listens.port,
    output: () => output,
    isAlive: () => child.exitCode === null && child.signalCode === null,
    stop() {
      child.kill('SIGTERM');
      return exited;
    },
  };
}
