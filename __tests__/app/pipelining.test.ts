import { once } from 'node:events';
import { IncomingMessage } from 'node:http';
import net, { Socket } from 'node:net';
import { createServer } from '../../src/app/server';
import { createLogger } from '../../src/log/logger';
import { openaiDialect } from '../../src/dialects/openai';
import { startFakeUpstream } from '../../scripts/fakes/fake-upstream';
import { until } from '../helpers/http';
import { startProxy } from '../helpers/proxies';

const request = (path: string) => `GET ${path} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer sk-own\r\n\r\n`;
const POST = `${request('/v1/chat/completions').replace('GET', 'POST').trimEnd()}\r\nContent-Length: 2\r\n\r\n{}`;

describe('many requests that a client sends on one connection without waiting', () => {
  it('are each responded to, in order, and few of them run at once', async () => {
    const upstream = await startFakeUpstream();
    const proxy = await startProxy(upstream);
    const running: (() => void)[] = [];
    let isReleased = false;
    upstream.respond((_request, response, { url }) => {
      const respond = () => response.end(url);
      if (isReleased) respond();
      else running.push(respond);
    });
    const client = net.connect(proxy.port, '127.0.0.1');
    let received = '';
    client.on('data', (chunk) => (received += chunk.toString()));
    const paths = Array.from({ length: 200 }, (_, at) => `/v1/files/f${at}`);
    client.write(paths.map(request).join(''));
    await until('some run', () => running.length >= 9);
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(running).toHaveLength(9);
    isReleased = true;
    for (const respond of running) respond();
    await until('all are responded to', () => received.includes('/v1/files/f199'));
    client.destroy();
    expect(received.match(/\/v1\/files\/f\d+/g)).toEqual(paths);
    await proxy.stop();
    await upstream.close();
  });

  it('begin in the order in which they were sent', async () => {
    const upstream = await startFakeUpstream();
    const proxy = await startProxy(upstream);
    const begun: string[] = [];
    const running: (() => void)[] = [];
    upstream.respond((_request, response, { url }) => {
      begun.push(url);
      running.push(() => response.end(url));
    });
    const client = net.connect(proxy.port, '127.0.0.1');
    let received = '';
    client.on('data', (chunk) => (received += chunk.toString()));
    const paths = Array.from({ length: 14 }, (_, at) => `/v1/files/f${at}`);
    client.write(paths.slice(0, 12).map(request).join(''));
    await until('some run', () => running.length === 9);
    running.shift()?.();
    await until('the first is responded to', () => received.includes('/v1/files/f0'));
    client.write(paths.slice(12).map(request).join(''));
    await until('all are responded to', () => {
      for (const respond of running.splice(0)) respond();
      return received.includes('/v1/files/f13');
    });
    client.destroy();
    expect(begun.slice(9)).toEqual(paths.slice(9));
    await proxy.stop();
    await upstream.close();
  });

  it('end their connection if they are more than any client sends', async () => {
    const upstream = await startFakeUpstream();
    const proxy = await startProxy(upstream);
    let asked = 0;
    upstream.respond(() => asked++); // the first response does not come
    const client = net.connect(proxy.port, '127.0.0.1').on('error', () => undefined);
    const closed = once(client.resume(), 'close');
    client.write(request('/v1/files').repeat(1_000));
    await closed;
    expect(asked).toBeLessThanOrEqual(9);
    await proxy.stop();
    await upstream.close();
  });

  it('are responded to if they have bodies and are few, as often as they come', async () => {
    const upstream = await startFakeUpstream();
    const proxy = await startProxy(upstream);
    upstream.respond((_request, response) => response.end('{}'));
    const client = net.connect(proxy.port, '127.0.0.1');
    let received = '';
    client.on('data', (chunk) => (received += chunk.toString()));
    for (let responses = 17; responses <= 3 * 17; responses += 17) {
      client.write(POST.repeat(17));
      await until('all are responded to', () => received.split(' 200 OK').length === responses + 1);
    }
    client.destroy();
    await proxy.stop();
    await upstream.close();
  });

  it('end their connection sooner if they have bodies, which would wait in memory', async () => {
    const upstream = await startFakeUpstream();
    const proxy = await startProxy(upstream);
    upstream.respond(() => undefined);
    const client = net.connect(proxy.port, '127.0.0.1').on('error', () => undefined);
    const closed = once(client.resume(), 'close');
    client.write(POST.repeat(18));
    await closed;
    await proxy.stop();
    await upstream.close();
  });
});

it('Requests that run ahead on one connection are given up with it, and logged', async () => {
  const upstream = await startFakeUpstream();
  const proxy = await startProxy(upstream);
  let asked = 0;
  upstream.respond(() => asked++);
  const client = net.connect(proxy.port, '127.0.0.1');
  client.write(request('/v1/files').repeat(4));
  await until('all four run', () => asked === 4);
  client.destroy();
  await until('the upstream was left four times', () => upstream.aborts.length === 4);
  await until('they are logged', () => proxy.log.length === 4);
  expect(proxy.log.map((line) => line['outcome'])).toEqual(Array(4).fill('caller-left'));
  await proxy.stop();
  await upstream.close();
});

it('A client that leaves before the responses that are ready have their turn ends nothing but its connection', async () => {
  const upstream = await startFakeUpstream();
  const proxy = await startProxy(upstream);
  let asked = 0;
  upstream.respond((_request, response) => {
    asked++;
    if (asked > 1) response.end('ready'); // the first response does not come
  });
  const client = net.connect(proxy.port, '127.0.0.1');
  client.write(request('/v1/files').repeat(2) + request('/-/health') + request('/-/unknown'));
  await until('the second is ready', () => asked === 2);
  await new Promise((resolve) => setTimeout(resolve, 50));
  client.destroy();
  await until('the two at the upstream are logged', () => proxy.log.length >= 2);
  const health = await fetch(`http://127.0.0.1:${proxy.port}/-/health`);
  expect(health.status).toBe(200);
  await proxy.stop();
  await upstream.close();
});

it('Upgrades that come at once begin a few a turn of the event loop, so that they do not delay the streams', async () => {
  let begun = 0;
  const server = createServer(() => undefined, {
    logger: createLogger((line) => line, { write: () => undefined }),
    dialect: openaiDialect,
    cors: [],
    upgrade: () => {
      begun++;
      const endsAt = performance.now() + 3;
      while (performance.now() < endsAt);
    },
  });
  for (let upgrade = 0; upgrade < 20; upgrade++) {
    const socket = new Socket();
    const asked = Object.assign(new IncomingMessage(socket), {
      method: 'GET',
      headers: { upgrade: 'websocket' },
    });
    server.emit('upgrade', asked, socket, Buffer.alloc(0));
  }
  expect(begun).toBeLessThanOrEqual(3);
  await until('all have begun', () => begun === 20);
});
