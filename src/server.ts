import http, {
  type IncomingMessage,
  type RequestListener,
  type Server,
  type ServerResponse,
} from 'node:http';
import { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { failureHeaders } from './core/answer-failure';
import type { RawHeaders } from './core/headers';
import { serveAsPlain, wantsWebSocket } from './core/upgrade';
import type { Dialect } from './dialects/dialect';
import { FAILURES, ProxyError, errorCode, type FailureCode } from './errors';
import type { Logger } from './log';
import { resetVanishedClients } from './vanished-clients';

/** Limits of the server itself; times in ms. */
export interface ServerLimits {
  readonly headersTimeoutMs: number;
  readonly keepAliveTimeoutMs: number;
}

const DEFAULT_LIMITS: ServerLimits = {
  headersTimeoutMs: 30_000,
  keepAliveTimeoutMs: 120_000, // longer than the platform's gateway or an nginx keeps its side, so that it closes first
};

const MAX_HEADER_BYTES = 32_768;

/**
 * How long nothing comes from a client before TCP asks whether its machine is there; libuv then asks each second, and
 * gives up after ten. A client that vanished without a word during a silent stream, which would cost until IDLE_TIMEOUT,
 * is so known after 70 s. Not shorter: a laptop or a telephone that is out of reach for some seconds comes back.
 * Where something is on its way to it: vanished-clients.ts.
 */
const KEEP_ALIVE_DELAY_MS = 60_000;

export type UpgradeListener = (request: IncomingMessage, socket: Socket, head: Buffer) => void;

export interface ServerOptions {
  readonly logger: Logger;
  /** In whose error shape a request is answered that could not even be parsed. */
  readonly dialect: Dialect;
  readonly cors: RawHeaders;
  /** Takes a request that asks to become a WebSocket; without it such requests come as plain ones. */
  readonly upgrade?: UpgradeListener | undefined;
  readonly limits?: Partial<ServerLimits>;
}

/**
 * An HTTP server around a request listener, with answers for what Node cannot parse. Left as Node has it, on purpose:
 * no bound on the requests of a connection (a gateway's connection carries many), none on the connections (SCF sends at
 * most 100 requests at once; elsewhere the file descriptors are the bound), no time-out of a silent socket (a model may
 * think for as long as IDLE_TIMEOUT allows, core/watch.ts), and the high-water marks, 16 KB or from Node 22 on 64: with 16
 * there a stream whose client takes nothing holds 400 KB in place of 480, since what is read comes in pieces of 64 KB.
 */
export function createServer(listener: RequestListener, options: ServerOptions): Server {
  const limits = { ...DEFAULT_LIMITS, ...options.limits };
  const server = http.createServer(
    {
      maxHeaderSize: MAX_HEADER_BYTES,
      headersTimeout: limits.headersTimeoutMs,
      keepAliveTimeout: limits.keepAliveTimeoutMs,
      requestTimeout: 0, // an upload may take long; silence inside it is what ends it (core/watch.ts)
      connectionsCheckingInterval: Math.min(5_000, limits.headersTimeoutMs),
      noDelay: true,
      keepAlive: true,
      keepAliveInitialDelay: KEEP_ALIVE_DELAY_MS,
      // Whatever NODE_OPTIONS say: what is read leniently here is read otherwise by what stands before this proxy.
      insecureHTTPParser: false,
    },
    listener,
  );
  server.maxHeadersCount = 0; // past a count Node leaves headers out without a word; the size is limited instead
  resetVanishedClients(server);
  server.on('checkContinue', listener); // leave to send is given when the body is wanted (core/body.ts)
  const { upgrade } = options;
  if (upgrade) {
    server.on('upgrade', (request: IncomingMessage, stream: Duplex, head: Buffer) => {
      if (!(stream instanceof Socket)) {
        stream.destroy(); // of a server on a port it always is one
        return;
      }
      whenItsTurn(stream, () => {
        if (wantsWebSocket(request)) upgrade(request, stream, head);
        else serveAsPlain(server, request, stream, head);
      });
    });
  }
  server.on('clientError', (error: Error, socket: Duplex) => {
    refuse(error, socket, options);
  });
  server.on('connect', (_request, socket: Duplex) => {
    refuse(new Error('CONNECT'), socket, options);
  });
  return server;
}

/** Node hands an upgrade over at once, even where the answer to the request before it still has the socket. */
function whenItsTurn(socket: Socket & { _httpMessage?: ServerResponse | null }, begin: () => void): void {
  const before = socket._httpMessage;
  if (!before) begin();
  else {
    before.once('close', () => {
      if (!socket.destroyed) whenItsTurn(socket, begin);
    });
  }
}

function failureOf(error: Error): FailureCode {
  switch (errorCode(error)) {
    case 'HPE_HEADER_OVERFLOW':
      return 'headers-too-large';
    case 'ERR_HTTP_REQUEST_TIMEOUT':
      return 'request-timeout';
    default:
      return 'bad-request';
  }
}

/** Answers on the bare socket, since there is no request to answer; a caller that has gone gets nothing. */
function refuse(error: Error, socket: Duplex & { _httpMessage?: unknown }, options: ServerOptions): void {
  // `_httpMessage` is the answer under way on this socket: bytes written beside it would corrupt it.
  if (errorCode(error) === 'ECONNRESET' || !socket.writable || socket._httpMessage) {
    socket.destroy();
    return;
  }
  const failure = new ProxyError(failureOf(error));
  options.logger.info(
    { status: failure.status, outcome: failure.code, reason: errorCode(error) },
    'unparsable',
  );
  const body = JSON.stringify(options.dialect.errorBody(failure));
  const headers = [
    ...failureHeaders(failure, Buffer.byteLength(body)),
    'Connection',
    'close',
    ...options.cors,
  ];
  let head = `HTTP/1.1 ${FAILURES[failure.code].status} ${http.STATUS_CODES[failure.status] ?? ''}\r\n`;
  for (let at = 0; at < headers.length; at += 2) head += `${headers[at] ?? ''}: ${headers[at + 1] ?? ''}\r\n`;
  socket.end(`${head}\r\n${body}`, () => socket.destroy());
}

/**
 * Stops a server: no new connections; what runs may finish within the grace period, then `abort` ends it.
 * Resolves when everything is closed.
 * @param abort ends what runs; resolves when all of it is over, which is a moment after its sockets are closed
 */
export async function stopServer(server: Server, graceMs: number, abort: () => Promise<void>): Promise<void> {
  const closed = new Promise((resolve) => server.close(resolve));
  // A kept-alive connection whose answer has just ended would hold the server open until its idle time is over.
  const sweep = setInterval(() => {
    server.closeIdleConnections();
  }, 50);
  server.closeIdleConnections();
  const late = setTimeout(() => {
    void abort();
    setTimeout(() => {
      server.closeAllConnections();
    }, 250).unref(); // what `abort` wrote is on its way by then
  }, graceMs);
  await closed;
  clearInterval(sweep);
  clearTimeout(late);
  await abort();
}
