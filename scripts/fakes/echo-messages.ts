import { createHash } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { ClientMessages } from '../../src/proxy/sockets/client-messages';
import { serverFrame, TEXT_OPCODE } from '../../src/proxy/sockets/masked-frame';

/** RFC 6455 §1.3 */
const ACCEPT_SUFFIX = '258EAFA5-E914-47DA-95CA-C5AB0DC85B11';
const MAX_MESSAGE_BYTES = 1_000_000;

/** Accepts a WebSocket, and sends each text message back. */
export function echoMessages({ headers }: IncomingMessage, socket: Duplex, head: Buffer): void {
  const accept = createHash('sha1').update(`${headers['sec-websocket-key'] ?? ''}${ACCEPT_SUFFIX}`);
  socket.write(
    'HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n' +
      `Sec-WebSocket-Accept: ${accept.digest('base64')}\r\n\r\n`,
  );
  const messages = new ClientMessages(MAX_MESSAGE_BYTES);
  const echo = (chunk: Buffer) => {
    messages.push(chunk);
    try {
      for (let message = messages.next(); message; message = messages.next()) {
        if (message.opcode === TEXT_OPCODE) socket.write(serverFrame(TEXT_OPCODE, message.payload));
      }
    } catch {
      socket.destroy(); // Caddy ends WebSockets with a frame without a mask when it is stopped
    }
  };
  echo(head);
  socket.on('data', echo);
  socket.on('error', () => socket.destroy());
  socket.on('end', () => socket.end());
}
