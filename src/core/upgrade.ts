import { ServerResponse, type IncomingMessage, type Server } from 'node:http';
import type { Socket } from 'node:net';
import { ProxyError } from '../errors';

const WEBSOCKET = /(?:^|,)\s*websocket\s*(?:,|$)/i;

/** Whether a request asks to become a WebSocket (RFC 6455 §4.1); any other upgrade may be passed over (RFC 9110 §7.8). */
export function wantsWebSocket({ method, headers }: IncomingMessage): boolean {
  return method === 'GET' && WEBSOCKET.test(headers.upgrade ?? '');
}

/**
 * Whether a plain request was meant to become a WebSocket, although something on its way took out what says so.
 * Codex names the protocol in a header of its own.
 */
export function lostItsUpgrade(request: IncomingMessage): boolean {
  const { method, headers } = request;
  if (method !== 'GET') return false;
  return (
    wantsWebSocket(request) ||
    headers['sec-websocket-key'] !== undefined ||
    /\bresponses_websockets=/.test(String(headers['openai-beta'] ?? ''))
  );
}

/** @throws ProxyError `bad-websocket`, `bad-websocket-version` */
export function checkWebSocket({ headers }: IncomingMessage): void {
  if (headers['sec-websocket-version'] !== '13') throw new ProxyError('bad-websocket-version');
  // 16 bytes in Base64
  if (!/^[A-Za-z0-9+/]{21}[AQgw]==$/.test(headers['sec-websocket-key'] ?? ''))
    throw new ProxyError('bad-websocket');
  if (headers['transfer-encoding'] !== undefined || (headers['content-length'] ?? '0') !== '0') {
    throw new ProxyError('bad-websocket');
  }
}

/**
 * An ordinary response on an upgraded request's socket, so that a refusal is answered as any other request is. Does
 * what Node's server does for its own: passes `drain` on, tells when the caller leaves, ends the connection.
 */
export function responseOn(socket: Socket, request: IncomingMessage, head: Buffer): ServerResponse {
  const response = new ServerResponse(request);
  response.shouldKeepAlive = false;
  response.assignSocket(socket);
  socket.setNoDelay(true);
  socket.on('error', () => undefined); // `close` follows, and is what counts
  socket.on('drain', () => response.emit('drain'));
  if (head.length > 0) socket.unshift(head);
  // Nobody reads yet, and an unread socket does not tell that its other side has left.
  const look = () => {
    if (socket.readableLength === 0) socket.read();
  };
  const leave = () => socket.destroy();
  socket.on('readable', look).on('end', leave);
  response.once('finish', () => {
    socket.destroySoon();
  });
  stopLooking.set(response, () => socket.off('readable', look).off('end', leave));
  return response;
}

const stopLooking = new WeakMap<ServerResponse, () => void>();

/** From here on the socket is read by whoever carries its frames. */
export function handOver(response: ServerResponse): void {
  stopLooking.get(response)?.();
}

/**
 * Gives a request back to its server as the plain one that it is: Node hands over every request with an `Upgrade`
 * header, and `h2c` is offered by curl and by Java with requests that HTTP/1.1 serves as well.
 */
export function serveAsPlain(server: Server, request: IncomingMessage, socket: Socket, head: Buffer): void {
  const { method = 'GET', url = '/', httpVersion, rawHeaders } = request;
  let text = `${method} ${url} HTTP/${httpVersion}\r\n`;
  for (let at = 0; at < rawHeaders.length; at += 2) {
    const name = rawHeaders[at] ?? '';
    const value = rawHeaders[at + 1] ?? '';
    if (/^(?:upgrade|http2-settings)$/i.test(name)) continue;
    const kept = /^connection$/i.test(name) ? withoutUpgrade(value) : value;
    if (kept !== undefined) text += `${name}: ${kept}\r\n`;
  }
  socket.unshift(Buffer.concat([Buffer.from(`${text}\r\n`, 'latin1'), head]));
  server.emit('connection', socket);
}

function withoutUpgrade(connection: string): string | undefined {
  const options = connection
    .split(',')
    .map((option) => option.trim())
    .filter((option) => !/^(?:upgrade|http2-settings)$/i.test(option));
  return options.length === 0 ? undefined : options.join(', ');
}
