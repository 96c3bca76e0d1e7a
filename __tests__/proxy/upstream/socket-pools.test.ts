import { Agent, createServer, request, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { once } from 'node:events';
import { poolByOrigin, type PoolLimits, type PoolOptions } from '../../../src/proxy/upstream/socket-pools';

const LIMITS = { idleMs: 55_000, maxFree: 256 };

describe('poolByOrigin', () => {
  let server: Server;
  let agent: Agent;
  const sockets: Socket[] = [];

  beforeEach(async () => {
    server = createServer((_request, response) => response.end('hello')).listen(0, '127.0.0.1');
    server.on('connection', (socket) => sockets.push(socket));
    await once(server, 'listening');
    agent = new Agent({ keepAlive: true });
    poolByOrigin(agent, LIMITS);
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

  const agentWith = (limits: Partial<PoolLimits>) => {
    agent.destroy();
    agent = new Agent({ keepAlive: true });
    poolByOrigin(agent, { ...LIMITS, ...limits });
  };
  const free = () => agent.freeSockets['one'] ?? [];

  it('keeps no more idle sockets of an origin than its limit', async () => {
    agentWith({ maxFree: 1 });
    await Promise.all([ask('one'), ask('one')]);
    expect(free()).toHaveLength(1);
  });

  it('closes what has been idle for too long', async () => {
    agentWith({ idleMs: 50 });
    await ask('one');
    const [socket] = free();
    if (socket?.closed === false) await new Promise((resolve) => socket.once('close', resolve));
    expect(free()).toEqual([]);
  });

  it('sends nothing on a socket that has expired while no timer ran', async () => {
    agentWith({ idleMs: 100 });
    await ask('one');
    const endMs = Date.now() + 120;
    while (Date.now() < endMs); // as when the platform freezes the process
    expect(await ask('one')).toEqual({ reused: false, text: 'hello' });
  });

  it.each([
    ['timeout=1', false],
    ['timeout=30', true],
    ['max=5', true],
    ['timeout=x', true],
  ])('with a server that says Keep-Alive: %s uses the socket again: %s', async (hint, reused) => {
    server.removeAllListeners('request');
    server.on('request', (_request, response) => response.setHeader('Keep-Alive', hint).end('hello'));
    await ask('one');
    expect(await ask('one')).toEqual({ reused, text: 'hello' });
  });

  it('closes a socket whose response asks for it', async () => {
    server.removeAllListeners('request');
    server.on('request', (_request, response) => response.setHeader('Connection', 'close').end('hello'));
    await ask('one');
    expect(free()).toEqual([]);
    expect(await ask('one')).toEqual({ reused: false, text: 'hello' });
  });

  it('survives the reset of an idle socket', async () => {
    await ask('one');
    const [socket] = free();
    sockets[0]?.resetAndDestroy();
    if (socket?.closed === false) await new Promise((resolve) => socket.once('close', resolve));
    expect(free()).toEqual([]);
    expect(await ask('one')).toEqual({ reused: false, text: 'hello' });
  });

  it('closes an idle socket that has an error without being closed, as one of TLS may', async () => {
    await ask('one');
    const [socket] = free();
    socket?.emit('error', new Error('alert'));
    expect(socket?.destroyed).toBe(true);
    expect(await ask('one')).toEqual({ reused: false, text: 'hello' });
  });

  it('names the sockets in use, which are none once all requests have ended', async () => {
    const options: PoolOptions & { host: string; port: number; agent: Agent } = {
      ...{ host: '127.0.0.1', port: (server.address() as AddressInfo).port, agent, pool: 'one' },
    };
    await ask('one');
    const sent = request(options).end();
    expect(agent.sockets['one']).toHaveLength(1);
    const [response] = (await once(sent, 'response')) as [IncomingMessage];
    response.resume();
    await once(response, 'close');
    await new Promise(setImmediate);
    expect(agent.sockets['one'] ?? []).toHaveLength(0);
    expect(free()).toHaveLength(1);
  });
});
