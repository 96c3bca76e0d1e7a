import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
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
export function inRequestTurns(listener: RequestListener, now = () => monotonicMs()): RequestListener {
  let endsAt = 0;
  let isScheduled = false;
  let waiting: [IncomingMessage, ServerResponse][] = [];

  const nextTurn = () => {
    isScheduled = false;
    const requests = waiting;
    waiting = [];
    for (const [request, response] of requests) begin(request, response);
  };
  const begin: RequestListener = (request, response) => {
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
