import { readFileSync } from 'node:fs';
import http, { type IncomingMessage, type ServerResponse } from 'node:http';
import http2, { type Http2ServerRequest, type Http2ServerResponse } from 'node:http2';
import type { AddressInfo, Socket } from 'node:net';
import { CHAT_RESPONSE, STREAM_END, streamEvent } from '../rig/messages';
import { UPSTREAM_TLS } from '../rig/upstream';

/** This key always gets 429. */
const LIMITED_KEY = 'sk-bench-limited-0123456789abcdef';
const LIMITED = `Bearer ${LIMITED_KEY}`;
/** The keys of the pool. */
export const KEYS = ['sk-bench-first-0123456789abcdef', 'sk-bench-second-0123456789abcdef', LIMITED_KEY];

/** Taken from the model's name, to which any number is appended. */
export type Behaviour = 'plain' | 'stream' | 'failing' | 'refusing' | 'endless' | 'mute' | 'cut';

const CHUNKS = 5;
const EVENT = streamEvent(0);
const RETRY_AFTER_MS = '5'; // so that the key is soon used again

export interface LeaksUpstream {
  readonly origin: string;
  /** How often the limited key was used, after which the proxy continued with another. */
  limited(): number;
  /** Closes the connections once all of them are idle, so that the proxy holds no keep-alive connection. */
  closeIdle(): void;
  stop(): void;
}

type Request = IncomingMessage | Http2ServerRequest;
type Response = ServerResponse | Http2ServerResponse;

/** A provider that responds in every way after which a proxy has to clean up; over https it speaks HTTP/2 as well. */
export async function startLeaksUpstream(overTls: boolean): Promise<LeaksUpstream> {
  let limited = 0;
  const listener = (request: Request, response: Response) => {
    const parts: Buffer[] = [];
    request.on('data', (part: Buffer) => parts.push(part));
    request.on('error', () => undefined);
    if (request.headers.authorization === LIMITED) limited++;
    request.on('end', () => respond(request, Buffer.concat(parts).toString('latin1', 0, 60), response));
  };
  const server = overTls
    ? http2.createSecureServer(
        {
          allowHTTP1: true,
          key: readFileSync(UPSTREAM_TLS.TLS_KEY),
          cert: readFileSync(UPSTREAM_TLS.TLS_CERT),
        },
        listener,
      )
    : http.createServer({ keepAliveTimeout: 120_000 }, listener);
  const sockets = new Set<Socket>();
  server.on('connection', (socket: Socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket)).on('error', () => undefined);
  });
  const closeAll = () => {
    for (const socket of sockets) socket.destroy();
  };
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', 4_096, resolve));
  return {
    origin: `${overTls ? 'https://localhost' : 'http://127.0.0.1'}:${(server.address() as AddressInfo).port}`,
    limited: () => limited,
    closeIdle: closeAll,
    stop() {
      server.close();
      closeAll();
    },
  };
}

function respond(request: Request, start: string, response: Response): void {
  if (request.headers.authorization === LIMITED) {
    response.setHeader('retry-after-ms', RETRY_AFTER_MS);
    json(response, 429, '{"error":{"message":"Rate limit reached.","code":"rate_limit_exceeded"}}');
    return;
  }
  const behaviour = (/"leaks-([a-z]+)-/.exec(start)?.[1] ?? 'plain') as Behaviour;
  switch (behaviour) {
    case 'plain':
      json(response, 200, CHAT_RESPONSE);
      return;
    case 'failing':
      json(response, 500, '{"error":{"message":"The server had an error."}}');
      return;
    case 'refusing':
      json(response, 400, '{"error":{"message":"Unsupported value."}}');
      return;
    case 'mute':
      return; // until the client disconnects
    case 'stream':
      begin(response);
      for (let sent = 0; sent < CHUNKS; sent++) write(response, EVENT);
      response.end(STREAM_END);
      return;
    case 'endless':
      begin(response);
      write(response, EVENT);
      return;
    case 'cut':
      begin(response);
      write(response, EVENT, () => {
        if ('stream' in response) response.stream.close(http2.constants.NGHTTP2_INTERNAL_ERROR);
        else response.destroy();
      });
      return;
  }
}

function begin(response: Response): void {
  response.setHeader('content-type', 'text/event-stream');
}

function write(response: Response, text: string, written?: () => void): void {
  if ('stream' in response) response.write(text, 'utf8', written);
  else response.write(text, written);
}

function json(response: Response, status: number, body: string): void {
  response.statusCode = status;
  response.setHeader('content-type', 'application/json');
  response.setHeader('content-length', Buffer.byteLength(body));
  response.end(body);
}
