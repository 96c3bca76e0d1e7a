import { createHash, randomBytes } from 'node:crypto';
import http from 'node:http';
import { brotliCompressSync, gzipSync } from 'node:zlib';
import { startFakeUpstream, type FakeUpstream } from '../../../scripts/fakes/fake-upstream';
import { ANTHROPIC_HEADERS, OPENAI_HEADERS, send, sendRaw } from '../../helpers/http';
import { startProxy, type RunningProxy } from '../../helpers/proxies';

let upstream: FakeUpstream;
let proxy: RunningProxy;

beforeAll(async () => {
  upstream = await startFakeUpstream();
  proxy = await startProxy(upstream);
});
afterAll(async () => {
  await proxy.stop();
  await upstream.close();
});

const lastSeen = () => upstream.seen[upstream.seen.length - 1];
const sha256 = (bytes: Buffer) => createHash('sha256').update(bytes).digest('hex');

describe('a request arrives upstream as it was sent', () => {
  it.each([
    ['GET', '/v1/models?limit=2&limit=3&after=a%2Fb%20c&x', undefined],
    ['DELETE', '/v1/files/file-1', undefined],
    ['POST', '/v1/files/a%2Fb/content', 'x'],
    ['PUT', '/v1/x', 'body'],
    ['PATCH', '/v1/x', ''],
    ['HEAD', '/v1/models', undefined],
    ['DELETE', '/v1/x', 'a body where few have one'],
    ['GET', '/v1/x', 'even here'],
    ['QUERY', '/v1/x', 'a method of tomorrow'],
  ])('%s %s', async (method, path, body) => {
    if (method === 'QUERY' && !http.METHODS.includes(method)) return; // Node 20 cannot parse it, and responds with 400
    const headers = {
      ...OPENAI_HEADERS,
      'content-type': 'text/plain',
      ...(body === undefined ? {} : { 'content-length': body.length }),
    };
    await send(proxy.url, path, { method, headers, ...(body === undefined ? {} : { body }) });
    expect(lastSeen()).toMatchObject({ method, url: path });
    expect(lastSeen()?.body.toString()).toBe(body ?? '');
  });

  it('with its headers in their case, order and number, and the upstream’s own host', async () => {
    await sendRaw(
      proxy.port,
      'GET /v1/models HTTP/1.1\r\nHost: proxy.example\r\nX-Zeta: 1\r\nanthropic-BETA: a\r\nX-Zeta: 2\r\nX-Latin: caf\xe9\r\nUser-Agent: me/1\r\nauthorization: Bearer sk-x\r\nConnection: close\r\n\r\n',
    );
    expect(lastSeen()?.rawHeaders).toEqual([
      ...[
        'Host',
        new URL(upstream.origin).host,
        'X-Zeta',
        '1',
        'anthropic-BETA',
        'a',
        'X-Zeta',
        '2',
        'X-Latin',
        'caf\xe9',
        'User-Agent',
        'me/1',
      ],
      ...['Authorization', 'Bearer sk-x', 'Connection', 'keep-alive'],
    ]);
  });

  it('with 200 headers', async () => {
    const headers = Object.fromEntries(Array.from({ length: 200 }, (_, at) => [`x-h${at}`, String(at)]));
    const response = await send(proxy.url, '/v1/models', { headers: { ...OPENAI_HEADERS, ...headers } });
    expect(response.status).toBe(200);
    expect(lastSeen()?.headers).toMatchObject(headers);
  });

  it.each([
    [
      'a multipart upload',
      'multipart/form-data; boundary=x',
      undefined,
      '--x\r\ncontent-disposition: form-data; name="image[]"; filename="a.png"\r\n\r\n\x89PNG\r\n--x--\r\n',
    ],
    ['a gzip body', 'application/json', 'gzip', gzipSync('{"model":"m","moderation":true}')],
    ['a zstd body', 'application/json', 'zstd', Buffer.from([0x28, 0xb5, 0x2f, 0xfd, 0, 1, 2])],
    ['random bytes', 'application/octet-stream', undefined, randomBytes(300_000)],
    ['malformed JSON', 'application/json', undefined, '{"model": "m", "moderation": tru'],
    ['JSON of another type', 'text/plain', undefined, '{"moderation":true}'],
    ['messages that is no list', 'application/json', undefined, '{"messages":"hi"}'],
  ])('%s stays byte for byte, on a chat path too', async (_what, type, encoding, body) => {
    for (const path of ['/v1/chat/completions', '/v1/files']) {
      const headers = {
        ...OPENAI_HEADERS,
        'content-type': type,
        ...(encoding ? { 'content-encoding': encoding } : {}),
      };
      await send(proxy.url, path, { headers, body });
      expect(lastSeen()?.body).toEqual(Buffer.from(body));
      expect(lastSeen()?.headers).toMatchObject({
        'content-type': type,
        'content-length': String(Buffer.byteLength(body)),
      });
    }
  });

  it.each([['/v1/chat/completions'], ['/v1/audio/transcriptions']])(
    'a chunked body stays chunked (%s)',
    async (path) => {
      const headers = { ...OPENAI_HEADERS, 'transfer-encoding': 'chunked' };
      await send(proxy.url, path, { headers, body: '{"model":"m"}' });
      expect(lastSeen()?.headers['transfer-encoding']).toBe('chunked');
      expect(lastSeen()?.headers['content-length']).toBeUndefined();
      expect(lastSeen()?.body.toString()).toBe('{"model":"m"}');
    },
  );

  it('gets 100 Continue when the body is read', async () => {
    const response = await sendRaw(
      proxy.port,
      'POST /v1/files HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer sk-x\r\nExpect: 100-continue\r\nContent-Length: 2\r\nConnection: close\r\n\r\nhi',
    );
    expect(response).toMatch(/^HTTP\/1\.1 100 Continue\r\n\r\nHTTP\/1\.1 404/);
    expect(lastSeen()?.body.toString()).toBe('hi');
    expect(lastSeen()?.headers.expect).toBeUndefined();
  });

  it('gets the error response before it sends, if the request would be rejected anyway', async () => {
    const before = upstream.seen.length;
    const response = await sendRaw(
      proxy.port,
      'POST /v1/files HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer sk-x\r\nExpect: 100-continue\r\nContent-Length: 99999999999\r\nConnection: close\r\n\r\n',
    );
    expect(response).toMatch(/^HTTP\/1\.1 413 /);
    expect(upstream.seen).toHaveLength(before);
  });
});

describe('the key', () => {
  it.each([
    [
      '/v1/models',
      { authorization: 'Bearer sk-1' },
      { authorization: 'Bearer sk-1', 'x-api-key': undefined },
    ],
    ['/openai/v1/models', { 'x-api-key': 'sk-1' }, { authorization: 'Bearer sk-1', 'x-api-key': undefined }],
    [
      '/v1/messages',
      { authorization: 'Bearer sk-ant-1' },
      { authorization: undefined, 'x-api-key': 'sk-ant-1' },
    ],
    ['/v1/messages', { 'x-api-key': 'sk-ant-1' }, { authorization: undefined, 'x-api-key': 'sk-ant-1' }],
    [
      '/v1/messages',
      { authorization: 'Bearer sk-ant-oat01-1' },
      { authorization: 'Bearer sk-ant-oat01-1', 'x-api-key': undefined },
    ],
    [
      '/v1/messages',
      { authorization: 'Bearer b', 'x-api-key': 'a' },
      { authorization: undefined, 'x-api-key': 'a' },
    ],
  ])('for %s with %j is sent in the upstream’s form', async (path, headers, expected) => {
    await send(proxy.url, path, { headers });
    expect(lastSeen()?.headers.authorization).toBe(expected.authorization);
    expect(lastSeen()?.headers['x-api-key']).toBe(expected['x-api-key']);
  });

  it('is required with an error in the provider’s shape, before anything is sent', async () => {
    const before = upstream.seen.length;
    const openai = await send(proxy.url, '/v1/chat/completions', { body: '{}' });
    expect(openai.status).toBe(401);
    expect(openai.headers['x-proxy-error']).toBe('missing-key');
    expect(JSON.parse(openai.body.toString())).toMatchObject({
      error: { type: 'invalid_request_error', code: 'missing-key' },
    });
    const anthropic = await send(proxy.url, '/v1/messages', { body: '{}', headers: { 'x-api-key': ' | ' } });
    expect(anthropic.status).toBe(401);
    expect(JSON.parse(anthropic.body.toString())).toMatchObject({
      type: 'error',
      error: { type: 'authentication_error' },
    });
    expect(upstream.seen).toHaveLength(before);
  });

  it('of several joined ones is each used in turn, evenly under concurrency, and never the joined string', async () => {
    const before = upstream.seen.length;
    await Promise.all(
      Array.from({ length: 30 }, () =>
        send(proxy.url, '/v1/models', { headers: { authorization: 'Bearer sk-a|sk-b, sk-c' } }),
      ),
    );
    const used = upstream.seen.slice(before).map(({ headers }) => headers.authorization);
    for (const key of ['sk-a', 'sk-b', 'sk-c'])
      expect(used.filter((value) => value === `Bearer ${key}`)).toHaveLength(10);
  });
});

describe('message transforms', () => {
  it('removes what clients of older proxies send, on chat paths only', async () => {
    const body = '{"model":"m","moderation":true,"moderation_level":"high","messages":[]}';
    await send(proxy.url, '/v1/chat/completions', { headers: OPENAI_HEADERS, body });
    expect(lastSeen()?.body.toString()).toBe('{"model":"m","messages":[]}');
    await send(proxy.url, '/v1/messages', { headers: ANTHROPIC_HEADERS, body });
    expect(lastSeen()?.body.toString()).toBe('{"model":"m","messages":[]}');
    await send(proxy.url, '/v1/images/generations', { headers: OPENAI_HEADERS, body });
    expect(lastSeen()?.body.toString()).toBe(body);
  });

  it('moves the system message if configured', async () => {
    const roles = ['system', 'user', 'assistant', 'user', 'assistant', 'user'];
    const body = JSON.stringify({ messages: roles.map((role) => ({ role })) });
    const other = await startProxy(upstream, { MESSAGE_TRANSFORMS: 'move-system-message:3' });
    await send(other.url, '/v1/chat/completions', { headers: OPENAI_HEADERS, body });
    await other.stop();
    const moved = JSON.parse(lastSeen()?.body.toString() ?? '') as { messages: { role: string }[] };
    expect(moved.messages.map(({ role }) => role)).toEqual([
      'user',
      'assistant',
      'system',
      'user',
      'assistant',
      'user',
    ]);
  });
});

describe('a response reaches the client as it was sent', () => {
  afterAll(() => {
    upstream.respond((_request, response) => response.writeHead(200).end());
  });

  it.each([
    [200, 'application/json', Buffer.from('{"a":1}')],
    [200, 'audio/opus', randomBytes(2_000_000)],
    [200, 'text/vtt', Buffer.from('WEBVTT')],
    [200, 'image/png', randomBytes(70_000)],
    [201, 'text/plain', Buffer.alloc(0)],
    [302, 'text/html', Buffer.from('moved')],
    [404, 'application/json', Buffer.from('{"error":{}}')],
    [429, 'application/json', Buffer.from('{"error":{}}')],
    [500, 'text/html', Buffer.from('<h1>oops</h1>')],
    [529, 'application/json', Buffer.from('{"type":"error"}')],
  ])('%i %s', async (status, type, body) => {
    for (const framing of [{ 'content-length': body.length }, {}]) {
      upstream.respond((_request, response) => {
        response.writeHead(status, 'As It Came', {
          'content-type': type,
          location: 'https://elsewhere.example/',
          'x-request-id': 'r-1',
          'retry-after': '7',
          ...framing,
        });
        response.end(body);
      });
      const response = await send(proxy.url, '/v1/x', { headers: OPENAI_HEADERS });
      expect(response).toMatchObject({ status, statusMessage: 'As It Came', complete: true });
      expect(response.headers).toMatchObject({
        'content-type': type,
        location: 'https://elsewhere.example/',
        'x-request-id': 'r-1',
        'retry-after': '7',
      });
      expect(response.headers['content-length']).toBe(
        framing['content-length'] === undefined ? undefined : String(body.length),
      );
      expect(response.headers['x-proxy-error']).toBeUndefined();
      expect(sha256(response.body)).toBe(sha256(body));
    }
  });

  it.each([
    [204, 'GET', {}],
    [304, 'GET', { etag: '"x"' }],
    [200, 'HEAD', { 'content-length': '1234' }],
  ])('%i to %s has no body, and ends', async (status, method, headers) => {
    upstream.respond((_request, response) => response.writeHead(status, headers).end());
    const response = await send(proxy.url, '/v1/models', { method, headers: OPENAI_HEADERS });
    expect(response).toMatchObject({ status, complete: true });
    expect(response.headers).toMatchObject(headers);
    expect(response.body).toHaveLength(0);
  });

  it.each([
    ['gzip', gzipSync('{"a":1}')],
    ['br', brotliCompressSync('{"a":1}')],
  ])('a %s body stays encoded, and its header with it', async (encoding, body) => {
    upstream.respond((request, response) => {
      expect(request.headers['accept-encoding']).toBe('gzip, deflate, br, zstd');
      response.writeHead(200, { 'content-encoding': encoding, 'content-type': 'application/json' }).end(body);
    });
    const response = await send(proxy.url, '/v1/models', {
      headers: { ...OPENAI_HEADERS, 'accept-encoding': 'gzip, deflate, br, zstd' },
    });
    expect(response.headers['content-encoding']).toBe(encoding);
    expect(response.body).toEqual(body);
  });

  it('without cookies and hop-by-hop headers, with repeated headers kept', async () => {
    upstream.respond((_request, response) => {
      response.writeHead(200, [
        'Set-Cookie',
        'a=1',
        'X-Twice',
        '1',
        'X-Twice',
        '2',
        'Connection',
        'X-Hop',
        'X-Hop',
        '1',
        'Server',
        'cloudflare',
      ]);
      response.end('ok');
    });
    const { rawHeaders } = await send(proxy.url, '/v1/models', { headers: OPENAI_HEADERS });
    expect(rawHeaders.join('\n')).toMatch(/X-Twice\n1\nX-Twice\n2\nServer\ncloudflare/);
    expect(rawHeaders.join('\n')).not.toMatch(/set-cookie|x-hop/i);
  });

  it('with at most 4 KB of headers, the needed ones among them', async () => {
    upstream.respond((_request, response) => {
      response
        .writeHead(200, {
          'content-security-policy': 'x'.repeat(3_000),
          'x-long': 'y'.repeat(3_000),
          'x-request-id': 'r',
          'anthropic-ratelimit-tokens-reset': 't',
        })
        .end('ok');
    });
    const { rawHeaders, headers } = await send(proxy.url, '/v1/models', { headers: OPENAI_HEADERS });
    expect(rawHeaders.join('').length + rawHeaders.length * 2).toBeLessThanOrEqual(4_096);
    expect(headers).toMatchObject({
      'x-request-id': 'r',
      'anthropic-ratelimit-tokens-reset': 't',
      'access-control-allow-origin': '*',
    });
  });

  it('through a path prefix of the upstream', async () => {
    const other = await startProxy({ origin: `${upstream.origin}/prefix/openai` });
    upstream.respond((_request, response) => response.end('ok'));
    await send(other.url, '/release/v1/models?a=b', { headers: OPENAI_HEADERS });
    await other.stop();
    expect(lastSeen()?.url).toBe('/prefix/openai/v1/models?a=b');
  });
});
