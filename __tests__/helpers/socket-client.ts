import { createHash } from 'node:crypto';
import http, { type IncomingHttpHeaders, type IncomingMessage } from 'node:http';
import net, { type AddressInfo, type Socket } from 'node:net';
import tls from 'node:tls';
import WebSocket, { type ClientOptions } from 'ws';
import { TEST_TLS } from './tls';

export interface Closing {
  readonly code: number;
  readonly reason: string;
  /** `performance.now()` */
  readonly atMs: number;
}

/** A client's open WebSocket, with everything that arrived on it from the first byte. */
export interface OpenSocket {
  readonly socket: WebSocket;
  readonly wire: Socket;
  /** The headers of the 101. */
  readonly response: IncomingMessage;
  readonly messages: { readonly data: Buffer; readonly isBinary: boolean }[];
  readonly texts: () => string[];
  readonly closed: Promise<Closing>;
}

/** Opens a WebSocket through a proxy; rejects with the HTTP status if the upgrade is rejected. */
export function openSocket(
  base: string,
  target: string,
  options: ClientOptions & { readonly subprotocols?: readonly string[] } = {},
): Promise<OpenSocket> {
  const { subprotocols = [], ...rest } = options;
  const socket = new WebSocket(base.replace(/^http/, 'ws') + target, [...subprotocols], {
    perMessageDeflate: false,
    ...rest,
  });
  const messages: OpenSocket['messages'] = [];
  socket.on('message', (data, isBinary) => messages.push({ data: data as Buffer, isBinary }));
  const closed = new Promise<Closing>((resolve) => {
    socket.on('close', (code, reason) =>
      resolve({ code, reason: reason.toString(), atMs: performance.now() }),
    );
  });
  let upgraded: IncomingMessage;
  socket.on('upgrade', (response) => (upgraded = response));
  return new Promise((resolve, reject) => {
    socket.on('error', reject);
    socket.on('open', () => {
      resolve({
        socket,
        wire: upgraded.socket,
        response: upgraded,
        messages,
        texts: () => messages.map(({ data }) => data.toString()),
        closed,
      });
    });
  });
}

export const SAMPLE_KEY = 'dGhlIHNhbXBsZSBub25jZQ=='; // RFC 6455 §1.3

/** The headers of an upgrade, for requests that are written by hand. */
export const UPGRADE_HEADERS = {
  connection: 'Upgrade',
  upgrade: 'websocket',
  'sec-websocket-version': '13',
  'sec-websocket-key': SAMPLE_KEY,
};

/** The response to an upgrade: 101, or an error response. */
export interface UpgradeResponse {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly rawHeaders: readonly string[];
  readonly body: Buffer;
  readonly complete: boolean;
}

/** Sends an upgrade without further headers, and closes a socket that opens. */
export function askUpgrade(
  base: string,
  target: string,
  headers: Readonly<Record<string, string>>,
): Promise<UpgradeResponse> {
  const { hostname, port } = new URL(base);
  return new Promise((resolve, reject) => {
    const collect = (response: IncomingMessage) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('error', () => undefined);
      response.on('close', () => {
        const { statusCode: status = 0, headers, rawHeaders, complete } = response;
        resolve({ status, headers, rawHeaders, body: Buffer.concat(chunks), complete });
      });
    };
    const request = http.request({ hostname, port, path: target, headers, agent: false });
    request.on('response', collect);
    request.on('upgrade', (response, wire) => {
      wire.destroy();
      const { statusCode: status = 0, headers, rawHeaders } = response;
      resolve({ status, headers, rawHeaders, body: Buffer.alloc(0), complete: true });
    });
    request.on('error', reject).end();
  });
}

/** The head of a request, as bytes. */
export function requestHead(line: string, headers: Readonly<Record<string, string>>): string {
  const lines = Object.entries({ host: 'x', ...headers }).map(([name, value]) => `${name}: ${value}\r\n`);
  return `${line} HTTP/1.1\r\n${lines.join('')}\r\n`;
}

/** A connection that is spoken on by hand; it stays open for writing when the other side has ended. */
export interface RawSocket {
  readonly wire: Socket;
  readonly received: () => Buffer;
  /** How much of it there is. */
  readonly receivedBytes: () => number;
  /** Whether the other side has said that it is done. */
  readonly ended: () => boolean;
  readonly closed: Promise<number>;
}

export function rawConnect(port: number): RawSocket {
  const wire = net.connect({ port, host: '127.0.0.1', allowHalfOpen: true });
  return watched(wire);
}

function watched(wire: Socket): RawSocket {
  const chunks: Buffer[] = [];
  let receivedBytes = 0;
  let ended = false;
  wire.on('data', (chunk: Buffer) => {
    chunks.push(chunk);
    receivedBytes += chunk.length;
  });
  wire.on('error', () => undefined);
  wire.on('end', () => (ended = true));
  const closed = new Promise<number>((resolve) => wire.on('close', () => resolve(performance.now())));
  return {
    wire,
    received: () => Buffer.concat(chunks),
    receivedBytes: () => receivedBytes,
    ended: () => ended,
    closed,
  };
}

/** The bytes after the first head of a response; `undefined` until that is complete. */
export function behindHead(received: Buffer): Buffer | undefined {
  const end = received.indexOf('\r\n\r\n');
  return end === -1 ? undefined : received.subarray(end + 4);
}

/** A server's response to an upgrade with this `Sec-WebSocket-Key` (RFC 6455 §4.2.2). */
export function switching(key: string = SAMPLE_KEY): string {
  const accept = createHash('sha1').update(`${key}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`).digest('base64');
  return `HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: ${accept}\r\n\r\n`;
}

export interface RawSockets {
  readonly origin: string;
  /** Connections on which an upgrade arrived. */
  readonly upgraded: RawSocket[];
  close(): Promise<void>;
}

/** An upstream without a protocol: `respond` gets each connection once the head of a request has arrived. */
export async function startRawSockets(respond: (wire: Socket, key: string) => void): Promise<RawSockets> {
  const upgraded: RawSocket[] = [];
  const wires = new Set<Socket>();
  const server = net.createServer({ allowHalfOpen: true }, (wire) => {
    wires.add(wire);
    wire.on('close', () => wires.delete(wire));
    const raw = watched(wire);
    const onData = () => {
      const text = raw.received().toString('latin1');
      if (!text.includes('\r\n\r\n')) return;
      wire.off('data', onData);
      upgraded.push(raw);
      respond(wire, /^sec-websocket-key: (.*)\r$/im.exec(text)?.[1] ?? '');
    };
    wire.on('data', onData);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    upgraded,
    close() {
      for (const wire of wires) wire.destroy();
      return new Promise((resolve) => server.close(() => resolve()));
    },
  };
}

/** Ends TLS in front of a proxy, as the platform's gateway does: some clients speak nothing else. */
export async function startTlsFront(port: number): Promise<{ url: string; close(): Promise<void> }> {
  const wires = new Set<Socket>();
  const server = tls.createServer(TEST_TLS, (outer) => {
    const inner = net.connect(port, '127.0.0.1');
    for (const [wire, other] of [
      [outer, inner],
      [inner, outer],
    ] as const) {
      wires.add(wire);
      wire.pipe(other);
      wire.on('error', () => undefined);
      wire.on('close', () => {
        wires.delete(wire);
        other.destroySoon();
      });
    }
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `https://localhost:${(server.address() as AddressInfo).port}`,
    close() {
      for (const wire of wires) wire.destroy();
      return new Promise((resolve) => server.close(() => resolve()));
    },
  };
}
