import { createHash } from 'node:crypto';
import http, { type IncomingMessage, type RequestListener, type ServerResponse } from 'node:http';
import http2 from 'node:http2';
import https from 'node:https';
import type { AddressInfo, Socket } from 'node:net';
import { simulatedReply } from './simulated-replies';

/** One request as it reached the upstream. */
export interface SeenRequest {
  readonly method: string;
  readonly url: string;
  readonly headers: http.IncomingHttpHeaders;
  readonly rawHeaders: readonly string[];
  readonly body: Buffer;
  readonly sha256: string;
}

export type Responder = (request: IncomingMessage, response: ServerResponse, seen: SeenRequest) => unknown;

export interface FakeUpstream {
  readonly origin: string;
  /** Requests whose body arrived whole, in order of arrival. */
  readonly seen: SeenRequest[];
  /** When (`performance.now()`) a client disconnected during a request. */
  readonly aborts: number[];
  /** Connections accepted so far. */
  readonly connections: () => number;
  /** Sets the responses from now on; by default they are those of the real API. */
  respond(respond: Responder): void;
  /** How it responds at present. */
  currentResponder(): Responder;
  /** Closes every connection, as an upstream does with idle ones. */
  dropConnections(): void;
  close(): Promise<void>;
}

/** An upstream on loopback that records what it gets. `tls` makes it an https one, which may offer HTTP/2 as well. */
export async function startFakeUpstream(tls?: {
  key: string;
  cert: string;
  http2?: http2.Settings;
}): Promise<FakeUpstream> {
  const seen: SeenRequest[] = [];
  const aborts: number[] = [];
  const sockets = new Set<Socket>();
  let connections = 0;
  let current: Responder = respondAsTheApi;

  const listener: RequestListener = (request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('error', () => undefined);
    let counted = false;
    const abort = () => {
      if (!counted && !response.writableFinished) aborts.push(performance.now());
      counted = true;
    };
    response.on('close', abort);
    request.on('end', () => {
      const body = Buffer.concat(chunks);
      const one: SeenRequest = {
        method: request.method ?? '',
        url: request.url ?? '',
        headers: request.headers,
        rawHeaders: request.rawHeaders,
        body,
        sha256: createHash('sha256').update(body).digest('hex'),
      };
      seen.push(one);
      void current(request, response, one);
    });
  };
  const options = { keepAliveTimeout: 60_000, maxHeaderSize: 131_072, requestTimeout: 0 };
  const { http2: settings, ...certificate } = tls ?? {};
  const server = settings
    ? http2.createSecureServer(
        { ...options, ...certificate, allowHTTP1: true, settings },
        listener as unknown as (
          request: http2.Http2ServerRequest,
          response: http2.Http2ServerResponse,
        ) => void,
      ) // Node's compatibility layer: requests and responses as an http server's
    : tls
      ? https.createServer({ ...options, ...certificate }, listener)
      : http.createServer(options, listener);
  server.on('connection', (socket: Socket) => {
    connections++;
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket)).on('error', () => undefined);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;

  return {
    origin: `${tls ? 'https://localhost' : 'http://127.0.0.1'}:${port}`,
    seen,
    aborts,
    connections: () => connections,
    respond(responder) {
      current = responder;
    },
    currentResponder: () => current,
    dropConnections() {
      for (const socket of sockets) socket.destroy();
    },
    close() {
      for (const socket of sockets) socket.destroy();
      return new Promise((resolve) => server.close(() => resolve()));
    },
  };
}

function respondAsTheApi(_request: IncomingMessage, response: ServerResponse, seen: SeenRequest): void {
  const body =
    (seen.headers['content-type'] ?? '').includes('json') && seen.body.length > 0 ? parse(seen.body) : {};
  const path = seen.url.replace(/\?.*$/s, '');
  const reply = simulatedReply({
    method: seen.method,
    path,
    stream: body.stream === true,
    model: body.model ?? 'm',
  });
  if (!reply) {
    response.writeHead(404, { 'content-type': 'application/json' });
    response.end(
      '{"error":{"message":"No such path.","type":"invalid_request_error","param":null,"code":"unknown_url"}}',
    );
    return;
  }
  response.writeHead(reply.status, reply.headers);
  for (const piece of reply.pieces) response.write(piece);
  response.end();
}

function parse(body: Buffer): { stream?: boolean; model?: string } {
  try {
    return JSON.parse(body.toString('utf8')) as { stream?: boolean; model?: string };
  } catch {
    return {};
  }
}

/** Responds with a status and a JSON text. */
export function respondWithJson(
  status: number,
  body: string,
  headers: http.OutgoingHttpHeaders = {},
): Responder {
  return (_request, response) => {
    response.writeHead(status, { 'content-type': 'application/json', ...headers });
    response.end(body);
  };
}
