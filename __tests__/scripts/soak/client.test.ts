import { createServer, type RequestListener, type ServerResponse } from 'node:http';
import { once } from 'node:events';
import { Client } from '../../../scripts/soak/client';
import { bodyOf, eventOf, orderIn, STREAM_END, type Order } from '../../../scripts/soak/order';
import { startProvider } from '../../../scripts/soak/provider';
import type { Ended } from '../../../scripts/soak/tally';
import { portOf } from '../../../scripts/shared/loopback';

const CHAT = '/v1/chat/completions';
const SHORT = { chunks: 3, gapMs: 1 };

/** What a client makes of a proxy that responds so. */
async function judged(
  listener: RequestListener,
  send: (client: Client) => Promise<Ended>,
  isDisturbed = false,
): Promise<Ended> {
  const server = createServer(listener).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const client = new Client({
    port: portOf(server),
    isDisturbed: () => isDisturbed,
    onChunk: () => undefined,
  });
  const ended = await send(client);
  client.close();
  server.close();
  server.closeAllConnections();
  return ended;
}

/** A proxy that knows each request's order. */
function knowing(respond: (order: Order, response: ServerResponse) => void): RequestListener {
  return (request, response) => {
    let body = '';
    request.on('data', (part: Buffer) => (body += part.toString()));
    request.on('end', () => {
      const order = orderIn(body);
      if (!order) throw new Error('It has no order.');
      respond(order, response);
    });
  };
}

describe('the client of the soak', () => {
  it.each<[string, Ended['end'], (order: Order, response: ServerResponse) => void]>([
    ['its own response', 'completed', (order, response) => response.end(bodyOf(order))],
    [
      'the response of another',
      'wrong',
      (order, response) => response.end(bodyOf({ ...order, id: 'other' })),
    ],
    ['a response that lacks a byte', 'wrong', (order, response) => response.end(bodyOf(order).slice(0, -1))],
    ['an error response', 'told', (_order, response) => response.writeHead(502).end('{}')],
    ['no response', 'lost', (_order, response) => response.destroy()],
  ])('judges a chat with %s as %s', async (_what, end, respond) => {
    expect((await judged(knowing(respond), (client) => client.chat(CHAT, 'chat'))).end).toBe(end);
  });

  it.each<[string, Ended['end'], (order: Order, response: ServerResponse) => void]>([
    ['all of its events', 'completed', (order, response) => response.end(bodyOf(order))],
    [
      'an event less',
      'wrong',
      (order, response) => response.end(bodyOf(order).replace(eventOf(order, 1), '')),
    ],
    ['an end too early', 'wrong', (order, response) => response.end(eventOf(order, 0) + STREAM_END)],
    ['no end', 'wrong', (order, response) => response.end(eventOf(order, 0))],
    [
      'an event of another',
      'wrong',
      (order, response) => response.end(eventOf({ ...order, id: 'other' }, 0)),
    ],
    [
      'an error event',
      'told',
      (order, response) => response.end(`${eventOf(order, 0)}data: {"error":{"code":"upstream-cut"}}\n\n`),
    ],
    [
      'a connection that ends',
      'lost',
      (order, response) => response.write(eventOf(order, 0), () => response.destroy()),
    ],
  ])('judges a stream with %s as %s', async (_what, end, respond) => {
    const ended = await judged(knowing(respond), (client) => client.stream(CHAT, 'stream', SHORT));
    expect(ended.end).toBe(end);
  });

  it('counts a connection that ends with its instance as one that says so', async () => {
    const hangUp: RequestListener = (_request, response) => response.destroy();
    expect(await judged(hangUp, (client) => client.chat(CHAT, 'chat'), true)).toMatchObject({ end: 'told' });
  });

  it('judges an upload by the hash of what has arrived', async () => {
    const other: RequestListener = (request, response) =>
      request.resume().on('end', () => response.end('{"sha256":"other"}'));
    expect(await judged(other, (client) => client.upload('/v1/files', 1_000))).toMatchObject({
      end: 'wrong',
    });
  });

  it('completes every kind with a provider that nothing stands before', async () => {
    const provider = await startProvider(false);
    const client = new Client({
      port: Number(new URL(provider.origin).port),
      isDisturbed: () => false,
      onChunk: () => undefined,
    });
    const ends = await Promise.all([
      client.chat(CHAT, 'chat', 130_000),
      client.stream(CHAT, 'stream', SHORT),
      client.upload('/v1/files', 100_000),
      client.echo('/v1/realtime', 3, 1_000),
      client.chat(CHAT, 'failing'),
      client.leave(CHAT, 5),
    ]);
    client.close();
    provider.stop();
    expect(ends.map(({ end }) => end)).toEqual([
      'completed',
      'completed',
      'completed',
      'completed',
      'told',
      'left',
    ]);
  });
});
