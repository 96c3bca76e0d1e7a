import { startFakeUpstream, type FakeUpstream } from '../../../scripts/fakes/fake-upstream';
import { send } from '../../helpers/http';
import { startProxy, type RunningProxy } from '../../helpers/proxies';

let upstream: FakeUpstream;
let open: RunningProxy;
let team: RunningProxy;

beforeAll(async () => {
  upstream = await startFakeUpstream();
  open = await startProxy(upstream, { GEMINI_UPSTREAM: upstream.origin });
  team = await startProxy(upstream, {
    GEMINI_UPSTREAM: upstream.origin,
    ACCESS_TOKENS: 'tok-planted-1-0123456789',
    OPENAI_API_KEYS: 'sk-pool-1',
    ADMIN_TOKEN: 'admin-0123456789',
    CORS_ORIGINS: 'https://chat.example.com',
  });
});
afterAll(async () => {
  await Promise.all([open.stop(), team.stop()]);
  await upstream.close();
});

const PATHS = [
  '/',
  '/v1/chat/completions',
  '/release/openai/v1/models',
  '/tok-planted-1-0123456789/v1/chat/completions',
  '/tok-wrong/v1/chat/completions',
  '/v1/messages',
  '/v1beta/models/gemini-2.5-flash:streamGenerateContent?alt=sse&key=AIzaAny',
  '/upload/v1beta/files?upload_id=1&upload_protocol=resumable&proxy-grant=x',
  '/deepseek/v1/chat/completions',
  '/azure/v1/chat/completions',
  '/nosuch/v1/chat/completions',
  '/v1/v1/chat/completions',
  '//v1/chat/completions',
  '/v1/../x',
  '/%00',
  '/-/health',
  '/-/keys',
  '/-/nosuch',
  '/api/hello',
  '*',
];

const preflight = (proxy: RunningProxy, path: string, headers: Record<string, string> = {}) =>
  send(proxy.url, path, {
    method: 'OPTIONS',
    headers: {
      origin: 'https://chat.example.com',
      'access-control-request-method': 'POST',
      'access-control-request-headers': 'authorization,content-type',
      ...headers,
    },
  });

const varies = (value: string | undefined) => (value ?? '').toLowerCase().split(/, */);

describe('a preflight', () => {
  it.each(PATHS)('at %s gets 204 without credentials, and is not relayed', async (path) => {
    const before = upstream.seen.length;
    for (const [proxy, origin] of [
      [open, '*'],
      [team, 'https://chat.example.com'],
    ] as const) {
      const response = await preflight(proxy, path);
      expect(response.status).toBe(204);
      expect(response.body).toHaveLength(0);
      expect(response.headers['x-proxy-error']).toBeUndefined();
      expect(response.headers['access-control-allow-origin']).toBe(origin);
      expect(response.headers['access-control-allow-headers']).toBe('authorization,content-type');
      expect(response.headers['access-control-allow-methods']).toContain('POST');
      expect(response.headers['access-control-allow-private-network']).toBeUndefined();
    }
    expect(upstream.seen).toHaveLength(before);
  });

  it.each([
    'x-goog-api-key,x-goog-api-client,content-type',
    'x-goog-upload-command,x-goog-upload-offset,x-goog-upload-protocol',
    'anthropic-version,anthropic-beta,anthropic-dangerous-direct-browser-access,x-api-key',
    'x-stainless-arch,x-stainless-lang,x-stainless-os,x-stainless-retry-count,authorization',
    'api-key',
    'a-header-of-tomorrow',
  ])('gets any header that it asks for: %s', async (headers) => {
    for (const proxy of [open, team]) {
      const response = await preflight(proxy, '/v1/chat/completions', {
        'access-control-request-headers': headers,
      });
      expect(response.headers['access-control-allow-headers']).toBe(headers);
      expect(varies(response.headers.vary)).toContain(
        proxy === open ? 'access-control-request-headers' : 'origin',
      );
    }
  });

  it.each(['GET', 'PUT', 'PATCH', 'DELETE', 'QUERY'])(
    'gets the method that it asks for: %s',
    async (method) => {
      const response = await preflight(open, '/v1/files', { 'access-control-request-method': method });
      expect(response.headers['access-control-allow-methods']?.split(', ')).toContain(method);
    },
  );

  it('may come from a page of another site to a private network', async () => {
    const ask = { 'access-control-request-private-network': 'true' };
    for (const proxy of [open, team]) {
      const { headers } = await preflight(proxy, '/v1/chat/completions', ask);
      expect(headers['access-control-allow-private-network']).toBe('true');
    }
  });

  it.each([
    [
      'from an origin that is not let in',
      { origin: 'https://evil.example', 'access-control-request-private-network': 'true' },
    ],
    ['that asks for something else', { 'access-control-request-private-network': 'false' }],
    ['that does not ask', {}],
  ])('%s gets no permission for a private network', async (_what, headers) => {
    const response = await preflight(team, '/v1/chat/completions', headers);
    expect(response.status).toBe(204);
    expect(response.headers).not.toHaveProperty('access-control-allow-private-network');
  });

  it('from an origin that is not allowed grants nothing', async () => {
    const response = await preflight(team, '/v1/chat/completions', { origin: 'https://evil.example' });
    expect(response.status).toBe(204);
    expect(Object.keys(response.headers).filter((name) => name.startsWith('access-control-'))).toEqual([]);
    expect(varies(response.headers.vary)).toContain('origin');
  });
});

it.each(PATHS.filter((path) => path !== '*'))(
  'OPTIONS that is no preflight is 204, too: %s',
  async (path) => {
    const before = upstream.seen.length;
    for (const proxy of [open, team])
      expect((await send(proxy.url, path, { method: 'OPTIONS' })).status).toBe(204);
    expect(upstream.seen).toHaveLength(before);
  },
);

it.each([
  ['a response', '/v1/models', { authorization: 'Bearer tok-planted-1-0123456789' }, 200],
  ['a repaired one', '/v1/v1/models', { authorization: 'Bearer tok-planted-1-0123456789' }, 200],
  ['an error of the upstream', '/v1/nosuch', { authorization: 'Bearer tok-planted-1-0123456789' }, 404],
  ['an error of ours', '/v1/models', { authorization: 'Bearer wrong' }, 401],
  ['an unknown provider', '/nosuch/v1/models', { authorization: 'Bearer tok-planted-1-0123456789' }, 404],
  ['a bad path', '/v1/%00', { authorization: 'Bearer tok-planted-1-0123456789' }, 400],
  ['a page of ours', '/-/health', {}, 200],
])('%s can be read by a page of the right origin, and by no other', async (_what, path, headers, status) => {
  const own = await send(team.url, path, { headers: { ...headers, origin: 'https://chat.example.com' } });
  expect(own.status).toBe(status);
  expect(own.headers['access-control-allow-origin']).toBe('https://chat.example.com');
  expect(own.headers['access-control-expose-headers']).toContain('x-proxy-error');
  const other = await send(team.url, path, { headers: { ...headers, origin: 'https://evil.example' } });
  expect(other.headers).not.toHaveProperty('access-control-allow-origin');
  expect(varies(other.headers.vary)).toContain('origin');
});

it('a page may read every header of a response, including those that the provider exposes', async () => {
  const otherwise = upstream.currentResponder();
  upstream.respond((_request, response) => {
    response.writeHead(201, {
      location: '/v1/realtime/calls/rtc_1',
      'x-of-tomorrow': '1',
      'access-control-expose-headers': 'X-Of-Tomorrow',
    });
    response.end();
  });
  const ask = (proxy: RunningProxy, authorization: string) =>
    send(proxy.url, '/v1/realtime/calls', {
      headers: { authorization, origin: 'https://chat.example.com' },
      body: 'v=0',
    });
  for (const response of [
    await ask(open, 'Bearer sk-own'),
    await ask(team, 'Bearer tok-planted-1-0123456789'),
  ]) {
    expect([response.status, response.headers['x-of-tomorrow']]).toEqual([201, '1']);
    // The asterisk holds only where no credentials are allowed: https://fetch.spec.whatwg.org/#cors-safelisted-response-header-name
    expect(response.headers).not.toHaveProperty('access-control-allow-credentials');
    expect(response.headers['access-control-expose-headers']?.split(', ')).toEqual(
      expect.arrayContaining(['*', 'location']),
    );
  }
  const { headers } = await send(open.url, '/v1/models', { headers: { authorization: 'Bearer sk-own' } });
  expect(headers).not.toHaveProperty('access-control-expose-headers'); // no page asks
  upstream.respond(otherwise);
});

it('a page may read the headers of uploads and of normalised paths', async () => {
  const { headers } = await send(open.url, '/v1/models', {
    headers: { authorization: 'Bearer sk-own', origin: 'https://chat.example' },
  });
  const exposed = headers['access-control-expose-headers']?.split(', ') ?? [];
  expect(exposed).toEqual(
    expect.arrayContaining(['x-goog-upload-url', 'x-goog-upload-status', 'x-proxy-path-repaired']),
  );
});
