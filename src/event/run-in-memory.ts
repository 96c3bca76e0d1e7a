import { IncomingMessage, ServerResponse } from 'node:http';
import type { RawHeaders } from '../http/filter-headers';
import { foldHeaders } from './fold-headers';
import { MemorySocket } from './memory-socket';

/** A request listener; one that returns a promise may reject. */
export type Listener = (request: IncomingMessage, response: ServerResponse) => unknown;

/** A request as it would have arrived over HTTP. */
export interface CollectedRequest {
  readonly method: string;
  readonly url: string;
  readonly rawHeaders: RawHeaders;
  readonly body: Buffer;
  readonly remoteAddress: string;
}

/** What a listener wrote. */
export interface Collected {
  /** `undefined` if it ended before it wrote a status. */
  readonly head: { readonly status: number; readonly headers: RawHeaders } | undefined;
  readonly body: Buffer;
  /** Whether it ended its response; false if it closed the connection early. */
  readonly complete: boolean;
}

const HEAD_END = '\r\n\r\n';
/** Headers for a real connection, which does not exist here. */
const CONNECTION_HEADERS = /^(?:connection|keep-alive|transfer-encoding)$/i;

/**
 * Runs a listener on Node's own request and response over a connection in memory, and waits until that is closed.
 * serverless-http's own request and response lack raw headers, change repeated headers, and never emit `close` after a reset.
 * @throws what the listener throws or rejects with before it has responded
 */
export function runInMemory(listener: Listener, inbound: CollectedRequest): Promise<Collected> {
  const socket = new MemorySocket(inbound.remoteAddress);
  const request = requestOn(socket, inbound);
  const response = new ServerResponse(request);
  response.useChunkedEncodingByDefault = false; // the output is then head and body without chunk framing
  response.sendDate = false; // the gateway sets it
  response.assignSocket(socket as unknown as Parameters<typeof response.assignSocket>[0]);
  return new Promise((resolve, reject) => {
    let complete = false;
    response.on('finish', () => {
      complete = true;
      socket.destroy(); // closes the response, as a server does after sending it
    });
    response.on('close', () => {
      resolve({ ...parse(socket.written()), complete });
    });
    Promise.resolve(run(listener, request, response)).catch((error: unknown) => {
      reject(error instanceof Error ? error : new Error('The listener failed.', { cause: error }));
      socket.destroy();
    });
  });
}

async function run(listener: Listener, request: IncomingMessage, response: ServerResponse): Promise<void> {
  await listener(request, response);
}

function requestOn(socket: MemorySocket, inbound: CollectedRequest): IncomingMessage {
  const request = new IncomingMessage(socket as unknown as ConstructorParameters<typeof IncomingMessage>[0]);
  const { method, url, body } = inbound;
  const rawHeaders = [...inbound.rawHeaders];
  if (body.length > 0 || /^(?:POST|PUT|PATCH)$/.test(method)) {
    rawHeaders.push('Content-Length', String(body.length));
  }
  Object.assign(request, {
    method,
    url,
    rawHeaders,
    headers: foldHeaders(rawHeaders),
    httpVersion: '1.1',
    httpVersionMajor: 1,
    httpVersionMinor: 1,
    complete: true,
  });
  if (body.length > 0) request.push(body);
  request.push(null);
  return request;
}

/** Parses what Node wrote; Node writes the head in a strict format. */
function parse(bytes: Buffer): Pick<Collected, 'head' | 'body'> {
  const end = bytes.indexOf(HEAD_END);
  if (end === -1) return { head: undefined, body: Buffer.alloc(0) };
  const [statusLine = '', ...lines] = bytes.toString('latin1', 0, end).split('\r\n');
  const headers = lines.flatMap((line) => {
    const colon = line.indexOf(':');
    const name = line.slice(0, colon);
    return CONNECTION_HEADERS.test(name) ? [] : [name, line.slice(colon + 1).trim()];
  });
  return {
    head: { status: Number(statusLine.split(' ')[1]), headers },
    body: bytes.subarray(end + HEAD_END.length),
  };
}
