import { OPENAI_HEADERS, send, until } from '../../helpers/http';
import { STREAM, openStream, startStreamingOverHttp2 } from '../../helpers/over-http2';
import type { RunningBundle } from '../../helpers/proxies';
import { startRawHttp2, type Http2Script, type RawHttp2Upstream } from '../../helpers/raw-http2';

/** Error codes of RFC 9113 §7. */
const NO_ERROR = 0x0;
const INTERNAL_ERROR = 0x2;
const REFUSED_STREAM = 0x7;
const CANCEL = 0x8;
const ENHANCE_YOUR_CALM = 0xb;
const HTTP_1_1_REQUIRED = 0xd;

let upstream: RawHttp2Upstream;
let proxy: RunningBundle;

async function start(environment: Record<string, string> = {}): Promise<void> {
  upstream = await startRawHttp2();
  proxy = await startStreamingOverHttp2(upstream, environment);
}
afterEach(async () => {
  await proxy.stop();
  await upstream.close();
});

const chat = () =>
  send(proxy.url, '/v1/chat/completions', {
    headers: OPENAI_HEADERS,
    body: STREAM,
  });
const whole = (script: Http2Script) =>
  script.head().data('data: 1\n\n').data('data: [DONE]\n\n', { last: true });
const outcomes = () => proxy.log.filter((line) => line['msg'] === 'request').map((line) => line['outcome']);

describe('a stream over HTTP/2 that is interrupted', () => {
  it.each<[string, (script: Http2Script) => unknown]>([
    ['is reset with an error', (script) => script.reset(INTERNAL_ERROR)],
    ['is reset as cancelled', (script) => script.reset(CANCEL)],
    ['is reset without an error, and without an end', (script) => script.reset(NO_ERROR)],
    ['is named in a GOAWAY that gives it up', (script) => script.goAway(0)],
    [
      'loses its connection to an error',
      (script) => script.goAway(script.stream, INTERNAL_ERROR).socket.end(),
    ],
    ['loses its connection', (script) => script.socket.end()],
    ['loses its connection to a reset', (script) => script.resetConnection()],
  ])('because it %s sends the client an error and does not appear complete', async (_what, breakOff) => {
    await start();
    let running: Http2Script | undefined;
    upstream.respond((script) => (running = script.head().data('data: 1\n\n')));
    const stream = await openStream(proxy);
    if (running) breakOff(running);
    expect(await stream.closed).toBe(false);
    expect(stream.text()).toMatch(/^data: 1\n\ndata: \{.*upstream-cut.*\}\n\n$/s);
    await until('it is logged', () => outcomes().length === 1);
    expect(outcomes()).toEqual(['upstream-cut']);
  });

  it('that falls silent is ended by IDLE_TIMEOUT, and its connection gets no more requests', async () => {
    await start({ IDLE_TIMEOUT: '200' });
    upstream.respond((script) => script.head().data('data: 1\n\n').nonsense());
    const silent = await chat();
    upstream.respond(whole);
    const next = await chat();
    expect(silent.complete).toBe(false);
    expect(silent.body.toString()).toContain('idle-timeout');
    expect(next.body.toString()).toBe('data: 1\n\ndata: [DONE]\n\n');
    expect(upstream.connections).toEqual(['h2', 'h2']);
  });
});

describe('a stream over HTTP/2 that ends', () => {
  it.each<[string, (script: Http2Script) => unknown]>([
    ['with its last bytes', (script) => script.data('data: 2\n\n', { last: true })],
    ['and is reset without an error', (script) => script.data('data: 2\n\n', { last: true }).reset(NO_ERROR)],
    [
      'and whose connection ends at once',
      (script) => script.data('data: 2\n\n', { last: true }).goAway(script.stream).socket.end(),
    ],
    [
      'on a connection that takes no more',
      (script) => {
        script.goAway(script.stream);
        setTimeout(() => script.data('data: 2\n\n', { last: true }), 30);
      },
    ],
  ])('%s is complete, and the next one is as well', async (_what, end) => {
    await start();
    upstream.respond((script) => {
      script.head().data('data: 1\n\n');
      end(script);
    });
    for (const reply of [await chat(), await chat()]) {
      expect(reply.body.toString()).toBe('data: 1\n\ndata: 2\n\n');
      expect(reply.complete).toBe(true);
    }
    await until('both are logged', () => outcomes().length === 2);
    expect(outcomes()).toEqual(['complete', 'complete']);
  });
});

describe('a request that fails over HTTP/2 before its response', () => {
  const attempts = () =>
    proxy.log.filter((line) => line['msg'] === 'request').map((line) => line['attempts']);

  it.each<[string, (script: Http2Script) => unknown]>([
    ['refuses', (script) => script.reset(REFUSED_STREAM)],
    ['wants over HTTP/1.1', (script) => script.reset(HTTP_1_1_REQUIRED)],
    ['does not take any more, as its GOAWAY says', (script) => script.goAway(0)],
    ['is busy, as its GOAWAY says', (script) => script.goAway(0, ENHANCE_YOUR_CALM).socket.end()],
  ])('because the upstream %s is sent again over HTTP/1.1', async (_what, refuse) => {
    await start();
    upstream.respond(refuse);
    const reply = await chat();
    expect(reply.body.toString()).toBe('1.1');
    expect(upstream.connections).toEqual(['h2', 'http/1.1']);
    await until('it is logged', () => outcomes().length === 1);
    expect(attempts()).toEqual([2]);
  });

  it('because the upstream requires HTTP/1.1 is the last one over HTTP/2', async () => {
    await start();
    upstream.respond((script) => script.reset(HTTP_1_1_REQUIRED));
    for (let round = 0; round < 3; round++) expect((await chat()).body.toString()).toBe('1.1');
    expect(upstream.requests()).toBe(1);
  });

  it.each<[string, (script: Http2Script) => unknown]>([
    ['resets the stream', (script) => script.reset(INTERNAL_ERROR)],
    ['resets the stream as cancelled', (script) => script.reset(CANCEL)],
    ['closes the connection', (script) => script.socket.end()],
    ['resets the connection', (script) => script.resetConnection()],
    ['ends the connection with an error', (script) => script.goAway(script.stream, INTERNAL_ERROR)],
    ['is busy behind this request', (script) => script.goAway(script.stream, ENHANCE_YOUR_CALM).socket.end()],
  ])('on a new connection, because it %s, may have been processed: 502', async (_what, fail) => {
    await start();
    upstream.respond(fail);
    const reply = await chat();
    expect([reply.status, reply.headers['x-proxy-error']]).toEqual([502, 'upstream-reset']);
    expect(upstream.requests()).toBe(1);
    expect(upstream.connections).toEqual(['h2']);
  });

  it.each<[string, (script: Http2Script) => unknown]>([
    ['closed', (script) => script.socket.end()],
    ['reset', (script) => script.resetConnection()],
  ])(
    'on a connection that the upstream had %s while the instance was frozen goes once more',
    async (_what, die) => {
      await start();
      upstream.respond(whole);
      await chat();
      upstream.respond(die);
      const reply = await chat();
      expect(reply.body.toString()).toBe('1.1');
      expect(upstream.connections).toEqual(['h2', 'http/1.1']);
    },
  );

  it('on a used connection that sent bytes meanwhile may have been processed, and gets 502', async () => {
    await start();
    upstream.respond(whole);
    await chat();
    upstream.respond((script) => script.goAway(script.stream).socket.end());
    const reply = await chat();
    expect(reply.headers['x-proxy-error']).toBe('upstream-reset');
    expect(upstream.connections).toEqual(['h2']);
  });

  it('by silence gets an error after TIMEOUT, and its connection gets no more requests', async () => {
    await start({ TIMEOUT: '200' });
    upstream.respond((script) => script.nonsense());
    const silent = await chat();
    upstream.respond(whole);
    const next = await chat();
    expect([silent.status, silent.headers['x-proxy-error']]).toEqual([504, 'upstream-timeout']);
    expect(next.body.toString()).toBe('data: 1\n\ndata: [DONE]\n\n');
    expect(upstream.connections).toEqual(['h2', 'h2']);
  });

  it('on a used connection that has stopped sending, without a word of Node, goes once more', async () => {
    await start();
    upstream.respond((script) => whole(script).nonsense());
    await chat();
    upstream.respond(whole);
    const reply = await chat();
    expect(reply.body.toString()).toBe('1.1');
    expect(upstream.requests()).toBe(1);
    expect(upstream.connections).toEqual(['h2', 'http/1.1']);
    expect((await chat()).body.toString()).toBe('data: 1\n\ndata: [DONE]\n\n');
    expect(upstream.connections).toEqual(['h2', 'http/1.1', 'h2']);
  });

  it.each<[string, (script: Http2Script) => unknown]>([
    ['settings that are not allowed', (script) => script.wrongSettings()],
  ])('because the upstream breaks the protocol is an invalid response: %s', async (_what, fail) => {
    await start();
    upstream.respond(fail);
    const reply = await chat();
    expect([reply.status, reply.headers['x-proxy-error']]).toEqual([502, 'upstream-invalid']);
  });

  it('while it connects gets the error of any failed connection', async () => {
    await start();
    await upstream.close();
    const reply = await chat();
    expect([reply.status, reply.headers['x-proxy-error']]).toEqual([502, 'upstream-unreachable']);
  });
});
