import { createApp } from '../app/app';
import { AppSwitch } from './app-switch';
import { startConfiguration } from './configuration';
import { ConfigError, secretsOf, type Config } from '../config/read-config';
import { packagedConfig } from '../config/packaged';
import { Cors } from '../http/cors';
import { createLogger } from '../log/logger';
import { LogBuffer } from '../log/log-buffer';
import { createRedact } from '../log/redact';
import { readHttpProxy } from '../proxy/connect/http-proxy';
import { prepareToCollect } from '../proxy/exchange/buffer-gc';
import { createServer, stopServer } from '../app/server';
import { shortId } from '../app/short-id';
import { COMMIT, VERSION } from '../app/version';
import { localConfiguration } from './local-configuration';

/**
 * Threads of libuv's pool, which resolve host names. Only half of them may do so at a time, so Node's default of four
 * resolves two: two names whose name servers do not respond, for 10 s and more, would delay every other. Each name takes
 * one thread (proxy/connect/name-lookup.ts), and this is enough for sixteen providers and Redis. All threads start with the first lookup: 28 more take 0.2 MB.
 */
const POOL_THREADS = 32;
/** Log lines that cannot be written must not keep the process running after it has stopped. */
const MAX_FLUSH_MS = 500;

const EVERY_ADDRESS = '0.0.0.0';

/** What only the first large bodies need is prepared after the first response, which a cold start delays enough. */
const PREPARE_AFTER_MS = 1_000;

/** The SCF web function: reads the environment, listens on the port that SCF calls, drains on SIGTERM. */
function main(): void {
  process.env['UV_THREADPOOL_SIZE'] ??= String(POOL_THREADS); // libuv reads it when the pool starts
  const onScf = process.env['TENCENTCLOUD_RUNENV'] === 'SCF';
  // On SCF there is no file of a user, and no HTTP proxy of a user's network.
  const start = orExit(() =>
    onScf ? startConfiguration(process.env, packagedConfig()) : localConfiguration(writeNote),
  );
  const httpProxy = onScf ? undefined : readHttpProxy(start.environment);
  if (httpProxy?.problem !== undefined) writeNote(httpProxy.problem);
  const config = orExit(start.read);
  const log = new LogBuffer();
  let redact = createRedact(secretsOf(config));
  const loggerFor = ({ logLevel }: Config) =>
    createLogger(start.follow ? (line) => redact(line) : redact, log, logLevel);
  const logger = loggerFor(config);
  const facts = {
    version: VERSION,
    commit: COMMIT,
    region: process.env['TENCENTCLOUD_REGION'] ?? null,
    functionName: process.env['SCF_FUNCTIONNAME'] ?? null,
  };
  let isStopping = false;
  const effects = {
    isStopping: () => isStopping,
    logger,
    facts,
    random: Math.random,
    now: Date.now,
    newId: shortId,
    onScf,
    httpProxy: httpProxy?.choose,
    pushed: start.pushed,
  };
  const changing =
    start.follow &&
    new AppSwitch(config, {
      make: (newest, previous) => createApp(newest, { ...effects, logger: loggerFor(newest) }, previous),
      onConfigs(configs) {
        redact = createRedact(configs.flatMap(secretsOf));
      },
    });
  const app = changing ?? createApp(config, effects);
  const current = () => changing?.config ?? config;
  const following = changing && start.follow({ app: changing, logger });
  log.busy = app.busy;
  const server = createServer(app.listener, {
    logger,
    get dialect() {
      return current().defaultProvider.dialect;
    },
    get cors() {
      const { corsOrigins, providers } = current();
      return new Cors(corsOrigins, providers.exposedHeaders).headers({ headers: {} });
    },
    upgrade: app.upgrade,
  });

  server.on('error', (error: NodeJS.ErrnoException) => {
    if (server.listening) {
      logger.error({ cause: error }, 'a connection could not be taken'); // no file descriptor is free at the moment
      return;
    }
    const remedy =
      error.code === 'EADDRNOTAVAIL' || error.code === 'ENOTFOUND'
        ? 'HOST to an address of this machine'
        : 'PORT to a free one';
    process.stderr.write(
      `Cannot listen on port ${config.port} (${error.code ?? error.message}). Set ${remedy}.\n`,
    );
    process.exit(1);
  });
  const host = onScf ? EVERY_ADDRESS : config.host;
  const listen = () => {
    server.listen(config.port, host);
  };
  server.on('listening', () => {
    const address = server.address();
    logger.info(
      {
        ...facts,
        node: process.version,
        port: typeof address === 'object' ? address?.port : address,
        ...(host === EVERY_ADDRESS ? {} : { host }),
        ...(httpProxy?.from === undefined ? {} : { http_proxy: httpProxy.from }),
      },
      'listening',
    );
    setTimeout(prepareToCollect, PREPARE_AFTER_MS).unref();
  });
  if (following) void following.then(listen);
  else listen();

  const finish = () => {
    void stopServer(server, current().shutdownGraceMs, app.abort).then(() => {
      const late = setTimeout(exit, MAX_FLUSH_MS);
      log.flush(() => {
        clearTimeout(late);
        setImmediate(exit); // after the write that called this has returned
      });
    });
  };
  const stop = (signal: NodeJS.Signals) => {
    isStopping = true;
    // SCF itself sends nothing more to an instance that it ends, and soon freezes it.
    const delayMs = onScf ? 0 : current().shutdownDelayMs;
    logger.info({ signal, ...(delayMs === 0 ? {} : { delay_ms: delayMs }) }, 'stopping');
    if (delayMs === 0) finish();
    else setTimeout(finish, delayMs);
  };
  process.once('SIGTERM', stop);
  process.once('SIGINT', stop);
  // A bug in one request must not end the other clients' streams.
  process.on('uncaughtException', (cause) => {
    logger.error({ cause }, 'uncaught');
  });
}

/** `process.exit` waits for the pool's threads, and one that is blocked in a write or a lookup may never return. */
function exit(): void {
  const held = process
    .getActiveResourcesInfo()
    .some((name) => name === 'FSReqCallback' || name.startsWith('GetAddrInfo'));
  if (held) process.kill(process.pid, 'SIGKILL');
  process.exit(0);
}

function writeNote(note: string): void {
  process.stderr.write(`${note}\n`);
}

/** @param read throws a ConfigError if the process cannot start */
function orExit<T>(read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    writeNote(error.message);
    process.exit(1);
  }
}

main();
