import http from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { STREAM_END, streamEvent } from '../../../scripts/bench/rig/messages';
import { monotonicMs } from '../../../scripts/bench/rig/clock';
import { requestBytes, upgradeBytes } from '../../../scripts/bench/rig/request';
import { SocketCrowd } from '../../../scripts/bench/rig/socket-load';
import { loadStreams } from '../../../scripts/bench/rig/stream-load';
import { echoMessages } from '../../../scripts/fakes/echo-messages';

/** Uses a server on a free port, and closes it with all of its connections. */
async function withServer(server: http.Server, use: (port: number) => Promise<void>): Promise<void> {
  const sockets = new Set<Socket>();
  server.on('connection', (socket) => sockets.add(socket));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  try {
    await use((server.address() as AddressInfo).port);
  } finally {
    for (const socket of sockets) socket.destroy();
    await new Promise((resolve) => server.close(resolve));
  }
}

describe('the load of streams', () => {
  test('takes the first token from the sending of the request, and opens streams one after the other', async () => {
    let open = 0;
    let mostOpen = 0;
    const server = http.createServer((req, res) => {
      req.resume();
      mostOpen = Math.max(mostOpen, ++open);
      res.writeHead(200, { 'content-type': 'text/event-stream' });
      setTimeout(() => {
        res.write(streamEvent(monotonicMs()));
        res.write(streamEvent(monotonicMs() - 5_000)); // the last chunk was 5 s on its way
        res.end(STREAM_END);
        open--;
      }, 30);
    });
    await withServer(server, async (port) => {
      const result = await loadStreams({
        port,
        request: requestBytes({ port }, '/', '{}'),
        streams: 2,
        repeats: 3,
        chunks: 2,
        staggerMs: 0,
        timeoutMs: 20_000,
      });
      expect(result).toMatchObject({ complete: 6, chunks: 12, problems: [] });
      expect(mostOpen).toBe(2);
      expect(result.firstP50Ms).toBeGreaterThanOrEqual(25); // a timer may be a little early
      expect(result.firstP99Ms).toBeLessThan(5_000);
      expect(result.p999Ms).toBeGreaterThanOrEqual(5_000);
    });
  });
});

describe('the load of WebSockets', () => {
  const MESSAGE = 'a message '.repeat(100);
  const open = (port: number) =>
    SocketCrowd.open(port, upgradeBytes({ port }, '/socket'), { sockets: 3, message: MESSAGE });

  test('counts each message whose echo has come', async () => {
    await withServer(http.createServer().on('upgrade', echoMessages), async (port) => {
      const crowd = await open(port);
      const result = await crowd.load(50);
      crowd.close();
      expect(result.problems).toEqual([]);
      expect(result.echoes).toBeGreaterThanOrEqual(3);
    });
  });

  test('reports an echo that is not what was sent', async () => {
    const server = http.createServer().on('upgrade', (request, socket, head) => {
      const write = socket.write.bind(socket);
      echoMessages(request, socket, head);
      socket.write = (chunk: Buffer | string) =>
        write(Buffer.from(String(chunk).replace('a message', 'b message'), 'latin1'));
    });
    await withServer(server, async (port) => {
      const crowd = await open(port);
      const result = await crowd.load(50);
      crowd.close();
      expect(result).toMatchObject({ echoes: 0, problems: ['an echo was not what was sent'] });
    });
  });

  test('reports a WebSocket that is closed, and one that is not accepted', async () => {
    const closing = http.createServer().on('upgrade', (request, socket, head) => {
      echoMessages(request, socket, head);
      socket.once('data', () => socket.destroy());
    });
    await withServer(closing, async (port) => {
      const crowd = await open(port);
      const { problems } = await crowd.load(50);
      crowd.close();
      expect(problems).toHaveLength(1);
    });
    await withServer(
      http.createServer((_request, res) => res.writeHead(404).end()),
      async (port) => {
        await expect(open(port)).rejects.toThrow('an upgrade got HTTP/1.1 404 Not Found');
      },
    );
  });

  test('its fake provider survives what is not a frame of a client', async () => {
    await withServer(http.createServer().on('upgrade', echoMessages), async (port) => {
      const unmasked = Buffer.concat([upgradeBytes({ port }, '/socket'), Buffer.from('880203e9', 'hex')]);
      await expect(
        SocketCrowd.open(port, unmasked, { sockets: 1, message: MESSAGE }).then((crowd) => crowd.load(50)),
      ).resolves.toMatchObject({ echoes: 0, problems: [expect.any(String)] });
    });
  });
});
