import { spawn, type ChildProcess } from 'node:child_process';
import type { AddressInfo } from 'node:net';
import { createInterface } from 'node:readline';
import { createApp } from '../../src/app/app';
import { readConfig, secretsOf } from '../../src/config/read-config';
import { Cors } from '../../src/http/cors';
import { createLogger } from '../../src/log/logger';
import { createRedact } from '../../src/log/redact';
import { createServer, stopServer, type ServerLimits } from '../../src/app/server';
import { BOOTSTRAP } from './built-bundles';

export type LogLine = Readonly<Record<string, unknown>>;

export interface RunningProxy {
  readonly url: string;
  readonly port: number;
  /** Every line logged so far. */
  readonly log: LogLine[];
  stop(): Promise<void>;
}

/** The app in this process, on a free port, in front of one upstream for every provider. */
export async function startProxy(
  upstream: { readonly origin: string },
  environment: Record<string, string> = {},
  limits: Partial<ServerLimits> = {},
): Promise<RunningProxy> {
  const config = readConfig({
    OPENAI_UPSTREAM: upstream.origin,
    ANTHROPIC_UPSTREAM: upstream.origin,
    GEMINI_UPSTREAM: upstream.origin,
    ...environment,
  });
  const log: LogLine[] = [];
  const destination = { write: (line: string) => log.push(JSON.parse(line) as LogLine) };
  const logger = createLogger(createRedact(secretsOf(config)), destination, config.logLevel);
  let id = 0;
  const facts = { version: '0.0.0-test', commit: 'abcdef012345', region: 'ap-test', functionName: 'test' };
  const app = createApp(config, {
    logger,
    facts,
    random: () => 0,
    now: Date.now,
    onScf: false,
    newId: () => String(++id),
  });
  const cors = new Cors(config.corsOrigins, config.providers.exposedHeaders).headers({ headers: {} });
  const server = createServer(app.listener, {
    logger,
    dialect: config.defaultProvider.dialect,
    cors,
    upgrade: app.upgrade,
    limits,
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return { url: `http://127.0.0.1:${port}`, port, log, stop: () => stopServer(server, 0, app.abort) };
}

export interface RunningBundle extends RunningProxy {
  readonly process: ChildProcess;
  readonly stdout: () => string;
  readonly stderr: () => string;
  /** Resolves with the exit code once the process has ended. */
  readonly exited: Promise<number | null>;
}

/** The built bundle as its own process, started as SCF starts it. Nothing of this process's environment is passed on. */
export async function startBundle(
  environment: Record<string, string>,
  command: readonly [string, ...string[]] = [BOOTSTRAP],
): Promise<RunningBundle> {
  const [file, ...args] = command;
  const child = spawn(file, args, {
    env: { PATH: process.env['PATH'], PORT: '0', ...environment },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let stdout = '';
  let stderr = '';
  const log: LogLine[] = [];
  child.stderr.on('data', (chunk) => (stderr += String(chunk)));
  const exited = new Promise<number | null>((resolve) => child.once('close', resolve));
  const port = await new Promise<number>((resolve, reject) => {
    child.once('error', reject);
    createInterface({ input: child.stdout }).on('line', (line) => {
      stdout += `${line}\n`;
      const entry = JSON.parse(line) as LogLine;
      log.push(entry);
      if (entry['msg'] === 'listening') resolve(Number(entry['port']));
    });
    void exited.then((code) => reject(new Error(`The bundle ended with ${String(code)}: ${stderr}`)));
  });
  return {
    url: `http://127.0.0.1:${port}`,
    port,
    log,
    process: child,
    stdout: () => stdout,
    stderr: () => stderr,
    exited,
    async stop() {
      child.kill('SIGTERM');
      const killer = setTimeout(() => child.kill('SIGKILL'), 5_000);
      await exited;
      clearTimeout(killer);
    },
  };
}
