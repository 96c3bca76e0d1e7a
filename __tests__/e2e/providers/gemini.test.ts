import { fakeGemini, type FakeGemini } from '../../helpers/fake-gemini';
import { startFakeUpstream, type FakeUpstream } from '../../../scripts/fakes/fake-upstream';
import { send, until, type WireRequest, type WireResponse } from '../../helpers/http';
import { startProxy, type RunningProxy } from '../../helpers/proxies';

let upstream: FakeUpstream;
let google: FakeGemini;
const running: RunningProxy[] = [];

beforeEach(async () => {
  upstream = await startFakeUpstream();
  google = fakeGemini();
  upstream.respond(google.respond);
});
afterEach(async () => {
  await Promise.all(running.splice(0).map((proxy) => proxy.stop()));
  await upstream.close();
});

async function start(environment: Record<string, string> = {}): Promise<RunningProxy> {
  const proxy = await startProxy(
    { origin: 'http://127.0.0.1:1' }, // nothing here is for another provider
    { GEMINI_UPSTREAM: upstream.origin, ...environment },
  );
  running.push(proxy);
  return proxy;
}

const TEAM = { ACCESS_TOKENS: 'laptop:tok-planted-1-0123456789', GEMINI_API_KEYS: 'AIzaPool1' };
const FLASH = '/v1beta/models/gemini-2.5-flash';
const HI = '{"contents":[{"role":"user","parts":[{"text":"Hi"}]}]}';
const JSON_TYPE = { 'content-type': 'application/json' };
const CHAT: WireRequest = { headers: JSON_TYPE, body: HI };

const credentialsOf = ({ headers }: { headers: Readonly<Record<string, unknown>> }) =>
  ['x-goog-api-key', 'authorization', 'x-api-key', 'api-key']
    .filter((name) => headers[name] !== undefined)
    .map((name) => [name, headers[name]]);
const errorOf = ({ body }: WireResponse) =>
  (JSON.parse(body.toString()) as { error: { code: number; message: string; status: string } }).error;

describe('a request goes to Gemini by its path alone', () => {
  it.each([
    ['/v1beta/models', '/v1beta/models'],
    ['/v1beta/models?pageSize=1', '/v1beta/models?pageSize=1'],
    [`${FLASH}:countTokens`, `${FLASH}:countTokens`],
    ['/v1alpha/models/gemini-2.5-pro:generateContent', '/v1alpha/models/gemini-2.5-pro:generateContent'],
    ['/v1/models/gemini-2.5-pro:generateContent', '/v1/models/gemini-2.5-pro:generateContent'],
    ['/gemini/v1/models', '/v1/models'],
    [`/gemini${FLASH}:embedContent`, `${FLASH}:embedContent`],
    [`/release${FLASH}:generateContent?$alt=json%3B`, `${FLASH}:generateContent?$alt=json%3B`],
    [`/test/gemini${FLASH}`, FLASH],
    ['/v1beta/files', '/v1beta/files'],
    ['/v1beta/openai/models', '/v1beta/openai/models'],
  ])('%s', async (asked, seen) => {
    const proxy = await start();
    const headers = asked.includes('openai')
      ? { authorization: 'Bearer AIzaOwn' }
      : { 'x-goog-api-key': 'AIzaOwn' };
    const response = await send(proxy.url, asked, {
      headers: { ...JSON_TYPE, ...headers },
      ...(asked.includes(':') ? { body: HI } : {}),
    });
    expect(response.status).toBe(200);
    expect(response.headers['x-proxy-error']).toBeUndefined();
    expect(upstream.seen.map(({ url }) => url)).toEqual([seen]);
    expect(upstream.seen.map(credentialsOf)).toEqual([Object.entries(headers)]);
  });
});

describe('a key in the query', () => {
  it.each([
    ['?key=AIzaOwn', '?key=AIzaOwn'],
    ['?alt=sse&key=AIzaOwn&x=a%2Fb%20c&y&y=+', '?alt=sse&key=AIzaOwn&x=a%2Fb%20c&y&y=+'],
    ['?monkey=1&key=AIzaOwn&keys=2', '?monkey=1&key=AIzaOwn&keys=2'],
  ])('of the client stays in the query, and is in no header (%s)', async (query, expected) => {
    const proxy = await start();
    const response = await send(proxy.url, `${FLASH}:streamGenerateContent${query}`, CHAT);
    expect(response.status).toBe(200);
    expect(upstream.seen[0]?.url).toBe(`${FLASH}:streamGenerateContent${expected}`);
    expect(upstream.seen.map(credentialsOf)).toEqual([[]]);
  });

  it.each([
    ['', '?key=tok-planted-1-0123456789', ''],
    ['', '?alt=sse&key=tok-planted-1-0123456789&x=a%2Fb%20c&y&y=+', '?alt=sse&x=a%2Fb%20c&y&y=+'],
    ['', '?a=1&key=%74ok-planted-1-0123456789', '?a=1'],
    ['', '?key=AIzaAny:tok-planted-1-0123456789&b=2', '?b=2'],
    ['', '?key=AIzaAny%253Atok-planted-1-0123456789&b=2', '?b=2'],
    ['/release/tok-planted-1-0123456789/gemini', '?key=any&b=2', '?b=2'],
  ])('that is a token, or comes with one, gives way to a header (%s%s)', async (prefix, query, expected) => {
    const proxy = await start(TEAM);
    const response = await send(proxy.url, `${prefix}${FLASH}:generateContent${query}`, CHAT);
    expect(response.status).toBe(200);
    expect(upstream.seen[0]?.url).toBe(`${FLASH}:generateContent${expected}`);
    expect(upstream.seen.map(credentialsOf)).toEqual([[['x-goog-api-key', 'AIzaPool1']]]);
  });

  it('is replaced for every attempt', async () => {
    const proxy = await start({ ...TEAM, GEMINI_API_KEYS: 'AIzaBad|AIzaGood' });
    google.refuse('AIzaBad', 'invalid');
    expect(
      (await send(proxy.url, `${FLASH}:generateContent?key=tok-planted-1-0123456789&b`, CHAT)).status,
    ).toBe(200);
    expect(upstream.seen.map(({ url }) => url.split('?')[1])).toEqual(['b', 'b']);
    expect(upstream.seen.map((seen) => seen.headers['x-goog-api-key'])).toEqual(['AIzaBad', 'AIzaGood']);
  });
});

it.each([
  ['a native path', `${FLASH}:generateContent`],
  ['the endpoint for OpenAI’s clients', '/v1beta/openai/chat/completions'],
  ['a path of Vertex AI', '/v1/projects/p/locations/l/publishers/google/models/m:generateContent'],
])('an OAuth token stays a Bearer token on %s', async (_what, path) => {
  const proxy = await start();
  for (const key of ['ya29.a0AbCdEf', 'eyJhbGciOi.eyJpc3Mi.c2ln'])
    await send(proxy.url, `/gemini${path}`, { ...CHAT, headers: { ...JSON_TYPE, 'x-goog-api-key': key } });
  expect(upstream.seen.map(credentialsOf)).toEqual([
    [['authorization', 'Bearer ya29.a0AbCdEf']],
    [['authorization', 'Bearer eyJhbGciOi.eyJpc3Mi.c2ln']],
  ]);
});

it('the endpoint for OpenAI’s clients has its key as Bearer', async () => {
  const proxy = await start(TEAM);
  for (const path of ['/v1beta/openai/chat/completions', '/gemini/v1beta/openai/chat/completions']) {
    const response = await send(proxy.url, path, {
      headers: { authorization: 'Bearer tok-planted-1-0123456789', 'content-type': 'application/json' },
      body: '{"model":"gemini-2.5-flash","stream":true,"messages":[]}',
    });
    expect(response.body.toString()).toMatch(/data: \[DONE\]\n\n$/);
    expect(response.headers['x-proxy-path-repaired']).toBeUndefined();
  }
  expect(upstream.seen.map(({ url }) => url)).toEqual([
    '/v1beta/openai/chat/completions',
    '/v1beta/openai/chat/completions',
  ]);
  expect(upstream.seen.map(credentialsOf)).toEqual(Array(2).fill([['authorization', 'Bearer AIzaPool1']]));
});

it.each([
  ['events', '?alt=sse', 'text/event-stream', /^data: \{.*\}\r\n\r\n$/s],
  ['a JSON array', '', 'application/json; charset=UTF-8', /^\[\{\n.*\}\n,\r\n\{.*\}\n\]\n$/s],
])('a stream of %s passes byte for byte', async (_what, query, type, form) => {
  const proxy = await start();
  const request = { headers: { ...JSON_TYPE, 'x-goog-api-key': 'AIzaOwn' }, body: HI };
  const direct = await send(upstream.origin, `${FLASH}:streamGenerateContent${query}`, request);
  const through = await send(proxy.url, `${FLASH}:streamGenerateContent${query}`, request);
  expect(direct.body.toString()).toMatch(form);
  expect(through.body.equals(direct.body)).toBe(true);
  expect(through).toMatchObject({ status: 200, complete: true });
  expect(through.headers['content-type']).toBe(type);
});

it.each([
  ['no credential', {}, {}, 401, 'UNAUTHENTICATED', 'missing-key'],
  ['a wrong token', TEAM, { headers: { 'x-goog-api-key': 'wrong' } }, 401, 'UNAUTHENTICATED', 'bad-token'],
  [
    'a body too large',
    { MAX_BODY_BYTES: '10' },
    { headers: { ...JSON_TYPE, 'x-goog-api-key': 'AIzaOwn' }, body: HI },
    413,
    'INVALID_ARGUMENT',
    'body-too-large',
  ],
  [
    'an API out of reach',
    { GEMINI_UPSTREAM: 'http://127.0.0.1:1' },
    { headers: { 'x-goog-api-key': 'AIzaOwn' } },
    502,
    'UNAVAILABLE',
    'upstream-unreachable',
  ],
] as [string, Record<string, string>, WireRequest, number, string, string][])(
  'an error of the proxy has Google’s shape: %s',
  async (_what, environment, request, code, status, reason) => {
    const proxy = await start(environment);
    for (const path of [`${FLASH}:generateContent`, '/gemini/v1beta/models', '/upload/v1beta/files']) {
      const response = await send(proxy.url, path, { method: 'POST', ...request });
      expect(response.status).toBe(code);
      expect(response.headers['x-proxy-error']).toBe(reason);
      expect(response.headers['content-type']).toMatch(/^application\/json\b/);
      expect(errorOf(response)).toEqual({ code, status, message: expect.stringMatching(/\. /) as string });
    }
    expect(upstream.seen).toHaveLength(0);
  },
);

describe('a pool', () => {
  const refusals = ['invalid', 'expired', 'leaked', 'suspended', 'exhausted'] as const;

  it.each(refusals)(
    'continues with the next key after an %s one, which it does not use again',
    async (refusal) => {
      const proxy = await start({ ...TEAM, GEMINI_API_KEYS: 'AIzaBad|AIzaGood' });
      google.refuse('AIzaBad', refusal);
      const headers = { ...JSON_TYPE, 'x-goog-api-key': 'tok-planted-1-0123456789' };
      for (let at = 0; at < 4; at++)
        expect((await send(proxy.url, `${FLASH}:generateContent`, { headers, body: HI })).status).toBe(200);
      expect(upstream.seen.map((seen) => seen.headers['x-goog-api-key'])).toEqual([
        'AIzaBad',
        'AIzaGood',
        'AIzaGood',
        'AIzaGood',
        'AIzaGood',
      ]);
    },
  );

  it('marks a key as rate-limited for the model and the time that Google names', async () => {
    const proxy = await start({ ...TEAM, ADMIN_TOKEN: 'admin-0123456789' });
    google.refuse('AIzaPool1', 'exhausted');
    const headers = { ...JSON_TYPE, 'x-goog-api-key': 'tok-planted-1-0123456789' };
    const response = await send(proxy.url, `${FLASH}:generateContent`, { headers, body: HI });
    expect(response.status).toBe(429);
    expect(errorOf(response).status).toBe('RESOURCE_EXHAUSTED');
    expect(Number(response.headers['retry-after'])).toBeGreaterThan(30);
    expect(Number(response.headers['retry-after'])).toBeLessThanOrEqual(38);
    const report = await send(proxy.url, '/-/keys', {
      headers: { authorization: 'Bearer admin-0123456789' },
    });
    expect(JSON.parse(report.body.toString())).toMatchObject({
      gemini: [{ state: 'cooling', why: 'rate-limited', models: [{ model: 'gemini-2.5-flash' }] }],
    });
  });

  it('exposes no key, though Google’s error response quotes a suspended one', async () => {
    const proxy = await start(TEAM);
    google.refuse('AIzaPool1', 'suspended');
    const headers = { ...JSON_TYPE, 'x-goog-api-key': 'tok-planted-1-0123456789' };
    const response = await send(proxy.url, `${FLASH}:generateContent`, { headers, body: HI });
    expect(response.status).toBe(503);
    expect(response.headers['x-proxy-error']).toBe('keys-invalid');
    expect(response.body.toString()).not.toContain('AIzaPool1');
    await until('it was logged', () => proxy.log.some((line) => line['msg'] === 'request'));
    expect(JSON.stringify(proxy.log)).not.toContain('AIzaPool1');
  });
});
