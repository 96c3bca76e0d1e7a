import type { IncomingMessage, ServerResponse } from 'node:http';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { inRequestTurns } from '../../src/app/request-turns';
import { makeExchange } from '../helpers/exchange';

/** A listener that takes 2 ms a request by its own clock, and what it has begun. */
function slowListener() {
  let now = 0;
  const begun: ServerResponse[] = [];
  const listener = inRequestTurns(
    (_request, response) => {
      begun.push(response);
      now += 2;
    },
    () => now,
  );
  return { listener, begun };
}

function requests(count: number): [IncomingMessage, ServerResponse][] {
  return Array.from({ length: count }, () => {
    const { request, response } = makeExchange();
    return [request, response];
  });
}

describe('inRequestTurns', () => {
  it('begins requests for 5 ms of a turn of the event loop, and the others in the next turns, in order', async () => {
    const { listener, begun } = slowListener();
    const all = requests(8);
    for (const [request, response] of all) listener(request, response);
    const counts = [begun.length];
    while (begun.length < all.length) {
      await nextTurn();
      counts.push(begun.length);
    }
    expect(counts).toEqual([3, 6, 8]);
    expect(begun).toEqual(all.map(([, response]) => response));
  });

  it('lets a new request wait behind those that wait already', async () => {
    const { listener, begun } = slowListener();
    const [first = [], ...more] = requests(5);
    const all = [first, ...more] as [IncomingMessage, ServerResponse][];
    for (const [request, response] of all.slice(0, 4)) listener(request, response);
    setImmediate(() => {
      const [last] = all.slice(4);
      if (last) listener(...last);
    });
    await nextTurn();
    await nextTurn();
    expect(begun).toEqual(all.map(([, response]) => response));
  });

  it('does not begin a request whose client disconnected while it waited', async () => {
    const { listener, begun } = slowListener();
    const all = requests(5);
    for (const [request, response] of all) listener(request, response);
    const [, left] = all[3] ?? [];
    left?.destroy();
    await nextTurn();
    expect(begun).toEqual(all.map(([, response]) => response).filter((response) => response !== left));
  });
});
