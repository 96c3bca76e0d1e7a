import { AzureOpenAI } from 'openai';
import { SIMULATED_TEXT, simulatedReply } from '../../../scripts/fakes/simulated-replies';
import { readConfig } from '../../../src/config/read-config';
import { startFakeUpstream, type FakeUpstream } from '../../../scripts/fakes/fake-upstream';
import { send } from '../../helpers/http';
import { startProxy, type RunningProxy } from '../../helpers/proxies';

let upstream: FakeUpstream;
const running: RunningProxy[] = [];

beforeAll(async () => {
  upstream = await startFakeUpstream();
  upstream.respond((_request, response, seen) => {
    const reply = simulatedReply({
      method: seen.method,
      path: '/v1/chat/completions',
      stream: seen.body.includes('"stream":true'),
      model: 'gpt-4o',
    });
    response.writeHead(200, reply?.headers).end(reply?.pieces.join(''));
  });
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

const chat = (proxy: RunningProxy, path: string, headers: Record<string, string> = {}) =>
  send(proxy.url, path, {
    headers: { 'content-type': 'application/json', ...headers },
    body: '{"model":"m","messages":[]}',
  });

const azure = (more: Record<string, string> = {}) => start({ AZURE_UPSTREAM: upstream.origin, ...more });
const DEPLOYMENT = '/openai/deployments/gpt-4o/chat/completions?api-version=2024-10-21';

it.each([
  [`/azure${DEPLOYMENT}`, DEPLOYMENT],
  [DEPLOYMENT, DEPLOYMENT],
  [`/release/azure${DEPLOYMENT}`, DEPLOYMENT],
  [`/test${DEPLOYMENT}`, DEPLOYMENT],
  ['/azure/v1/chat/completions', '/openai/v1/chat/completions'],
  ['/azure/v1/responses?api-version=preview', '/openai/v1/responses?api-version=preview'],
  ['/azure/openai/v1/chat/completions', '/openai/v1/chat/completions'],
])('%s → %s, with the client’s own key as api-key', async (asked, expected) => {
  const proxy = await azure();
  const response = await chat(proxy, asked, { 'api-key': 'azure-own' });
  expect(response.headers['x-proxy-error']).toBeUndefined();
  expect(response.headers['x-proxy-path-repaired']).toBeUndefined();
  expect(upstream.seen.map(({ url }) => url)).toEqual([expected]);
  expect(upstream.seen[0]?.headers).toMatchObject({ 'api-key': 'azure-own' });
  expect(upstream.seen[0]?.headers).not.toHaveProperty('authorization');
});

it('has a pool, and accepts an access token in api-key', async () => {
  const proxy = await azure({ AZURE_API_KEYS: 'azure-pool', ACCESS_TOKENS: 'tok-planted-1-0123456789' });
  for (const path of [`/azure${DEPLOYMENT}`, DEPLOYMENT, '/azure/v1/chat/completions'])
    expect((await chat(proxy, path, { 'api-key': 'tok-planted-1-0123456789' })).status).toBe(200);
  expect(upstream.seen.map(({ headers }) => headers['api-key'])).toEqual(Array(3).fill('azure-pool'));
  expect((await chat(proxy, DEPLOYMENT, { 'api-key': 'wrong' })).headers['x-proxy-error']).toBe('bad-token');
  expect(upstream.seen).toHaveLength(3);
});

it.each([
  ['', 'azure-own', {}, 'azure-own'],
  ['/release/azure', 'azure-own', {}, 'azure-own'],
  [
    '',
    'tok-planted-1-0123456789',
    { AZURE_API_KEYS: 'azure-pool', ACCESS_TOKENS: 'tok-planted-1-0123456789' },
    'azure-pool',
  ],
  [
    '/tok-planted-1-0123456789/azure',
    'any',
    { AZURE_API_KEYS: 'azure-pool', ACCESS_TOKENS: 'tok-planted-1-0123456789' },
    'azure-pool',
  ],
])('the official client talks and streams at %p with %s', async (base, apiKey, environment, keyUpstream) => {
  const proxy = await azure(environment);
  const client = new AzureOpenAI({
    endpoint: proxy.url + base,
    apiKey,
    apiVersion: '2024-10-21',
    deployment: 'gpt-4o',
    maxRetries: 0,
  });
  const request = { model: 'gpt-4o', messages: [{ role: 'user' as const, content: 'Hi' }] };
  const completion = await client.chat.completions.create(request);
  expect(completion.choices[0]?.message.content).toBe(SIMULATED_TEXT);
  let text = '';
  for await (const chunk of await client.chat.completions.create({ ...request, stream: true }))
    text += chunk.choices[0]?.delta.content ?? '';
  expect(text).toBe(SIMULATED_TEXT);
  expect(upstream.seen).toMatchObject(
    Array(2).fill({ url: DEPLOYMENT, headers: { 'api-key': keyUpstream } }),
  );
});

it('is unknown without its upstream, and keys for it are then rejected', async () => {
  const proxy = await start({});
  const response = await chat(proxy, '/azure/v1/chat/completions', { 'api-key': 'azure-own' });
  expect(response.status).toBe(404);
  expect(response.headers['x-proxy-error']).toBe('unknown-provider');
  expect(() => readConfig({ AZURE_API_KEYS: 'k', ALLOW_ANONYMOUS: 'true' })).toThrow(/AZURE_UPSTREAM/);
});
