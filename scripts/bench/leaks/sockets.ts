import { connect, type Socket } from 'node:net';
import { CLOSE, TEXT, decodeFrame, encodeFrame } from './frames';
import { TOKEN, inTurn, modelOf, type Range } from './load';
import { CUT_IT } from './upstream';

/** How a WebSocket ends after a message each way. */
const ENDINGS = ['closed', 'left', 'cut'] as const;
type Ending = (typeof ENDINGS)[number];

/** What tells the proxy the model: the query, so that bytes only pass; or each message, which it then reads. */
const TARGETS = ['realtime', 'responses'] as const;
type Target = (typeof TARGETS)[number];

const KEY = 'dGhlIHNhbXBsZSBub25jZQ=='; // RFC 6455 §1.3
const NORMAL_CLOSURE = Buffer.from([0x03, 0xe8]);
const LONGEST_MS = 20_000;

/**
 * Opens WebSockets, sends and receives a message on each, and ends them in every way.
 * @throws Error if an upgrade is rejected, or no message comes back
 */
export function talk(port: number, range: Range): Promise<void> {
  return inTurn(range, () => ({
    one(at) {
      const ending = ENDINGS[at % ENDINGS.length] ?? 'closed';
      const target = TARGETS[Math.floor(at / ENDINGS.length) % TARGETS.length] ?? 'realtime';
      return talkOnce(port, { at, ending, target });
    },
  }));
}

interface Session {
  readonly at: number;
  readonly ending: Ending;
  readonly target: Target;
}

function talkOnce(port: number, session: Session): Promise<void> {
  return new Promise((resolve, reject) => {
    const socket = connect({ port, host: '127.0.0.1', noDelay: true });
    let received: Buffer = Buffer.alloc(0);
    let isOpen = false;
    let messages = 0;
    const timer = setTimeout(() => socket.destroy(), LONGEST_MS);
    socket.write(upgrade(port, session));
    socket.on('error', () => undefined);
    socket.on('data', (data: Buffer) => {
      received = Buffer.concat([received, data]);
      if (!isOpen) {
        const end = received.indexOf('\r\n\r\n');
        if (end === -1) return;
        isOpen = received.toString('latin1', 0, end).startsWith('HTTP/1.1 101 ');
        if (!isOpen) {
          socket.destroy();
          return;
        }
        received = received.subarray(end + 4);
        socket.write(encodeFrame(TEXT, message(session), true));
      }
      for (let next = decodeFrame(received); next; next = decodeFrame(received)) {
        received = next.rest;
        if (next.frame.opcode === CLOSE) socket.end();
        else if (messages++ === 0) end(socket, session.ending);
      }
    });
    socket.on('close', () => {
      clearTimeout(timer);
      if (messages > 0) resolve();
      else reject(new Error(`a WebSocket of /v1/${session.target} was ${isOpen ? 'silent' : 'rejected'}`));
    });
  });
}

function end(socket: Socket, ending: Ending): void {
  if (ending === 'left') socket.destroy();
  else if (ending === 'cut') socket.write(encodeFrame(TEXT, Buffer.from(CUT_IT), true));
  else socket.write(encodeFrame(CLOSE, NORMAL_CLOSURE, true));
}

function message({ at }: Session): Buffer {
  return Buffer.from(JSON.stringify({ type: 'response.create', model: modelOf('plain', at), input: 'Hi' }));
}

function upgrade(port: number, { at, target }: Session): string {
  const query = target === 'realtime' ? `?model=${modelOf('plain', at)}` : '';
  return [
    `GET /v1/${target}${query} HTTP/1.1`,
    `Host: 127.0.0.1:${port}`,
    `Authorization: Bearer ${TOKEN}`,
    'Connection: Upgrade',
    'Upgrade: websocket',
    'Sec-WebSocket-Version: 13',
    `Sec-WebSocket-Key: ${KEY}`,
    '\r\n',
  ].join('\r\n');
}
