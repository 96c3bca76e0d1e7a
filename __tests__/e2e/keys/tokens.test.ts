import Anthropic from '@anthropic-ai/sdk';
import OpenAI from 'openai';
import { SIMULATED_TEXT } from '../../../scripts/fakes/simulated-replies';
import { startFakeUpstream, type FakeUpstream } from '../../../scripts/fakes/fake-upstream';
import { send } from '../../helpers/http';
import { startBundle, startProxy, type RunningBundle, type RunningProxy } from '../../helpers/proxies';

let upstream: FakeUpstream;
let bundle: RunningBundle;

beforeAll(async () => {
  upstream = await startFakeUpstream();
  bundle = await startBundle({
    OPENAI_UPSTREAM: upstream.origin,
    ANTHROPIC_UPSTREAM: upstream.origin,
    GEMINI_UPSTREAM: upstream.origin,
    ACCESS_TOKENS: 'laptop:tok-planted-1-0123456789,phone:tok-planted-2-0123456789',
    OPENAI_API_KEYS: 'sk-pool-1|sk-pool-2',
    ANTHROPIC_API_KEYS: 'sk-ant-pool-1',
  });
});
afterAll(async () => {
  await bundle.stop();
  await upstream.close();
});

const last = () => upstream.seen[upstream.seen.length - 1];

/** How a client presents the token: what the client is given as its key, base path and default query. */
const PLACES: [place: string, key: string, path: string, query: Record<string, string>][] = [
  ['as the key', 'tok-planted-1-0123456789', '', {}],
  ['as the key behind a stage prefix', 'tok-planted-1-0123456789', '/release', {}],
  ['as the key beside a provider segment', 'tok-planted-1-0123456789', '/{provider}', {}],
  ['as the first path segment, with any key', 'any', '/tok-planted-1-0123456789', {}],
  ['in the path behind a stage prefix', 'any', '/test/tok-planted-1-0123456789', {}],
  ['in the path before a provider segment', 'any', '/release/tok-planted-1-0123456789/{provider}', {}],
  ['behind the client’s own key', 'sk-own:tok-planted-1-0123456789', '', {}],
  ['in the query, with any key', 'any', '', { key: 'tok-planted-1-0123456789' }],
];

describe.each(PLACES)('a token %s', (_place, key, path, query) => {
  const base = (provider: string) => bundle.url + path.replace('{provider}', provider);
  const request = { model: 'm', messages: [{ role: 'user' as const, content: 'Hi' }] };

  it('authenticates the openai client, streamed and not', async () => {
    const client = new OpenAI({
      apiKey: key,
      baseURL: `${base('openai')}/v1`,
      maxRetries: 0,
      defaultQuery: query,
    });
    const completion = await client.chat.completions.create(request);
    expect(completion.choices[0]?.message.content).toBe(SIMULATED_TEXT);
    let text = '';
    for await (const chunk of await client.chat.completions.create({ ...request, stream: true }))
      text += chunk.choices[0]?.delta.content ?? '';
    expect(text).toBe(SIMULATED_TEXT);
    expect(last()?.headers.authorization).toMatch(/^Bearer sk-pool-[12]$/);
    expect(last()?.url).toBe('/v1/chat/completions');
  });

  it.each([
    ['x-api-key', { apiKey: key, authToken: null }],
    ['Bearer', { apiKey: null, authToken: key }],
  ])('authenticates the Anthropic client (%s), streamed and not', async (_header, credentials) => {
    const client = new Anthropic({
      ...credentials,
      baseURL: base('anthropic'),
      maxRetries: 0,
      defaultQuery: query,
    });
    const message = await client.messages.create({ ...request, max_tokens: 9 });
    expect(message.content).toEqual([{ type: 'text', text: SIMULATED_TEXT }]);
    expect(await client.messages.stream({ ...request, max_tokens: 9 }).finalText()).toBe(SIMULATED_TEXT);
    expect(last()?.headers['x-api-key']).toBe('sk-ant-pool-1');
    expect(last()?.url).toBe('/v1/messages');
  });
});

describe('without a valid token', () => {
  it.each([
    [
      'openai',
      401,
      OpenAI.AuthenticationError,
      () => new OpenAI({ apiKey: 'wrong', baseURL: `${bundle.url}/v1`, maxRetries: 0 }).models.list(),
    ],
    [
      'Anthropic',
      401,
      Anthropic.AuthenticationError,
      () =>
        new Anthropic({ apiKey: 'wrong', authToken: null, baseURL: bundle.url, maxRetries: 0 }).models.list(),
    ],
  ])('the %s client raises its own class, and nothing is sent', async (_name, status, errorClass, call) => {
    const before = upstream.seen.length;
    const error: unknown = await Promise.resolve(call()).catch((caught: unknown) => caught);
    expect(error).toBeInstanceOf(errorClass);
    expect(error).toMatchObject({ status });
    expect((error as { headers: Headers }).headers.get('x-proxy-error')).toBe('bad-token');
    expect(upstream.seen).toHaveLength(before);
  });

  it.each([
    '/v1/models',
    '/wrong/v1/models',
    '/v1/models?key=wrong',
    '/tok-planted-1-0123456789x/v1/models',
    '/v1/tok-planted-1-0123456789/models',
  ])('%s is 401', async (path) => {
    const before = upstream.seen.length;
    expect((await send(bundle.url, path)).status).toBe(401);
    expect(upstream.seen).toHaveLength(before);
  });

  it('the proxy’s own pages stay open, with or without a token in the path', async () => {
    for (const path of [
      '/-/health',
      '/',
      '/tok-planted-1-0123456789/',
      '/tok-planted-1-0123456789/-/health',
    ]) {
      const response = await send(bundle.url, path);
      expect(response.status).toBe(200);
      expect(response.body.toString()).not.toContain('tok-planted');
    }
  });
});

it('the log has the token’s name and the key’s alias, and neither token nor key', () => {
  expect(bundle.log).toContainEqual(
    expect.objectContaining({
      token: 'laptop',
      provider: 'openai',
      key: expect.stringMatching(/^…ol-[12]-/) as string,
    }),
  );
  expect(bundle.stdout() + bundle.stderr()).not.toMatch(/tok-planted|sk-pool|sk-ant-pool/);
});

it('no token reached the upstream', () => {
  for (const { url, rawHeaders, body } of upstream.seen)
    expect(`${url}${rawHeaders.join()}${body.toString()}`).not.toContain('tok-planted');
});

describe('many wrong tokens from one address', () => {
  let said = 0;

  it('get Retry-After, even a valid one, except a token that is verified there', async () => {
    const other = await startBundle({
      OPENAI_UPSTREAM: upstream.origin,
      ACCESS_TOKENS: 'tok-right-0123456789,tok-known-0123456789',
      OPENAI_API_KEYS: 'k',
      TENCENTCLOUD_RUNENV: 'SCF',
    });
    const guess = (address: string, token: string) =>
      send(other.url, '/v1/models', {
        headers: {
          authorization: `Bearer ${token}`,
          // As SCF's gateways write it behind what the client sent; the rest is nobody's word.
          'x-forwarded-for': `198.51.100.${++said % 250}, ${address}, 11.163.0.${said % 250}, 10.132.0.1`,
          'x-scf-remote-addr': `198.51.100.${said % 250}`,
          'x-real-ip': `198.51.100.${said % 250}`,
        },
      });
    expect((await guess('203.0.113.1', 'tok-known-0123456789')).status).toBe(200);
    const statuses: number[] = [];
    for (let at = 0; at < 15; at++) statuses.push((await guess('203.0.113.1', `wrong-${at}`)).status);
    expect(statuses).toEqual([
      ...Array.from({ length: 10 }, () => 401),
      ...Array.from({ length: 5 }, () => 429),
    ]);
    const refused = await guess('203.0.113.1', 'wrong');
    expect(refused.headers['x-proxy-error']).toBe('too-many-bad-tokens');
    expect(Number(refused.headers['retry-after'])).toBeGreaterThan(0);
    expect((await guess('203.0.113.1', 'tok-right-0123456789')).status).toBe(429);
    expect((await guess('203.0.113.1', 'tok-known-0123456789')).status).toBe(200);
    expect((await guess('203.0.113.2', 'tok-right-0123456789')).status).toBe(200);
    expect((await guess('203.0.113.2', 'wrong')).status).toBe(401);
    expect(
      (await send(other.url, '/v1/models', { headers: { 'x-forwarded-for': '203.0.113.1' } })).status,
    ).toBe(401); // none is no guess
    expect(other.stdout()).not.toContain('203.0.113');
    await other.stop();
  });

  it('count by connection if no platform sets the address header', async () => {
    const other = await startBundle({
      OPENAI_UPSTREAM: upstream.origin,
      ACCESS_TOKENS: 'tok-right-0123456789',
      OPENAI_API_KEYS: 'k',
    });
    const statuses: number[] = [];
    for (let at = 0; at < 12; at++)
      statuses.push(
        (
          await send(other.url, '/v1/models', {
            headers: {
              authorization: `Bearer wrong-${at}`,
              'x-scf-remote-addr': `203.0.113.${at}`,
              'x-forwarded-for': `203.0.113.${at}`,
            },
          })
        ).status,
      );
    expect(statuses.slice(10)).toEqual([429, 429]);
    await other.stop();
  });
});

describe('on protected paths, and on no others', () => {
  const TOKENS = {
    ACCESS_TOKENS: 'tok-right-0123456789',
    ADMIN_TOKEN: 'admin-0123456789',
    OPENAI_API_KEYS: 'k',
  };
  const bearer = (token: string) => ({ headers: { authorization: `Bearer ${token}` } });
  const started: RunningProxy[] = [];
  const start = async (environment: Record<string, string> = TOKENS) => {
    const proxy = await startProxy(upstream, environment);
    started.push(proxy);
    return proxy;
  };
  afterEach(async () => {
    await Promise.all(started.splice(0).map((proxy) => proxy.stop()));
  });

  it.each([
    ['/wrong-token/v1/models', {}],
    ['/release/wrong-token/v1/models', {}],
    ['/wrong-token/v4/models', {}],
    ['/wrong-token/chat/completions', {}],
    ['/wrong-token/groq/v1/models', {}],
    ['/wrong-token/-/egress', {}],
    ['/wrong-token/-/health', {}],
    ['/wrong-token-0123456789', {}], // the page at /
    ['/wrong-token-0123456789/', {}],
    ['/v1/models?key=wrong', {}],
    ['/v1/models', { headers: { 'x-goog-api-key': 'wrong' } }],
    ['/v1/models', bearer('sk-own:wrong')],
    ['/-/egress', bearer('wrong')],
    ['/-/selftest/stream', bearer('wrong')],
    ['/-/keys', bearer('wrong')],
    ['/-/keys', bearer('tok-right-0123456789')],
  ])('%s %j counts, and then no token is accepted', async (path, request) => {
    const proxy = await start();
    const before = upstream.seen.length;
    const statuses = [];
    for (let at = 0; at < 12; at++) statuses.push((await send(proxy.url, path, request)).status);
    expect(statuses).toEqual([...Array<number>(10).fill(401), 429, 429]);
    for (const [right, how] of [
      ['/v1/models', bearer('tok-right-0123456789')],
      ['/tok-right-0123456789/v1/models', {}],
      ['/tok-right-0123456789/', {}],
      ['/tok-right-0123456789/-/health', {}],
      ['/-/egress', bearer('tok-right-0123456789')],
      ['/-/selftest/stream?chunks=1', bearer('admin-0123456789')],
      ['/-/keys', bearer('admin-0123456789')],
    ] as const) {
      const { status, headers } = await send(proxy.url, right, how);
      expect([right, status, headers['x-proxy-error']]).toEqual([right, 429, 'too-many-bad-tokens']);
    }
    expect(upstream.seen).toHaveLength(before);
  });

  it.each([
    ['/v1/models', {}],
    ['/robots.txt', {}],
    ['/wrong-token/', {}], // too short to be one
    ['/favicon.ico', {}],
    ['/groq/v1/models', {}],
    ['/v1/wrong-token/models', {}],
    ['/-/keys', {}],
    ['/-/egress', {}],
    ['/', bearer('wrong')],
    ['/-/health', bearer('wrong')],
  ])('%s %j does not count', async (path, request) => {
    const proxy = await start();
    for (let at = 0; at < 15; at++) expect((await send(proxy.url, path, request)).status).not.toBe(429);
    expect((await send(proxy.url, '/v1/models', bearer('tok-right-0123456789'))).status).toBe(200);
  });

  it('the page of the keys counts even without access tokens', async () => {
    const proxy = await start({ ADMIN_TOKEN: 'admin-0123456789' });
    const guess = async (token: string) => (await send(proxy.url, '/-/keys', bearer(token))).status;
    const statuses = [];
    for (let at = 0; at < 11; at++) statuses.push(await guess(`wrong-${at}`));
    expect(statuses).toEqual([...Array<number>(10).fill(401), 429]);
    expect(await guess('admin-0123456789')).toBe(429);
  });

  it('verified clients stay authenticated, the admin and tokens in the path included', async () => {
    const proxy = await start();
    const working = [
      ['/v1/models', bearer('tok-right-0123456789')],
      ['/tok-right-0123456789/v1/models', {}],
      ['/-/keys', bearer('admin-0123456789')],
    ] as const;
    for (const [path, how] of working) expect((await send(proxy.url, path, how)).status).toBe(200);
    for (let at = 0; at < 12; at++) await send(proxy.url, '/v1/models', bearer('wrong'));
    for (const [path, how] of working) expect((await send(proxy.url, path, how)).status).toBe(200);
  });

  it('guesses that are sent together are no cheaper', async () => {
    const proxy = await start();
    const tokens = [...Array.from({ length: 100 }, (_, at) => `wrong-${at}`), 'tok-right-0123456789'];
    const responses = await Promise.all(tokens.map((token) => send(proxy.url, '/v1/models', bearer(token))));
    const statuses = responses.map(({ status }) => status);
    expect(statuses.filter((status) => status === 401).length).toBeLessThanOrEqual(10);
    expect(statuses.filter((status) => status === 429).length).toBeGreaterThanOrEqual(90);
  });

  it('a valid token that has to wait gets the same response as an invalid one', async () => {
    const proxy = await start();
    for (let at = 0; at < 10; at++) await send(proxy.url, '/v1/models', bearer('wrong'));
    const received = async (path: string, request = {}) => {
      const { status, headers, body } = await send(proxy.url, path, request);
      const { date: _date, 'retry-after': _wait, 'x-proxy-request-id': id, ...rest } = headers;
      return [status, rest, body.toString().replace(String(id), 'ID')];
    };
    for (const behind of ['/v1/messages', '/v1beta/models', '/', '/-/nosuch', '']) {
      expect(await received(`/tok-right-0123456789${behind}`)).toEqual(
        await received(`/tok-wrong-0123456789${behind}`),
      );
    }
    for (const path of ['/v1/models', '/v1/messages', '/-/keys', '/-/egress'])
      expect(await received(path, bearer('tok-right-0123456789'))).toEqual(
        await received(path, bearer('tok-wrong-0123456789')),
      );
  });
});

describe('tokens without server keys', () => {
  it('guard a pass-through: only the client’s own key is sent on', async () => {
    const other = await startBundle({
      OPENAI_UPSTREAM: upstream.origin,
      ACCESS_TOKENS: 'tok-right-0123456789',
    });
    for (const [path, authorization] of [
      ['/v1/models', 'Bearer sk-own:tok-right-0123456789'],
      ['/tok-right-0123456789/v1/models', 'Bearer sk-own'],
    ] as const) {
      expect((await send(other.url, path, { headers: { authorization } })).status).toBe(200);
      expect(last()?.headers.authorization).toBe('Bearer sk-own');
    }
    const alone = await send(other.url, '/v1/models', {
      headers: { authorization: 'Bearer tok-right-0123456789' },
    });
    expect(alone.status).toBe(401);
    expect(alone.headers['x-proxy-error']).toBe('no-key-for-provider');
    await other.stop();
  });
});
