import Anthropic from '@anthropic-ai/sdk';
import OpenAI from 'openai';
import { startFakeUpstream, type FakeUpstream, type Responder } from '../../../scripts/fakes/fake-upstream';
import { send, type WireResponse } from '../../helpers/http';
import { startProxy, type RunningProxy } from '../../helpers/proxies';

const TOKEN = 'tok-planted-1-0123456789';
const TWO_MODELS = 'tok-planted-2-0123456789';
const ONLY_GROQ = 'tok-planted-3-0123456789';

/** What each provider lists, by its key. */
const LISTS: Readonly<Record<string, readonly Readonly<Record<string, unknown>>[]>> = {
  'sk-openai': [
    { id: 'gpt-5', object: 'model', created: 1_754_425_777, owned_by: 'system' },
    { id: 'gpt-5-mini', object: 'model', created: 1_754_425_928, owned_by: 'system' },
    { id: 'shared', object: 'model', created: 1, owned_by: 'system' },
  ],
  'sk-ant-pool': [
    {
      type: 'model',
      id: 'claude-sonnet-4-5',
      display_name: 'Claude Sonnet 4.5',
      created_at: '2025-09-29T00:00:00Z',
    },
  ],
  AIzaPool: [{ id: 'models/gemini-2.5-pro', object: 'model', owned_by: 'google' }],
  'gsk-pool': [{ id: 'shared' }, { id: 'openai/gpt-oss-120b' }],
};
const IDS = [
  ...['fast', 'claude-sonnet-4-5', 'gemini-2.5-pro', 'gpt-5', 'gpt-5-mini', 'openai/shared'],
  ...['groq/shared', 'groq/openai/gpt-oss-120b'],
];

let upstream: FakeUpstream;
let proxy: RunningProxy;
const running: RunningProxy[] = [];

beforeAll(async () => {
  upstream = await startFakeUpstream();
  proxy = await startProxy(upstream, environment());
});
afterAll(async () => {
  await proxy.stop();
  await upstream.close();
});
beforeEach(() => {
  upstream.respond(respondByKey);
  upstream.seen.length = 0;
});
afterEach(async () => {
  await Promise.all(running.splice(0).map((one) => one.stop()));
});

const keyOf = ({ headers }: { readonly headers: Readonly<Record<string, unknown>> }) =>
  String(headers['authorization'] ?? headers['x-api-key'] ?? headers['x-goog-api-key']).replace(
    'Bearer ',
    '',
  );

const respondByKey: Responder = (_request, response, seen) =>
  response
    .writeHead(200, { 'content-type': 'application/json' })
    .end(JSON.stringify({ object: 'list', data: LISTS[keyOf(seen)] ?? [], isUntouched: true }));

function environment(more: Record<string, string> = {}): Record<string, string> {
  return {
    GROQ_UPSTREAM: upstream.origin,
    OPENAI_API_KEYS: 'sk-openai',
    ANTHROPIC_API_KEYS: 'sk-ant-pool',
    GEMINI_API_KEYS: 'AIzaPool',
    GROQ_API_KEYS: 'gsk-pool',
    MODEL_ROUTES: 'fast=groq/openai/gpt-oss-120b',
    ACCESS_TOKENS: `all:${TOKEN},two:${TWO_MODELS},groq:${ONLY_GROQ}`,
    TOKEN_LIMITS: 'two: models=gpt-5-mini,claude-*; groq: providers=groq rpm=1000',
    ...more,
  };
}

async function start(more: Record<string, string>): Promise<RunningProxy> {
  const one = await startProxy(upstream, more);
  running.push(one);
  return one;
}

const get = (path: string, headers: Record<string, string> = {}, at = proxy) =>
  send(at.url, path, { headers: { authorization: `Bearer ${TOKEN}`, ...headers } });
const VERSION = { 'anthropic-version': '2023-06-01' };

function idsIn({ body }: WireResponse): string[] {
  return (JSON.parse(body.toString()) as { data: { id: string }[] }).data.map(({ id }) => id);
}

const openaiAt = (url: string, apiKey = TOKEN) => new OpenAI({ apiKey, baseURL: `${url}/v1`, maxRetries: 0 });
const anthropicAt = (url: string, authToken = TOKEN) =>
  new Anthropic({ authToken, apiKey: null, baseURL: url, maxRetries: 0 });

async function all<T extends { readonly id: string }>(pages: AsyncIterable<T>): Promise<string[]> {
  const ids: string[] = [];
  for await (const { id } of pages) ids.push(id);
  return ids;
}

describe('GET /v1/models with the keys of several providers', () => {
  it('lists the models of all of them to the openai client', async () => {
    const models = await openaiAt(proxy.url).models.list();
    expect(models.data.map(({ id }) => id)).toEqual(IDS);
    expect(models.data[3]).toEqual({
      id: 'gpt-5',
      object: 'model',
      created: 1_754_425_777,
      owned_by: 'openai',
    });
  });

  it.each([1, 3, 8, 1_000])('lists them to the @anthropic-ai/sdk client, in pages of %i', async (limit) => {
    const client = anthropicAt(proxy.url);
    expect(await all(client.models.list({ limit }))).toEqual(IDS);
    const backwards = await all(client.models.list({ limit, before_id: 'groq/openai/gpt-oss-120b' }));
    expect([...backwards].sort()).toEqual(IDS.slice(0, -1).sort());
  });

  it('tells Anthropic’s clients the title and the date that its provider tells', async () => {
    expect(await anthropicAt(proxy.url).models.retrieve('claude-sonnet-4-5')).toEqual({
      type: 'model',
      id: 'claude-sonnet-4-5',
      display_name: 'Claude Sonnet 4.5',
      created_at: '2025-09-29T00:00:00Z',
    });
  });

  it('asks each provider in its own way, with nothing of the client’s', async () => {
    const own = await start(environment());
    const response = await get(
      '/v1/models?secret=of-mine',
      { 'x-mine': 'secret', 'user-agent': 'mine' },
      own,
    );
    expect(response.headers['x-proxy-models-missing']).toBeUndefined();
    const asked = upstream.seen.map(({ url, headers }) => [
      url,
      headers['anthropic-version'] ?? '',
      keyOf({ headers }),
    ]);
    expect(asked.sort()).toEqual([
      ['/v1/models', '', 'gsk-pool'],
      ['/v1/models', '', 'sk-openai'],
      ['/v1/models?limit=1000', '2023-06-01', 'sk-ant-pool'],
      ['/v1beta/openai/models', '', 'AIzaPool'],
    ]);
    expect(JSON.stringify(upstream.seen.map(({ rawHeaders }) => rawHeaders))).not.toMatch(/mine|tok-planted/);
    expect(own.log.at(-1)).toMatchObject({
      path: '/v1/models',
      status: 200,
      token: 'all',
      outcome: 'complete',
    });
    await get('/models', {}, own);
    expect(upstream.seen).toHaveLength(4);
  });

  it.each([
    '/v1/models',
    '/models',
    '/v1/v1/models',
    '/v1/models/',
    '/release/v1/models',
    `/${TOKEN}/v1/models`,
  ])('is at %s too', async (path) => {
    const { headers, body } = await get(path);
    expect(JSON.parse(body.toString())).toMatchObject({ object: 'list', data: { length: IDS.length } });
    expect(headers['content-type']).toBe('application/json; charset=utf-8');
    expect(Number(headers['content-length'])).toBe(body.length);
  });

  it('has no body for HEAD', async () => {
    const { status, headers, body } = await send(proxy.url, '/v1/models', {
      method: 'HEAD',
      headers: { authorization: `Bearer ${TOKEN}` },
    });
    expect([status, Number(headers['content-length']) > 100, body.length]).toEqual([200, true, 0]);
  });

  it('needs a token, in the form of the client’s API', async () => {
    const wrong = { authorization: 'Bearer sk-nobody' };
    const openai = await send(proxy.url, '/v1/models', { headers: wrong });
    const anthropic = await send(proxy.url, '/v1/models', { headers: { ...wrong, ...VERSION } });
    expect([openai.status, anthropic.status]).toEqual([401, 401]);
    expect(JSON.parse(openai.body.toString())).toMatchObject({ error: { code: 'bad-token' } });
    expect(JSON.parse(anthropic.body.toString())).toMatchObject({ type: 'error' });
    expect(upstream.seen).toEqual([]);
  });

  it('lists two models to a token that is limited to two, and the other ones cannot be read', async () => {
    const mine = ['claude-sonnet-4-5', 'gpt-5-mini'];
    expect((await openaiAt(proxy.url, TWO_MODELS).models.list()).data.map(({ id }) => id)).toEqual(mine);
    const client = anthropicAt(proxy.url, TWO_MODELS);
    expect(await all(client.models.list({ limit: 1 }))).toEqual(mine);
    await expect(client.models.retrieve('gpt-5')).rejects.toThrow(Anthropic.NotFoundError);
    await expect(client.models.retrieve('gpt-5-mini')).resolves.toMatchObject({ id: 'gpt-5-mini' });
  });

  it('lists only the models of the providers that a token is for', async () => {
    expect(idsIn(await get('/v1/models', { authorization: `Bearer ${ONLY_GROQ}` }))).toEqual([
      'fast',
      'groq/shared',
      'groq/openai/gpt-oss-120b',
    ]);
  });

  it('refuses a page that cannot be', async () => {
    const { status, body } = await get('/v1/models?limit=0', VERSION);
    expect([status, JSON.parse(body.toString())]).toMatchObject([
      400,
      { error: { type: 'invalid_request_error' } },
    ]);
  });
});

describe('GET /v1/models/<id>', () => {
  it.each([
    ['gpt-5', 'gpt-5', 'openai'],
    ['shared', 'shared', 'openai'],
    ['groq/shared', 'groq/shared', 'groq'],
    ['groq%2Fshared', 'groq/shared', 'groq'],
    ['groq/openai/gpt-oss-120b', 'groq/openai/gpt-oss-120b', 'groq'],
    ['groq%2Fopenai%2fgpt-oss-120b', 'groq/openai/gpt-oss-120b', 'groq'],
    ['gemini/gemini-2.5-pro', 'gemini/gemini-2.5-pro', 'gemini'],
    ['fast', 'fast', 'groq'],
  ])('%s is one model', async (written, id, provider) => {
    const { status, body } = await get(`/v1/models/${written}`);
    expect([status, JSON.parse(body.toString())]).toMatchObject([
      200,
      { id, object: 'model', owned_by: provider },
    ]);
  });

  it('with the official clients', async () => {
    expect(await openaiAt(proxy.url).models.retrieve('groq/openai/gpt-oss-120b')).toMatchObject({
      owned_by: 'groq',
    });
    expect(await anthropicAt(proxy.url).models.retrieve('groq/shared')).toMatchObject({
      display_name: 'groq/shared',
    });
    await expect(openaiAt(proxy.url).models.retrieve('nobody/nothing')).rejects.toThrow(OpenAI.NotFoundError);
    await expect(anthropicAt(proxy.url).models.retrieve('nothing')).rejects.toThrow(Anthropic.NotFoundError);
  });

  it.each(['nothing', 'groq/gpt-5', '__proto__', '%E0%A4%A', 'x'.repeat(5_000), 'a/b/c/d'])(
    'that nobody has is 404 in the form of the client’s API: %s',
    async (id) => {
      const openai = await get(`/v1/models/${id}`);
      expect([openai.status, openai.headers['x-proxy-error']]).toEqual([404, 'model-not-found']);
      expect(JSON.parse(openai.body.toString())).toMatchObject({
        error: { code: 'model-not-found', param: null },
      });
      const anthropic = await get(`/v1/models/${id}`, VERSION);
      expect(JSON.parse(anthropic.body.toString())).toMatchObject({
        type: 'error',
        error: { type: 'not_found_error' },
      });
    },
  );

  it('of a fine-tuned model is relayed to the provider that is addressed', async () => {
    const { body } = await get('/v1/models/ft:gpt-4o:acme::1');
    expect(JSON.parse(body.toString())).toMatchObject({ isUntouched: true });
    expect(upstream.seen.map(({ url }) => url)).toEqual(['/v1/models/ft:gpt-4o:acme::1']);
  });
});

describe('A provider that fails', () => {
  it.each<[string, Responder]>([
    ['responds with an error', (_request, response) => response.writeHead(500).end('{}')],
    ['responds with HTML', (_request, response) => response.writeHead(200).end('<!doctype html>')],
    ['closes the connection', (_request, response) => response.destroy()],
    [
      'responds with another thing',
      (_request, response) => response.writeHead(200).end('{"data":[{"id":7}]}'),
    ],
  ])('since it %s is left out and named', async (_what, fail) => {
    const own = await start(environment());
    upstream.respond((request, response, seen) =>
      (/openai|AIza/.test(keyOf(seen)) ? fail : respondByKey)(request, response, seen),
    );
    const response = await get('/v1/models', { origin: 'https://page.example' }, own);
    expect(response.status).toBe(200);
    expect(idsIn(response)).toEqual(['fast', 'claude-sonnet-4-5', 'groq/shared', 'groq/openai/gpt-oss-120b']);
    expect(response.headers['x-proxy-models-missing']).toBe('gemini, openai');
    expect(response.headers['access-control-expose-headers']).toContain('x-proxy-models-missing');
    const one = await get('/v1/models/gpt-5', {}, own);
    expect([one.status, one.headers['x-proxy-models-missing']]).toEqual([404, 'gemini, openai']);
    const groq = await get('/v1/models', { authorization: `Bearer ${ONLY_GROQ}` }, own);
    expect(groq.headers['x-proxy-models-missing']).toBeUndefined();
  });
});

describe('A request for models is relayed as ever', () => {
  const untouched = ({ body }: WireResponse) =>
    (JSON.parse(body.toString()) as { isUntouched?: true }).isUntouched;

  it('if it names its provider', async () => {
    for (const path of ['/openai/v1/models', '/groq/v1/models', '/groq/v1/models/shared'])
      expect([path, untouched(await get(path))]).toEqual([path, true]);
    expect(upstream.seen.map(({ url }) => url)).toEqual(['/v1/models', '/v1/models', '/v1/models/shared']);
  });

  it('if it is Google’s own', async () => {
    const google = { 'x-goog-api-key': TOKEN };
    for (const [path, headers] of [
      ['/v1beta/models', {}],
      ['/v1beta/models', google],
      ['/v1/models', google],
      ['/v1beta/openai/models', {}],
    ] as const)
      expect(untouched(await get(path, headers))).toBe(true);
    expect(upstream.seen.map((seen) => [seen.url, keyOf(seen)])).toEqual([
      ['/v1beta/models', 'AIzaPool'],
      ['/v1beta/models', 'AIzaPool'],
      ['/v1/models', 'AIzaPool'],
      ['/v1beta/openai/models', 'AIzaPool'],
    ]);
  });

  it('if the client has a key of its own', async () => {
    const own = await start(environment({ OPENAI_API_KEYS: '', ANTHROPIC_API_KEYS: '' }));
    expect(untouched(await get('/v1/models', { authorization: `Bearer sk-mine:${TOKEN}` }, own))).toBe(true);
    const anthropic = { 'x-api-key': 'sk-ant-mine', ...VERSION };
    expect(untouched(await get('/v1/models', anthropic, own))).toBe(true);
    expect(upstream.seen.map(keyOf)).toEqual(['sk-mine', 'sk-ant-mine']);
  });

  it('if the server has the keys of one provider', async () => {
    const one = await start({ OPENAI_API_KEYS: 'sk-openai', ACCESS_TOKENS: TOKEN });
    const response = await get('/v1/models?x=y', { 'x-mine': '1' }, one);
    expect(untouched(response)).toBe(true);
    expect(upstream.seen[0]).toMatchObject({ url: '/v1/models?x=y', headers: { 'x-mine': '1' } });
  });

  it('if it is no reading', async () => {
    const { body } = await send(proxy.url, '/v1/models/gpt-5', {
      method: 'DELETE',
      headers: { authorization: `Bearer ${TOKEN}` },
    });
    expect(JSON.parse(body.toString())).toMatchObject({ isUntouched: true });
  });
});

describe('A list that names its provider, for an OpenAI client', () => {
  it.each([
    ['/gemini/v1/models', { authorization: `Bearer ${TOKEN}` }, '/v1beta/openai/models', 'authorization'],
    [
      '/gemini/v1/models/gemini-2.5-pro',
      { authorization: `Bearer ${TOKEN}` },
      '/v1beta/openai/models/gemini-2.5-pro',
      'authorization',
    ],
    ['/gemini/models', { authorization: `Bearer ${TOKEN}` }, '/v1beta/openai/models', 'authorization'],
    ['/gemini/v1/models', { 'x-goog-api-key': TOKEN }, '/v1/models', 'x-goog-api-key'],
    [`/gemini/v1/models?key=${TOKEN}`, {}, '/v1/models', 'x-goog-api-key'],
    ['/gemini/v1beta/models', { authorization: `Bearer ${TOKEN}` }, '/v1beta/models', 'x-goog-api-key'],
  ])('%s of Gemini’s is in the form of the client, %j', async (path, headers, url, keyIn) => {
    await send(proxy.url, path, { headers });
    expect(upstream.seen.map((seen) => [seen.url, keyIn in seen.headers])).toEqual([[url, true]]);
    expect(upstream.seen.map(keyOf)).toEqual(['AIzaPool']);
  });

  it('has OpenAI’s errors at Gemini', async () => {
    const { body } = await send(proxy.url, '/gemini/v1/models', {
      headers: { authorization: 'Bearer wrong' },
    });
    expect(JSON.parse(body.toString())).toMatchObject({ error: { code: 'bad-token' } });
    const google = await send(proxy.url, '/gemini/v1/models', { headers: { 'x-goog-api-key': 'wrong' } });
    expect(JSON.parse(google.body.toString())).toMatchObject({ error: { status: 'UNAUTHENTICATED' } });
    upstream.respond((_request, response) => response.destroy());
    const cut = await get('/gemini/v1/models');
    expect(JSON.parse(cut.body.toString())).toMatchObject({ error: { type: 'server_error' } });
  });

  it.each([
    ['/anthropic/v1/models', { authorization: `Bearer ${TOKEN}` }, ['2023-06-01']],
    ['/anthropic/v1/models/claude-x', { authorization: `Bearer ${TOKEN}` }, ['2023-06-01']],
    [
      '/anthropic/v1/models',
      { authorization: `Bearer ${TOKEN}`, 'anthropic-version': '2099-01-01' },
      ['2099-01-01'],
    ],
    ['/anthropic/v1/models', { 'x-api-key': TOKEN }, []],
    ['/anthropic/v1/messages/batches', { authorization: `Bearer ${TOKEN}` }, []],
  ])('%s gets the version that Anthropic requires, %j', async (path, headers, versions) => {
    await send(proxy.url, path, { headers });
    const { rawHeaders = [] } = upstream.seen[0] ?? {};
    expect(rawHeaders.filter((_, at) => rawHeaders[at - 1] === 'anthropic-version')).toEqual(versions);
  });

  it('is read by the openai client', async () => {
    const at = (name: string) =>
      new OpenAI({ apiKey: TOKEN, baseURL: `${proxy.url}/${name}/v1`, maxRetries: 0 }).models.list();
    expect((await at('gemini')).data.map(({ id }) => id)).toEqual(['models/gemini-2.5-pro']);
    expect((await at('anthropic')).data.map(({ id }) => id)).toEqual(['claude-sonnet-4-5']);
  });
});

it('Thirty providers with 5,000 models are one list', async () => {
  const names = Array.from({ length: 30 }, (_, at) => `relay${at}`);
  upstream.respond((_request, response, { url }) => {
    const name = url.split('/')[1] ?? '';
    const count = name === 'relay0' ? 2_100 : 100;
    const data = Array.from({ length: count }, (_, at) => ({ id: `${name}-model-${at}` }));
    response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify({ data }));
  });
  const keys = Object.fromEntries(names.map((name) => [`${name.toUpperCase()}_API_KEYS`, `sk-${name}`]));
  const many = await start({
    PROVIDERS: names.map((name) => `${name}=${upstream.origin}/${name}/v1`).join(),
    ALLOW_PRIVATE_PROVIDERS: 'true',
    ACCESS_TOKENS: TOKEN,
    ...keys,
  });
  const models = await openaiAt(many.url).models.list();
  expect([models.data.length, new Set(models.data.map(({ id }) => id)).size]).toEqual([5_000, 5_000]);
  expect(await all(anthropicAt(many.url).models.list({ limit: 1_000 }))).toEqual(
    models.data.map(({ id }) => id),
  );
  expect(upstream.seen).toHaveLength(30);
});

describe('A name with its provider before it', () => {
  const CHAT = '{ "model" : "groq/openai/gpt-oss-120b", "messages": [], "seed": 12345678901234567890 }';

  it('goes to that provider, in the same bytes but for the name', async () => {
    await send(proxy.url, '/v1/chat/completions', {
      headers: { authorization: `Bearer ${TOKEN}`, 'content-type': 'application/json' },
      body: CHAT,
    });
    expect(upstream.seen.map((seen) => [keyOf(seen), seen.body.toString()])).toEqual([
      ['gsk-pool', CHAT.replace('groq/', '')],
    ]);
  });

  it('reaches each model of the list', async () => {
    for (const id of IDS.filter((one) => !one.startsWith('claude') && !one.startsWith('gemini'))) {
      upstream.seen.length = 0;
      await openaiAt(proxy.url)
        .chat.completions.create({ model: id, messages: [] })
        .catch(() => undefined);
      const sent = JSON.parse(upstream.seen[0]?.body.toString() ?? '{}') as { model?: string };
      const key = upstream.seen.map(keyOf)[0] ?? '';
      expect([id, LISTS[key]?.some((model) => model['id'] === sent.model)]).toEqual([id, true]);
    }
  });

  it('is limited as the model that it stands for', async () => {
    const chat = (model: string) =>
      send(proxy.url, '/v1/chat/completions', {
        headers: { authorization: `Bearer ${TWO_MODELS}`, 'content-type': 'application/json' },
        body: JSON.stringify({ model, messages: [] }),
      });
    expect((await chat('openai/gpt-5-mini')).status).toBe(200);
    expect((await chat('openai/gpt-5')).headers['x-proxy-error']).toBe('model-not-allowed');
    expect((await chat('groq/openai/gpt-oss-120b')).headers['x-proxy-error']).toBe('model-not-allowed');
  });

  it('works in Anthropic’s format', async () => {
    const body = '{"model":"anthropic/claude-sonnet-4-5","max_tokens":1,"messages":[]}';
    await send(proxy.url, '/v1/messages', {
      headers: { authorization: `Bearer ${TOKEN}`, 'content-type': 'application/json', ...VERSION },
      body,
    });
    expect(upstream.seen.map((seen) => [keyOf(seen), seen.body.toString()])).toEqual([
      ['sk-ant-pool', body.replace('anthropic/', '')],
    ]);
  });
});
