import OpenAI from 'openai';
import { SIMULATED_TEXT } from '../../../scripts/fakes/simulated-replies';
import { startFakeUpstream, type FakeUpstream } from '../../../scripts/fakes/fake-upstream';
import { send, until } from '../../helpers/http';
import { startProxy, type RunningProxy } from '../../helpers/proxies';

let upstream: FakeUpstream;
let proxy: RunningProxy;
let team: RunningProxy;

beforeAll(async () => {
  upstream = await startFakeUpstream();
  const all = {
    GEMINI_UPSTREAM: upstream.origin,
    DEEPSEEK_UPSTREAM: upstream.origin,
    GROQ_UPSTREAM: `${upstream.origin}/openai`,
    AZURE_UPSTREAM: upstream.origin,
  };
  proxy = await startProxy(upstream, all);
  team = await startProxy(upstream, {
    ...all,
    ACCESS_TOKENS: 'tok-planted-1-0123456789',
    OPENAI_API_KEYS: 'sk-pool-1',
  });
});
afterAll(async () => {
  await Promise.all([proxy.stop(), team.stop()]);
  await upstream.close();
});
beforeEach(() => {
  upstream.seen.length = 0;
});

const OWN = { authorization: 'Bearer sk-own', 'content-type': 'application/json' };
const HEADER = 'x-proxy-path-repaired';

describe('a path from a common base URL mistake is normalised, and a response header says so', () => {
  it.each([
    // doubled slashes
    ['//v1/chat/completions', '/v1/chat/completions'],
    ['/v1//chat/completions', '/v1/chat/completions'],
    ['///v1///chat//completions', '/v1/chat/completions'],
    ['/openai//v1/models', '/v1/models'],
    ['//openai/v1/models', '/v1/models'],
    ['/release//v1/models', '/v1/models'],
    // a doubled version
    ['/v1/v1/chat/completions', '/v1/chat/completions'],
    ['/v1/v1/v1/models', '/v1/models'],
    ['/openai/v1/v1/responses', '/v1/responses'],
    ['/v1/openai/v1/responses', '/v1/responses'],
    ['/release/v1/openai/v1/models', '/v1/models'],
    ['/v1/v1/openai/v1/chat/completions', '/v1/chat/completions'],
    ['/release/v1/v1/v1/openai/v1/v1/models', '/v1/models'],
    ['/openai/v1/openai/v1/chat/completions', '/v1/chat/completions'],
    ['/release/openai/v1/openai/v1/openai/v1/models', '/v1/models'],
    ['/v1/openai/v1/openai/v1/responses', '/v1/responses'],
    ['/v1/openai/v1/chat/completions/chat/completions', '/v1/chat/completions'],
    ['/v1/deepseek/v1/chat/completions', '/v1/chat/completions'],
    ['/v1/anthropic/v1/messages', '/v1/messages'],
    ['/release//v1//anthropic//v1/messages/count_tokens', '/v1/messages/count_tokens'],
    ['/anthropic/v1/anthropic/v1/messages', '/v1/messages'],
    ['/anthropic/messages/messages', '/v1/messages'],
    ['/v1/gemini/v1beta/models', '/v1beta/models'],
    [
      '/release/v1/v1beta/models/gemini-2.5-flash:generateContent',
      '/v1beta/models/gemini-2.5-flash:generateContent',
    ],
    ['/v1/v1/gemini/v1beta/openai/chat/completions', '/v1beta/openai/chat/completions'],
    ['/gemini/v1/gemini/v1beta/models', '/v1beta/models'],
    ['/v1/v1/messages', '/v1/messages'],
    ['/anthropic/v1/v1/messages/count_tokens', '/v1/messages/count_tokens'],
    ['/v1/v1beta/models/gemini-2.5-flash:generateContent', '/v1beta/models/gemini-2.5-flash:generateContent'],
    ['/v1beta/v1beta/models', '/v1beta/models'],
    ['/gemini/v1/v1beta/openai/chat/completions', '/v1beta/openai/chat/completions'],
    // no version
    ['/chat/completions', '/v1/chat/completions'],
    ['/completions', '/v1/completions'],
    ['/models', '/v1/models'],
    ['/models/gpt-5', '/v1/models/gpt-5'],
    ['/responses', '/v1/responses'],
    ['/responses/resp_1/cancel', '/v1/responses/resp_1/cancel'],
    ['/embeddings', '/v1/embeddings'],
    ['/moderations', '/v1/moderations'],
    ['/audio/speech', '/v1/audio/speech'],
    ['/audio/transcriptions', '/v1/audio/transcriptions'],
    ['/images/generations', '/v1/images/generations'],
    ['/files', '/v1/files'],
    ['/messages', '/v1/messages'],
    ['/messages/count_tokens', '/v1/messages/count_tokens'],
    ['/openai/chat/completions', '/v1/chat/completions'],
    ['/anthropic/messages', '/v1/messages'],
    ['/deepseek/chat/completions', '/v1/chat/completions'],
    ['/release/chat/completions', '/v1/chat/completions'],
    ['/models/gemini-2.5-flash:generateContent', '/v1beta/models/gemini-2.5-flash:generateContent'],
    // the whole URL where the base was wanted
    ['/v1/chat/completions/chat/completions', '/v1/chat/completions'],
    ['/v1/chat/completions/v1/chat/completions', '/v1/chat/completions'],
    ['/v1/chat/completions/models', '/v1/models'],
    ['/chat/completions/chat/completions', '/v1/chat/completions'],
    ['/v1/messages/v1/messages', '/v1/messages'],
    ['/openai/v1/chat/completions/chat/completions', '/v1/chat/completions'],
    // several at once, and a query that stays
    ['//openai//v1/v1/chat/completions//chat/completions', '/v1/chat/completions'],
    ['/v1/v1/models?after=a%2F%2Fb&x=//v1/v1', '/v1/models?after=a%2F%2Fb&x=//v1/v1'],
  ])('%s → %s', async (asked, expected) => {
    const method = asked.includes(':') ? 'POST' : 'GET';
    const response = await send(proxy.url, asked, { method, headers: OWN });
    expect(response.headers['x-proxy-error']).toBeUndefined();
    expect(upstream.seen.map(({ url }) => url)).toEqual([expected]);
    expect(response.headers[HEADER]).toBe(expected.split('?')[0]);
  });
});

it.each([
  ['/v1/groq/v1/models', '/openai/v1/models'],
  ['/v1/v1/groq/v1/models', '/openai/v1/models'],
  ['/release/groq/v1/groq/v1/v1/models', '/openai/v1/models'],
  ['/v1/azure/v1/chat/completions', '/openai/v1/chat/completions'],
  ['/v1/deepseek/v1/messages', '/anthropic/v1/messages'],
  ['/deepseek/v1/deepseek/v1/messages', '/anthropic/v1/messages'],
])('a normalised path is reported without the upstream’s own prefix: %s → %s', async (asked, expected) => {
  const response = await send(proxy.url, asked, { headers: OWN });
  expect(upstream.seen.map(({ url }) => url)).toEqual([expected]);
  expect(response.headers[HEADER]).toBe(expected.replace(/^\/[a-z]+/, ''));
});

describe('a path that exists never changes, and its response has no header about it', () => {
  it.each([
    '/v1/chat/completions',
    '/v1/chat/completions/chatcmpl-1',
    '/v1/chat/completions/chatcmpl-1/messages',
    '/v1/chat/completions?model=/v1/v1//x',
    '/v1/responses/resp_1/input_items',
    '/v1/responses/input_tokens',
    '/v1/responses/compact',
    '/v1/messages',
    '/v1/messages/batches',
    '/v1/messages/batches/msgbatch_1/results',
    '/v1/messages/count_tokens',
    '/v1/models/ft:gpt-4o-mini:org::id',
    '/v1/models/meta-llama/Llama-3-70b',
    '/v1/files/file-1/content',
    '/v1/threads/thread_1/messages',
    '/v1/threads/thread_1/runs/run_1/steps',
    '/v1/conversations/conv_1/items',
    '/v1/containers/cntr_1/files/cfile_1/content',
    '/v1/vector_stores/vs_1/file_batches/b_1/files',
    '/v1/fine_tuning/checkpoints/ft:x/permissions',
    '/v1/organization/usage/completions',
    '/v1/evals/eval_1/runs/run_1/output_items',
    '/v1/audio/speech',
    '/v1/models/a%2F%2Fb',
    '/dashboard/billing/subscription',
    '/v1/a-path-of-tomorrow',
    '/v2/chat/completions',
    '/v1beta/models',
    '/v1beta/openai/chat/completions',
    '/v1beta/openai/models/gemini-2.5-flash',
    '/v1beta/models/gemini-2.5-flash:streamGenerateContent?alt=sse',
    '/v1beta/corpora/c/documents/d/chunks',
    '/upload/v1beta/files',
    '/openai/deployments/gpt-4o/chat/completions?api-version=2024-10-21',
  ])('%s', async (path) => {
    const response = await send(proxy.url, path, { headers: OWN });
    expect(response.headers).not.toHaveProperty(HEADER);
    expect(response.headers['x-proxy-error']).toBeUndefined();
    expect(upstream.seen.map(({ url }) => url)).toEqual([path]);
  });
});

it.each([
  ['/release/openai/v1/models', '/v1/models'],
  ['/test/anthropic/v1/messages', '/v1/messages'],
  ['/groq/v1/models', '/openai/v1/models'],
  ['/groq/openai/v1/models', '/openai/v1/models'],
  ['/azure/v1/chat/completions', '/openai/v1/chat/completions'],
  ['/deepseek/beta/completions', '/beta/completions'],
  ['/deepseek/user/balance', '/user/balance'],
  ['/deepseek/anthropic/v1/messages', '/anthropic/v1/messages'],
])('deliberate changes of a path are not reported: %s → %s', async (asked, expected) => {
  const response = await send(proxy.url, asked, { headers: OWN });
  expect(upstream.seen.map(({ url }) => url)).toEqual([expected]);
  expect(response.headers).not.toHaveProperty(HEADER);
});

it.each([
  '/tok-planted-1-0123456789/chat/completions',
  '/release//tok-planted-1-0123456789/v1/v1/chat/completions',
])('a token in a normalised path is found (%s), and is not in a response header', async (path) => {
  const response = await send(team.url, path, {
    headers: { 'content-type': 'application/json' },
    body: '{}',
  });
  expect(response.status).toBe(200);
  expect(response.headers[HEADER]).toBe('/v1/chat/completions');
  expect(upstream.seen).toMatchObject([
    { url: '/v1/chat/completions', headers: { authorization: 'Bearer sk-pool-1' } },
  ]);
});

it('the proxy’s errors report the normalised path as well, once the client is authenticated', async () => {
  const ask = (authorization: string) =>
    send(team.url, '/deepseek/v1/v1/chat/completions', { headers: { ...OWN, authorization }, body: '{}' });
  const known = await ask('Bearer tok-planted-1-0123456789');
  expect(known.status).toBe(401);
  expect(known.headers['x-proxy-error']).toBe('no-key-for-provider');
  expect(known.headers[HEADER]).toBe('/v1/chat/completions');
  const unknown = await ask('Bearer wrong');
  expect(unknown.headers['x-proxy-error']).toBe('bad-token');
  expect(unknown.headers[HEADER]).toBeUndefined();
});

it.each([
  ['POST', '/v1/v1beta/models/gemini-x:generateContent', 'x-goog-api-key'],
  ['POST', '/models/gemini-x:generateContent', 'x-goog-api-key'],
  ['POST', '/v1/v1/messages', 'x-api-key'],
  ['POST', '/messages', 'x-api-key'],
  ['GET', '/models/ft:gpt-4o:acme::id', 'authorization'],
])('%s %s is for the provider of the normalised path (%s)', async (method, path, header) => {
  const all = await startProxy(upstream, {
    ACCESS_TOKENS: 'tok-planted-1-0123456789',
    OPENAI_API_KEYS: 'sk-pool-1',
    ANTHROPIC_API_KEYS: 'sk-ant-pool-1',
    GEMINI_API_KEYS: 'AIzaPool1',
  });
  await send(all.url, path, { method, headers: { authorization: 'Bearer tok-planted-1-0123456789' } });
  await all.stop();
  const [seen] = upstream.seen;
  expect(Object.keys(seen?.headers ?? {})).toContain(header);
});

it('no path is normalised for a client without a valid access token', async () => {
  const response = await send(team.url, '/v1/v1/chat/completions', { headers: OWN, body: '{}' });
  expect(response.headers['x-proxy-error']).toBe('bad-token');
  expect(response.headers).not.toHaveProperty(HEADER);
});

it.each(['/v1/../v1/models', '/v1/%2e%2e/models', '/v1\\chat', '/v1/models%0d%0ax', '/%2e/v1/models'])(
  'an attempt to reach another path, not a mistake, stays rejected (%s)',
  async (path) => {
    const response = await send(proxy.url, path, { headers: OWN });
    expect(response.status).toBe(400);
    expect(response.headers['x-proxy-error']).toBe('bad-path');
    expect(upstream.seen).toHaveLength(0);
  },
);

describe('the official client chats and streams with any form of the base URL', () => {
  it.each(['', '/', '/v1', '/v1/', '/v1/v1', '/v1/chat/completions', '/openai', '/openai/v1/', '//v1'])(
    '%p',
    async (base) => {
      const client = new OpenAI({ apiKey: 'sk-own', baseURL: proxy.url + base, maxRetries: 0 });
      const request = { model: 'm', messages: [{ role: 'user' as const, content: 'Hi' }] };
      const completion = await client.chat.completions.create(request);
      expect(completion.choices[0]?.message.content).toBe(SIMULATED_TEXT);
      let text = '';
      for await (const chunk of await client.chat.completions.create({ ...request, stream: true }))
        text += chunk.choices[0]?.delta.content ?? '';
      expect(text).toBe(SIMULATED_TEXT);
    },
  );
});

it('the log has the path that was sent', async () => {
  const before = proxy.log.length;
  await send(proxy.url, '/v1/v1/models', { headers: OWN });
  await until('it was logged', () => proxy.log.length > before);
  expect(proxy.log[before]).toMatchObject({ path: '/v1/models' });
});
