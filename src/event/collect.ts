import { IncomingMessage, ServerResponse } from 'node:http';
import type { RawHeaders } from '../core/headers';
import { foldHeaders } from './header-groups';
import { MemorySocket } from './memory-socket';

/** A request listener; one that returns a promise may reject. */
export type Listener = (request: IncomingMessage, response: ServerResponse) => unknown;

/** A request as it would have come over the wire. */
export interface CollectedRequest {
  readonly method: string;
  readonly url: string;
  readonly rawHeaders: RawHeaders;
  readonly body: Buffer;
  readonly remoteAddress: string;
}

/** What a listener wrote. */
export interface Collected {
  /** undefined where it ended before it wrote a status. */
  readonly head: { readonly status: number; readonly headers: RawHeaders } | undefined;
  readonly body: Buffer;
  /** Whether it ended its answer; false where it broke the connection off. */
  readonly complete: boolean;
}

const HEAD_END = '\r\n\r\n';
/** They speak of a connection that is none. */
const OF_THE_CONNECTION = /^(?:connection|keep-alive|transfer-encoding)$/i;

/**
 * Runs a listener on Node's own request and response over a connection in memory, and waits until that is closed.
 * serverless-http's own pair lacks raw headers, mangles header lists, and never closes when it is broken off.
 * @throws what the listener throws or rejects with before it has answered
 */
export function collect(listener: Listener, inbound: CollectedRequest): Promise<Collected> {
  const socket = new MemorySocket(inbound.remoteAddress);
  const request = requestOn(socket, inbound);
  const response = new ServerResponse(request);
  response.useChunkedEncodingByDefault = false; // what is written is then head and body, and nothing between
  response.sendDate = false; // the gateway's affair
  response.assignSocket(socket as unknown as Parameters<typeof response.assignSocket>[0]);
  return new Promise((resolve, reject) => {
    let complete = false;
    response.on('finish', () => {
      complete = true;
      socket.destroy(); // closes the response, as a server does when an answer has left
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

/** Takes apart what Node wrote; the head is in its own strict form. */
function parse(bytes: Buffer): Pick<Collected, 'head' | 'body'> {
  const end = bytes.indexOf(HEAD_END);
  if (end === -1) return { head: undefined, body: Buffer.alloc(0) };
  const [statusLine = '', ...lines] = bytes.toString('latin1', 0, end).split('\r\n');
  const headers = lines.flatMap((line) => {
    const colon = line.indexOf(':');
    const name = line.slice(0, colon);
    return OF_THE_CONNECTION.test(name) ? [] : [name, line.slice(colon + 1).trim()];
  });
  return {
    head: { status: Number(statusLine.split(' ')[1]), headers },
    body: bytes.subarray(end + HEAD_END.length),
  };
}
