import { once } from 'node:events';
import type { Server, Socket } from 'node:net';
import { Connection, type ConnectionOwner } from '../../../src/proxy/http1/connection';
import type { RequestOptions } from '../../../src/proxy/http1/outgoing-request';
import { requestOf, socketTo, startSocketServer, textOf, until } from '../../helpers/http1-connections';

const HELLO = 'HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello';
const withHeader = (header: string, version = '1.1') =>
  `HTTP/${version} 200 OK\r\n${header}\r\nContent-Length: 5\r\n\r\nhello`;
const CHUNKED = 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n';
const SWITCH = 'HTTP/1.1 101 x\r\nConnection: Upgrade\r\nUpgrade: x\r\n\r\n';
const ENDED = 'socket hang up';
const INVALID = 'ERR_HTTP_INVALID_RESPONSE';

/** What a connection tells its owner. */
class Owner implements ConnectionOwner {
  readonly told: string[] = [];
  onFree(_connection: Connection, idleMs: number): void {
    this.told.push(`free for ${idleMs}`);
  }
  onGone(): void {
    this.told.push('gone');
  }
}

describe('Connection', () => {
  let server: Server;
  let sockets: readonly Socket[];
  let close: () => Promise<void>;
  let owner: Owner;
  let socket: Socket;
  let connection: Connection;
  /** Of the socket, before it was a connection's. */
  let listenersBefore: Record<string, number>;
  /** The server's end of it. */
  let peer: Socket;

  beforeEach(async () => {
    ({ server, sockets, close } = await startSocketServer((one) => {
      one.resume();
    }));
    owner = new Owner();
    socket = await socketTo(server);
    listenersBefore = listeners();
    connection = new Connection(socket, 'one', owner);
    await until(() => sockets.length === 1);
    peer = sockets[0] ?? socket;
  });
  afterEach(() => close());

  const listeners = () =>
    Object.fromEntries(
      ['data', 'drain', 'end', 'error', 'close'].map((event) => [event, socket.listenerCount(event)]),
    );

  /** A request on the connection, all of which is sent. */
  async function begin(options: Partial<RequestOptions> = {}) {
    const sent = requestOf(options);
    connection.serve(sent.request);
    const finished = once(sent.request, 'finish');
    sent.request.end();
    await finished;
    return sent;
  }
  const isClosed = () => until(() => socket.destroyed && peer.destroyed);

  it.each<[what: string, told: string, bytes: string, options: Partial<RequestOptions>]>([
    ['a response', 'free for Infinity', HELLO, {}],
    ['a response that limits its idle time', 'free for 7000', withHeader('Keep-Alive: timeout=7'), {}],
    [
      'a response of HTTP/1.0 that keeps it',
      'free for Infinity',
      withHeader('Connection: keep-alive', '1.0'),
      {},
    ],
    ['a response of HTTP/1.0', 'gone', withHeader('X: y', '1.0'), {}],
    ['a response that closes it', 'gone', withHeader('Connection: close'), {}],
    ['a response with more bytes behind it', 'gone', `${HELLO}H`, {}],
    ['a response to a request for another protocol', 'free for Infinity', HELLO, { upgrades: true }],
    ['a response to a request that must have its own', 'gone', HELLO, { keepsAlive: false }],
  ])('after %s is %s', async (_what, told, bytes, options) => {
    const { request, response } = await begin(options);
    peer.write(bytes);
    const found = await response;
    expect(await textOf(found)).toBe('hello');
    expect([found.complete, request.destroyed, owner.told]).toEqual([true, true, [told]]);
    expect(connection.isInUse).toBe(true); // until its owner says otherwise
    const isFree = told !== 'gone';
    expect([connection.canServe, socket.writable]).toEqual([isFree, isFree]);
    if (!isFree) await isClosed();
    expect(owner.told).toHaveLength(1);
  });

  it('is gone after a response that its end ends', async () => {
    const { response } = await begin();
    peer.end('HTTP/1.1 200 OK\r\n\r\nhello');
    const found = await response;
    expect(await textOf(found)).toBe('hello');
    expect([found.complete, owner.told]).toEqual([true, ['gone']]);
    await isClosed();
  });

  it('serves one request after the other, and says of each whether anything has come', async () => {
    const seen: boolean[] = [];
    for (let count = 0; count < 3; count++) {
      const { response } = await begin();
      seen.push(connection.hasResponded);
      peer.write(HELLO);
      expect(await textOf(await response)).toBe('hello');
      seen.push(connection.hasResponded);
    }
    expect(seen).toEqual([false, true, false, true, false, true]);
    expect(owner.told).toHaveLength(3);
  });

  describe('fails its request', () => {
    it.each<[what: string, act: () => unknown, message: string, code: string]>([
      ['that it was reset', () => peer.resetAndDestroy(), 'read ECONNRESET', 'ECONNRESET'],
      ['that it ended', () => peer.end(), ENDED, 'ECONNRESET'],
      ['that it ended amid the head', () => peer.end('HTTP/1.1 200 OK\r\n'), ENDED, 'ECONNRESET'],
      ['a response that is none', () => peer.write('SSH-2.0-x\r\n'), 'not HTTP/1', INVALID],
      ['another protocol', () => peer.write(SWITCH), 'another protocol, unasked', INVALID],
    ])('for %s', async (_what, act, message, code) => {
      const { request, response, wasOpen } = await begin();
      act();
      await expect(response).rejects.toMatchObject({ code, message });
      expect([wasOpen(), request.destroyed, connection.canServe]).toEqual([true, true, false]);
      await isClosed();
      expect(owner.told).toEqual(['gone']);
    });

    it('for an error that does not close the socket, as one of TLS may: for the first of several', async () => {
      const { response } = await begin();
      socket.emit('error', new Error('alert'));
      socket.emit('error', new Error('another'));
      await expect(response).rejects.toThrow('alert');
      await isClosed();
      expect(owner.told).toEqual(['gone']);
    });

    it('for another protocol that the head does not name', async () => {
      const { response } = await begin({ upgrades: true });
      peer.write('HTTP/1.1 101 x\r\n\r\n');
      await expect(response).rejects.toMatchObject({ code: INVALID, message: 'another protocol, unasked' });
      await isClosed();
    });

    it.each<[when: string, isSent: boolean]>([
      ['before it was sent', false],
      ['before its response', true],
    ])('if that is given up %s', async (_when, isSent) => {
      const { request, response } = isSent ? await begin() : requestOf();
      if (!isSent) connection.serve(request);
      request.destroy(new Error('given up'));
      await expect(response).rejects.toThrow('given up');
      expect(owner.told).toEqual(['gone']);
      await isClosed();
    });
  });

  describe('ends a response with an error, after what has come of it,', () => {
    const HEAD = 'HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n';

    it.each<[what: string, bytes: string, act: () => unknown, message: string, code: string]>([
      ['if it ends', `${HEAD}hell`, () => peer.end(), ENDED, 'ECONNRESET'],
      ['if it ends amid chunks', `${CHUNKED}4\r\nhell\r\n`, () => peer.end(), ENDED, 'ECONNRESET'],
      ['if it is reset', `${HEAD}hell`, () => peer.resetAndDestroy(), 'read ECONNRESET', 'ECONNRESET'],
      ['for a chunk that is none', `${CHUNKED}4\r\nhell\r\n?`, () => undefined, 'no chunk size', INVALID],
    ])('%s', async (_what, bytes, act, message, code) => {
      const { request, response } = await begin();
      peer.write(bytes);
      const found = await response;
      let text = '';
      found.on('data', (part: Buffer) => (text += part.toString()));
      const failed = once(found, 'error');
      await until(() => text === 'hell');
      act();
      expect(await failed).toEqual([expect.objectContaining({ message, code })]);
      expect([found.complete, request.destroyed]).toEqual([false, true]);
      await isClosed();
      expect(owner.told).toEqual(['gone']);
    });
  });

  it('is gone once if the listener for its response gives that up, with all of it there', async () => {
    const { request } = requestOf();
    request.respond = (response) => response.destroy();
    connection.serve(request);
    request.end();
    peer.write(HELLO);
    await isClosed();
    expect([owner.told, request.destroyed]).toEqual([['gone'], true]);
  });

  it('is closed if its response is given up', async () => {
    const { request, response } = await begin();
    peer.write(HELLO.slice(0, -1));
    (await response).destroy();
    await isClosed();
    expect([owner.told, request.destroyed]).toEqual([['gone'], true]);
  });

  describe('with a response that comes before its request was sent', () => {
    async function beginEarly(bytes: string) {
      const sent = requestOf({ isChunked: true });
      connection.serve(sent.request);
      sent.request.write(Buffer.from('first'));
      peer.write(bytes);
      expect(await textOf(await sent.response)).toBe('hello');
      return sent.request;
    }

    it('is free once it was', async () => {
      const request = await beginEarly(HELLO);
      expect([owner.told, request.destroyed]).toEqual([[], false]); // another would follow half of this one
      request.end(Buffer.from('last'));
      await until(() => owner.told.length > 0);
      expect([owner.told, connection.canServe]).toEqual([['free for Infinity'], true]);
    });

    it('is gone at once if that closes it', async () => {
      const request = await beginEarly(withHeader('Connection: close'));
      expect([owner.told, request.destroyed]).toEqual([['gone'], true]);
      await isClosed();
    });

    it('is gone if it ends then, which fails nothing', async () => {
      const request = await beginEarly(HELLO);
      peer.end();
      await until(() => request.destroyed);
      expect([owner.told, connection.canServe]).toEqual([['gone'], false]);
      await isClosed();
      expect(owner.told).toEqual(['gone']);
    });
  });

  describe('that serves no request', () => {
    it.each<[what: string, act: () => unknown]>([
      ['a reset', () => peer.resetAndDestroy()],
      ['an end', () => peer.end()],
      ['bytes, which close it', () => peer.write(HELLO)],
      ['an error of TLS', () => socket.emit('error', new Error('alert'))],
    ])('is gone after %s', async (_what, act) => {
      const { response } = await begin();
      peer.write(HELLO);
      await textOf(await response);
      expect(connection.canServe).toBe(true);
      act();
      await isClosed();
      expect([owner.told, connection.canServe]).toEqual([['free for Infinity', 'gone'], false]);
    });

    it('cannot serve one once its own end is closed', () => {
      expect(connection.canServe).toBe(true);
      socket.end();
      expect(connection.canServe).toBe(false);
    });
  });

  describe('whose response waits for its reader', () => {
    it('reads no more than the response holds, and goes on as it is read', async () => {
      const body = 'x'.repeat(4_000_000);
      const { response } = await begin();
      peer.write(`HTTP/1.1 200 OK\r\nContent-Length: ${body.length}\r\n\r\n${body}`);
      const found = await response;
      await until(() => socket.isPaused());
      const held = found.readableLength;
      await new Promise((resolve) => setTimeout(resolve, 20));
      expect([found.readableLength, held < body.length / 2]).toEqual([held, true]);
      expect((await textOf(found)).length).toBe(body.length);
      expect([socket.isPaused(), owner.told]).toEqual([false, ['free for Infinity']]);
    });

    it('resumes its socket only where it has paused it', async () => {
      const resume = jest.spyOn(socket, 'resume');
      const calls: number[] = [];
      for (const size of [5, 200_000, 5]) {
        const { response } = await begin();
        socket.emit('data', Buffer.from(`HTTP/1.1 200 OK\r\nContent-Length: ${size}\r\n\r\n`));
        socket.emit('data', Buffer.alloc(size - 1));
        const found = await response;
        found.resume();
        await until(() => found.readableLength === 0);
        socket.emit('data', Buffer.alloc(1));
        await until(() => found.readableEnded);
        calls.push(resume.mock.calls.length);
      }
      expect(calls).toEqual([0, 1, 1]);
    });

    it('is free, and sees its own end, if the response is whole', async () => {
      const { response } = await begin();
      const body = 'x'.repeat(200_000);
      socket.emit('data', Buffer.from(`HTTP/1.1 200 OK\r\nContent-Length: ${body.length}\r\n\r\n`));
      socket.emit('data', Buffer.from(body));
      expect([socket.isPaused(), owner.told]).toEqual([false, ['free for Infinity']]);
      peer.end();
      await isClosed();
      expect(owner.told).toEqual(['free for Infinity', 'gone']);
      expect((await textOf(await response)).length).toBe(body.length);
    });
  });

  describe('that changes its protocol', () => {
    it.each(['', 'first '])(
      'belongs to the reader of the response, with %j that came with the head',
      async (rest) => {
        const { request, response } = await begin({ upgrades: true });
        peer.write(SWITCH + rest);
        const found = await response;
        expect(found.statusCode).toBe(101);
        expect([found.socket === socket, owner.told, request.destroyed]).toEqual([true, ['gone'], true]);
        expect(listeners()).toEqual({ ...listenersBefore, error: 1 });
        expect([connection.canServe, socket.isPaused()]).toEqual([false, true]);
        let text = '';
        socket
          .on('data', (bytes: Buffer) => (text += bytes.toString()))
          .on('error', () => undefined)
          .resume();
        peer.write('second');
        await until(() => text === `${rest}second`);
        peer.resetAndDestroy();
        await until(() => socket.closed);
        expect(owner.told).toEqual(['gone']);
      },
    );

    it('may be reset before its reader is there', async () => {
      const { response } = await begin({ upgrades: true });
      peer.write(SWITCH);
      const found = await response;
      found.socket?.destroy(new Error('reset')); // without a listener its error would end the process
      await until(() => socket.closed);
      expect(found.destroyed).toBe(false);
    });
  });

  it('tells its request that it can take more, as long as it has one', async () => {
    const { request, response } = requestOf();
    connection.serve(request);
    let drains = 0;
    request.on('drain', () => drains++);
    socket.emit('drain');
    expect(drains).toBe(1);
    request.end();
    await until(() => request.writableFinished);
    peer.write(HELLO);
    await textOf(await response);
    socket.emit('drain');
    expect(drains).toBe(1);
  });

  it('hides no fault of those who read a response', () => {
    const { request } = requestOf();
    request.respond = () => {
      throw new Error('a fault');
    };
    connection.serve(request);
    expect(() => socket.emit('data', Buffer.from(HELLO))).toThrow('a fault');
    expect(socket.destroyed).toBe(false);
  });
});
