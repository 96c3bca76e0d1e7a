import http from 'node:http';
import type { Socket } from 'node:net';
import { startFakeUpstream } from '../../../scripts/fakes/fake-upstream';
import { OPENAI_HEADERS, send } from '../../helpers/http';
import { startProxy } from '../../helpers/proxies';

/**
 * An upstream that accepts requests on a connection and, on request, resets that connection as soon as the next
 * request comes on it: what a frozen instance meets that thaws after its upstream has closed the idle sockets.
 */
async function startForgetful() {
  const bodies: string[] = [];
  const forgotten = new WeakSet<Socket>();
  const live = new Set<Socket>();
  let resets = 0;
  let respondFirst = false;
  const server = http.createServer((request, response) => {
    if (forgotten.has(request.socket)) {
      resets++;
      if (respondFirst) request.socket.write('HTTP/1.1 2');
      request.socket.destroy();
      return;
    }
    let body = '';
    request.on('data', (chunk) => (body += String(chunk)));
    request.on('end', () => {
      bodies.push(body);
      response.end('ok');
    });
  });
  server.on('connection', (socket) => live.add(socket));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  return {
    origin: `http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}`,
    bodies,
    resets: () => resets,
    forget: () => [...live].forEach((socket) => forgotten.add(socket)),
    beginResponses: () => (respondFirst = true),
    close: () => {
      server.closeAllConnections();
      server.close();
    },
  };
}

describe('a request on a socket that the upstream has long closed', () => {
  it.each([
    ['without a body', '/v1/models', 'GET', undefined],
    ['with a chat', '/v1/chat/completions', 'POST', '{"model":"m"}'],
    ['with a small body that streams through', '/v1/files', 'POST', 'x'.repeat(100_000)],
  ])('%s is sent again on a fresh one, once', async (_what, path, method, body) => {
    const upstream = await startForgetful();
    const proxy = await startProxy(upstream);
    const request = { method, headers: OPENAI_HEADERS, ...(body === undefined ? {} : { body }) };
    for (let round = 0; round < 20; round++) {
      expect((await send(proxy.url, path, request)).status).toBe(200);
      upstream.forget();
    }
    expect(upstream.resets()).toBe(19);
    expect(upstream.bodies).toEqual(Array.from({ length: 20 }, () => body ?? ''));
    expect(proxy.log.map((line) => line['attempts'])).toEqual([1, ...Array.from({ length: 19 }, () => 2)]);
    await proxy.stop();
    upstream.close();
  });

  it('is not sent again once a byte of a response has arrived', async () => {
    const upstream = await startForgetful();
    const proxy = await startProxy(upstream);
    await send(proxy.url, '/v1/models', { headers: OPENAI_HEADERS });
    upstream.forget();
    upstream.beginResponses();
    const response = await send(proxy.url, '/v1/models', { headers: OPENAI_HEADERS });
    expect(response.status).toBe(502);
    expect(upstream.bodies).toHaveLength(1);
    await proxy.stop();
    upstream.close();
  });

  it.each([
    ['of 300,000 bytes', '/v1/files', { 'content-length': '300000' }, 300_000, {}],
    ['of 20 MB', '/v1/files', { 'content-length': '20000000' }, 20_000_000, {}],
    ['of unknown length', '/v1/files', { 'transfer-encoding': 'chunked' }, 300_000, {}],
    [
      'of a chat over REPLAY_BODY_BYTES',
      '/v1/chat/completions',
      { 'content-length': '3000' },
      3_000,
      {
        OPENAI_API_KEYS: 'sk-test-one-of-the-server,sk-test-two-of-the-server',
        ALLOW_ANONYMOUS: 'true',
        REPLAY_BODY_BYTES: '2000',
      },
    ],
  ])(
    'never meets it when its body, %s, could not be sent again',
    async (_what, path, framing, bytes, environment) => {
      const upstream = await startForgetful();
      const proxy = await startProxy(upstream, environment);
      await send(proxy.url, '/v1/models', { headers: OPENAI_HEADERS });
      upstream.forget();
      const body = 'x'.repeat(bytes);
      const response = await send(proxy.url, path, { headers: { ...OPENAI_HEADERS, ...framing }, body });
      expect(response.status).toBe(200);
      expect(upstream.resets()).toBe(0);
      expect(upstream.bodies.at(-1) === body).toBe(true);
      expect(proxy.log.at(-1)?.['attempts']).toBe(1);
      await proxy.stop();
      upstream.close();
    },
  );

  it('is not sent again if the socket was new', async () => {
    const upstream = await startFakeUpstream();
    upstream.respond((request) => request.socket.destroy());
    const proxy = await startProxy(upstream);
    const response = await send(proxy.url, '/v1/models', { headers: OPENAI_HEADERS });
    expect(response.headers['x-proxy-error']).toBe('upstream-reset');
    expect(upstream.seen).toHaveLength(1);
    await proxy.stop();
    await upstream.close();
  });
});
