import net from 'node:net';
import { startFakeUpstream, type FakeUpstream } from '../../../scripts/fakes/fake-upstream';
import { OPENAI_HEADERS, send, sendRaw, until } from '../../helpers/http';
import { startProxy, type RunningProxy } from '../../helpers/proxies';

let upstream: FakeUpstream;
let proxy: RunningProxy;

beforeAll(async () => {
  upstream = await startFakeUpstream();
  proxy = await startProxy(
    upstream,
    { MAX_BODY_BYTES: '100000', IDLE_TIMEOUT: '200' },
    { headersTimeoutMs: 200 },
  );
});
afterAll(async () => {
  await proxy.stop();
  await upstream.close();
});

/** After each case another client is served, so the process is alive and undisturbed. */
afterEach(async () => {
  const before = upstream.seen.length;
  expect((await send(proxy.url, '/v1/models', { headers: OPENAI_HEADERS })).status).toBe(200);
  expect(upstream.seen).toHaveLength(before + 1);
});

const HEAD = 'Host: x\r\nAuthorization: Bearer sk-x\r\nConnection: close\r\n';

describe('bad input is rejected, and nothing is sent upstream', () => {
  it.each([
    ['a dot segment', `GET /v1/../admin HTTP/1.1\r\n${HEAD}\r\n`, 400, 'bad-path'],
    ['an encoded dot segment', `GET /v1/%2e%2e/admin HTTP/1.1\r\n${HEAD}\r\n`, 400, 'bad-path'],
    ['an absolute-form URL', `GET http://evil.com/v1/models HTTP/1.1\r\n${HEAD}\r\n`, 400, 'bad-path'],
    ['an authority in place of a path', `GET @evil.com HTTP/1.1\r\n${HEAD}\r\n`, 400, 'bad-request'],
    ['an encoded CR and LF', `GET /v1/x%0d%0aX-Evil:1 HTTP/1.1\r\n${HEAD}\r\n`, 400, 'bad-path'],
    ['an encoded NUL', `GET /v1/x%00 HTTP/1.1\r\n${HEAD}\r\n`, 400, 'bad-path'],
    ['a raw NUL', `GET /v1/x\0 HTTP/1.1\r\n${HEAD}\r\n`, 400, 'bad-request'],
    ['a URL of 20 KB', `GET /v1/${'x'.repeat(20_000)} HTTP/1.1\r\n${HEAD}\r\n`, 414, 'url-too-long'],
    ['a URL of 100 KB', `GET /v1/${'x'.repeat(100_000)} HTTP/1.1\r\n${HEAD}\r\n`, 431, 'headers-too-large'],
    [
      'both lengths',
      `POST /v1/files HTTP/1.1\r\n${HEAD}Content-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n`,
      400,
      'bad-request',
    ],
    [
      'two lengths',
      `POST /v1/files HTTP/1.1\r\n${HEAD}Content-Length: 3\r\nContent-Length: 4\r\n\r\nabcd`,
      400,
      'bad-request',
    ],
    [
      'a length that is none',
      `POST /v1/files HTTP/1.1\r\n${HEAD}Content-Length: -3\r\n\r\n`,
      400,
      'bad-request',
    ],
    [
      'a header with a bare CR',
      `GET /v1/models HTTP/1.1\r\nX-A: b\rX-Evil: 1\r\n${HEAD}\r\n`,
      400,
      'bad-request',
    ],
    ['a method that is none', `<script> /v1/models HTTP/1.1\r\n${HEAD}\r\n`, 400, 'bad-request'],
    ['no HTTP', '\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03 a TLS hello\r\n\r\n', 400, 'bad-request'],
    ['a proxy’s CONNECT', 'CONNECT evil.com:443 HTTP/1.1\r\nHost: evil.com:443\r\n\r\n', 400, 'bad-request'],
    ['no Host', 'GET /v1/models HTTP/1.1\r\nConnection: close\r\n\r\n', 400, undefined],
    [
      'a declared body past the limit',
      `POST /v1/files HTTP/1.1\r\n${HEAD}Content-Length: 100001\r\n\r\n`,
      413,
      'body-too-large',
    ],
  ])('%s', async (_what, bytes, status, code) => {
    const before = upstream.seen.length;
    const socket = net.connect(proxy.port, '127.0.0.1');
    let response = '';
    socket
      .setEncoding('latin1')
      .on('data', (chunk: string) => (response += chunk))
      .on('error', () => undefined);
    socket.write(bytes, 'latin1');
    await until('a response arrived', () => response.includes('\r\n\r\n'));
    socket.destroy();
    expect(response).toMatch(new RegExp(`^HTTP/1\\.1 ${status} `));
    if (code !== undefined) {
      expect(response).toMatch(new RegExp(`\\r\\nX-Proxy-Error: ${code}\\r\\n`));
      expect(response).toMatch(/\r\nAccess-Control-Allow-Origin: \*\r\n/);
      expect(response).toMatch(/\r\n\r\n\{"error":\{"message":"/);
    }
    expect(upstream.seen).toHaveLength(before);
  });

  it('a header that is sent too slowly gets 408', async () => {
    const socket = net.connect(proxy.port, '127.0.0.1');
    socket.write('GET /v1/models HTTP/1.1\r\n');
    const drip = setInterval(() => socket.write('X-A: b\r\n'), 50);
    let response = '';
    socket.on('data', (chunk) => (response += chunk.toString())).on('error', () => undefined);
    await new Promise((resolve) => socket.on('close', resolve));
    clearInterval(drip);
    expect(response).toMatch(/^HTTP\/1\.1 408 .*X-Proxy-Error: request-timeout/s);
  });

  it.each([['/v1/files'], ['/v1/chat/completions']])(
    'a declared length that is never reached: 408, and what was sent upstream is aborted (%s)',
    async (path) => {
      const before = upstream.seen.length;
      const response = await sendRaw(
        proxy.port,
        `POST ${path} HTTP/1.1\r\n${HEAD}Content-Type: application/json\r\nContent-Length: 1000\r\n\r\n{"half":`,
      );
      expect(response).toMatch(/^HTTP\/1\.1 408 .*X-Proxy-Error: request-timeout/s);
      expect(upstream.seen).toHaveLength(before);
    },
  );

  it.each([['/v1/files'], ['/v1/chat/completions']])(
    'a chunked body past the limit: 413 although it goes on, and what was sent upstream is aborted (%s)',
    async (path) => {
      const before = upstream.seen.length;
      const headers = { ...OPENAI_HEADERS, 'transfer-encoding': 'chunked' };
      const response = await send(proxy.url, path, { headers, body: Buffer.alloc(5_000_000) });
      expect(response.status).toBe(413);
      expect(response.headers['x-proxy-error']).toBe('body-too-large');
      expect(upstream.seen).toHaveLength(before);
    },
  );

  it('a chunked body that ends early never appears complete upstream', async () => {
    const before = upstream.seen.length;
    await new Promise((resolve) => {
      const socket = net.connect(proxy.port, '127.0.0.1');
      socket.write(`POST /v1/files HTTP/1.1\r\n${HEAD}Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n`, () =>
        socket.end(),
      );
      socket
        .on('close', resolve)
        .on('error', () => undefined)
        .resume();
    });
    expect(upstream.seen).toHaveLength(before);
  });

  it('an invalid chunk size in the middle of an upload', async () => {
    const before = upstream.seen.length;
    await sendRaw(
      proxy.port,
      `POST /v1/files HTTP/1.1\r\n${HEAD}Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\nzz\r\n`,
    );
    expect(upstream.seen).toHaveLength(before);
  });
});

it('a body of exactly the limit passes', async () => {
  await send(proxy.url, '/v1/files', { headers: OPENAI_HEADERS, body: Buffer.alloc(100_000) });
  expect(upstream.seen[upstream.seen.length - 1]?.body).toHaveLength(100_000);
});

it.each([
  ['goes on reading', 'keep'],
  ['stops reading', 'pause'],
] as const)(
  'the early error response of an upstream that %s reaches the client, and the upload ends',
  async (_what, then) => {
    const early = net.createServer((socket) => {
      socket.on('error', () => undefined);
      socket.once('data', () => {
        socket.write(
          'HTTP/1.1 413 Too Large\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{}',
        );
        if (then === 'pause') socket.pause();
        else socket.resume();
      });
    });
    await new Promise<void>((resolve) => early.listen(0, '127.0.0.1', resolve));
    const other = await startProxy({
      origin: `http://127.0.0.1:${(early.address() as net.AddressInfo).port}`,
    });
    const response = await send(other.url, '/v1/files', {
      headers: OPENAI_HEADERS,
      body: Buffer.alloc(30_000_000),
    });
    expect(response).toMatchObject({ status: 413, complete: true });
    expect(response.headers['x-proxy-error']).toBeUndefined();
    await other.stop();
    early.close();
  },
);
