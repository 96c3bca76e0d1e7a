import { connect, type Socket } from 'node:net';
import { CLIENT_KEY } from './messages';
import { ResponseReader, type ResponseListener } from './response-reader';

/** Where requests go, and what all of them contain. */
export interface Target {
  readonly port: number;
  /** Sent as Bearer; the client's own key by default. */
  readonly token?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

/** The headers of an OpenAI SDK, so that a proxy has as many to pass on. */
const SDK_HEADERS = {
  accept: 'application/json',
  'user-agent': 'OpenAI/JS 6.49.0',
  'x-stainless-lang': 'js',
  'x-stainless-package-version': '6.49.0',
  'x-stainless-os': 'Linux',
  'x-stainless-arch': 'x64',
  'x-stainless-runtime': 'node',
  'x-stainless-runtime-version': 'v20.20.2',
  'x-stainless-retry-count': '0',
};

/** A POST request, ready for the wire. */
export function requestBytes(
  target: Target,
  path: string,
  body: string | Buffer,
  type = 'application/json',
): Buffer {
  const head = headBytes(target, `POST ${path}`, 'keep-alive', {
    'content-type': type,
    'content-length': String(Buffer.byteLength(body)),
  });
  return Buffer.concat([head, Buffer.from(body)]);
}

/** A request for a WebSocket, ready for the wire. */
export function upgradeBytes(target: Target, path: string): Buffer {
  return headBytes(target, `GET ${path}`, 'Upgrade', {
    upgrade: 'websocket',
    'sec-websocket-version': '13',
    'sec-websocket-key': 'dGhlIHNhbXBsZSBub25jZQ==',
  });
}

function headBytes(
  target: Target,
  methodAndPath: string,
  connection: string,
  own: Readonly<Record<string, string>>,
): Buffer {
  const headers: Record<string, string> = {
    host: `127.0.0.1:${target.port}`,
    connection,
    ...SDK_HEADERS,
    authorization: `Bearer ${target.token ?? CLIENT_KEY}`,
    ...own,
    ...target.headers,
  };
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
  return Buffer.from(`${methodAndPath} HTTP/1.1\r\n${lines.join('')}\r\n`);
}

const DIGITS = 12;
let lastNumber = 0;

/**
 * Requests that differ in one number only, which none has twice.
 * @param requestWith is called once, with what stands for the number
 */
export function numberedRequests(requestWith: (number: string) => Buffer): () => Buffer {
  const placeholder = '#'.repeat(DIGITS);
  const pattern = requestWith(placeholder);
  const at = pattern.indexOf(placeholder);
  return () => {
    const request = Buffer.from(pattern); // the one before may not have been sent yet
    request.write(String(++lastNumber).padStart(DIGITS, '0'), at, 'latin1');
    return request;
  };
}

/** A connection that responses are read from. `onClose` is called once, with the reason if the end was not proper. */
export function open(
  port: number,
  listener: ResponseListener,
  onClose: (reason: string | undefined) => void,
): Socket {
  const socket = connect({ port, host: '127.0.0.1', noDelay: true });
  const reader = new ResponseReader(listener);
  let reason: string | undefined;
  socket.on('error', (error) => (reason = error.message));
  socket.on('data', (data: Buffer) => {
    try {
      reader.feed(data);
    } catch (error) {
      socket.destroy(error as Error);
    }
  });
  socket.on('close', () => {
    const proper = reader.close();
    onClose(reason ?? (proper ? undefined : 'the connection was closed during a response'));
  });
  return socket;
}

export interface WholeResponse {
  readonly status: number;
  readonly body: Buffer;
}

/**
 * Sends one request on its own connection.
 * @throws Error if no complete response arrives in time
 */
export function ask(port: number, request: Buffer, timeoutMs = 20_000): Promise<WholeResponse> {
  return new Promise((resolve, reject) => {
    let status = 0;
    const parts: Buffer[] = [];
    const listener: ResponseListener = {
      onHead: (code) => (status = code),
      onBody: (part) => parts.push(part),
      onEnd() {
        resolve({ status, body: Buffer.concat(parts) });
        socket.destroy();
      },
    };
    const socket = open(port, listener, (reason) => {
      clearTimeout(timer);
      reject(new Error(reason ?? 'the connection was closed without a response'));
    });
    const timer = setTimeout(
      () => socket.destroy(new Error(`no complete response within ${timeoutMs} ms`)),
      timeoutMs,
    );
    socket.write(request);
  });
}
