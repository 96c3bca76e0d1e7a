import { IncomingMessage, ServerResponse } from 'node:http';
import http2, { type ServerHttp2Session, type ServerHttp2Stream } from 'node:http2';
import { Socket, type AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import tls from 'node:tls';
import { queryObjects } from 'node:v8';
import { NO_BODY } from '../../../src/proxy/body/body';
import { Exchange } from '../../../src/proxy/exchange/exchange';
import { Http2Connection } from '../../../src/proxy/upstream/http2-connection';
import type { OutboundRequest } from '../../../src/proxy/request/outbound-request';
import { openai } from '../../../src/providers/openai';
import { until } from '../../helpers/http';
import { startRawHttp2, type Http2Script } from '../../helpers/raw-http2';
import { TEST_TLS } from '../../helpers/tls';

const QUIET_MS = 20;
const FOR_EVER_MS = 60_000;

const vanished = Object.assign(new Error('read ETIMEDOUT'), { code: 'ETIMEDOUT' });

const closing: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

function connectTo(origin: string, quietMs = QUIET_MS, idleMs = FOR_EVER_MS) {
  const port = Number(new URL(origin).port);
  const opened = new Promise<tls.TLSSocket>((resolve) => {
    const options = { host: '127.0.0.1', port, ca: TEST_TLS.cert, rejectUnauthorized: false };
    const socket = tls.connect({ ...options, ALPNProtocols: ['h2'] }, () => resolve(socket));
    closing.push(() => socket.destroy());
  });
  const connection = new Http2Connection(opened, idleMs, quietMs);
  const outbound: OutboundRequest = {
    origin: {
      protocol: 'https:',
      hostname: 'localhost',
      port,
      host: `localhost:${port}`,
      pathPrefix: '',
      replacesV1: false,
    },
    method: 'GET',
    path: '/',
    headers: [],
    upgrade: false,
    streams: () => true,
  };
  const send = () => {
    const request = new IncomingMessage(new Socket());
    return connection.send(outbound, NO_BODY, new Exchange(request, new ServerResponse(request), openai));
  };
  return { opened, connection, send };
}

/** A real server, whose streams continue on request. */
async function startHolding() {
  const server = http2.createSecureServer(TEST_TLS);
  const held: ServerHttp2Stream[] = [];
  let pings = 0;
  let count: () => void = () => undefined;
  server.on('session', (session: ServerHttp2Session) => {
    closing.push(() => session.destroy());
    session.on('ping', () => {
      pings++;
      count();
    });
  });
  server.on('stream', (stream: ServerHttp2Stream) => {
    stream.respond({ ':status': 200 });
    stream.write('1');
    held.push(stream);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  closing.push(() => new Promise((resolve) => server.close(resolve)));
  return {
    origin: `https://localhost:${(server.address() as AddressInfo).port}`,
    held,
    /** Resolves once so many have come. */
    pings: (wanted: number) =>
      new Promise<void>((resolve) => {
        count = () => {
          if (pings >= wanted) resolve();
        };
      }),
  };
}

describe('A connection over HTTP/2 of which TCP says that the other side vanished', () => {
  it('is a reset, not a failed connection: the request may have been processed', async () => {
    const upstream = await startRawHttp2();
    closing.push(() => upstream.close());
    const { opened, send } = connectTo(upstream.origin, FOR_EVER_MS);
    const vanish = () => void opened.then((socket) => socket.destroy(vanished));
    upstream.respond(vanish);
    await expect(send()).rejects.toMatchObject({ code: 'upstream-reset', cause: vanished });
  });
});

describe('A connection over HTTP/2 on which nothing comes', () => {
  it('is closed, with its streams, if its PING is not acknowledged', async () => {
    const upstream = await startRawHttp2(); // acknowledges no PING
    closing.push(() => upstream.close());
    upstream.respond((script: Http2Script) => script.stream === 1 && script.head().data('data: 1\n\n'));
    const { connection, send } = connectTo(upstream.origin);
    const running = await send();
    const ended = new Promise((resolve) => running?.on('error', resolve).on('data', () => undefined));
    // On a connection that has responded before, and on which nothing has arrived since: it was not processed.
    await expect(send()).rejects.toMatchObject({ code: 'upstream-reset' });
    expect(await ended).toMatchObject({ code: 'upstream-reset' });
    expect(running?.complete).toBe(false);
    expect(connection.retired).toBe(true);
  });

  it('stays open as long as its PINGs are acknowledged', async () => {
    const upstream = await startHolding();
    const { connection, send } = connectTo(upstream.origin);
    const running = await send();
    let text = '';
    running?.on('data', (chunk) => (text += String(chunk)));
    await upstream.pings(5);
    upstream.held[0]?.end('2');
    await new Promise((resolve) => running?.on('end', resolve));
    expect([text, running?.complete, connection.retired]).toEqual(['12', true, false]);
  });

  it('is sent PINGs although it takes no more requests, as long as one runs', async () => {
    const upstream = await startRawHttp2();
    closing.push(() => upstream.close());
    upstream.respond((script: Http2Script) => script.head().data('data: 1\n\n'));
    const { connection, send } = connectTo(upstream.origin);
    const running = await send();
    const ended = new Promise((resolve) => running?.on('error', resolve).on('data', () => undefined));
    connection.retire();
    expect(await ended).toMatchObject({ code: 'upstream-reset' });
  });
});

describe('A connection over HTTP/2 that takes no more requests', () => {
  it('is closed once the last one that runs is over, and not before', async () => {
    const upstream = await startHolding();
    const { opened, connection, send } = connectTo(upstream.origin, FOR_EVER_MS);
    const running = await send();
    const socket = await opened;
    const closed = new Promise((resolve) => socket.once('close', resolve));
    connection.retire();
    upstream.held[0]?.end('2');
    const chunks = await running?.toArray();
    expect([String(chunks?.join('')), running?.complete]).toEqual(['12', true]);
    await closed;
  });
});

describe('A connection over HTTP/2 without a request', () => {
  it('is closed once its time is over, also if a stream was silent for longer than that before', async () => {
    const idleMs = 30;
    const upstream = await startHolding();
    const { opened, connection, send } = connectTo(upstream.origin, FOR_EVER_MS, idleMs);
    const running = await send();
    const socket = await opened;
    const closed = new Promise((resolve) => socket.once('close', resolve));
    await sleep(4 * idleMs);
    expect(connection.retired).toBe(false);
    upstream.held[0]?.end('2');
    await running?.toArray();
    await closed;
    expect(connection.retired).toBe(true);
  });

  it('leaves nothing in memory when it has been closed by either side before its time was over', async () => {
    const upstream = await startHolding();
    const unconnected = http2.connect('http://127.0.0.1:1').on('error', () => undefined);
    unconnected.destroy();
    const Session = unconnected.constructor as new () => unknown;
    const before = queryObjects(Session, { format: 'count' });
    const ofEachSide = 10;
    const toClose = closing.length;
    for (let at = 0; at < 2 * ofEachSide; at++) await openAndClose(upstream, at % 2 === 0);
    closing.splice(toClose); // these are closed, and must not keep them
    await until('they are gone', () => queryObjects(Session, { format: 'count' }) < before + ofEachSide);
  });
});

async function openAndClose(
  { origin, held }: Awaited<ReturnType<typeof startHolding>>,
  isClosedHere: boolean,
): Promise<void> {
  const { opened, connection, send } = connectTo(origin, FOR_EVER_MS);
  const running = await send();
  const socket = await opened;
  const closed = new Promise((resolve) => socket.once('close', resolve));
  const stream = held.pop();
  const session = stream?.session;
  stream?.end('2');
  await running?.toArray();
  if (isClosedHere) connection.retire();
  else session?.destroy();
  await closed;
}
