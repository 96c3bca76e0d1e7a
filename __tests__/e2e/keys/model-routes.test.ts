import OpenAI from 'openai';
import { SIMULATED_TEXT } from '../../../scripts/fakes/simulated-replies';
import { fakeGemini } from '../../helpers/fake-gemini';
import { startFakeUpstream, type FakeUpstream } from '../../../scripts/fakes/fake-upstream';
import { send } from '../../helpers/http';
import { startProxy, type RunningProxy } from '../../helpers/proxies';

/** Models of each provider. */
const MODELS = {
  openai: ['gpt-5', 'o3', 'a-model-of-tomorrow', 'not-claude-3', 'my/claude-3', ''],
  anthropic: ['claude-sonnet-4-5', 'claude-3-haiku-20240307'],
  gemini: ['gemini-2.5-flash', 'gemma-3-27b-it'],
  deepseek: ['deepseek-chat', 'deepseek-reasoner'],
  xai: ['grok-4'],
  mistral: ['mistral-large-latest', 'codestral-2508'],
  moonshot: ['moonshot-v1-8k', 'kimi-k2-0905-preview'],
  dashscope: ['qwen3-max', 'qwen-plus'],
};
type Name = keyof typeof MODELS;
const NAMES = Object.keys(MODELS) as Name[];

/** An API of its own for each provider, so that where a request went is beyond doubt. */
const upstreams = new Map<Name, FakeUpstream>();
const running: RunningProxy[] = [];

const keyOf = (name: Name) => (name === 'gemini' ? 'AIzaPool' : `sk-pool-${name}`);

beforeAll(async () => {
  for (const name of NAMES) upstreams.set(name, await startFakeUpstream());
  upstreams.get('gemini')?.respond(fakeGemini().respond);
});
afterAll(() => Promise.all([...upstreams.values()].map((upstream) => upstream.close())));
beforeEach(() => {
  for (const upstream of upstreams.values()) upstream.seen.length = 0;
});
afterEach(async () => {
  await Promise.all(running.splice(0).map((proxy) => proxy.stop()));
});

/** A proxy with keys for these providers, which accepts one token. */
async function start(withKeys: readonly Name[], more: Record<string, string> = {}): Promise<RunningProxy> {
  const environment: Record<string, string> = { ACCESS_TOKENS: 'tok-planted-1-0123456789' };
  for (const [name, upstream] of upstreams) environment[`${name.toUpperCase()}_UPSTREAM`] = upstream.origin;
  for (const name of withKeys) environment[`${name.toUpperCase()}_API_KEYS`] = keyOf(name);
  const proxy = await startProxy({ origin: 'http://127.0.0.1:1' }, { ...environment, ...more });
  running.push(proxy);
  return proxy;
}

/** What each API got: its name, path and credential. */
const went = () =>
  [...upstreams].flatMap(([name, { seen }]) =>
    seen.map(({ url, headers }) => [
      name,
      url,
      headers.authorization ?? headers['x-api-key'] ?? headers['x-goog-api-key'],
    ]),
  );

const AUTHORIZED = { authorization: 'Bearer tok-planted-1-0123456789', 'content-type': 'application/json' };
const ask = (proxy: RunningProxy, path: string, body: string, headers: Record<string, string> = AUTHORIZED) =>
  send(proxy.url, path, { headers, body });
const bodyFor = (model: string) =>
  `{ "messages" : [{"role":"user","content":"model: é 你好 \\u1F642"}],"model":${JSON.stringify(model)}, "x":1.0 }\n`;

const ENDPOINT: Partial<Record<Name, string>> = { gemini: '/v1beta/openai' };

describe('a chat without a provider segment goes to the provider of its model', () => {
  it.each(NAMES.flatMap((name) => MODELS[name].map((model) => [model, name] as const)))(
    '%s → %s, with its key, body and reply untouched',
    async (model, name) => {
      const proxy = await start(NAMES);
      const body = bodyFor(model);
      const response = await ask(proxy, '/release/v1/chat/completions?a=%2F', body);
      expect(response.status).toBe(200);
      const path = `${ENDPOINT[name] ?? '/v1'}/chat/completions?a=%2F`;
      expect(went()).toEqual([[name, path, `Bearer ${keyOf(name)}`]]);
      expect(upstreams.get(name)?.seen[0]?.body.toString()).toBe(body);
      const direct = await send(upstreams.get(name)?.origin ?? '', path, {
        headers: { ...AUTHORIZED, authorization: `Bearer ${keyOf(name)}` },
        body,
      });
      expect(response.body.equals(direct.body)).toBe(true);
    },
  );
});

it('the official client reaches every provider at one base URL, streamed and not', async () => {
  const proxy = await start(NAMES);
  const client = new OpenAI({
    apiKey: 'tok-planted-1-0123456789',
    baseURL: `${proxy.url}/v1`,
    maxRetries: 0,
  });
  const messages = [{ role: 'user' as const, content: 'Hi' }];
  for (const model of ['gpt-5', 'claude-opus-4-1', 'gemini-2.5-pro', 'deepseek-chat']) {
    const completion = await client.chat.completions.create({ model, messages });
    expect(completion.choices[0]?.message.content).toBe(SIMULATED_TEXT);
    let text = '';
    for await (const chunk of await client.chat.completions.create({ model, messages, stream: true }))
      text += chunk.choices[0]?.delta.content ?? '';
    expect(text).toBe(SIMULATED_TEXT);
  }
  expect(went().map(([name]) => name)).toEqual(
    ['openai', 'anthropic', 'gemini', 'deepseek'].flatMap((name) => [name, name]),
  );
});

it.each<[path: string, model: string, expected: [Name, string]]>([
  ['/v1/embeddings', 'gemini-embedding-001', ['gemini', '/v1beta/openai/embeddings']],
  ['/v1/completions', 'deepseek-chat', ['deepseek', '/v1/completions']],
  ['/v1/embeddings', 'mistral-embed', ['mistral', '/v1/embeddings']],
  ['/chat/completions', 'deepseek-chat', ['deepseek', '/v1/chat/completions']],
  ['/tok-planted-1-0123456789/v1/chat/completions', 'grok-4', ['xai', '/v1/chat/completions']],
])('%s for %s is sent along', async (path, model, [name, url]) => {
  const proxy = await start(NAMES);
  await ask(proxy, path, bodyFor(model));
  expect(went()).toEqual([[name, url, `Bearer ${keyOf(name)}`]]);
});

describe('a request stays with the provider that it is addressed to', () => {
  const CHAT = '/v1/chat/completions';
  it.each<[what: string, path: string, body: string, name: Name, upstreamPath: string]>([
    ['with that segment', `/openai${CHAT}`, bodyFor('claude-3'), 'openai', CHAT],
    ['with another segment', `/deepseek${CHAT}`, bodyFor('gpt-5'), 'deepseek', CHAT],
    ['in its own API', '/v1/responses', bodyFor('gpt-5'), 'openai', '/v1/responses'],
    [
      'with its segment, in its own API',
      '/openai/v1/responses',
      bodyFor('claude-3'),
      'openai',
      '/v1/responses',
    ],
    ['where it has no model', CHAT, '{"messages":[]}', 'openai', CHAT],
    ['where its model is deeper', CHAT, '{"x":{"model":"claude-3"},"model":"gpt-5"}', 'openai', CHAT],
    ['where its model is no string', CHAT, '{"model":["claude-3"]}', 'openai', CHAT],
    ['where its JSON is broken', CHAT, '{"model":"claude-3"', 'openai', CHAT],
    ['where its JSON is a list', CHAT, '[{"model":"claude-3"}]', 'openai', CHAT],
    [
      'on a path that the other has not',
      '/v1/audio/speech',
      bodyFor('claude-3'),
      'openai',
      '/v1/audio/speech',
    ],
  ])('%s (%s)', async (_what, path, body, name, upstreamPath) => {
    const proxy = await start(NAMES);
    await ask(proxy, path, body);
    expect(went()).toEqual([[name, upstreamPath, `Bearer ${keyOf(name)}`]]);
    expect(upstreams.get(name)?.seen[0]?.body.toString()).toBe(body);
  });

  it('in no format that the provider of the model lacks', async () => {
    const proxy = await start(NAMES);
    const response = await ask(proxy, '/v1/responses', bodyFor('claude-3'));
    expect([response.status, response.headers['x-proxy-error']]).toEqual([400, 'format-not-served']);
    expect(response.body.toString()).toContain(
      'Providers with it here: openai, deepseek, xai, moonshot, dashscope.',
    );
    expect(went()).toEqual([]);
  });

  it('where the server has no keys for the other one', async () => {
    const proxy = await start(['openai']);
    await ask(proxy, '/v1/chat/completions', bodyFor('claude-sonnet-4-5'));
    await ask(proxy, '/v1/chat/completions', bodyFor('claude-sonnet-4-5'), {
      ...AUTHORIZED,
      authorization: 'Bearer sk-own:tok-planted-1-0123456789',
    });
    const expected = ['openai', '/v1/chat/completions', `Bearer ${keyOf('openai')}`];
    expect(went()).toEqual([expected, expected]);
  });

  it('where it lists models', async () => {
    const proxy = await start(NAMES, { MODEL_ROUTES: '*=deepseek' });
    expect((await send(proxy.url, '/openai/v1/models', { headers: AUTHORIZED })).status).toBe(200);
    expect(went()).toEqual([['openai', '/v1/models', `Bearer ${keyOf('openai')}`]]);
  });
});

describe('MODEL_ROUTES', () => {
  it.each<[routes: string, model: string, expected: Name, sent: string]>([
    ['gpt-*=deepseek', 'gpt-5', 'deepseek', 'gpt-5'],
    ['*-mini=xai', 'gpt-5-mini', 'xai', 'gpt-5-mini'],
    ['g*5=xai', 'gpt-5', 'xai', 'gpt-5'],
    ['claude-*=openai', 'claude-3', 'openai', 'claude-3'],
    ['fast=gemini/gemini-2.5-flash', 'fast', 'gemini', 'gemini-2.5-flash'],
    [
      'smart=anthropic/claude-opus-4-1, fast=gemini/gemini-2.5-flash',
      'smart',
      'anthropic',
      'claude-opus-4-1',
    ],
    ['gpt-4=openai/gpt-5', 'gpt-4', 'openai', 'gpt-5'],
    ['llama*=dashscope/meta/llama-4', 'llama-3.3-70b', 'dashscope', 'meta/llama-4'],
    ['gpt.5=deepseek', 'gpt-5', 'openai', 'gpt-5'],
    ['gpt-5=deepseek', 'gpt-5-mini', 'openai', 'gpt-5-mini'],
    ['gpt-5=deepseek,gpt-*=xai', 'gpt-5', 'deepseek', 'gpt-5'],
  ])('%s sends %s to %s as %s, and changes nothing else', async (MODEL_ROUTES, model, name, sent) => {
    const proxy = await start(NAMES, { MODEL_ROUTES });
    await ask(proxy, '/v1/chat/completions', bodyFor(model));
    expect(went().map(([to, , key]) => [to, key])).toEqual([[name, `Bearer ${keyOf(name)}`]]);
    expect(upstreams.get(name)?.seen[0]?.body.toString()).toBe(bodyFor(sent));
    expect(upstreams.get(name)?.seen[0]?.headers['content-length']).toBe(
      String(Buffer.byteLength(bodyFor(sent))),
    );
  });

  it.each([
    ['an unknown provider', 'x=nosuch', /MODEL_ROUTES .*nosuch/s],
    ['a provider without keys', 'x=mistral', /MODEL_ROUTES .*mistral.*MISTRAL_API_KEYS/s],
    ['no provider', 'x=', /MODEL_ROUTES/],
    ['no model', '=deepseek', /MODEL_ROUTES/],
    ['a second entry that is wrong', 'a=deepseek,b=nosuch', /MODEL_ROUTES .*nosuch/s],
  ])('with %s is rejected at the start', async (_what, MODEL_ROUTES, problem) => {
    await expect(start(['openai', 'deepseek'], { MODEL_ROUTES })).rejects.toThrow(problem);
  });
});

describe('a client’s own key that does not identify its provider', () => {
  const OWN = { ...AUTHORIZED, authorization: 'Bearer sk-own' };
  const CHAT = '/v1/chat/completions';

  it.each<[model: string, name: Name, path: string]>([
    ['deepseek-chat', 'deepseek', CHAT],
    ['gemini-2.5-pro', 'gemini', '/v1beta/openai/chat/completions'],
    ['claude-3', 'anthropic', CHAT],
    ['gpt-5', 'openai', CHAT],
    ['a-model-of-tomorrow', 'openai', CHAT],
  ])('goes to the provider of its model, before DEFAULT_PROVIDER (%s to %s)', async (model, name, path) => {
    for (const more of [{}, { DEFAULT_PROVIDER: 'openai' }]) {
      const proxy = await start([], { ACCESS_TOKENS: '', ...more });
      await ask(proxy, CHAT, bodyFor(model), OWN);
    }
    expect(went()).toEqual(Array(2).fill([name, path, 'Bearer sk-own']));
    expect(upstreams.get(name)?.seen[0]?.body.toString()).toBe(bodyFor(model));
  });

  it.each<[what: string, path: string, headers: Record<string, string>]>([
    ['by the path', `/openai${CHAT}`, {}],
    ['by the key', CHAT, { authorization: 'Bearer sk-proj-own' }],
  ])('stays with the provider that is addressed %s', async (_what, path, headers) => {
    const proxy = await start([], { ACCESS_TOKENS: '' });
    await ask(proxy, path, bodyFor('deepseek-chat'), { ...OWN, ...headers });
    expect(went().map(([name]) => name)).toEqual(['openai']);
  });

  it('stays at a gateway of the operator’s choice, and does not go out to a provider’s own address', async () => {
    // DeepSeek is where it always is: were the key sent there, nothing would arrive here.
    const proxy = await start([], { ACCESS_TOKENS: '', DEEPSEEK_UPSTREAM: '' });
    await ask(proxy, CHAT, bodyFor('deepseek-chat'), OWN);
    expect(went()).toEqual([['openai', CHAT, 'Bearer sk-own']]);
  });
});

describe('if the server has keys for one provider only', () => {
  it('that one is the default', async () => {
    const proxy = await start(['deepseek']);
    await ask(proxy, '/v1/chat/completions', bodyFor('a-model-of-tomorrow'));
    expect((await send(proxy.url, '/v1/models', { headers: AUTHORIZED })).status).toBe(200);
    expect(went().map(([name]) => name)).toEqual(['deepseek', 'deepseek']);
  });

  it('DEFAULT_PROVIDER overrides that, even if it has its default value', async () => {
    const proxy = await start(['deepseek'], { DEFAULT_PROVIDER: 'openai' });
    const response = await ask(proxy, '/v1/chat/completions', bodyFor('a-model-of-tomorrow'));
    expect(response.headers['x-proxy-error']).toBe('no-key-for-provider');
  });
});

it('the client’s own key is for the addressed provider, and never goes to another', async () => {
  const proxy = await start(['anthropic']);
  const authorization = 'Bearer sk-proj-own:tok-planted-1-0123456789';
  for (const model of ['gpt-5', 'claude-3'])
    await ask(proxy, '/v1/chat/completions', bodyFor(model), { ...AUTHORIZED, authorization });
  expect(went()).toEqual([
    ['openai', '/v1/chat/completions', 'Bearer sk-proj-own'],
    ['anthropic', '/v1/chat/completions', `Bearer ${keyOf('anthropic')}`],
  ]);
});

describe('an error of the proxy for another provider has the client’s error shape', () => {
  it.each([
    ['claude-3', 'ANTHROPIC_UPSTREAM'],
    ['gemini-2.5-pro', 'GEMINI_UPSTREAM'],
  ])('before the response (%s)', async (model, variable) => {
    const proxy = await start(NAMES, { [variable]: 'http://127.0.0.1:1' });
    const response = await ask(proxy, '/v1/chat/completions', bodyFor(model));
    expect(response.status).toBe(502);
    expect(JSON.parse(response.body.toString())).toMatchObject({
      error: { code: 'upstream-unreachable', type: 'server_error', param: null },
    });
  });

  it.each<[string, Name]>([
    ['claude-3', 'anthropic'],
    ['gemini-2.5-pro', 'gemini'],
  ])('within a stream (%s)', async (model, name) => {
    const proxy = await start(NAMES);
    const upstream = upstreams.get(name);
    const before = upstream?.currentResponder();
    upstream?.respond((request, response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      response.write('data: {"choices":[]}\n\n', () => request.socket.destroy());
    });
    const { body } = await ask(proxy, '/v1/chat/completions', bodyFor(model));
    if (before) upstream?.respond(before);
    expect(body.toString()).toMatch(
      /^data: \{"choices":\[\]\}\n\ndata: \{"error":\{.*"code":"upstream-cut"\}\}\n\n$/,
    );
  });
});
