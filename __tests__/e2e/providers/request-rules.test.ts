import { gzipSync } from 'node:zlib';
import { startFakeUpstream, type FakeUpstream } from '../../../scripts/fakes/fake-upstream';
import { FORMATS, Providers, TOKEN, ask } from '../../helpers/chains';
import { send, type WireRequest } from '../../helpers/http';
import { startProxy, type RunningProxy } from '../../helpers/proxies';

const KID = 'tok-planted-2-0123456789';
const JSON_TYPE = { 'content-type': 'application/json' };
const OWN_KEY = { ...JSON_TYPE, authorization: 'Bearer sk-own-1' };

let upstream: FakeUpstream;
const running: RunningProxy[] = [];

beforeAll(async () => {
  upstream = await startFakeUpstream();
});
afterEach(async () => {
  await Promise.all(running.splice(0).map((proxy) => proxy.stop()));
});
afterAll(() => upstream.close());

async function proxyWith(
  rules: readonly object[],
  environment: Record<string, string> = {},
): Promise<RunningProxy> {
  const proxy = await startProxy(upstream, {
    ALLOW_ANONYMOUS: 'true',
    REQUEST_RULES: JSON.stringify(rules),
    ...environment,
  });
  running.push(proxy);
  return proxy;
}

/** What the provider got, and what the response says of it. */
async function exchange({ url }: RunningProxy, path: string, request: WireRequest) {
  const { status, headers } = await send(url, path, request);
  const seen = upstream.seen.at(-1);
  return { status, by: headers['x-proxy-transformed'], body: seen?.body.toString(), seen };
}

const POOLS = {
  OPENAI_API_KEYS: 'sk-pool-1,sk-pool-2',
  ANTHROPIC_API_KEYS: 'sk-pool-3',
  GEMINI_API_KEYS: 'sk-pool-4',
};

const BODIES = [
  ['/v1/chat/completions', '{ "model":"gpt-5","max_tokens":9999,"messages":[]}\n'],
  ['/v1/responses', '{ "model":"gpt-5","max_tokens":9999,"input":"é"}\n'],
  ['/v1/messages', '{ "model":"claude-x","max_tokens":9999,"messages":[]}\n'],
  ['/v1beta/models/gemini-x:generateContent', '{ "contents":[],"max_tokens":9999}\n'],
] as const;

const CAP = { name: 'cap', 'max-tokens': 100 };

describe('a rule changes only its span of a body', () => {
  it.each(BODIES)('on %s, with a pooled key and with one of the client', async (path, body) => {
    const changed = body.replace('9999', '100');
    const pooled = await proxyWith([CAP], POOLS);
    for (const [proxy, headers] of [
      [pooled, JSON_TYPE],
      [await proxyWith([CAP]), OWN_KEY],
    ] as const) {
      const sent = await exchange(proxy, path, { headers, body });
      expect(sent).toMatchObject({ by: 'cap', body: changed });
      expect(sent.seen?.headers['content-length']).toBe(String(Buffer.byteLength(changed)));
    }
  });

  it('also of one that is too large to be sent twice', async () => {
    const proxy = await proxyWith([CAP], { REPLAY_BODY_BYTES: '1000' });
    const body = `{"input":"${'x'.repeat(500_000)}","max_output_tokens":9999}`;
    expect(await exchange(proxy, '/v1/responses', { headers: OWN_KEY, body })).toMatchObject({
      by: 'cap',
      body: body.replace('9999', '100'),
    });
  });

  it('the same for each key that it is tried with', async () => {
    const proxy = await proxyWith([CAP], POOLS);
    const usual = upstream.currentResponder();
    upstream.seen.length = 0;
    upstream.respond((_request, response) => {
      upstream.respond(usual);
      response.writeHead(401, JSON_TYPE).end('{"error":{"code":"invalid_api_key"}}');
    });
    const [path, body] = BODIES[0];
    const { headers } = await send(proxy.url, path, { headers: JSON_TYPE, body });
    expect(headers['x-proxy-transformed']).toBe('cap');
    const changed = body.replace('9999', '100');
    expect(upstream.seen.map((seen) => seen.body.toString())).toEqual([changed, changed]);
  });
});

describe('what no rule is for passes untouched, and the response names none', () => {
  const [chat, body] = BODIES[0];
  it.each([
    ['another model', [{ ...CAP, model: 'o3*' }], chat, JSON_TYPE, body],
    ['another provider', [{ ...CAP, provider: ['groq', 'azure'] }], chat, JSON_TYPE, body],
    ['a client without a token', [{ ...CAP, token: 'kid' }], chat, JSON_TYPE, body],
    ['embeddings', [CAP], '/v1/embeddings', JSON_TYPE, body],
    ['a count of tokens', [CAP], '/v1/messages/count_tokens', JSON_TYPE, body],
    ['what is within the limit', [CAP], chat, JSON_TYPE, body.replace('9999', '99')],
    ['malformed JSON', [CAP], chat, JSON_TYPE, body.replace('}', '')],
    ['another type', [CAP], chat, { 'content-type': 'text/plain' }, body],
    ['a compressed body', [CAP], chat, { ...JSON_TYPE, 'content-encoding': 'gzip' }, gzipSync(body)],
  ])('%s', async (_what, rules, path, headers, sent) => {
    const proxy = await proxyWith(rules, { ...POOLS, AZURE_UPSTREAM: 'https://x.openai.azure.com' });
    const { by, seen } = await exchange(proxy, path, { headers, body: sent });
    expect(by).toBeUndefined();
    expect(seen?.body).toEqual(Buffer.from(sent));
  });
});

describe('a rule is chosen', () => {
  it('by the access token, whatever else the client sends', async () => {
    const proxy = await proxyWith([{ ...CAP, token: ['kid'] }], {
      ...POOLS,
      ACCESS_TOKENS: `laptop:${TOKEN},kid:${KID}`,
    });
    const [path, body] = BODIES[0];
    const by = async (token: string) => {
      const headers = { ...JSON_TYPE, authorization: `Bearer ${token}` };
      return (await exchange(proxy, path, { headers, body })).by;
    };
    expect([await by(KID), await by(TOKEN)]).toEqual(['cap', undefined]);
  });

  it('by the model’s name at the provider, not by an alias', async () => {
    const rules = [
      { name: 'alias', model: 'fast', set: { a: 1 } },
      { name: 'real', model: 'gpt-5-m*', drop: 'max_tokens' },
    ];
    const proxy = await proxyWith(rules, { ...POOLS, MODEL_ROUTES: 'fast=openai/gpt-5-mini' });
    const body = '{"model": "fast" ,"max_tokens":9}';
    expect(await exchange(proxy, '/v1/chat/completions', { headers: JSON_TYPE, body })).toMatchObject({
      by: 'real',
      body: '{"model": "gpt-5-mini"}',
    });
  });

  it('by the model in the path of Gemini', async () => {
    const proxy = await proxyWith([{ ...CAP, model: 'gemini-x' }], POOLS);
    const [path, body] = BODIES[3];
    expect((await exchange(proxy, path, { headers: JSON_TYPE, body })).by).toBe('cap');
  });

  it('in the order of the table, after what is done to every chat', async () => {
    const rules = [{ set: { n: 1 } }, { name: 'two', drop: 'n', default: { seed: 12 } }];
    const proxy = await proxyWith(rules, { ...POOLS, MESSAGE_TRANSFORMS: 'move-system-message:1' });
    const messages = ['system', 'user', 'user'].map((role) => ({ role }));
    const body = JSON.stringify({ moderation: true, messages });
    expect(await exchange(proxy, '/v1/chat/completions', { headers: JSON_TYPE, body })).toMatchObject({
      by: 'moderation-fields, move-system-message, rule-1, two',
      body: '{"messages":[{"role":"user"},{"role":"system"},{"role":"user"}],"seed":12}',
    });
  });
});

describe('the response', () => {
  it('names sixteen rules at most, and how many more there are', async () => {
    const rules = Array.from({ length: 18 }, (_, at) => ({ set: { [`m${at}`]: at } }));
    const proxy = await proxyWith(rules);
    const { by, body } = await exchange(proxy, '/v1/responses', { headers: OWN_KEY, body: '{}' });
    expect(by).toBe(
      `${rules
        .slice(0, 16)
        .map((_, at) => `rule-${at + 1}`)
        .join(', ')}, +2`,
    );
    expect(Object.keys(JSON.parse(body ?? '') as object)).toHaveLength(18);
  });
});

describe('in a chain', () => {
  let providers: Providers;
  beforeAll(async () => {
    providers = await Providers.start();
  });
  afterAll(async () => {
    await providers.reset();
    await providers.close();
  });

  it('each provider gets what its own rules make of the client’s body', async () => {
    const proxy = await providers.proxy({
      MODEL_ROUTES: 'm=openai/a > deepseek/b > groq/c',
      REQUEST_RULES: JSON.stringify([
        { name: 'no-limit', provider: 'openai', drop: 'max_tokens' },
        { name: 'flex', provider: 'deepseek', set: { service_tier: 'flex' } },
      ]),
    });
    const fails = (name: string) => {
      providers.at(name).respond((_request, response) => response.writeHead(500).end());
    };
    const sentTo = (name: string) => providers.at(name).seen.map(({ body }) => body.toString());
    const format = FORMATS.chat;
    fails('openai');
    const second = await ask(proxy, format);
    expect(second.headers['x-proxy-served-by']).toBe('deepseek/b');
    expect(second.headers['x-proxy-transformed']).toBe('flex');
    const atSecond = format.body('b', false).replace('1.0', '1.0,"service_tier":"flex"');
    expect(sentTo('openai')).toEqual([format.body('a', false).replace('"max_tokens":9,', '')]);
    expect(sentTo('deepseek')).toEqual([atSecond]);
    fails('deepseek');
    const third = await ask(proxy, format);
    expect(third.headers['x-proxy-served-by']).toBe('groq/c');
    expect(third.headers['x-proxy-transformed']).toBeUndefined();
    expect(sentTo('groq')).toEqual([format.body('c', false)]);
  });
});

describe('a rule’s headers', () => {
  const [path, body] = BODIES[2];
  const rules = [
    { name: 'beta', 'add-headers': { 'anthropic-beta': 'context-1m' } },
    { name: 'quiet', 'drop-headers': ['X-App', 'x-absent'] },
    { name: 'agent', 'add-headers': { 'User-Agent': 'house/1' } },
  ];

  it('are sent in place of what they drop and beside what the client sends', async () => {
    const proxy = await proxyWith(rules, POOLS);
    const headers = { ...JSON_TYPE, 'anthropic-beta': 'tools', 'x-app': 'cli', 'user-agent': 'cli/2' };
    const { by, seen } = await exchange(proxy, path, { headers, body });
    expect(by).toBe('beta, quiet, agent');
    expect(seen?.headers).toMatchObject({ 'anthropic-beta': 'tools, context-1m', 'user-agent': 'house/1' });
    expect(seen?.headers).not.toHaveProperty('x-app');
    expect(seen?.body.toString()).toBe(body);
  });

  it('cannot be taken out by the client, and are not sent twice', async () => {
    const proxy = await proxyWith(rules, POOLS);
    const headers = {
      ...JSON_TYPE,
      connection: 'close, anthropic-beta',
      'anthropic-beta': 'context-1m',
      'user-agent': 'house/1',
    };
    expect((await exchange(proxy, path, { headers, body })).seen?.headers['anthropic-beta']).toBe(
      'context-1m',
    );
    const same = await exchange(proxy, path, { headers: { ...headers, connection: 'close' }, body });
    expect(same.by).toBeUndefined();
    expect(same.seen?.headers).toMatchObject({ 'anthropic-beta': 'context-1m', 'user-agent': 'house/1' });
  });

  it.each([
    ['POST', '/v1/messages/batches'],
    ['GET', '/v1/messages'],
  ])('do not change requests that no rule is for: %s %s', async (method, other) => {
    const proxy = await proxyWith(rules, POOLS);
    const headers = { 'anthropic-version': '2023-06-01', 'x-app': 'cli' };
    const { by, seen } = await exchange(proxy, other, { method, headers });
    expect([by, seen?.headers['x-app'], seen?.headers['anthropic-beta']]).toEqual([
      undefined,
      'cli',
      undefined,
    ]);
  });
});

describe('a prompt cache', () => {
  it('is marked in Anthropic’s format alone, whoever serves it', async () => {
    const proxy = await proxyWith([{ name: 'cache', 'prompt-cache': '5m' }], POOLS);
    const chat = '{"model":"gpt-5","messages":[{"role":"user","content":"Hi"}]}';
    const plain = await exchange(proxy, '/v1/chat/completions', { headers: JSON_TYPE, body: chat });
    expect(plain).toMatchObject({ by: undefined, body: chat });
    const messages = chat.replace('gpt-5', 'claude-x');
    expect(await exchange(proxy, '/v1/messages', { headers: JSON_TYPE, body: messages })).toMatchObject({
      by: 'cache',
      body: '{"model":"claude-x","messages":[{"role":"user","content":[{"type":"text","text":"Hi","cache_control":{"type":"ephemeral"}}]}]}',
    });
  });
});
