import { startFakeUpstream, type FakeUpstream } from '../../scripts/fakes/fake-upstream';
import { ANTHROPIC_HEADERS, OPENAI_HEADERS, send, until } from '../helpers/http';
import { startProxy, type RunningProxy } from '../helpers/proxies';

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

describe('the proxy’s own pages', () => {
  afterEach(() => {
    expect(upstream.seen).toHaveLength(0); // none of them is relayed
  });

  it.each(['/-/health', '/release/-/health', '/test/-/health?x=1'])(
    'include GET %s, which reports the state of this instance',
    async (path) => {
      const { status, headers, body } = await send(proxy.url, path);
      expect(status).toBe(200);
      expect(headers).toMatchObject({
        'content-type': 'application/json; charset=utf-8',
        'cache-control': 'no-store',
        'access-control-allow-origin': '*',
      });
      expect(JSON.parse(body.toString())).toEqual({
        status: 'ok',
        version: '0.0.0-test',
        commit: 'abcdef012345',
        region: 'ap-test',
        function: 'test',
        instance: expect.any(String) as string,
        uptime_seconds: expect.any(Number) as number,
        limits: { timeout_ms: 600_000, idle_timeout_ms: 300_000, max_body_bytes: 52_428_800 },
      });
    },
  );

  it.each([
    '/-/health',
    '/',
    '/release',
    '/api/hello',
    '/anthropic/',
    '/anthropic/api/hello',
    '/release/api/hello',
  ])('respond to HEAD %s with 200 and no body', async (path) => {
    const { status, body } = await send(proxy.url, path, { method: 'HEAD' });
    expect(status).toBe(200);
    expect(body).toHaveLength(0);
  });

  it.each([
    ['/', 'http://proxy.example'],
    ['/release/', 'http://proxy.example/release'],
  ])('show each client its exact base URL at %s', async (path, base) => {
    const { status, headers, body } = await send(proxy.url, path, {
      headers: { host: 'proxy.example', 'x-forwarded-proto': 'http' },
    });
    expect(status).toBe(200);
    expect(headers['content-type']).toBe('text/html; charset=utf-8');
    expect(headers['content-security-policy']).toContain("default-src 'none'");
    expect(headers['x-powered-by']).toBeUndefined();
    expect(body.toString()).toContain(`<code><span data-base>${base}</span>/v1</code>`);
    expect(body.toString()).toContain(`<code><span data-base>${base}</span></code>`);
  });

  it.each([
    ['GET', '/-/nothing', 404, 'not-found'],
    ['GET', '/-', 404, 'not-found'],
    ['POST', '/-/health', 405, 'method-not-allowed'],
    ['TRACE', '/v1/models', 405, 'method-not-relayed'],
    ['TRACE', '/', 405, 'method-not-relayed'],
    ['DELETE', '/-/x', 405, 'method-not-allowed'],
  ])('respond to %s %s with %i', async (method, path, status, code) => {
    const response = await send(proxy.url, path, { method });
    expect(response.status).toBe(status);
    expect(response.headers).toMatchObject({
      'x-proxy-error': code,
      'access-control-allow-origin': '*',
      'content-type': 'application/json; charset=utf-8',
    });
    expect(response.headers['cache-control']).toBeUndefined();
  });
});

describe('everything else is relayed', () => {
  it.each([
    ['GET', '/api/hello'],
    ['POST', '/'],
    ['GET', '/openai/-/health'],
    ['GET', '/-x/health'],
    ['GET', '/favicon.ico'],
  ])('%s %s', async (method, path) => {
    const before = upstream.seen.length;
    await send(proxy.url, path, { method, headers: OPENAI_HEADERS });
    expect(upstream.seen).toHaveLength(before + 1);
  });
});

describe('CORS', () => {
  const page = { origin: 'https://chat.example' };

  it.each(['/v1/chat/completions', '/anthropic/v1/messages', '/-/health', '/', '/any/../thing', '*'])(
    'grants a preflight for %s without relaying it',
    async (path) => {
      const before = upstream.seen.length;
      const { status, headers, body } = await send(proxy.url, path, {
        method: 'OPTIONS',
        headers: {
          ...page,
          'access-control-request-method': 'POST',
          'access-control-request-headers': 'authorization,content-type,x-stainless-os',
        },
      });
      expect(status).toBe(204);
      expect(body).toHaveLength(0);
      expect(headers).toMatchObject({
        'access-control-allow-origin': '*',
        'access-control-allow-headers': 'authorization,content-type,x-stainless-os',
        'access-control-allow-methods': expect.stringContaining('POST') as string,
        'access-control-max-age': '86400',
      });
      expect(upstream.seen).toHaveLength(before);
    },
  );

  it('is set on responses, on upstream errors and on the proxy’s errors, once each', async () => {
    for (const [path, headers] of [
      ['/v1/models', OPENAI_HEADERS],
      ['/v1/no-such-path', OPENAI_HEADERS],
      ['/v1/models', {}],
      ['/v1/%00', OPENAI_HEADERS],
    ] as const) {
      const { rawHeaders } = await send(proxy.url, path, { headers: { ...headers, ...page } });
      expect(rawHeaders.filter((part) => /^access-control-allow-origin$/i.test(part))).toHaveLength(1);
      expect(rawHeaders.join('\n')).toMatch(/Access-Control-Expose-Headers\n.*x-request-id/);
    }
  });

  it('allows no other origin to read, if origins are set', async () => {
    const strict = await startProxy(upstream, {
      CORS_ORIGINS: 'https://chat.example, http://localhost:3000',
    });
    const allowed = await send(strict.url, '/v1/models', { headers: { ...OPENAI_HEADERS, ...page } });
    expect(allowed.headers).toMatchObject({
      'access-control-allow-origin': 'https://chat.example',
      vary: 'Origin',
    });
    for (const [method, path] of [
      ['GET', '/v1/models'],
      ['OPTIONS', '/v1/models'],
      ['GET', '/-/health'],
      ['GET', '/-/nothing'],
    ] as const) {
      const { rawHeaders } = await send(strict.url, path, {
        method,
        headers: { ...OPENAI_HEADERS, origin: 'https://evil.example' },
      });
      expect(rawHeaders.join('\n')).not.toMatch(/access-control-/i);
    }
    await strict.stop();
  });
});

describe('the log', () => {
  it('has one line a request, with what an operator needs and nothing of the client', async () => {
    const before = proxy.log.length;
    await send(proxy.url, '/release/v1/messages?beta=true&secret=hidden', {
      headers: { ...ANTHROPIC_HEADERS, 'x-forwarded-for': '203.0.113.9' },
      body: '{"stream":true}',
    });
    await until('it was logged', () => proxy.log.length > before);
    expect(proxy.log).toHaveLength(before + 1);
    expect(proxy.log[before]).toEqual({
      level: 'info',
      time: expect.stringMatching(/^\d{4}-\d\d-\d\dT/) as string,
      request_id: expect.any(String) as string,
      method: 'POST',
      path: '/v1/messages',
      provider: 'anthropic',
      status: 200,
      bytes: expect.any(Number) as number,
      first_byte_ms: expect.any(Number) as number,
      ttft_ms: expect.any(Number) as number,
      ms: expect.any(Number) as number,
      attempts: 1,
      outcome: 'complete',
      model: 'm',
      stream: true,
      meter: 'metered',
      input_tokens: expect.any(Number) as number,
      output_tokens: expect.any(Number) as number,
      tokens_per_second: expect.any(Number) as number,
      upstream_request_id: 'req_simulated_anthropic',
      msg: 'request',
    });
    expect(proxy.log[before]?.['bytes']).toBeGreaterThan(500);
  });

  it('logs an upstream’s error by its status, and the proxy’s own by its code', async () => {
    const before = proxy.log.length;
    await send(proxy.url, '/v1/nowhere', { headers: OPENAI_HEADERS });
    await send(proxy.url, '/v1/models');
    await until('both were logged', () => proxy.log.length === before + 2);
    expect(proxy.log.slice(before)).toMatchObject([
      { level: 'warn', status: 404, outcome: 'upstream-404', attempts: 1 },
      { level: 'info', status: 401, outcome: 'missing-key', attempts: 0 },
    ]);
  });
});
