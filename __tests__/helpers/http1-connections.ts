import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { Connection } from '../../src/proxy/http1/connection';
import type { ConnectionPool } from '../../src/proxy/http1/connection-pool';
import type { IncomingResponse } from '../../src/proxy/http1/incoming-response';
import { OutgoingRequest, type RequestOptions } from '../../src/proxy/http1/outgoing-request';
import { until as untilTrue } from './http';

const OPTIONS: RequestOptions = { isChunked: false, keepsAlive: true, upgrades: false };

/** A server whose connections only the test reads and answers. */
export interface SocketServer {
  readonly server: Server;
  readonly sockets: readonly Socket[];
  readonly close: () => Promise<void>;
}

/** @param onSocket called with each connection; its errors are ignored */
export async function startSocketServer(onSocket: (socket: Socket) => void): Promise<SocketServer> {
  const sockets: Socket[] = [];
  const server = createServer((socket) => {
    sockets.push(socket);
    onSocket(socket.on('error', () => undefined));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    server,
    sockets,
    async close() {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, 'close');
    },
  };
}

/** A request, and what comes of it. */
export interface Sent {
  readonly request: OutgoingRequest;
  readonly isReused: boolean;
  /** Of its connection. */
  readonly socket: Socket;
  /** Rejects with what it failed with. */
  readonly response: Promise<IncomingResponse>;
}

/** A request that waits for its connection. */
export function requestOf(
  options: Partial<RequestOptions> = {},
  headers: readonly string[] = ['Host', 'x'],
): Pick<Sent, 'request' | 'response'> & { readonly wasOpen: () => boolean | undefined } {
  let resolve: (response: IncomingResponse) => void = () => undefined;
  let reject: (error: Error) => void = () => undefined;
  let openAtFailure: boolean | undefined;
  const response = new Promise<IncomingResponse>((...both) => ([resolve, reject] = both));
  response.catch(() => undefined); // not every test waits for it
  const request = new OutgoingRequest(
    { method: 'POST', path: '/', headers },
    { ...OPTIONS, ...options },
    {
      onResponse: resolve,
      onFailure(error, wasOpen) {
        openAtFailure = wasOpen;
        reject(error as Error);
      },
    },
  );
  return { request, response, wasOpen: () => openAtFailure };
}

/** Begins a request on an open connection of that name, or on a new one. */
export async function send(
  { pool, server, name }: { pool: ConnectionPool; server: Server; name: string },
  options: Partial<RequestOptions> = {},
): Promise<Sent> {
  const { request, response } = requestOf(options);
  const open = pool.take(name);
  if (!open) pool.count(name, 1);
  const connection = open ?? new Connection(await socketTo(server), name, pool);
  connection.serve(request);
  return { request, response, isReused: open !== undefined, socket: connection.socket };
}

export async function socketTo(server: Server): Promise<Socket> {
  const socket = connect((server.address() as AddressInfo).port, '127.0.0.1');
  await once(socket, 'connect');
  return socket;
}

export async function textOf(response: IncomingResponse): Promise<string> {
  let text = '';
  for await (const chunk of response) text += String(chunk);
  return text;
}

/** Waits until it holds. */
export const until = (holds: () => boolean): Promise<void> => untilTrue(String(holds), holds);
