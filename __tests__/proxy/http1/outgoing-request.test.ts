import { once } from 'node:events';
import { request as nodeRequest } from 'node:http';
import { Socket, type AddressInfo, type Server } from 'node:net';
import { Connection } from '../../../src/proxy/http1/connection';
import { ConnectionPool } from '../../../src/proxy/http1/connection-pool';
import { IncomingResponse } from '../../../src/proxy/http1/incoming-response';
import { OutgoingRequest, hangUp, type RequestCarrier } from '../../../src/proxy/http1/outgoing-request';
import { parseHead } from '../../../src/proxy/http1/response-head';
import { requestOf, send, socketTo, startSocketServer, until } from '../../helpers/http1-connections';

const HEAD = 'POST / HTTP/1.1\r\nHost: x\r\nConnection: keep-alive\r\n\r\n';
const SIZES = [1, 15, 16, 17, 255, 256, 4_095, 4_096, 4_097, 65_536, 300_000];
const chunkOf = (size: number) => Buffer.alloc(size, `${size}\n`);

const nextTick = () =>
  new Promise<void>((resolve) => {
    process.nextTick(resolve);
  });

/** A connection that keeps what is written, and says that it was sent when the test wants it to. */
class Recorder implements RequestCarrier {
  readonly socket = new Socket();
  readonly parts: Buffer[] = [];
  readonly told: string[] = [];
  isFull = false;
  readonly #callbacks: ((error?: Error) => void)[] = [];

  constructor() {
    jest.spyOn(this.socket, 'write').mockImplementation((...given: readonly unknown[]) => {
      const [bytes, encoding] = given;
      // As a socket has it, which sends text without an encoding as UTF-8.
      const coding = typeof encoding === 'string' && encoding !== '' ? (encoding as BufferEncoding) : 'utf8';
      this.parts.push(typeof bytes === 'string' ? Buffer.from(bytes, coding) : (bytes as Buffer));
      const callback = given.at(-1);
      if (typeof callback === 'function') this.#callbacks.push(callback as () => void);
      return !this.isFull;
    });
  }

  /** What was written since the last time. */
  lengths(): readonly number[] {
    return this.parts.splice(0).map(({ length }) => length);
  }

  /** Says of all that was written that it was sent, or why not. */
  flush(error?: Error): void {
    for (const callback of this.#callbacks.splice(0)) callback(error);
  }

  sent(): void {
    this.told.push('sent');
  }

  abort({ message }: Error): void {
    this.told.push(message);
  }
}

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

  describe('in what it writes', () => {
    const small = Buffer.from('small');
    const large = Buffer.alloc(16 * 1_024 + 1, 'x');
    const NAMED = HEAD.replace('Host: x', 'Name: \xe4');
    const headers = ['Name', '\xe4'];
    const inChunks = (...parts: readonly Buffer[]) =>
      [...parts.map((part) => `${part.length.toString(16)}\r\n${String(part)}\r\n`), '0\r\n\r\n'].join('');
    /** The parts that are written, and the one that it ends with. */
    const BODIES: [what: string, parts: readonly Buffer[], last: Buffer | undefined][] = [
      ['no body', [], undefined],
      ['a small body', [], small],
      ['a large body', [], large],
      ['a part, and no more', [small], undefined],
      ['two parts', [small], large],
      ['three parts', [small, small], small],
    ];
    const CASES = BODIES.flatMap(([what, parts, last]) =>
      [true, false].flatMap((isChunked) =>
        [true, false].map((isAttachedFirst) => ({ what, parts, last, isChunked, isAttachedFirst })),
      ),
    );

    it.each(CASES)(
      'sends a head in Latin-1 and $what (chunked: $isChunked, on a connection: $isAttachedFirst), and says once that it was sent',
      ({ parts, last, isChunked, isAttachedFirst }) => {
        const all = last ? [...parts, last] : parts;
        const body = isChunked ? inChunks(...all) : all.join('');
        /** What it says after all was written, and then something happens. */
        const toldAfter = (act: (request: OutgoingRequest, carrier: Recorder) => void) => {
          const { request } = requestOf({ isChunked }, headers);
          const carrier = new Recorder();
          let finishes = 0;
          request.on('finish', () => finishes++);
          if (isAttachedFirst) request.attach(carrier);
          for (const part of parts) request.write(part);
          request.end(last);
          if (!isAttachedFirst) request.attach(carrier);
          expect(Buffer.concat(carrier.parts).toString('latin1')).toBe(NAMED + body);
          expect([finishes, request.writableFinished, carrier.told]).toEqual([0, false, []]);
          act(request, carrier);
          return [finishes, request.writableFinished, ...carrier.told];
        };
        const flush = (_request: OutgoingRequest, carrier: Recorder) => {
          carrier.flush();
        };
        const failToSend = (_request: OutgoingRequest, carrier: Recorder) => {
          carrier.flush(new Error('EPIPE'));
        };
        const closeFirst = (request: OutgoingRequest, carrier: Recorder) => {
          request.close(); // its connection may be another request's by then
          carrier.flush();
        };
        expect(toldAfter(flush)).toEqual([1, true, 'sent']);
        expect(toldAfter(failToSend)).toEqual([0, false]);
        expect(toldAfter(closeFirst)).toEqual([0, false]);
      },
    );

    it('copies no large part, and writes nothing twice', () => {
      const carrier = new Recorder();
      const { request } = requestOf();
      request.attach(carrier);
      request.write(small);
      expect(carrier.lengths()).toEqual([HEAD.length, small.length]);
      request.write(large);
      expect(carrier.parts).toEqual([large]);
      expect(carrier.parts.pop()).toBe(large);
      request.end(small);
      expect(carrier.parts.pop()).toBe(small);
      expect(carrier.parts).toEqual([]);
    });

    it('writes a chunk of up to 4 KB as one part, with its frame', () => {
      const carrier = new Recorder();
      const { request } = requestOf({ isChunked: true });
      request.attach(carrier);
      request.write(chunkOf(4_096));
      expect(carrier.lengths()).toEqual([HEAD.length, 4_096 + 8]);
      request.write(chunkOf(4_096));
      expect(carrier.lengths()).toEqual([4_096 + 8]);
      request.write(chunkOf(4_097));
      expect(carrier.lengths()).toEqual([6, 4_097, 2]);
      request.end();
      expect(carrier.lengths()).toEqual([5]);
    });

    it.each([
      ['a head and a part', false, 1, 1],
      ['a later part', false, 100_000, 0],
      ['a head and a chunk', true, 1, 1],
      ['a later chunk of 4 KB', true, 4_096, 0],
      ['a later chunk of more', true, 4_097, 1],
    ])('hands %s of one turn to the system at once', async (what, isChunked, size, corks) => {
      const carrier = new Recorder();
      const { request } = requestOf({ isChunked });
      request.attach(carrier);
      if (what.includes('later')) request.write(small);
      await nextTick();
      request.write(chunkOf(size));
      expect(carrier.socket.writableCorked).toBe(corks);
      await nextTick();
      expect(carrier.socket.writableCorked).toBe(0);
      request.end(large);
      expect(carrier.socket.writableCorked).toBe(0);
    });

    it.each([
      ['that waited for it', true, false, 1],
      ['that waited for it, and more than it takes,', true, true, 0],
      ['that did not wait', false, false, 0],
    ])('of bytes %s a connection makes it ask for more', (_what, waits, isFull, drains) => {
      const carrier = new Recorder();
      carrier.isFull = isFull;
      const { request } = requestOf();
      let found = 0;
      request.on('drain', () => found++);
      if (waits) expect(request.write(small)).toBe(false);
      request.attach(carrier);
      expect(found).toBe(drains);
      expect(request.write(small)).toBe(!isFull);
      request.drain();
      request.end();
      request.drain();
      expect(found).toBe(drains + 1);
    });

    it('takes no bytes at all at any time', () => {
      const { request } = requestOf();
      expect(request.write(Buffer.alloc(0))).toBe(true);
      request.attach(new Recorder());
      expect(request.write(Buffer.alloc(0))).toBe(true);
    });
  });

  describe('tells what comes of it once:', () => {
    const RESPONSE = new IncomingResponse(parseHead('HTTP/1.1 200 OK', 'GET'), undefined, undefined);
    const respond = (request: OutgoingRequest) => {
      request.respond(RESPONSE);
    };
    const fail = (request: OutgoingRequest) => {
      request.fail('failed');
    };

    it.each<[what: string, acts: ((request: OutgoingRequest) => void)[], told: unknown]>([
      ['a response', [respond, respond], RESPONSE],
      ['a response, and no failure after it', [respond, fail], RESPONSE],
      ['a failure', [fail, fail], 'failed'],
      ['a failure, and no response after it', [fail, respond], 'failed'],
    ])('%s', (_what, acts, told) => {
      const found: unknown[] = [];
      const request = new OutgoingRequest(
        { method: 'GET', path: '/', headers: [] },
        { isChunked: false, keepsAlive: true, upgrades: false },
        { onResponse: (response) => found.push(response), onFailure: (error) => found.push(error) },
      );
      for (const act of acts) act(request);
      expect(found).toEqual([told]);
    });
  });

  it('gives its connection up once, for the first reason', () => {
    const carrier = new Recorder();
    const { request } = requestOf();
    request.attach(carrier);
    request.destroy(new Error('first'));
    request.destroy(new Error('second'));
    expect([carrier.told, request.destroyed]).toEqual([['first'], true]);
  });

  it('is given up without a reason as Node’s are', async () => {
    const { request, response } = requestOf();
    request.destroy();
    const asNode = { message: 'socket hang up', code: 'ECONNRESET' };
    await expect(response).rejects.toMatchObject(asNode);
    expect(hangUp()).toMatchObject(asNode);
  });
});
