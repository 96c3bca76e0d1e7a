import { once } from 'node:events';
import net, { Socket, type AddressInfo } from 'node:net';
import { openConnection, type Opening } from '../../../src/proxy/connect/connect-race';
import { startStalled, type StalledServer } from '../../helpers/stalled-server';
import { nameAddresses } from '../../helpers/name-addresses';

/** Longer than a test may take: what waits for it fails. */
const FOR_EVER_MS = 60_000;

const closing: (() => unknown)[] = [];
afterEach(async () => {
  jest.restoreAllMocks();
  for (const close of closing.splice(0)) await close();
});

/** A name of its own for each test, since what is known of a name stays. */
let names = 0;
function nameWith(addresses: readonly string[]): string {
  const name = `name-${++names}.test`;
  nameAddresses(name, addresses);
  return name;
}

async function stalled(host?: string, port?: number): Promise<StalledServer> {
  const server = await startStalled({ ...(host ? { host } : {}), ...(port ? { port } : {}) });
  closing.push(() => server.stop());
  return server;
}

async function listening(host: string, port = 0): Promise<number> {
  const server = net.createServer((socket) => socket.resume().on('error', () => undefined));
  server.listen(port, host);
  await once(server, 'listening');
  closing.push(() => server.close());
  return (server.address() as AddressInfo).port;
}

/** A connection over TCP, and the addresses to which it was begun, in that order. */
function open(
  host: string,
  port: number,
  limitMs = FOR_EVER_MS,
): Opening<Socket> & { readonly tried: string[]; readonly sockets: Socket[] } {
  const tried: string[] = [];
  const sockets: Socket[] = [];
  const opening = openConnection({
    host,
    ready: 'connect',
    limitMs,
    connect: (address) => {
      tried.push(address);
      const socket = net.connect(port, address);
      sockets.push(socket);
      return socket;
    },
  });
  closing.push(() => {
    for (const socket of sockets) socket.destroy();
  });
  return { ...opening, tried, sockets };
}

describe('A connection to a name with several addresses', () => {
  it('is made to an address whose handshake takes a second if the other refuses at once', async () => {
    const slow = await stalled();
    const opening = open(nameWith(['127.0.0.1', '127.0.0.2']), slow.port);
    setTimeout(() => slow.goOn(), 600);
    expect((await opening.opened).remoteAddress).toBe('127.0.0.1');
    expect(opening.tried).toEqual(['127.0.0.1', '127.0.0.2']);
  });

  it('is made to the last address if the others do not respond, and those attempts are ended', async () => {
    const { port } = await stalled();
    await stalled('127.0.0.2', port);
    await listening('127.0.0.3', port);
    const opening = open(nameWith(['127.0.0.1', '127.0.0.2', '127.0.0.3']), port);
    expect((await opening.opened).remoteAddress).toBe('127.0.0.3');
    expect(opening.sockets.map(({ destroyed }) => destroyed)).toEqual([true, true, false]);
  });

  it('starts the next time with the address that was reached', async () => {
    const { port } = await stalled();
    await listening('127.0.0.2', port);
    const name = nameWith(['127.0.0.1', '127.0.0.2']);
    await open(name, port).opened;
    const again = open(name, port);
    await again.opened;
    expect(again.tried).toEqual(['127.0.0.2']);
  });

  it('is tried to each address within its limit, even a short one', async () => {
    const { port } = await stalled();
    await stalled('127.0.0.2', port);
    const opening = open(nameWith(['127.0.0.1', '127.0.0.2']), port, 200);
    await expect(opening.opened).rejects.toMatchObject({ code: 'ETIMEDOUT' });
    expect(opening.tried).toEqual(['127.0.0.1', '127.0.0.2']);
  });

  it('is made to the eighth address at once if seven refuse', async () => {
    const port = await listening('127.0.0.8');
    const all = Array.from({ length: 8 }, (_, at) => `127.0.0.${at + 1}`);
    const opening = open(nameWith(all), port);
    await opening.opened;
    expect(opening.tried).toEqual(all);
  });

  it('alternates the address families, so that one without a route delays the other only once', async () => {
    const port = await listening('127.0.0.1');
    const opening = open(nameWith(['fd00::1', 'fd00::2', '127.0.0.1', '127.0.0.2']), port);
    expect((await opening.opened).remoteAddress).toBe('127.0.0.1');
    expect(opening.tried).toEqual(['fd00::1', '127.0.0.1']);
  });

  it('fails as soon as the last address refuses, with the error of the first', async () => {
    const port = await listening('127.0.0.9');
    await expect(open(nameWith(['127.0.0.1', '127.0.0.2']), port).opened).rejects.toMatchObject({
      code: 'ECONNREFUSED',
      errors: [{ address: '127.0.0.1' }, { address: '127.0.0.2' }],
    });
  });

  it('fails exactly at its limit if no address responds, and leaves no attempt open', async () => {
    const { port } = await stalled();
    await stalled('127.0.0.2', port);
    const began = performance.now();
    const opening = open(nameWith(['127.0.0.1', '127.0.0.2']), port, 300);
    await expect(opening.opened).rejects.toMatchObject({ code: 'ETIMEDOUT' });
    expect(performance.now() - began).toBeGreaterThanOrEqual(299);
    expect(opening.sockets.map(({ destroyed }) => destroyed)).toEqual([true, true]);
  });

  it('ends all attempts when it is cancelled', async () => {
    const { port } = await stalled();
    await stalled('127.0.0.2', port);
    const opening = open(nameWith(['127.0.0.1', '127.0.0.2']), port, 1_000);
    while (opening.sockets.length < 2) await new Promise((resolve) => setTimeout(resolve, 5));
    opening.cancel();
    await expect(opening.opened).rejects.toThrow('not needed any more');
    expect(opening.sockets.map(({ destroyed }) => destroyed)).toEqual([true, true]);
  });
});

describe('A connection', () => {
  it('has TCP keep-alive, which detects that the other side has vanished', async () => {
    const port = await listening('127.0.0.1');
    const setKeepAlive = jest.spyOn(Socket.prototype, 'setKeepAlive');
    await open('127.0.0.1', port).opened;
    expect(setKeepAlive).toHaveBeenCalledWith(true, 30_000);
  });

  it('has no listener after it has opened but one that ignores errors', async () => {
    const port = await listening('127.0.0.1');
    const before = new Socket();
    const socket = await open('127.0.0.1', port).opened;
    expect(socket.listenerCount('connect')).toBe(before.listenerCount('connect'));
    expect(socket.listenerCount('close')).toBe(before.listenerCount('close'));
    expect(socket.listenerCount('error')).toBe(before.listenerCount('error') + 1);
  });

  it('uses a bounded number of sockets beyond one per request', async () => {
    const name = nameWith(Array.from({ length: 16 }, (_, at) => `192.0.2.${at + 1}`));
    jest.useFakeTimers({ doNotFake: ['nextTick', 'performance'] });
    const sockets = new Set<Socket>();
    const connect = () => {
      const socket = new Socket(); // which never connects
      sockets.add(socket.on('close', () => sockets.delete(socket)));
      return socket;
    };
    const openings = Array.from({ length: 20 }, () =>
      openConnection({ host: name, ready: 'connect', limitMs: FOR_EVER_MS, connect }),
    );
    for (const { opened } of openings) opened.catch(() => undefined);
    for (let round = 0; round < 20; round++) await jest.advanceTimersByTimeAsync(250);
    const most = sockets.size;
    for (const { cancel } of openings) cancel();
    jest.useRealTimers();
    expect(most).toBe(20 + 64);
  });
});
