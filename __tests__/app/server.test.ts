import { once } from 'node:events';
import net, { type AddressInfo, type Socket } from 'node:net';
import { createServer } from '../../src/app/server';
import { openaiDialect } from '../../src/dialects/openai';
import { createLogger } from '../../src/log/logger';
import { until } from '../helpers/http';
import { startProxy } from '../helpers/proxies';
import { KEEP_ALIVE_TIMER, onLinux, tcpTable } from '../helpers/tcp-table';

describe('A client’s connection', () => {
  onLinux('is asked by TCP whether the client is still there after a minute without a word', async () => {
    const proxy = await startProxy({ origin: 'http://127.0.0.1:1' });
    const client = net.connect(proxy.port, '127.0.0.1');
    await once(client, 'connect');
    // A response has arrived, so the server has accepted its side.
    client.write('GET /-/health HTTP/1.1\r\nHost: x\r\n\r\n');
    await once(client, 'data');
    const { port } = client.address() as AddressInfo;
    const entry = () => tcpTable().find((one) => one.localPort === proxy.port && one.remotePort === port);
    await until('the response is acknowledged', () => entry()?.timer === KEEP_ALIVE_TIMER);
    const seconds = entry()?.timerSeconds ?? 0;
    client.destroy();
    await proxy.stop();
    expect(Math.round(seconds / 10)).toBe(6);
  });
});

describe('A connection whose requests offer h2c, as those of Java’s client do', () => {
  it('costs no more the longer it is used', async () => {
    const listeners: number[] = [];
    const server = createServer(
      ({ socket }, response) => {
        listeners.push(socket.listenerCount('error') + socket.listenerCount('close'));
        response.end('ok');
      },
      {
        logger: createLogger((line) => line, { write: () => undefined }),
        dialect: openaiDialect,
        cors: [],
        upgrade: (_request, socket: Socket) => socket.destroy(),
      },
    );
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const client = net.connect((server.address() as AddressInfo).port, '127.0.0.1');
    for (let request = 0; request < 12; request++) {
      client.write('GET / HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: h2c\r\n\r\n');
      await once(client, 'data');
    }
    client.destroy();
    server.close();
    expect(listeners).toEqual(Array<number>(12).fill(listeners[0] ?? 0));
  });
});
