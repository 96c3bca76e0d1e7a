import { once } from 'node:events';
import { Socket, type Server } from 'node:net';
import { Connection } from '../../../src/proxy/http1/connection';
import { ConnectionPool, type PoolLimits } from '../../../src/proxy/http1/connection-pool';
import { send, startSocketServer, textOf, until } from '../../helpers/http1-connections';

const LIMITS: PoolLimits = { idleMs: 55_000, maxIdle: 256 };
const HELLO = 'HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello';
const withHeader = (header: string) => HELLO.replace('\r\n', `\r\n${header}\r\n`);

describe('ConnectionPool', () => {
  let server: Server;
  let pool: ConnectionPool;
  /** Writes the response to each piece of a request. */
  let respond: (socket: Socket, piece: Buffer) => void;
  let sockets: readonly Socket[];
  let close: () => Promise<void>;

  beforeEach(async () => {
    respond = (socket) => socket.write(HELLO);
    pool = new ConnectionPool(LIMITS);
    ({ server, sockets, close } = await startSocketServer((socket) => {
      socket.on('data', (piece) => respond(socket, piece));
    }));
  });
  afterEach(() => close());

  const begin = (name = 'one', options = {}) => send({ pool, server, name }, options);
  async function ask(name = 'one'): Promise<{ isReused: boolean; text: string }> {
    const { request, response, isReused } = await begin(name);
    request.end();
    const text = await textOf(await response);
    await until(() => request.destroyed);
    return { isReused, text };
  }
  const FRESH = { isReused: false, text: 'hello' };
  const REUSED = { isReused: true, text: 'hello' };

  it('sends the next request to an origin on the open connection', async () => {
    expect(await ask()).toEqual(FRESH);
    expect(await ask()).toEqual(REUSED);
    expect(await ask()).toEqual(REUSED);
    expect(sockets).toHaveLength(1);
  });

  it('gives no origin the connection of another', async () => {
    await ask('one');
    expect(await ask('two')).toEqual(FRESH);
    expect(await ask('two')).toEqual(REUSED);
    expect(await ask('one')).toEqual(REUSED);
  });

  it('gives no connection that is in use', async () => {
    await ask();
    const first = await begin();
    const second = await begin();
    expect([first.isReused, second.isReused]).toEqual([true, false]);
    expect(pool.busy('one')).toBe(2);
    for (const { request, response } of [first, second]) {
      request.end();
      expect(await textOf(await response)).toBe('hello');
    }
    await until(() => pool.busy('one') === 0);
    expect(sockets).toHaveLength(2);
  });

  it('gives no connection that is destroyed', async () => {
    await ask();
    pool.close((name) => name === 'one');
    expect(await ask()).toEqual(FRESH);
    expect(await ask()).toEqual(REUSED);
  });

  it('closes only the idle connections of the origins that are meant', async () => {
    await ask('one');
    await ask('two');
    pool.close((name) => name === 'two');
    expect(await ask('one')).toEqual(REUSED);
    expect(await ask('two')).toEqual(FRESH);
  });

  it('gives the connection that was used last', async () => {
    const both = [await begin(), await begin()];
    for (const { request, response } of both) {
      request.end();
      await textOf(await response);
    }
    await until(() => pool.busy('one') === 0);
    const latest: Socket[] = [];
    respond = (socket) => {
      latest.push(socket);
      socket.write(HELLO);
    };
    await ask();
    await ask();
    expect(latest).toEqual([sockets[1], sockets[1]]);
  });

  it('keeps no more idle connections of an origin than its limit', async () => {
    pool = new ConnectionPool({ ...LIMITS, maxIdle: 1 });
    const both = [await begin(), await begin()];
    for (const { request, response } of both) {
      request.end();
      await textOf(await response);
    }
    await until(() => sockets.filter((socket) => socket.destroyed).length === 1);
    expect(pool.busy('one')).toBe(0);
    expect((await begin()).isReused).toBe(true);
    expect((await begin()).isReused).toBe(false);
  });

  it('closes what has been idle for too long', async () => {
    pool = new ConnectionPool({ ...LIMITS, idleMs: 50 });
    await ask();
    await until(() => sockets[0]?.destroyed === true);
    expect(pool.take('one')).toBeUndefined();
  });

  it('sends nothing on a connection that has expired while no timer ran', async () => {
    pool = new ConnectionPool({ ...LIMITS, idleMs: 100 });
    await ask();
    const endMs = Date.now() + 120;
    while (Date.now() < endMs); // as when the platform freezes the process
    expect(await ask()).toEqual(FRESH);
  });

  it.each([
    ['timeout=1', false],
    ['timeout=30', true],
    ['max=5', true],
    ['timeout=x', true],
  ])('with a server that says Keep-Alive: %s uses the connection again: %s', async (hint, isReused) => {
    respond = (socket) => socket.write(withHeader(`Keep-Alive: ${hint}`));
    await ask();
    expect(await ask()).toEqual({ isReused, text: 'hello' });
  });

  it('closes a connection whose response asks for it', async () => {
    respond = (socket) => socket.write(withHeader('Connection: close'));
    await ask();
    await until(() => sockets[0]?.destroyed === true);
    expect(await ask()).toEqual(FRESH);
  });

  it('closes the connection of a request that must have its own', async () => {
    const { request, response } = await begin('one', { keepsAlive: false });
    request.end();
    await textOf(await response);
    await until(() => sockets[0]?.destroyed === true);
    expect(await ask()).toEqual(FRESH);
  });

  it.each([
    ['a reset', (socket: Socket) => socket.resetAndDestroy()],
    ['an end', (socket: Socket) => socket.end()],
    ['unasked bytes, which close it,', (socket: Socket) => socket.write(HELLO)],
  ])('survives %s on an idle connection', async (_what, act) => {
    const { request, response, socket } = await begin();
    request.end();
    await textOf(await response);
    await until(() => pool.busy('one') === 0);
    for (const one of sockets) act(one);
    await until(() => socket.destroyed);
    expect(pool.busy('one')).toBe(0);
    expect(await ask()).toEqual(FRESH);
  });

  it('uses no connection again on which more came than the response', async () => {
    respond = (socket) => socket.write(`${HELLO}HTTP/1.1 200 OK\r\n`);
    expect(await ask()).toEqual(FRESH);
    expect(await ask()).toEqual(FRESH);
  });

  it('counts a request as in progress until its response is whole, or its connection gone', async () => {
    await ask();
    const sent = [await begin(), await begin(), await begin()];
    expect(sent.map(({ isReused }) => isReused)).toEqual([true, false, false]);
    expect([pool.busy('one'), pool.busy('two')]).toEqual([3, 0]);
    const counts: number[] = [];
    respond = (socket) => socket.resetAndDestroy();
    for (const { request, response } of sent.slice(0, 2)) {
      request.end();
      await expect(response).rejects.toMatchObject({ code: 'ECONNRESET' });
      counts.push(pool.busy('one'));
    }
    respond = (socket) => socket.write(HELLO);
    sent[2]?.request.end();
    await until(() => sockets[2]?.bytesRead !== 0 && pool.busy('one') === 0);
    expect(counts).toEqual([2, 1]);
  });

  describe('of connections that are idle', () => {
    const IDLE_MS = 12_000;

    beforeEach(() => {
      jest.useFakeTimers({ doNotFake: ['nextTick', 'setImmediate', 'queueMicrotask'] });
      pool = new ConnectionPool({ idleMs: IDLE_MS, maxIdle: 3 });
    });
    afterEach(() => jest.useRealTimers());

    /** One that has served a request, whose response says how long it may be idle. */
    function idle(announcedMs = Infinity): Connection {
      const connection = new Connection(new Socket(), 'one', pool);
      pool.count('one', 1);
      pool.onFree(connection, announcedMs);
      return connection;
    }
    const isClosed = ({ socket }: Connection) => socket.destroyed;

    it.each([
      ['its own limit', Infinity, IDLE_MS],
      ['its own limit, if the server would keep it for longer', IDLE_MS + 1_001, IDLE_MS],
      ['a second before the server closes it', IDLE_MS + 999, IDLE_MS - 1],
      ['a second before the server closes it, however soon', 1_001, 1],
    ])('gives one until %s', (_what, announcedMs, idleMs) => {
      const early = idle(announcedMs);
      jest.advanceTimersByTime(idleMs - 1);
      expect(pool.take('one')).toBe(early);
      expect([isClosed(early), pool.busy('one')]).toEqual([false, 1]);
      const late = idle(announcedMs);
      jest.advanceTimersByTime(idleMs);
      expect(pool.take('one')).toBeUndefined();
      expect([isClosed(late), pool.busy('one')]).toEqual([true, 1]);
    });

    it.each([0, 999, 1_000])('keeps none that the server closes after %i ms', (announcedMs) => {
      expect(isClosed(idle(announcedMs))).toBe(true);
      expect([jest.getTimerCount(), pool.busy('one')]).toEqual([0, 0]);
    });

    it('closes what has expired every five seconds, with one timer, for as long as any is idle', () => {
      const first = idle();
      jest.advanceTimersByTime(4_000);
      const second = idle();
      expect(jest.getTimerCount()).toBe(1);
      jest.advanceTimersByTime(10_999);
      expect([first, second].map(isClosed)).toEqual([false, false]);
      jest.advanceTimersByTime(1);
      expect([first, second].map(isClosed)).toEqual([true, false]);
      jest.advanceTimersByTime(5_000);
      expect([isClosed(second), jest.getTimerCount()]).toEqual([true, 0]);
      const third = idle();
      jest.advanceTimersByTime(15_000);
      expect([isClosed(third), jest.getTimerCount()]).toEqual([true, 0]);
    });

    it.each([10_000, 100])('closes one at the moment at which its %i ms are over', (idleMs) => {
      pool = new ConnectionPool({ idleMs, maxIdle: 1 });
      const connection = idle();
      jest.advanceTimersByTime(idleMs - 1);
      expect(isClosed(connection)).toBe(false);
      jest.advanceTimersByTime(1);
      expect(isClosed(connection)).toBe(true);
    });

    it('forgets one that is gone, and no other: its place is free', async () => {
      const [first, second, third] = [idle(), idle(), idle()];
      second.socket.destroy();
      await once(second.socket, 'close');
      const fourth = idle();
      expect(isClosed(fourth)).toBe(false);
      expect(isClosed(idle())).toBe(true);
      await new Promise(setImmediate); // that one is gone as well, and none of the others with it
      expect([1, 2, 3, 4].map(() => pool.take('one'))).toEqual([fourth, third, first, undefined]);
    });

    it('lets the process end, but not while one is in use', () => {
      const connection = idle();
      const calls: string[] = [];
      for (const call of ['ref', 'unref'] as const)
        jest.spyOn(connection.socket, call).mockImplementation(() => {
          calls.push(call);
          return connection.socket;
        });
      expect(pool.take('one')).toBe(connection);
      expect(calls).toEqual(['ref']);
      pool.onFree(connection, Infinity);
      expect(calls).toEqual(['ref', 'unref']);
    });
  });
});
