import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import http, { type IncomingMessage, type ServerResponse } from 'node:http';
import http2, { type Http2ServerRequest, type Http2ServerResponse } from 'node:http2';
import type { AddressInfo, Socket } from 'node:net';
import { CLOSE, decodeFrame, encodeFrame } from './frames';
import { CHAT_RESPONSE, STREAM_END, streamEvent } from '../rig/messages';
import { UPSTREAM_TLS } from '../rig/upstream';

/** This key always gets 429. */
const LIMITED_KEY = 'sk-bench-limited-0123456789abcdef';
const LIMITED = `Bearer ${LIMITED_KEY}`;
/** The keys of the pool. */
export const KEYS = ['sk-bench-first-0123456789abcdef', 'sk-bench-second-0123456789abcdef', LIMITED_KEY];

/** Of the provider that requests fail over to. */
export const GROQ_KEY = 'gsk_bench0123456789abcdef';
/** A WebSocket on which this message arrives is cut. */
export const CUT_IT = 'cut it';

/**
 * Taken from the model's name, to which any number is appended. `once`: the first key is rate-limited; `exhausted` and
 * `failsinstream`: every key; `held`: a stream that ends when it is told to.
 */
export type Behaviour =
  | 'plain'
  | 'stream'
  | 'failing'
  | 'refusing'
  | 'endless'
  | 'mute'
  | 'cut'
  | 'once'
  | 'exhausted'
  | 'failsinstream'
  | 'held';

const CHUNKS = 5;
const EVENT = streamEvent(0);
const RETRY_AFTER_MS = '5'; // so that the key is soon used again
const LIMIT_ERROR = '{"error":{"message":"Rate limit reached.","code":"rate_limit_exceeded"}}';

export interface LeaksUpstream {
  readonly origin: string;
  /** Requests that were served after another key or provider had failed. */
  failovers(): number;
  /** Ends the streams of models `held`. */
  finishHeld(): void;
  /** Closes the connections once all of them are idle, so that the proxy holds no keep-alive connection. */
  closeIdle(): void;
  stop(): void;
}

type Request = IncomingMessage | Http2ServerRequest;
type Response = ServerResponse | Http2ServerResponse;

/** A provider that responds in every way after which a proxy has to clean up; over https it speaks HTTP/2 as well. */
export async function startLeaksUpstream(overTls: boolean): Promise<LeaksUpstream> {
  const responder = new Responder();
  const listener = (request: Request, response: Response) => {
    const parts: Buffer[] = [];
    request.on('data', (part: Buffer) => parts.push(part));
    request.on('error', () => undefined);
    request.on('end', () => {
      responder.respond(request, Buffer.concat(parts).toString('latin1', 0, 60), response);
    });
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
  server.on('upgrade', (request: IncomingMessage, socket: Socket) => {
    echo(request, socket);
  });
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
    failovers: () => responder.failovers,
    finishHeld: () => {
      responder.finishHeld();
    },
    closeIdle: closeAll,
    stop() {
      server.close();
      closeAll();
    },
  };
}

/** Accepts a WebSocket and sends each message back. */
function echo({ headers }: IncomingMessage, socket: Socket): void {
  const accept = createHash('sha1')
    .update(`${headers['sec-websocket-key'] ?? ''}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`) // RFC 6455 §1.3
    .digest('base64');
  socket.write(
    `HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: ${accept}\r\n\r\n`,
  );
  let received: Buffer = Buffer.alloc(0);
  socket.on('error', () => undefined);
  socket.on('data', (data: Buffer) => {
    received = Buffer.concat([received, data]);
    for (let next = decodeFrame(received); next; next = decodeFrame(received)) {
      const { opcode, payload } = next.frame;
      received = next.rest;
      if (payload.toString() === CUT_IT) socket.destroy();
      else socket.write(encodeFrame(opcode, payload, false));
      if (opcode === CLOSE) socket.end();
    }
  });
}

class Responder {
  failovers = 0;
  /** Models whose first key was refused. */
  readonly #refused = new Set<string>();
  readonly #held = new Set<Response>();

  respond({ headers }: Request, start: string, response: Response): void {
    if (headers.authorization === LIMITED) {
      limit(response);
      return;
    }
    if (headers.authorization === `Bearer ${GROQ_KEY}`) this.failovers++;
    const [, behaviour = 'plain', at = ''] = /"leaks-([a-z]+)-(\d+)/.exec(start) ?? [];
    switch (behaviour as Behaviour) {
      case 'plain':
        json(response, 200, CHAT_RESPONSE);
        return;
      case 'failing':
        json(response, 500, '{"error":{"message":"The server had an error."}}');
        return;
      case 'refusing':
        json(response, 400, '{"error":{"message":"Unsupported value."}}');
        return;
      case 'once':
        if (this.#refused.delete(at)) {
          this.failovers++;
          json(response, 200, CHAT_RESPONSE);
        } else {
          this.#refused.add(at);
          limit(response);
        }
        return;
      case 'exhausted':
        limit(response);
        return;
      case 'failsinstream':
        begin(response);
        response.end(`data: ${LIMIT_ERROR}\n\n`);
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
      case 'held':
        begin(response);
        write(response, EVENT);
        this.#held.add(response);
        response.on('close', () => this.#held.delete(response));
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

  finishHeld(): void {
    for (const response of this.#held) response.end(STREAM_END);
  }
}

function limit(response: Response): void {
  response.setHeader('retry-after-ms', RETRY_AFTER_MS);
  json(response, 429, LIMIT_ERROR);
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
