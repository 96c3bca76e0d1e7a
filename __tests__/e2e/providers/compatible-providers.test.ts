import { readConfig } from '../../../src/config/read-config';
import { originOf } from '../../../src/proxy/routing/upstream-origin';
import { startFakeUpstream, type FakeUpstream } from '../../../scripts/fakes/fake-upstream';
import { send } from '../../helpers/http';
import { startProxy, type RunningProxy } from '../../helpers/proxies';

let upstream: FakeUpstream;
const running: RunningProxy[] = [];

beforeAll(async () => {
  upstream = await startFakeUpstream();
});
afterAll(() => upstream.close());
beforeEach(() => {
  upstream.seen.length = 0;
});
afterEach(async () => {
  await Promise.all(running.splice(0).map((proxy) => proxy.stop()));
});

/** A proxy whose other providers are out of reach. */
async function start(environment: Record<string, string>): Promise<RunningProxy> {
  const proxy = await startProxy({ origin: 'http://127.0.0.1:1' }, environment);
  running.push(proxy);
  return proxy;
}

const JSON_TYPE = { 'content-type': 'application/json' };
const chat = (proxy: RunningProxy, path: string, headers: Record<string, string> = {}) =>
  send(proxy.url, path, { headers: { ...JSON_TYPE, ...headers }, body: '{"model":"m","messages":[]}' });
const seenUrls = () => upstream.seen.map(({ url }) => url);
const seenKeys = () =>
  upstream.seen.map(({ headers }) => headers.authorization ?? headers['api-key'] ?? headers['x-api-key']);

const COMPATIBLE = [
  ['deepseek', 'https://api.deepseek.com'],
  ['groq', 'https://api.groq.com/openai'],
  ['mistral', 'https://api.mistral.ai'],
  ['xai', 'https://api.x.ai'],
  ['openrouter', 'https://openrouter.ai/api'],
  ['moonshot', 'https://api.moonshot.cn'],
  ['dashscope', 'https://dashscope.aliyuncs.com/compatible-mode'],
  ['siliconflow', 'https://api.siliconflow.cn'],
  ['together', 'https://api.together.xyz'],
  ['minimax', 'https://api.minimaxi.com'],
  ['tokenhub', 'https://tokenhub.tencentmaas.com'],
  ['stepfun', 'https://api.stepfun.com'],
  ['nvidia', 'https://integrate.api.nvidia.com'],
  ['cerebras', 'https://api.cerebras.ai'],
  ['fireworks', 'https://api.fireworks.ai/inference'],
  ['perplexity', 'https://api.perplexity.ai'],
  ['cohere', 'https://api.cohere.ai/compatibility'],
  ['huggingface', 'https://router.huggingface.co'],
  ['vercel', 'https://ai-gateway.vercel.sh'],
] as const;

describe.each(COMPATIBLE)('%s', (name, address) => {
  const stem = name.toUpperCase();
  const { pathname } = new URL(address);
  const prefix = pathname === '/' ? '' : pathname;

  it('is known by its own address', () => {
    const { providers, upstreams } = readConfig({});
    const origins = providers.all.map((provider) => {
      const { protocol, host, pathPrefix } = originOf(upstreams, provider);
      return [provider.name, `${protocol}//${host}${pathPrefix}`];
    });
    expect(Object.fromEntries(origins)).toHaveProperty(name, address);
  });

  it('is addressed by its segment, with the client’s own key', async () => {
    const proxy = await start({ [`${stem}_UPSTREAM`]: upstream.origin + prefix });
    for (const stage of ['', '/release']) {
      const response = await chat(proxy, `${stage}/${name}/v1/chat/completions?a=b`, {
        authorization: 'Bearer sk-own',
      });
      expect(response.status).toBe(200);
      expect(response.headers['x-proxy-path-repaired']).toBeUndefined();
    }
    expect(seenUrls()).toEqual(Array(2).fill(`${prefix}/v1/chat/completions?a=b`));
    expect(seenKeys()).toEqual(Array(2).fill('Bearer sk-own'));
  });

  it.each(['_API_KEYS', '_API_KEY'])(
    'has keys of its own in its variable (%s), which nobody else gets',
    async (suffix) => {
      const proxy = await start({
        [`${stem}_UPSTREAM`]: upstream.origin + prefix,
        [stem + suffix]: 'sk-pool-1',
        OPENAI_UPSTREAM: upstream.origin,
        OPENAI_API_KEYS: 'sk-openai',
        ACCESS_TOKENS: 'tok-planted-1-0123456789',
      });
      const authorization = 'Bearer tok-planted-1-0123456789';
      for (const path of [
        `/${name}/v1/models`,
        `/tok-planted-1-0123456789/${name}/v1/models`,
        '/openai/v1/models',
      ])
        expect((await send(proxy.url, path, { headers: { authorization } })).status).toBe(200);
      expect(seenUrls()).toEqual([`${prefix}/v1/models`, `${prefix}/v1/models`, '/v1/models']);
      expect(seenKeys()).toEqual(['Bearer sk-pool-1', 'Bearer sk-pool-1', 'Bearer sk-openai']);
    },
  );
});

it('the next key is tried if one is rejected, and the proxy’s errors have OpenAI’s shape', async () => {
  const proxy = await start({
    DEEPSEEK_UPSTREAM: upstream.origin,
    DEEPSEEK_API_KEYS: 'sk-bad,sk-good',
    ACCESS_TOKENS: 'tok-planted-1-0123456789',
  });
  const asTheApi = upstream.currentResponder();
  upstream.respond((request, response, seen) => {
    if (seen.headers.authorization !== 'Bearer sk-bad') return asTheApi(request, response, seen);
    return response
      .writeHead(401, JSON_TYPE)
      .end('{"error":{"message":"Authentication Fails","code":"invalid_request_error"}}');
  });
  const response = await chat(proxy, '/deepseek/v1/chat/completions', {
    authorization: 'Bearer tok-planted-1-0123456789',
  });
  upstream.respond(asTheApi);
  expect(response.status).toBe(200);
  expect(seenKeys()).toEqual(['Bearer sk-bad', 'Bearer sk-good']);
  const refused = await chat(proxy, '/deepseek/v1/chat/completions', { authorization: 'Bearer wrong' });
  expect(refused.status).toBe(401);
  expect(JSON.parse(refused.body.toString())).toMatchObject({ error: { code: 'bad-token', param: null } });
});

describe('a path prefix of the upstream', () => {
  it.each([
    ['/openai', '/groq/v1/chat/completions', '/openai/v1/chat/completions'],
    ['/openai', '/groq/openai/v1/chat/completions', '/openai/v1/chat/completions'],
    ['/openai', '/groq/v1/models/openai/gpt-oss-120b', '/openai/v1/models/openai/gpt-oss-120b'],
    ['/v1', '/groq/v1/chat/completions', '/v1/chat/completions'],
    ['/api/paas/v4', '/groq/v1/chat/completions', '/api/paas/v4/chat/completions'],
    ['/api/paas/v4', '/groq/api/paas/v4/chat/completions', '/api/paas/v4/chat/completions'],
    ['/api/paas/v4', '/groq/chat/completions', '/api/paas/v4/chat/completions'],
    ['/v1beta/openai', '/groq/v1/models', '/v1beta/openai/v1/models'],
  ])('%s: %s → %s', async (prefix, asked, expected) => {
    const proxy = await start({ GROQ_UPSTREAM: upstream.origin + prefix });
    await send(proxy.url, asked, { headers: { authorization: 'Bearer sk-own' } });
    expect(seenUrls()).toEqual([expected]);
  });
});

describe('a custom provider', () => {
  it.each([
    ['/v1', '/mine/v1/chat/completions', '/v1/chat/completions'],
    ['', '/mine/v1/chat/completions', '/chat/completions'],
    ['/', '/mine/v1/models?a=b', '/models?a=b'],
    ['/api/paas/v4', '/release/mine/v1/embeddings', '/api/paas/v4/embeddings'],
    ['/proxy/openai', '/mine/v1/chat/completions', '/proxy/openai/chat/completions'],
  ])('has the base URL of an SDK’s settings: %s makes %s → %s', async (base, asked, expected) => {
    const proxy = await start({
      PROVIDERS: `other=https://other.example.com/v1, mine=${upstream.origin}${base}`,
      ALLOW_PRIVATE_PROVIDERS: 'true',
      MINE_API_KEYS: 'sk-mine',
      ACCESS_TOKENS: 'tok-planted-1-0123456789',
    });
    await send(proxy.url, asked, { headers: { authorization: 'Bearer tok-planted-1-0123456789' } });
    expect(seenUrls()).toEqual([expected]);
    expect(seenKeys()).toEqual(['Bearer sk-mine']);
  });

  it.each([
    ['an address of this machine', 'mine=http://127.0.0.1:9000/v1', /ALLOW_PRIVATE_PROVIDERS/],
    ['its name', 'mine=http://localhost:11434/v1', /ALLOW_PRIVATE_PROVIDERS/],
    ['it in IPv6', 'mine=http://[::1]/v1', /ALLOW_PRIVATE_PROVIDERS/],
    ['it in IPv6 that is IPv4', 'mine=https://[::ffff:127.0.0.1]/v1', /ALLOW_PRIVATE_PROVIDERS/],
    ['any address', 'mine=https://0.0.0.0/v1', /ALLOW_PRIVATE_PROVIDERS/],
    ['a private network', 'mine=https://10.1.2.3/v1', /ALLOW_PRIVATE_PROVIDERS/],
    ['the platform’s metadata', 'mine=http://169.254.0.23/v1', /ALLOW_PRIVATE_PROVIDERS/],
    ['a name of a private network', 'mine=https://llm.internal/v1', /ALLOW_PRIVATE_PROVIDERS/],
    ['plain http to a public host', 'mine=http://llm.example.com/v1', /PROVIDERS .*https/s],
    ['plain http to a public address', 'mine=http://[2606:4700::1111]/v1', /PROVIDERS .*https/s],
    ['no URL', 'mine=llm', /PROVIDERS/],
    ['a name with a slash', 'a/b=https://llm.example.com/v1', /PROVIDERS/],
    ['a name in capitals', 'Mine=https://llm.example.com/v1', /PROVIDERS/],
    ['the same name twice', 'mine=https://a.example.com,mine=https://b.example.com', /PROVIDERS/],
    ['the name of a built-in provider', 'groq=https://llm.example.com/v1', /PROVIDERS .*groq/s],
    ['the name of Azure, which is not set', 'azure=https://llm.example.com/v1', /PROVIDERS .*azure/s],
    ['a word of API paths', 'models=https://llm.example.com/v1', /PROVIDERS .*models/s],
    ['a stage prefix', 'release=https://llm.example.com/v1', /PROVIDERS .*release/s],
  ])('is rejected at the start if it has %s', async (_what, PROVIDERS, problem) => {
    await expect(start({ PROVIDERS })).rejects.toThrow(problem);
  });

  it('has only the variables of its name', () => {
    expect(() =>
      readConfig({
        PROVIDERS: 'mine=https://llm.example.com/v1',
        MINE_API_KEYS: 'k',
        ALLOW_ANONYMOUS: 'true',
      }),
    ).not.toThrow();
    expect(() => readConfig({ DEEPSEEK_API_KEYZ: 'k' })).toThrow(/DEEPSEEK_API_KEYS/);
  });
});

describe('a segment that names no provider', () => {
  it.each(['/nosuch/v1/chat/completions', '/release/nosuch/v1/models', '/nosuch/v1beta/models'])(
    '%s is 404',
    async (path) => {
      const proxy = await start({ OPENAI_UPSTREAM: upstream.origin });
      const response = await chat(proxy, path, { authorization: 'Bearer sk-own' });
      expect(response.status).toBe(404);
      expect(response.headers['x-proxy-error']).toBe('unknown-provider');
      expect(JSON.parse(response.body.toString())).toMatchObject({ error: { code: 'unknown-provider' } });
      expect(upstream.seen).toHaveLength(0);
    },
  );

  it('may be an invalid token: a client without a valid one gets no other detail', async () => {
    const proxy = await start({
      OPENAI_UPSTREAM: upstream.origin,
      OPENAI_API_KEYS: 'sk-pool',
      ACCESS_TOKENS: 'tok-planted-1-0123456789',
    });
    for (const headers of [{}, { authorization: 'Bearer wrong' }] as Record<string, string>[]) {
      const response = await chat(proxy, '/nosuch/v1/chat/completions', headers);
      expect(response.status).toBe(401);
      expect(response.headers['x-proxy-error']).toBe('bad-token');
    }
    const known = await chat(proxy, '/nosuch/v1/chat/completions', {
      authorization: 'Bearer tok-planted-1-0123456789',
    });
    expect(known.headers['x-proxy-error']).toBe('unknown-provider');
    expect(upstream.seen).toHaveLength(0);
  });
});
