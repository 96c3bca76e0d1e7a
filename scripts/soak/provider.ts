import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { createSecureServer, type Http2ServerRequest, type Http2ServerResponse } from 'node:http2';
import type { AddressInfo, Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { UPSTREAM_TLS } from '../bench/rig/upstream';
import { bodyOf, eventOf, orderIn, STREAM_END, type Order } from './order';

type Request = IncomingMessage | Http2ServerRequest;
type Response = ServerResponse | Http2ServerResponse;

/** Stands in for a provider: does as each request's order says. */
export interface Provider {
  readonly origin: string;
  /** From now on for so many ms every request fails with 503. */
  failFor(ms: number): void;
  stop(): void;
}

/** @param overTls whether it speaks TLS, and HTTP/2 on it */
export async function startProvider(overTls: boolean): Promise<Provider> {
  let failsUntil = 0;
  const listener = (request: Request, response: Response) => {
    request.on('error', () => undefined);
    response.on('error', () => undefined);
    respond(request, response, () => Date.now() < failsUntil).catch(() => {
      destroy(response);
    });
  };
  const server = overTls
    ? createSecureServer(
        {
          allowHTTP1: true,
          key: readFileSync(UPSTREAM_TLS.TLS_KEY),
          cert: readFileSync(UPSTREAM_TLS.TLS_CERT),
        },
        listener,
      )
    : createServer({ keepAliveTimeout: 120_000 }, listener);
  const sockets = new Set<Socket>();
  server.on('connection', (socket: Socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket)).on('error', () => undefined);
  });
  server.on('upgrade', (_request: IncomingMessage, socket: Socket, head: Buffer) => {
    socket.write('HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n');
    socket.on('error', () => socket.destroy());
    if (head.length > 0) socket.write(head);
    socket.pipe(socket); // an echo
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', 1_024, resolve));
  return {
    origin: `${overTls ? 'https://localhost' : 'http://127.0.0.1'}:${(server.address() as AddressInfo).port}`,
    failFor(ms) {
      failsUntil = Date.now() + ms;
    },
    stop() {
      server.close();
      for (const socket of sockets) socket.destroy();
    },
  };
}

async function respond(request: Request, response: Response, fails: () => boolean): Promise<void> {
  if (request.url?.endsWith('/files')) {
    const hash = createHash('sha256');
    for await (const part of request) hash.update(part as Buffer);
    json(response, 200, JSON.stringify({ object: 'file', sha256: hash.digest('hex') }));
    return;
  }
  const parts: Buffer[] = [];
  for await (const part of request) parts.push(part as Buffer);
  const order = orderIn(Buffer.concat(parts).toString('utf8'));
  if (fails()) json(response, 503, '{"error":{"message":"The engine is overloaded.","type":"server_error"}}');
  else if (!order) json(response, 400, '{"error":{"message":"No order.","type":"invalid_request_error"}}');
  else await carryOut(order, response);
}

async function carryOut(order: Order, response: Response): Promise<void> {
  switch (order.as) {
    case 'chat':
      json(response, 200, bodyOf(order));
      return;
    case 'refused':
      response.setHeader('retry-after-ms', '20');
      json(response, 429, '{"error":{"message":"Rate limit reached.","code":"rate_limit_exceeded"}}');
      return;
    case 'failing':
      json(response, 500, '{"error":{"message":"The server had an error.","type":"server_error"}}');
      return;
    case 'unheard':
      destroy(response);
      return;
    case 'stream':
    case 'cut':
      response.setHeader('content-type', 'text/event-stream');
      for (let at = 0; at < order.chunks; at++) {
        if (response.destroyed) return;
        write(response, eventOf(order, at));
        if (order.as === 'cut' && at === 1) {
          await sleep(20);
          destroy(response);
          return;
        }
        await sleep(order.gapMs);
      }
      response.end(STREAM_END);
  }
}

function destroy(response: Response): void {
  if ('stream' in response) response.stream.close(2 /* INTERNAL_ERROR, RFC 9113 §7 */);
  else response.destroy();
}

function write(response: Response, text: string): void {
  if ('stream' in response) response.write(text);
  else response.write(text);
}

function json(response: Response, status: number, body: string): void {
  response.statusCode = status;
  response.setHeader('content-type', 'application/json');
  response.setHeader('content-length', Buffer.byteLength(body));
  response.end(body);
}
