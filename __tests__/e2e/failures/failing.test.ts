import net, { type AddressInfo } from 'node:net';
import { startFakeUpstream } from '../../../scripts/fakes/fake-upstream';
import { ANTHROPIC_HEADERS, OPENAI_HEADERS, send, sendRaw, until } from '../../helpers/http';
import { startProxy } from '../../helpers/proxies';
import { startRawUpstream, type RawResponse } from '../../helpers/raw-upstream';
import { TEST_TLS } from '../../helpers/tls';

/** A port on which nobody listens. */
async function freePort(): Promise<number> {
  const server = net.createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

async function ask(
  origin: string,
  environment = {},
  request: { path?: string; headers?: Record<string, string> } = {},
) {
  const proxy = await startProxy({ origin }, environment);
  const response = await send(proxy.url, request.path ?? '/v1/chat/completions', {
    headers: { ...OPENAI_HEADERS, ...request.headers },
    body: '{}',
  });
  const again = await send(proxy.url, '/-/health');
  await until('it was logged', () => proxy.log.length >= 1);
  await proxy.stop();
  expect(again.status).toBe(200);
  return { ...response, log: proxy.log[0] };
}

describe('an upstream that fails before its headers', () => {
  it('and refuses the connection is a 502', async () => {
    const response = await ask(`http://127.0.0.1:${await freePort()}`);
    expect(response.status).toBe(502);
    expect(response.headers['x-proxy-error']).toBe('upstream-unreachable');
    expect(response.headers['access-control-allow-origin']).toBe('*');
    expect(JSON.parse(response.body.toString())).toMatchObject({
      error: { type: 'server_error', code: 'upstream-unreachable' },
    });
    expect(response.log).toMatchObject({ level: 'warn', outcome: 'upstream-unreachable', status: 502 });
  });

  it('and has no DNS name is a 502, in Anthropic’s shape for Anthropic’s clients', async () => {
    const response = await ask(
      'https://no-such-name.invalid',
      {},
      { path: '/v1/messages', headers: ANTHROPIC_HEADERS },
    );
    expect(response.status).toBe(502);
    expect(response.headers['x-proxy-error']).toBe('upstream-dns');
    expect(JSON.parse(response.body.toString())).toMatchObject({
      type: 'error',
      error: { type: 'api_error' },
    });
  });

  it('and has an untrusted certificate is a 502, and no key was sent', async () => {
    const upstream = await startFakeUpstream(TEST_TLS);
    const response = await ask(upstream.origin);
    expect(response.status).toBe(502);
    expect(response.headers['x-proxy-error']).toBe('upstream-tls');
    expect(upstream.seen).toHaveLength(0);
    await upstream.close();
  });

  it('and does not speak TLS is a 502', async () => {
    const upstream = await startFakeUpstream();
    const response = await ask(upstream.origin.replace('http://127.0.0.1', 'https://localhost'));
    expect(response.headers['x-proxy-error']).toBe('upstream-tls');
    await upstream.close();
  });

  it('and never accepts the TLS handshake: 504 after CONNECT_TIMEOUT', async () => {
    const silent = net.createServer(() => undefined);
    await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve));
    const { port } = silent.address() as AddressInfo;
    const response = await ask(`https://127.0.0.1:${port}`, { CONNECT_TIMEOUT: '100' });
    expect(response.status).toBe(504);
    expect(response.headers['x-proxy-error']).toBe('connect-timeout');
    silent.close();
  });

  it.each([
    ['TIMEOUT', { TIMEOUT: '100' }, {}, 'upstream-timeout'],
    ['the function’s own limit', {}, { 'x-scf-timeout': '1' }, 'function-deadline'],
  ])(
    'and sends no headers within %s: 504, and the upstream request is aborted',
    async (_limit, environment, headers, code) => {
      const upstream = await startFakeUpstream();
      upstream.respond(() => undefined);
      const response = await ask(upstream.origin, environment, { headers });
      expect(response.status).toBe(504);
      expect(response.headers['x-proxy-error']).toBe(code);
      await until('the upstream was left', () => upstream.aborts.length === 1);
      await upstream.close();
    },
  );
});

describe('an upstream that responds with', () => {
  const head = 'HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n';
  it.each<[string, RawResponse, number, string]>([
    ['nothing at all', { bytes: '', then: 'end' }, 502, 'upstream-reset'],
    ['a reset', { bytes: '', then: 'reset' }, 502, 'upstream-reset'],
    ['half a status line', { bytes: 'HTTP/1.1 20', then: 'end' }, 502, 'upstream-reset'],
    ['half a head', { bytes: head, then: 'end' }, 502, 'upstream-reset'],
    ['rubbish', { bytes: 'SSH-2.0-OpenSSH_9.6\r\n', then: 'keep' }, 502, 'upstream-invalid'],
    [
      'headers of 100 KB',
      { bytes: `${head}X-Big: ${'x'.repeat(100_000)}\r\n\r\n{}`, then: 'keep' },
      502,
      'upstream-invalid',
    ],
    [
      'both lengths',
      {
        bytes: `${head}Content-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n`,
        then: 'keep',
      },
      502,
      'upstream-invalid',
    ],
    [
      'an upgrade that nobody asked for',
      {
        bytes: 'HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: x\r\n\r\n',
        then: 'keep',
      },
      502,
      'upstream-invalid',
    ],
  ])('%s: a clear 502', async (_what, responder, status, code) => {
    const upstream = await startRawUpstream();
    upstream.respond(responder);
    const response = await ask(upstream.origin);
    expect(response.status).toBe(status);
    expect(response.headers['x-proxy-error']).toBe(code);
    expect(response.complete).toBe(true);
    await upstream.close();
  });

  it.each<[string, string]>([
    ['a 100', 'HTTP/1.1 100 Continue\r\n\r\n'],
    ['a 102 and a 103', 'HTTP/1.1 102 Processing\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n'],
  ])('%s first: the final response is relayed', async (_what, informational) => {
    const upstream = await startRawUpstream();
    upstream.respond({ bytes: `${informational}${head}Content-Length: 2\r\n\r\n{}`, then: 'keep' });
    const response = await ask(upstream.origin);
    expect(response.status).toBe(200);
    expect(response.body.toString()).toBe('{}');
    await upstream.close();
  });

  it.each<[string, RawResponse]>([
    ['less than its length', { bytes: `${head}Content-Length: 10\r\n\r\n{}`, then: 'end' }],
    [
      'a chunked body without its end',
      { bytes: `${head}Transfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n`, then: 'end' },
    ],
    ['a chunk that is cut', { bytes: `${head}Transfer-Encoding: chunked\r\n\r\n20\r\n{}`, then: 'end' }],
    [
      'a chunk size that is none',
      { bytes: `${head}Transfer-Encoding: chunked\r\n\r\n2\r\n{}\r\nzz\r\n`, then: 'keep' },
    ],
    ['a body and then a reset', { bytes: `${head}Content-Length: 10\r\n\r\n{}`, then: 'reset' }],
  ])('%s: the content before arrives, and does not appear complete', async (_what, responder) => {
    const upstream = await startRawUpstream();
    upstream.respond(responder);
    const response = await ask(upstream.origin);
    expect(response.complete).toBe(false);
    expect(response.log).toMatchObject({ outcome: 'upstream-cut', status: 200 });
    await upstream.close();
  });

  it('more than its length: only what was announced', async () => {
    const upstream = await startRawUpstream();
    upstream.respond({ bytes: `${head}Content-Length: 2\r\n\r\n{}and more`, then: 'keep' });
    const response = await ask(upstream.origin);
    expect(response).toMatchObject({ status: 200, complete: true });
    expect(response.body.toString()).toBe('{}');
    await upstream.close();
  });

  it('a body that its closing ends: complete, and to HTTP/1.0 clients, too', async () => {
    const upstream = await startRawUpstream();
    upstream.respond({ bytes: 'HTTP/1.0 200 OK\r\n\r\nto the end', then: 'end' });
    const proxy = await startProxy(upstream);
    expect((await send(proxy.url, '/v1/models', { headers: OPENAI_HEADERS })).body.toString()).toBe(
      'to the end',
    );
    const old = await sendRaw(proxy.port, 'GET /v1/models HTTP/1.0\r\nAuthorization: Bearer sk-x\r\n\r\n');
    expect(old).toMatch(/^HTTP\/1\.1 200 OK\r\n.*\r\n\r\nto the end$/s);
    expect(old).not.toMatch(/chunked/i);
    await proxy.stop();
    await upstream.close();
  });
});

describe('an upstream that fails in the middle of a stream', () => {
  const events = 'data: {"n":1}\n\n';

  it.each([
    [
      '/v1/chat/completions',
      OPENAI_HEADERS,
      /^data: \{"n":1\}\n\ndata: \{"error":\{"message":"[^"]+","type":"server_error","param":null,"code":"CODE"\}\}\n\n$/,
    ],
    [
      '/v1/responses',
      OPENAI_HEADERS,
      /^data: \{"n":1\}\n\nevent: error\ndata: \{"type":"error","code":"CODE",.*\}\n\n$/,
    ],
    [
      '/v1/messages',
      ANTHROPIC_HEADERS,
      /^data: \{"n":1\}\n\nevent: error\ndata: \{"type":"error","error":\{"type":"[a-z_]+","message":"[^"]+"\}\}\n\n$/,
    ],
  ])(
    'sends an error on %s in the provider’s form, then closes the connection',
    async (target, headers, form) => {
      const upstream = await startFakeUpstream();
      for (const [code, environment, fail] of [
        ['upstream-cut', {}, true],
        ['idle-timeout', { IDLE_TIMEOUT: '100' }, false],
      ] as const) {
        upstream.respond((request, response) => {
          response.writeHead(200, { 'content-type': 'text/event-stream' });
          response.write(events, () => {
            if (fail) request.socket.destroy();
          });
        });
        const response = await ask(upstream.origin, environment, { path: target, headers });
        expect(response.status).toBe(200);
        expect(response.complete).toBe(false);
        expect(response.body.toString()).toMatch(new RegExp(form.source.replace('CODE', code)));
        expect(response.log).toMatchObject({ outcome: code });
      }
      await upstream.close();
    },
  );

  it('ends it before the platform would, at the function’s own limit', async () => {
    const upstream = await startFakeUpstream();
    upstream.respond((_request, response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      const timer = setInterval(() => response.write(events), 50);
      response.on('close', () => clearInterval(timer));
    });
    const response = await ask(upstream.origin, {}, { headers: { 'x-scf-timeout': '1' } });
    expect(response.body.toString()).toMatch(/"code":"function-deadline"\}\}\n\n$/);
    expect(response.complete).toBe(false);
    await until('the upstream was left', () => upstream.aborts.length === 1);
    await upstream.close();
  });

  it('writes nothing into a compressed stream', async () => {
    const upstream = await startFakeUpstream();
    const bytes = Buffer.from([0x1f, 0x8b, 8, 0]);
    upstream.respond((request, response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream', 'content-encoding': 'gzip' });
      response.write(bytes, () => request.socket.destroy());
    });
    const response = await ask(upstream.origin);
    expect(response.complete).toBe(false);
    expect(response.body).toEqual(bytes);
    await upstream.close();
  });

  it('resets the connection of an HTTP/1.0 client, for which a normal end would appear complete', async () => {
    const upstream = await startFakeUpstream();
    upstream.respond((request, response) => {
      response.writeHead(200, { 'content-type': 'text/plain' });
      response.write('half', () => request.socket.destroy());
    });
    const proxy = await startProxy(upstream);
    const error = await new Promise((resolve) => {
      const socket = net.connect(proxy.port, '127.0.0.1');
      socket.on('error', resolve).on('end', () => resolve('a clean end'));
      socket.resume();
      socket.write('GET /v1/x HTTP/1.0\r\nAuthorization: Bearer sk-x\r\n\r\n');
    });
    expect(error).toMatchObject({ code: 'ECONNRESET' });
    await proxy.stop();
    await upstream.close();
  });
});
