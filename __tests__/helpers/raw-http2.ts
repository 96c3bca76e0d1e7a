import type { AddressInfo, Socket } from 'node:net';
import tls, { type TLSSocket } from 'node:tls';
import { TEST_TLS } from './tls';

/** RFC 9113 §6 */
const DATA = 0x0;
const HEADERS = 0x1;
const RST_STREAM = 0x3;
const SETTINGS = 0x4;
const GOAWAY = 0x7;
const END_STREAM = 0x1;
const ACK = 0x1;
const END_HEADERS = 0x4;
const FRAME_HEADER_BYTES = 9;
const PREFACE_BYTES = 24;

function frame(type: number, flags: number, stream: number, payload: Buffer = Buffer.alloc(0)): Buffer {
  const header = Buffer.alloc(FRAME_HEADER_BYTES);
  header.writeUIntBE(payload.length, 0, 3);
  header[3] = type;
  header[4] = flags;
  header.writeUInt32BE(stream, 5);
  return Buffer.concat([header, payload]);
}

function numbers(...values: readonly number[]): Buffer {
  const bytes = Buffer.alloc(4 * values.length);
  values.forEach((value, at) => bytes.writeUInt32BE(value, 4 * at));
  return bytes;
}

/** Frames of one request's stream, and of its connection, in the order in which they are to be said. */
export class Http2Script {
  constructor(
    readonly stream: number,
    readonly socket: TLSSocket,
    /** Below TLS. */
    private readonly transport: Socket | undefined,
  ) {}

  /** `:status 200` of HPACK's static table, and `content-type: text/event-stream`. */
  head(): this {
    const type = Buffer.from('text/event-stream');
    const fields = Buffer.concat([Buffer.from([0x88, 0x0f, 0x10, type.length]), type]);
    return this.#say(frame(HEADERS, END_HEADERS, this.stream, fields));
  }

  data(text: string, { last = false } = {}): this {
    return this.#say(frame(DATA, last ? END_STREAM : 0, this.stream, Buffer.from(text)));
  }

  reset(code: number): this {
    return this.#say(frame(RST_STREAM, 0, this.stream, numbers(code)));
  }

  goAway(lastStream: number, code = 0): this {
    return this.#say(frame(GOAWAY, 0, 0, numbers(lastStream, code)));
  }

  /** Any frame. @param stream this one by default */
  frame(type: number, flags: number, payload: readonly number[] | Buffer = [], stream = this.stream): this {
    return this.#say(frame(type, flags, stream, Buffer.from(payload)));
  }

  /** Bytes that are no frame which could stand here. */
  nonsense(): this {
    return this.#say(frame(DATA, 0, 0, Buffer.from('x')));
  }

  /** A window above the maximum (RFC 9113 §6.5.2). */
  wrongSettings(): this {
    return this.#say(frame(SETTINGS, 0, 0, Buffer.from([0, 4, 0xff, 0xff, 0xff, 0xff])));
  }

  resetConnection(): void {
    this.transport?.resetAndDestroy();
  }

  #say(bytes: Buffer): this {
    this.socket.write(bytes);
    return this;
  }
}

export interface RawHttp2Upstream {
  readonly origin: string;
  /** Connections accepted so far, by the protocol that was agreed on. */
  readonly connections: string[];
  /** Requests over HTTP/2. */
  readonly requests: () => number;
  /** Sets the response to a complete request over HTTP/2. Over HTTP/1.1 every request gets `1.1`. */
  respond(respond: (script: Http2Script) => unknown): void;
  close(): Promise<void>;
}

/** An upstream that sends a script frame by frame, including frames that only a failing one would send. */
export async function startRawHttp2(): Promise<RawHttp2Upstream> {
  const sockets = new Set<TLSSocket>();
  const connections: string[] = [];
  let requests = 0;
  let current: (script: Http2Script) => unknown = () => undefined;
  const server = tls.createServer({ ...TEST_TLS, ALPNProtocols: ['h2', 'http/1.1'] }, (socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket)).on('error', () => undefined);
    const protocol = socket.alpnProtocol === 'h2' ? 'h2' : 'http/1.1';
    connections.push(protocol);
    if (protocol === 'http/1.1') {
      socket.on('data', () => socket.write('HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\n1.1'));
      return;
    }
    socket.write(frame(SETTINGS, 0, 0));
    let unread = Buffer.alloc(0);
    let preface = PREFACE_BYTES;
    socket.on('data', (chunk: Buffer) => {
      unread = Buffer.concat([unread, chunk]);
      if (unread.length < preface) return;
      unread = unread.subarray(preface);
      preface = 0;
      while (unread.length >= FRAME_HEADER_BYTES) {
        const end = FRAME_HEADER_BYTES + unread.readUIntBE(0, 3);
        if (unread.length < end) return;
        const [type, flags = 0, stream] = [unread[3], unread[4], unread.readUInt32BE(5)];
        unread = unread.subarray(end);
        if (type === SETTINGS && !(flags & ACK)) socket.write(frame(SETTINGS, ACK, 0));
        if ((type === DATA || type === HEADERS) && flags & END_STREAM) {
          requests++;
          current(new Http2Script(stream, socket, transports.get(socket.remotePort)));
        }
      }
    });
  });
  const transports = new Map<number | undefined, Socket>();
  server.on('connection', (socket: Socket) => transports.set(socket.remotePort, socket));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    origin: `https://localhost:${(server.address() as AddressInfo).port}`,
    connections,
    requests: () => requests,
    respond(responder) {
      current = responder;
    },
    close() {
      for (const socket of sockets) socket.destroy();
      return new Promise((resolve) => server.close(() => resolve()));
    },
  };
}
