import { once } from 'node:events';
import { request as nodeRequest } from 'node:http';
import type { AddressInfo, Server, Socket } from 'node:net';
import { Connection } from '../../../src/proxy/http1/connection';
import { ConnectionPool } from '../../../src/proxy/http1/connection-pool';
import type { OutgoingRequest } from '../../../src/proxy/http1/outgoing-request';
import { requestOf, send, socketTo, startSocketServer, until } from '../../helpers/http1-connections';

const HEAD = 'POST / HTTP/1.1\r\nHost: x\r\nConnection: keep-alive\r\n\r\n';
const SIZES = [1, 15, 16, 17, 255, 256, 4_095, 4_096, 4_097, 65_536, 300_000];
const chunkOf = (size: number) => Buffer.alloc(size, `${size}\n`);

describe('OutgoingRequest', () => {
  let server: Server;
  let received: Buffer[];
  let pool: ConnectionPool;
  let sockets: readonly Socket[];
  let close: () => Promise<void>;

  beforeEach(async () => {
    received = [];
    pool = new ConnectionPool({ idleMs: 55_000, maxIdle: 1 });
    ({ server, sockets, close } = await startSocketServer((socket) => {
      socket.on('data', (bytes) => received.push(bytes));
    }));
  });
  afterEach(() => close());

  const begin = (options = {}) => send({ pool, server, name: 'one' }, options);
  const text = () => Buffer.concat(received).toString('latin1');
  const attach = async (request: OutgoingRequest) => {
    pool.count('one', 1);
    const socket = await socketTo(server);
    new Connection(socket, 'one', pool).serve(request);
    return socket;
  };

  /** The bytes after the head. */
  async function bodyOf(
    write: (request: OutgoingRequest) => void,
    isAttachedFirst: boolean,
  ): Promise<string> {
    received = [];
    const { request } = requestOf({ isChunked: true });
    if (isAttachedFirst) await attach(request);
    write(request);
    if (!isAttachedFirst) await attach(request);
    await until(() => text().endsWith('\r\n0\r\n\r\n'));
    request.destroy();
    return text().slice(text().indexOf('\r\n\r\n') + 4);
  }

  describe.each([
    ['on a connection', true],
    ['before it has a connection', false],
  ])('written %s', (_when, isAttachedFirst) => {
    it.each(SIZES)('frames a chunk of %i bytes as Node does', async (size) => {
      const { port } = server.address() as AddressInfo;
      const ofNode = nodeRequest({ host: '127.0.0.1', port, method: 'POST', agent: false });
      ofNode.on('error', () => undefined);
      for (const chunk of [chunkOf(size), chunkOf(3)]) ofNode.write(chunk);
      ofNode.end(chunkOf(5));
      await until(() => text().endsWith('\r\n0\r\n\r\n'));
      const expected = text().slice(text().indexOf('\r\n\r\n') + 4);
      ofNode.destroy();
      const ours = await bodyOf((request) => {
        for (const chunk of [chunkOf(size), chunkOf(3)]) request.write(chunk);
        request.end(chunkOf(5));
      }, isAttachedFirst);
      expect(ours === expected).toBe(true);
    });

    it('writes no chunk without bytes, which would end the body', async () => {
      const body = await bodyOf((request) => {
        request.write(Buffer.alloc(0));
        request.write(Buffer.from('one'));
        request.write(Buffer.alloc(0));
        request.write(Buffer.from('two'));
        request.end(Buffer.alloc(0));
      }, isAttachedFirst);
      expect(body).toBe('3\r\none\r\n3\r\ntwo\r\n0\r\n\r\n');
    });

    it('sends a body of a known length as it is', async () => {
      const { request } = requestOf();
      if (isAttachedFirst) await attach(request);
      request.write(Buffer.from('one'));
      request.end(Buffer.from('two'));
      if (!isAttachedFirst) await attach(request);
      await until(() => text().endsWith('two'));
      expect(text()).toBe(`${HEAD}onetwo`);
    });
  });

  it('sends a body that began before there was a connection and ends after', async () => {
    const { request } = requestOf({ isChunked: true });
    expect(request.write(Buffer.from('one'))).toBe(false);
    const drained = once(request, 'drain');
    await attach(request);
    await drained;
    request.end(Buffer.from('two'));
    await until(() => text().endsWith('0\r\n\r\n'));
    expect(text()).toBe(`${HEAD}3\r\none\r\n3\r\ntwo\r\n0\r\n\r\n`);
  });

  it('asks for the end of a connection that serves no other request', async () => {
    const { request } = await begin({ keepsAlive: false });
    request.end();
    await until(() => text().endsWith('\r\n\r\n'));
    expect(text()).toBe(HEAD.replace('keep-alive', 'close'));
  });

  it.each([
    [0, 1],
    [1, 1],
    [16 * 1_024, 1],
    [16 * 1_024 + 1, 2],
  ])('hands a head and a body of %i bytes to the system in %i parts', async (size, parts) => {
    const { request, socket } = await begin();
    const write = jest.spyOn(socket, 'write');
    request.end(Buffer.alloc(size, 'x'));
    expect(write).toHaveBeenCalledTimes(parts);
    await until(() => text().length === HEAD.length + size);
    expect(text()).toBe(HEAD + 'x'.repeat(size));
  });

  it('says when it can take more, and when all of it was sent', async () => {
    const { request } = await begin();
    const events: string[] = [];
    for (const event of ['drain', 'finish', 'close']) request.on(event, () => events.push(event));
    const part = Buffer.alloc(1_000_000, 'x');
    let written = 0;
    while (request.write(part)) written++;
    await until(() => events.includes('drain'));
    request.end(part);
    expect([request.writableEnded, request.writableFinished]).toEqual([true, false]);
    await until(() => request.writableFinished);
    sockets[0]?.write('HTTP/1.1 204 x\r\n\r\n');
    await until(() => request.destroyed);
    expect(events).toEqual(['drain', 'finish', 'close']);
    expect(text().length).toBe(HEAD.length + (written + 2) * part.length);
  });

  it('sends nothing more once it has ended or is given up', async () => {
    const { request } = await begin();
    request.end(Buffer.from('one'));
    expect(request.write(Buffer.from('two'))).toBe(false);
    request.end(Buffer.from('three'));
    await until(() => text().endsWith('one'));
    request.destroy();
    expect(request.write(Buffer.from('four'))).toBe(false);
    request.end(Buffer.from('five'));
    await until(() => pool.busy('one') === 0);
    expect(text()).toBe(`${HEAD}one`);
  });

  it('fails once if it is given up before it has a connection', async () => {
    const { request, response, wasOpen } = requestOf();
    let closes = 0;
    request.on('close', () => closes++);
    request.write(Buffer.from('one'));
    request.destroy(new Error('given up'));
    request.destroy(new Error('again'));
    await expect(response).rejects.toThrow('given up');
    expect([wasOpen(), closes, request.destroyed]).toEqual([false, 1, true]);
  });

  it('says of a failure on a connection that there was one', async () => {
    const { request, response, wasOpen } = requestOf();
    await attach(request);
    sockets[0]?.resetAndDestroy();
    await expect(response).rejects.toMatchObject({ code: 'ECONNRESET' });
    expect([wasOpen(), request.destroyed]).toEqual([true, true]);
  });
});
