import http, { type IncomingHttpHeaders, type IncomingMessage } from 'node:http';
import https from 'node:https';
import type { AddressInfo, Socket } from 'node:net';
import { WebSocketServer, type WebSocket } from 'ws';
import type { SimulatedReply } from '../../scripts/fakes/simulated-replies';

/** One upgrade as it reached the upstream, whether it was let through or not. */
export interface SeenUpgrade {
  readonly url: string;
  readonly headers: IncomingHttpHeaders;
  readonly rawHeaders: readonly string[];
}

/** How a socket ended, as seen by the upstream: 1006 without a close frame. */
export interface SeenClose {
  readonly code: number;
  readonly reason: string;
  /** `performance.now()` */
  readonly atMs: number;
}

/** One open WebSocket, and the connection under it. */
export interface FakeConnection {
  readonly socket: WebSocket;
  readonly wire: Socket;
  readonly seen: SeenUpgrade;
}

/** What is done with a socket once it is open. */
export type Behaviour = (connection: FakeConnection) => void;

/** What an API does with WebSockets. */
export interface Api {
  /** The key of an upgrade, in the places where this API reads it. */
  keyIn(upgrade: SeenUpgrade): string | undefined;
  /** The error response to an upgrade with this key, or none; `undefined` accepts it. */
  refuse(key: string | undefined, path: string): SimulatedReply | undefined;
  /** What it selects of the subprotocols that are offered. */
  selectProtocol(offered: readonly string[]): string | undefined;
  readonly converse: Behaviour;
}

export interface FakeSockets {
  readonly origin: string;
  readonly port: number;
  /** Every upgrade, in order of arrival. */
  readonly seen: SeenUpgrade[];
  /** The keys of those upgrades, as the API reads them. */
  readonly keys: () => (string | undefined)[];
  readonly closes: SeenClose[];
  /** Sockets that are open now. */
  readonly open: ReadonlySet<FakeConnection>;
  /** What is done with sockets from now on; without it, what the API would do. */
  behave(behaviour: Behaviour): void;
  /** Sets the response to upgrades with this key; 'let-in' accepts them again. */
  respondToKey(key: string, reply: SimulatedReply | 'let-in'): void;
  /** Selects this subprotocol from now on, instead of the API's choice. */
  selectProtocol(select: Api['selectProtocol']): void;
  /** All of it as it was in the beginning; what was seen is forgotten. */
  reset(): void;
  close(): Promise<void>;
}

/** A WebSocket upstream on loopback that speaks one API and records what it gets. `tls` makes it an https one. */
export async function startFakeSockets(
  api: Api,
  tls?: { readonly key: string; readonly cert: string },
): Promise<FakeSockets> {
  const seen: SeenUpgrade[] = [];
  const closes: SeenClose[] = [];
  const open = new Set<FakeConnection>();
  const wires = new Set<Socket>();
  const replies = new Map<string, SimulatedReply>();
  let behaviour = api.converse;
  let select = api.selectProtocol.bind(api);

  const sockets = new WebSocketServer({
    noServer: true,
    clientTracking: false,
    perMessageDeflate: { threshold: 0 }, // for those who offer it
    handleProtocols: (offered) => select([...offered]) ?? false,
  });
  // Everything except WebSockets gets OpenAI's response to an unknown path.
  const server = tls ? https.createServer(tls, respondToUnknown) : http.createServer(respondToUnknown);
  server.on('connection', (wire: Socket) => {
    wires.add(wire);
    wire.on('close', () => wires.delete(wire)).on('error', () => undefined);
  });
  server.on('upgrade', (request, wire: Socket, head) => {
    wire.on('error', () => undefined);
    const { url = '', headers, rawHeaders } = request;
    const upgrade: SeenUpgrade = { url, headers, rawHeaders };
    seen.push(upgrade);
    const key = api.keyIn(upgrade);
    const error = replies.get(key ?? '') ?? api.refuse(key, url.replace(/\?.*$/s, ''));
    if (error) {
      respondPlainly(request, wire, error);
      return;
    }
    sockets.handleUpgrade(request, wire, head, (socket) => {
      const connection = { socket, wire, seen: upgrade };
      open.add(connection);
      socket.on('error', () => undefined);
      socket.on('close', (code, reason) => {
        if (!open.delete(connection)) return; // one from before a reset
        closes.push({ code, reason: reason.toString(), atMs: performance.now() });
      });
      behaviour(connection);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;

  return {
    origin: `${tls ? 'https://localhost' : 'http://127.0.0.1'}:${port}`,
    port,
    seen,
    keys: () => seen.map((upgrade) => api.keyIn(upgrade)),
    closes,
    open,
    behave(next) {
      behaviour = next;
    },
    respondToKey(key, reply) {
      if (reply === 'let-in') replies.delete(key);
      else replies.set(key, reply);
    },
    selectProtocol(next) {
      select = next;
    },
    reset() {
      behaviour = api.converse;
      select = api.selectProtocol.bind(api);
      replies.clear();
      for (const { socket } of open) socket.terminate();
      open.clear();
      seen.length = 0;
      closes.length = 0;
    },
    close() {
      for (const wire of wires) wire.destroy();
      return new Promise((resolve) => server.close(() => resolve()));
    },
  };
}

/** Responds to an upgrade with plain HTTP on its socket. */
function respondPlainly(request: IncomingMessage, wire: Socket, reply: SimulatedReply): void {
  const response = new http.ServerResponse(request);
  response.assignSocket(wire);
  response.shouldKeepAlive = false;
  response.writeHead(reply.status, reply.headers);
  response.end(reply.pieces.join(''), () => wire.end());
}

function respondToUnknown(request: IncomingMessage, response: http.ServerResponse): void {
  request.resume();
  response.writeHead(404, { 'content-type': 'application/json' });
  response.end(
    '{"error":{"message":"No such path.","type":"invalid_request_error","param":null,"code":"unknown_url"}}',
  );
}

/** Echoes each message unchanged. */
export const echo: Behaviour = ({ socket }) => {
  socket.on('message', (data, isBinary) => socket.send(data as Buffer, { binary: isBinary }));
};

/** Listens, and says nothing. */
export const listen: Behaviour = () => undefined;

/** Something that sends as much as is taken, up to a limit. */
export interface Flood {
  readonly behaviour: Behaviour;
  start(socket: WebSocket): void;
  /** What has left this process. */
  sentBytes(): number;
}

export function flood(limitBytes: number, messageBytes = 65_536): Flood {
  const message = Buffer.alloc(messageBytes, 'flood');
  let sentBytes = 0;
  const start = (socket: WebSocket) => {
    const next = () => {
      if (sentBytes >= limitBytes) socket.close(1000);
      if (socket.readyState !== socket.OPEN) return;
      socket.send(message, { binary: true, compress: false }, (error) => {
        if (error) return;
        sentBytes += messageBytes;
        next();
      });
    };
    for (let ahead = 0; ahead < 4; ahead++) next();
  };
  return { behaviour: ({ socket }) => start(socket), start, sentBytes: () => sentBytes };
}
