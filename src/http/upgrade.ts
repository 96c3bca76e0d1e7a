import { ServerResponse, type IncomingMessage, type Server } from 'node:http';
import type { Socket } from 'node:net';
import { ProxyError } from '../errors/proxy-error';

const WEBSOCKET = /(?:^|,)\s*websocket\s*(?:,|$)/i;

/** Whether a request asks to become a WebSocket (RFC 6455 §4.1); any other upgrade may be ignored (RFC 9110 §7.8). */
export function wantsWebSocket({ method, headers }: IncomingMessage): boolean {
  return method === 'GET' && WEBSOCKET.test(headers.upgrade ?? '');
}

/**
 * Whether a plain request was meant as a WebSocket upgrade, but an intermediary removed the upgrade headers. Codex names
 * the protocol in its own header.
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
 * An ordinary response on an upgraded request's socket, so that errors are sent as for any other request. Does what
 * Node's server does for its own: passes `drain` on, detects that the client has disconnected, ends the connection.
 */
export function responseOn(socket: Socket, request: IncomingMessage, head: Buffer): ServerResponse {
  const response = new ServerResponse(request);
  response.shouldKeepAlive = false;
  response.assignSocket(socket);
  socket.setNoDelay(true);
  socket.on('error', () => undefined); // `close` follows, and is handled
  socket.on('drain', () => response.emit('drain'));
  if (head.length > 0) socket.unshift(head);
  // Nothing reads yet, and an unread socket does not report that the client has disconnected.
  const readIfEmpty = () => {
    if (socket.readableLength === 0) socket.read();
  };
  const onEnd = () => socket.destroy();
  socket.on('readable', readIfEmpty).on('end', onEnd);
  response.once('finish', () => {
    socket.destroySoon();
  });
  stopReading.set(response, () => socket.off('readable', readIfEmpty).off('end', onEnd));
  return response;
}

const stopReading = new WeakMap<ServerResponse, () => void>();

/** From here on the tunnel reads the socket. */
export function handOver(response: ServerResponse): void {
  stopReading.get(response)?.();
}

/**
 * Returns a request to its server without its upgrade: Node emits `upgrade` for every request with an `Upgrade` header,
 * and curl and Java offer `h2c` with requests that HTTP/1.1 serves as well.
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
