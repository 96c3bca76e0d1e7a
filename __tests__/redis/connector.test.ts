import { once } from 'node:events';
import net, { type AddressInfo, type Socket } from 'node:net';
import { Redis } from 'ioredis';
import { RacingConnector } from '../../src/redis/connector';
import { nameAddresses } from '../helpers/name-addresses';
import { startStalled } from '../helpers/stalled-server';

const closing: (() => unknown)[] = [];
afterEach(() => {
  jest.restoreAllMocks();
  for (const close of closing.splice(0).reverse()) close();
});

/** Responds to every command with OK. */
async function fakeRedis(host: string, port = 0): Promise<number> {
  const sockets = new Set<Socket>();
  const server = net.createServer((socket) => {
    sockets.add(socket);
    socket.on('data', () => socket.write('+OK\r\n')).on('error', () => undefined);
  });
  server.listen(port, host);
  await once(server, 'listening');
  closing.push(() => {
    server.close();
    for (const socket of sockets) socket.destroy();
  });
  return (server.address() as AddressInfo).port;
}

function connect(port: number): Redis {
  const client = new Redis(`redis://far.test:${port}`, {
    Connector: RacingConnector,
    enableReadyCheck: false,
    disableClientInfo: true,
    retryStrategy: () => 20,
  });
  client.on('error', () => undefined);
  closing.push(() => client.disconnect());
  return client;
}

describe('A Redis whose name has two addresses', () => {
  it('is reached at the address that responds', async () => {
    const dead = await startStalled();
    closing.push(() => dead.stop());
    await fakeRedis('127.0.0.2', dead.port);
    nameAddresses('far.test', ['127.0.0.1', '127.0.0.2']);
    expect(await connect(dead.port).ping()).toBe('OK');
  });

  it('is tried again after both have refused the connection', async () => {
    const port = await fakeRedis('127.0.0.9');
    nameAddresses('far.test', ['127.0.0.1', '127.0.0.2']);
    const client = connect(port);
    const [error] = (await once(client, 'error')) as [{ code?: string }];
    expect(error.code).toBe('ECONNREFUSED');
    await fakeRedis('127.0.0.2', port);
    expect(await client.ping()).toBe('OK');
  });

  it('is closed when it is no longer needed', async () => {
    const dead = await startStalled();
    closing.push(() => dead.stop());
    nameAddresses('far.test', ['127.0.0.1']);
    const client = connect(dead.port);
    await once(client, 'connecting');
    client.disconnect();
    await once(client, 'end'); // long before the connecting would have failed
  });
});
