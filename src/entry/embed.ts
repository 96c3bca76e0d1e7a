import { Server, type IncomingMessage, type ServerResponse } from 'node:http';
import { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { createApp } from '../app/app';
import { afterPreviousResponse } from '../app/server';
import { shortId } from '../app/short-id';
import { COMMIT, VERSION } from '../app/version';
import type { Environment } from '../config/effective-value';
import { ConfigError, readConfig, secretsOf } from '../config/read-config';
import { ProxyError } from '../errors/proxy-error';
import { responseOn, serveAsPlain, wantsWebSocket } from '../http/upgrade';
import { LogBuffer } from '../log/log-buffer';
import { createLogger } from '../log/logger';
import { createRedact } from '../log/redact';
import { readHttpProxy } from '../proxy/connect/http-proxy';

export { ConfigError };

// What is exported here is published in scripts/build/published-types.d.ts, where it is documented; the types are compared.

export interface HandlerOptions {
  readonly env: Environment;
  readonly log?: ((line: string) => void) | undefined;
}

export interface Handler {
  readonly listener: (request: IncomingMessage, response: ServerResponse) => void;
  readonly upgrade: (request: IncomingMessage, socket: Duplex, head: Buffer) => void;
  readonly close: () => Promise<void>;
}

/** Lines that standard output does not take must not keep `close` waiting. */
const MAX_FLUSH_MS = 500;

/**
 * The proxy as a part of somebody else's server. It reads no environment and no file, and leaves the process alone: what
 * it has begun ends with `close`.
 * @throws ConfigError with every problem
 */
export function createHandler({ env, log }: HandlerOptions): Handler {
  const config = readConfig(env);
  const followed = [config.configFile && 'CONFIG_FILE', config.configSecret && 'CONFIG_SECRET'].filter(
    Boolean,
  );
  if (followed.length > 0) {
    throw new ConfigError(
      followed.map(
        (name) =>
          `${name} cannot be used here, where no configuration is followed: give its variables to createHandler, and make another proxy when they change.`,
      ),
    );
  }
  const httpProxy = readHttpProxy(env);
  const buffer = log ? undefined : new LogBuffer();
  const destination = buffer ?? { write: (line: string) => writeSafely(log, line) };
  const logger = createLogger(createRedact(secretsOf(config)), destination, config.logLevel);
  if (httpProxy.problem !== undefined) logger.warn({}, httpProxy.problem);
  let closing: Promise<void> | undefined;
  const onScf = env['TENCENTCLOUD_RUNENV'] === 'SCF';
  const app = createApp(config, {
    logger,
    facts: { version: VERSION, commit: COMMIT, region: null, functionName: null },
    random: Math.random,
    now: Date.now,
    newId: shortId,
    onScf,
    httpProxy: onScf ? undefined : httpProxy.choose,
    isStopping: () => closing !== undefined,
    refuses(request) {
      if (closing) return new ProxyError('shutting-down');
      return hasLostItsBody(request) ? new ProxyError('body-already-read') : undefined;
    },
  });
  if (buffer) buffer.busy = app.busy;

  async function close(): Promise<void> {
    const late = setTimeout(() => void app.abort(), config.shutdownGraceMs);
    await app.retire();
    clearTimeout(late);
    await app.abort();
    if (buffer) await flushed(buffer);
  }

  return {
    listener: app.listener,
    upgrade(request, socket, head) {
      if (!(socket instanceof Socket)) {
        socket.destroy(); // on a listening port it is always a Socket
        return;
      }
      afterPreviousResponse(socket, () => {
        if (!wantsWebSocket(request)) serveWithoutUpgrade(request, socket, head);
        else if (app.upgrade) app.upgrade(request, socket, head);
        else app.listener(request, responseOn(socket, request, head));
      });
    },
    close: () => (closing ??= close()),
  };
}

function flushed(buffer: LogBuffer): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, MAX_FLUSH_MS).unref();
    buffer.flush(resolve);
  });
}

/** No request fails because of its log. */
function writeSafely(log: HandlerOptions['log'], line: string): void {
  try {
    log?.(line);
  } catch {
    // The one who takes the lines knows of it.
  }
}

/** Whether something has read the body, of which nothing would be left to be relayed. */
function hasLostItsBody({ headers, readableDidRead }: IncomingMessage): boolean {
  if (!readableDidRead) return false;
  return headers['transfer-encoding'] !== undefined || (headers['content-length'] ?? '0') !== '0';
}

/** Gives a request that offers another upgrade (h2c) back to its server. */
function serveWithoutUpgrade(request: IncomingMessage, socket: Socket, head: Buffer): void {
  const { server } = socket as { readonly server?: unknown }; // set by Node for every connection that a server accepted
  if (server instanceof Server) serveAsPlain(server, request, socket, head);
  else socket.destroy();
}
