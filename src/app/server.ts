import http, {
  type IncomingMessage,
  type RequestListener,
  type Server,
  type ServerResponse,
} from 'node:http';
import { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { JoiningRequest } from '../proxy/body/small-chunks';
import { failureHeaders } from '../proxy/response/send-error';
import type { RawHeaders } from '../http/filter-headers';
import { REQUEST_ID_HEADER } from '../http/header-lists';
import { serveAsPlain, wantsWebSocket } from '../http/upgrade';
import type { Dialect } from '../dialects/dialect';
import { FAILURES, type FailureCode } from '../errors/failures';
import { ProxyError } from '../errors/proxy-error';
import { errorCode } from '../errors/node-errors';
import { quotingRequestId } from '../errors/quote-request-id';
import type { Logger } from '../log/logger';
import { inRequestTurns, withoutLongLines } from './request-turns';
import { shortId } from './short-id';
import { resetVanishedClients } from './vanished-clients';

/** Limits of the server itself; times in ms. */
export interface ServerLimits {
  readonly headersTimeoutMs: number;
  readonly keepAliveTimeoutMs: number;
}

const DEFAULT_LIMITS: ServerLimits = {
  headersTimeoutMs: 30_000,
  keepAliveTimeoutMs: 120_000, // longer than the platform's gateway or nginx keeps a connection, so that they close first
};

const MAX_HEADER_BYTES = 32_768;

/**
 * Idle time of a client's connection before the first TCP keep-alive probe; libuv then sends one each second, and closes
 * the connection after ten. So a client that vanished during a silent stream, which would otherwise cost until
 * IDLE_TIMEOUT, is detected after 70 s. Not shorter: a laptop or phone may be unreachable for some seconds.
 * While data is unacknowledged there are no probes: see vanished-clients.ts.
 */
const KEEP_ALIVE_DELAY_MS = 60_000;

export type UpgradeListener = (request: IncomingMessage, socket: Socket, head: Buffer) => void;

export interface ServerOptions {
  readonly logger: Logger;
  /** The error shape for a request that could not be parsed; read for each, as are the CORS headers. */
  readonly dialect: Dialect;
  readonly cors: RawHeaders;
  /** Handles a request to upgrade to WebSocket; without it such requests are handled as plain ones. */
  readonly upgrade?: UpgradeListener | undefined;
  readonly limits?: Partial<ServerLimits>;
}

/**
 * An HTTP server around a request listener, with error responses for requests that Node cannot parse. These defaults of
 * Node are kept on purpose: no limit on the requests of a connection (a gateway's connection carries many) or on the
 * connections (SCF sends at most 100 requests at once; elsewhere the file descriptors are the limit), no timeout of an
 * idle socket (a model may be silent for as long as IDLE_TIMEOUT allows, proxy/exchange/timeouts.ts), and the high-water
 * marks, 16 KB or from Node 22 on 64: with 16 there a stream whose client reads nothing holds 400 KB instead of 480, since
 * data is read in pieces of 64 KB.
 */
export function createServer(respond: RequestListener, options: ServerOptions): Server {
  const listener = withoutLongLines(inRequestTurns(respond));
  const limits = { ...DEFAULT_LIMITS, ...options.limits };
  const server = http.createServer(
    {
      IncomingMessage: JoiningRequest,
      maxHeaderSize: MAX_HEADER_BYTES,
      headersTimeout: limits.headersTimeoutMs,
      keepAliveTimeout: limits.keepAliveTimeoutMs,
      requestTimeout: 0, // an upload may take long; only a pause of IDLE_TIMEOUT ends it
      connectionsCheckingInterval: Math.min(5_000, limits.headersTimeoutMs),
      noDelay: true,
      keepAlive: true,
      keepAliveInitialDelay: KEEP_ALIVE_DELAY_MS,
      // Overrides NODE_OPTIONS: a gateway in front may parse differently what a lenient parser accepts (request smuggling).
      insecureHTTPParser: false,
    },
    listener,
  );
  server.maxHeadersCount = 0; // over the maximum Node drops headers silently; the size is limited instead
  resetVanishedClients(server);
  server.on('checkContinue', listener); // 100 Continue is sent when the body is read (proxy/body/body.ts)
  const { upgrade } = options;
  if (upgrade) {
    const upgradeInTurn = inRequestTurns<Upgrading>((request, { socket, head }) => {
      upgrade(request, socket, head);
    });
    server.on('upgrade', (request: IncomingMessage, stream: Duplex, head: Buffer) => {
      if (!(stream instanceof Socket)) {
        stream.destroy(); // on a listening port it is always a Socket
        return;
      }
      // `close` follows; without a listener it would end the process. Once: a connection may have many such requests.
      stream.off('error', ignore).on('error', ignore);
      afterPreviousResponse(stream, () => {
        if (wantsWebSocket(request)) upgradeInTurn(request, new Upgrading(stream, head));
        else serveAsPlain(server, request, stream, head);
      });
    });
  }
  server.on('clientError', (error: Error, socket: Duplex) => {
    sendParseError(error, socket, options);
  });
  server.on('connect', (_request, socket: Duplex) => {
    sendParseError(new Error('CONNECT'), socket, options);
  });
  return server;
}

const ignore = () => undefined;

/** The connection of a request to upgrade, which waits for its turn. */
class Upgrading {
  constructor(
    readonly socket: Socket,
    /** What was received behind the request. */
    readonly head: Buffer,
  ) {}

  get destroyed(): boolean {
    return this.socket.destroyed;
  }
}

/** Node emits `upgrade` at once, even if the response to the previous request still uses the socket. */
export function afterPreviousResponse(
  socket: Socket & { _httpMessage?: ServerResponse | null },
  begin: () => void,
): void {
  const previous = socket._httpMessage;
  if (!previous) begin();
  else {
    previous.once('close', () => {
      if (!socket.destroyed) afterPreviousResponse(socket, begin);
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

/** Sends the error response on the socket itself, since there is no request object; nothing if the client has disconnected. */
function sendParseError(
  error: Error,
  socket: Duplex & { _httpMessage?: unknown },
  options: ServerOptions,
): void {
  // `_httpMessage` is the response in progress on this socket; other bytes would corrupt it.
  if (errorCode(error) === 'ECONNRESET' || !socket.writable || socket._httpMessage) {
    socket.destroy();
    return;
  }
  const failure = new ProxyError(failureOf(error));
  const requestId = shortId();
  options.logger.info(
    { request_id: requestId, status: failure.status, outcome: failure.code, reason: errorCode(error) },
    'unparsable',
  );
  const body = JSON.stringify(options.dialect.errorBody(quotingRequestId(failure, requestId)));
  const headers = [
    ...failureHeaders(failure, Buffer.byteLength(body)),
    'Connection',
    'close',
    ...options.cors,
    REQUEST_ID_HEADER,
    requestId,
  ];
  let head = `HTTP/1.1 ${FAILURES[failure.code].status} ${http.STATUS_CODES[failure.status] ?? ''}\r\n`;
  for (let at = 0; at < headers.length; at += 2) head += `${headers[at] ?? ''}: ${headers[at + 1] ?? ''}\r\n`;
  socket.end(`${head}\r\n${body}`, () => socket.destroy());
}

/**
 * Stops a server: no new connections; running requests may finish within the grace period, then `abort` ends them.
 * Resolves when everything is closed.
 * @param abort ends running requests; resolves when all have ended, shortly after their sockets are closed
 */
export async function stopServer(server: Server, graceMs: number, abort: () => Promise<void>): Promise<void> {
  const closed = new Promise((resolve) => server.close(resolve));
  // A keep-alive connection whose response has just ended would keep the server open until its idle timeout.
  const sweep = setInterval(() => {
    server.closeIdleConnections();
  }, 50);
  server.closeIdleConnections();
  const late = setTimeout(() => {
    void abort();
    setTimeout(() => {
      server.closeAllConnections();
    }, 250).unref(); // time for `abort`'s writes to be sent
  }, graceMs);
  await closed;
  clearInterval(sweep);
  clearTimeout(late);
  await abort();
}
