import { Agent, createServer, request, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { once } from 'node:events';
import { poolByOrigin, type PoolOptions } from '../../../src/proxy/upstream/socket-pools';

describe('poolByOrigin', () => {
  let server: Server;
  let agent: Agent;
  const sockets: Socket[] = [];

  beforeEach(async () => {
    server = createServer((_request, response) => response.end('hello')).listen(0, '127.0.0.1');
    server.on('connection', (socket) => sockets.push(socket));
    await once(server, 'listening');
    agent = new Agent({ keepAlive: true, scheduling: 'lifo' });
    poolByOrigin(agent);
  });
  afterEach(async () => {
    agent.destroy();
    sockets.splice(0);
    server.close();
    await once(server, 'close');
  });

  async function ask(pool: string): Promise<{ reused: boolean; text: string }> {
    const options: PoolOptions & { host: string; port: number; agent: Agent } = {
      ...{ host: '127.0.0.1', port: (server.address() as AddressInfo).port, agent, pool },
    };
    const sent = request(options).end();
    const [response] = (await once(sent, 'response')) as [IncomingMessage];
    let text = '';
    for await (const chunk of response) text += String(chunk);
    await new Promise(setImmediate); // the agent takes the socket back
    return { reused: sent.reusedSocket, text };
  }

  it('sends the next request to an origin on the open socket', async () => {
    expect(await ask('one')).toEqual({ reused: false, text: 'hello' });
    expect(await ask('one')).toEqual({ reused: true, text: 'hello' });
    expect(await ask('one')).toEqual({ reused: true, text: 'hello' });
    expect(sockets).toHaveLength(1);
    expect(Object.keys(agent.freeSockets)).toEqual(['one']);
  });

  it('gives no origin the socket of another', async () => {
    await ask('one');
    expect(await ask('two')).toEqual({ reused: false, text: 'hello' });
    expect(Object.keys(agent.freeSockets).sort()).toEqual(['one', 'two']);
  });

  it('opens a socket if those that are open are in use', async () => {
    await ask('one');
    const both = await Promise.all([ask('one'), ask('one')]);
    expect(both.map(({ reused }) => reused).sort()).toEqual([false, true]);
    expect(sockets).toHaveLength(2);
  });

  it('opens a socket if the one that was open is destroyed', async () => {
    await ask('one');
    for (const free of agent.freeSockets['one'] ?? []) free.destroy();
    expect(await ask('one')).toEqual({ reused: false, text: 'hello' });
    expect(await ask('one')).toEqual({ reused: true, text: 'hello' });
  });
});
