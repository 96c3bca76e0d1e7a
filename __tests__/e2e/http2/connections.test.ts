import http2 from 'node:http2';
import { OPENAI_HEADERS, send, until } from '../../helpers/http';
import {
  STREAM,
  holdStreams,
  openStream,
  overHttp2PerTest,
  type HeldResponse,
  type OpenStream,
} from '../../helpers/over-http2';

const CHAT = '{"model":"m","messages":[]}';
/** More than the sockets on the way hold. */
const LONG = 40_000_000;

const start = overHttp2PerTest();

describe('connections', () => {
  it('are one per request up to HTTP2_AFTER; above it 32 streams share one', async () => {
    const { protocols, proxy, upstream } = await start({ HTTP2_AFTER: '4' });
    const held = holdStreams(upstream);
    const streams: OpenStream[] = [];
    for (let count = 0; count < 70; count++) streams.push(await openStream(proxy));
    expect(protocols().filter((protocol) => protocol === '1.1')).toHaveLength(4);
    expect(upstream.connections()).toBe(4 + 3);
    held.forEach((response, at) => response.end(`data: ${at}\n\n`));
    expect(await Promise.all(streams.map(({ closed }) => closed))).toEqual(streams.map(() => true));
    expect(streams.map(({ text }) => text())).toEqual(streams.map((_, at) => `data: 1\n\ndata: ${at}\n\n`));
  });

  it('are shared by streams that arrive while the first is being opened', async () => {
    const { proxy, upstream } = await start();
    const held = holdStreams(upstream);
    const streams = await Promise.all(Array.from({ length: 20 }, () => openStream(proxy)));
    expect(upstream.connections()).toBe(1);
    for (const response of held) response.end();
    await Promise.all(streams.map(({ closed }) => closed));
  });

  it('carry no more streams than the provider allows', async () => {
    const { proxy, upstream } = await start({}, { maxConcurrentStreams: 2 });
    const held = holdStreams(upstream);
    const streams: OpenStream[] = [];
    for (let count = 0; count < 5; count++) streams.push(await openStream(proxy));
    expect(upstream.connections()).toBe(3);
    for (const response of held) response.end();
    await Promise.all(streams.map(({ closed }) => closed));
  });

  it.each([
    ['a stream, with HTTP2_AFTER=off', 'off', STREAM, '/v1/chat/completions', OPENAI_HEADERS],
    ['a single response', '0', CHAT, '/v1/chat/completions', OPENAI_HEADERS],
    [
      'an upload',
      '0',
      'x'.repeat(1_000),
      '/v1/files',
      { ...OPENAI_HEADERS, 'content-type': 'application/octet-stream' },
    ],
    [
      'a prompt that the provider does not take at once',
      '0',
      `{"model":"m","stream":true,"messages":["${'x'.repeat(70_000)}"]}`,
      '/v1/chat/completions',
      OPENAI_HEADERS,
    ],
  ])('of HTTP/1.1 are used for %s', async (_what, after, body, target, headers) => {
    const { protocols, proxy, upstream } = await start({ HTTP2_AFTER: after });
    await send(proxy.url, target, { headers, body });
    await send(proxy.url, target, { headers, body });
    expect(protocols()).toEqual(['1.1', '1.1']);
    expect(upstream.seen[1]?.body.toString()).toBe(body);
  });

  it('of HTTP/1.1 carry a request that HTTP/2 cannot express', async () => {
    const { protocols, proxy } = await start();
    const { host } = new URL(proxy.url);
    const headers = ['Host', host, 'Authorization', 'Bearer sk-1', 'Content-Type', 'application/json'];
    const reply = await send(proxy.url, '/v1/chat/completions', {
      headers: [...headers, 'Content-Length', String(STREAM.length), 'Age', '1', 'Age', '2'],
      body: STREAM,
    });
    expect(reply.status).toBe(200);
    expect(protocols()).toEqual(['1.1']);
  });

  it('carry a prompt as large as the provider’s window', async () => {
    const { chat, protocols, upstream } = await start({}, { initialWindowSize: 1_000_000 });
    await chat(); // its settings are known from here on
    const prompt = `{"model":"m","stream":true,"messages":["${'x'.repeat(60_000)}"]}`;
    const reply = await chat(prompt);
    expect(reply.status).toBe(200);
    expect(protocols()).toEqual(['h2', 'h2']);
    expect(upstream.seen[1]?.body.toString()).toBe(prompt);
  });

  it('of a provider without HTTP/2 are one per request, and HTTP/2 is tried once', async () => {
    const { chat, upstream } = await start({}, 'HTTP/1.1');
    const replies = [await chat(), await chat(), await chat()];
    expect(replies.map(({ status }) => status)).toEqual([200, 200, 200]);
    expect(upstream.connections()).toBe(2);
  });

  it('do not keep a stopped instance alive', async () => {
    const { chat, proxy } = await start();
    await chat();
    proxy.process.kill('SIGTERM');
    expect(await proxy.exited).toBe(0);
  });
});

describe('a client of a stream over HTTP/2', () => {
  it('that disconnects cancels it at the upstream, and no other on its connection', async () => {
    const { proxy, upstream } = await start();
    const held = holdStreams(upstream);
    const [left, stays] = [await openStream(proxy), await openStream(proxy)];
    left.leave();
    await until(
      'the upstream stream is cancelled',
      () => held[0]?.stream.rstCode === http2.constants.NGHTTP2_CANCEL,
    );
    held[1]?.end('data: 2\n\n');
    expect(await stays.closed).toBe(true);
    expect(stays.text()).toBe('data: 1\n\ndata: 2\n\n');
    expect(upstream.connections()).toBe(1);
    await until('both are logged', () => proxy.log.filter((line) => line['msg'] === 'request').length === 2);
  });

  it('that reads slowly delays its own stream, and no other on its connection', async () => {
    const { proxy, upstream } = await start();
    const held = holdStreams(upstream);
    const [slow, quick] = [await openStream(proxy), await openStream(proxy)];
    slow.response.pause();
    const chunk = Buffer.alloc(64 * 1024, 'x');
    let written = 0;
    const flood = (response: HeldResponse) => {
      if (response.stream.destroyed) return;
      written += chunk.length;
      if (response.write(chunk)) setImmediate(flood, response);
      else response.once('drain', () => flood(response));
    };
    if (held[0]) flood(held[0]);
    let before = -1;
    while (written !== before) {
      before = written;
      await new Promise((resolve) => setTimeout(resolve, 250)); // one that is not held back writes on meanwhile
    }
    expect(written).toBeLessThan(32 * 1024 * 1024); // what the sockets on the way hold, and no more
    held[1]?.end('data: 2\n\n');
    expect(await quick.closed).toBe(true);
    slow.response.resume();
    await until('it goes on once it is read', () => written > before + 1_000_000);
    slow.leave();
  });

  it('that read slowly gets everything that the provider had sent', async () => {
    const { proxy, upstream } = await start();
    const held = holdStreams(upstream);
    const slow = await openStream(proxy);
    slow.response.pause();
    held[0]?.end('x'.repeat(150_000));
    await new Promise((resolve) => setTimeout(resolve, 100)); // time in which an end could be lost
    slow.response.resume();
    expect(await slow.closed).toBe(true);
    expect(slow.text().length).toBe(150_000 + 'data: 1\n\n'.length);
  });

  it('that read slowly never sees a stream as complete that ended with its connection', async () => {
    const { proxy, upstream } = await start();
    const held = holdStreams(upstream);
    const slow = await openStream(proxy);
    slow.response.pause();
    held[0]?.end('x'.repeat(LONG));
    await new Promise((resolve) => setTimeout(resolve, 100)); // so that what fits on the way is on its way
    upstream.dropConnections();
    await until('it is over', () => proxy.log.some((line) => line['msg'] === 'request'));
    slow.response.resume();
    expect(await slow.closed).toBe(false);
    expect(slow.text().length).toBeLessThan(LONG);
  });
});
