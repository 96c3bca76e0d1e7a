import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { monotonicMs } from '../clock/monotonic';

/**
 * In ms. A hundred connections that open at once take a young instance, whose code is not compiled yet, 30 to 60 ms:
 * every stream would wait for so long.
 */
const MAX_MS_A_TURN = 5;

/**
 * Begins requests until they have taken a part of this turn of the event loop, and the others in the next turns, in
 * order. A request whose client has disconnected meanwhile is not begun.
 */
export function inRequestTurns<R extends { readonly destroyed: boolean } = ServerResponse>(
  listener: (request: IncomingMessage, response: R) => void,
  now = () => monotonicMs(),
): (request: IncomingMessage, response: R) => void {
  let endsAt = 0;
  let isScheduled = false;
  let waiting: [IncomingMessage, R][] = [];

  const nextTurn = () => {
    isScheduled = false;
    const requests = waiting;
    waiting = [];
    for (const [request, response] of requests) begin(request, response);
  };
  const begin = (request: IncomingMessage, response: R): void => {
    if (!isScheduled) {
      isScheduled = true;
      endsAt = now() + MAX_MS_A_TURN;
      setImmediate(nextTurn);
    } else if (now() > endsAt) {
      waiting.push([request, response]);
      return;
    }
    if (!response.destroyed) listener(request, response);
  };
  return begin;
}

/** Requests of one connection that run although the response to an earlier one is not over; the others wait for that. */
const MAX_AHEAD = 8;
/** Requests of one connection that wait. Node keeps each of them, at some KB, and a client sends one in 40 bytes. */
const MAX_WAITING = 256;
/** Those of them that have a body, of which Node keeps the first 64 KB. */
const MAX_WAITING_BODIES = 8;

/** What a connection has sent behind a request whose response is not over. */
interface Line {
  /** Responses of requests that run. */
  readonly ahead: Set<ServerResponse>;
  waiting: number;
  waitingBodies: number;
}

/**
 * Limits what a client can begin by sending many requests on one connection without waiting: a packet has room for
 * thousands, and their responses stay in memory until the client reads them (RFC 9112 §9.3.2). A connection with more of
 * them than any client sends is closed.
 */
export function withoutLongLines(listener: RequestListener): RequestListener {
  const lines = new WeakMap<Socket, Line>();
  const lineOf = (socket: Socket): Line => {
    const known = lines.get(socket);
    if (known) return known;
    const line: Line = { ahead: new Set(), waiting: 0, waitingBodies: 0 };
    lines.set(socket, line);
    socket.once('close', () => {
      for (const response of line.ahead) closeWithoutTurn(response);
    });
    return line;
  };

  return (request, response) => {
    // Node gives a response its socket when its turn has come: nearly always at once.
    if (response.socket) {
      listener(request, response);
      return;
    }
    const { socket } = request;
    if (socket.destroyed) return;
    const line = lineOf(socket);
    if (line.waiting === 0 && line.ahead.size < MAX_AHEAD) {
      line.ahead.add(response);
      response.once('socket', () => line.ahead.delete(response));
      listener(request, response);
      return;
    }
    const bodies = hasBody(request) ? 1 : 0;
    line.waiting++;
    line.waitingBodies += bodies;
    if (line.waiting > MAX_WAITING || line.waitingBodies > MAX_WAITING_BODIES) {
      socket.destroy();
      return;
    }
    response.once('socket', () => {
      line.waiting--;
      line.waitingBodies -= bodies;
      listener(request, response);
    });
  };
}

function hasBody({ headers }: IncomingMessage): boolean {
  return headers['transfer-encoding'] !== undefined || (headers['content-length'] ?? '0') !== '0';
}

/**
 * Node closes only the response whose turn it is; a request that runs ahead would not learn that its client has left. It
 * gets no socket for that: Node would count a response that has ended as sent, and end the process over the order.
 */
function closeWithoutTurn(response: ServerResponse): void {
  response.destroy();
  response.emit('close');
}
