import Anthropic from '@anthropic-ai/sdk';
import { startFakeUpstream, type FakeUpstream } from '../../../scripts/fakes/fake-upstream';
import { send } from '../../helpers/http';
import { startProxy, type RunningProxy } from '../../helpers/proxies';

const NAMES = ['anthropic', 'deepseek', 'xai'] as const;
type Name = (typeof NAMES)[number];
const TOKEN = 'tok-planted-1-0123456789';

const upstreams = new Map<Name, FakeUpstream>();
let proxy: RunningProxy;

beforeAll(async () => {
  for (const name of NAMES) upstreams.set(name, await startFakeUpstream());
  const environment: Record<string, string> = { ACCESS_TOKENS: `laptop:${TOKEN}` };
  for (const [name, upstream] of upstreams) {
    environment[`${name.toUpperCase()}_UPSTREAM`] = upstream.origin;
    environment[`${name.toUpperCase()}_API_KEYS`] = `sk-pool-${name}`;
  }
  proxy = await startProxy({ origin: 'http://127.0.0.1:1' }, environment);
});
afterAll(async () => {
  await proxy.stop();
  await Promise.all([...upstreams.values()].map((upstream) => upstream.close()));
});
beforeEach(() => {
  for (const upstream of upstreams.values()) upstream.seen.length = 0;
});

/** What each API got: its name, path and credential. */
const went = () =>
  [...upstreams].flatMap(([name, { seen }]) =>
    seen.map(({ url, headers }) => [name, url, headers['x-api-key'] ?? headers.authorization]),
  );

const HEADERS = { 'anthropic-version': '2023-06-01', 'content-type': 'application/json' };
const ask = (path: string, model: string, token = TOKEN) =>
  send(proxy.url, path, {
    headers: { ...HEADERS, 'x-api-key': token },
    body: `{"model":"${model}","max_tokens":5,"messages":[{"role":"user","content":"é"}],"n":1.0}`,
  });

describe('a request in Anthropic’s format goes to the provider of its model', () => {
  it.each([
    ['claude-sonnet-4-5', '/v1/messages', 'anthropic', '/v1/messages'],
    ['deepseek-chat', '/v1/messages', 'deepseek', '/anthropic/v1/messages'],
    ['deepseek-chat', '/release/v1/messages?beta=true', 'deepseek', '/anthropic/v1/messages?beta=true'],
    ['deepseek-chat', '/messages', 'deepseek', '/anthropic/v1/messages'],
    ['deepseek-chat', '/v1/messages/count_tokens', 'deepseek', '/anthropic/v1/messages/count_tokens'],
    ['any-model', '/deepseek/v1/messages', 'deepseek', '/anthropic/v1/messages'],
    ['any-model', '/deepseek/anthropic/v1/messages', 'deepseek', '/anthropic/v1/messages'],
    ['any-model', '/deepseek/anthropic/messages', 'deepseek', '/anthropic/v1/messages'],
    ['a-model-of-nobody', '/v1/messages', 'anthropic', '/v1/messages'],
  ])('%s on %s goes to %s, with its key and in the same bytes', async (model, path, name, at) => {
    const response = await ask(path, model);
    expect(response.status).toBe(200);
    expect(went()).toEqual([[name, at, `sk-pool-${name}`]]);
    expect(upstreams.get(name as Name)?.seen[0]?.body.toString()).toContain('"content":"é"}],"n":1.0}');
  });

  it('streams to Anthropic’s own client, which asks for a model of another provider', async () => {
    const client = new Anthropic({ baseURL: proxy.url, apiKey: TOKEN, maxRetries: 0 });
    const stream = client.messages.stream({
      model: 'deepseek-reasoner',
      max_tokens: 100,
      messages: [{ role: 'user', content: 'hello' }],
    });
    expect((await stream.finalMessage()).role).toBe('assistant');
    expect(went()).toEqual([['deepseek', '/anthropic/v1/messages', 'sk-pool-deepseek']]);
  });
});

describe('what fails in Anthropic’s format has an error in that format', () => {
  it('a model whose provider does not have the format names those that do', async () => {
    const response = await ask('/v1/messages', 'grok-4');
    expect([response.status, response.headers['x-proxy-error']]).toEqual([400, 'format-not-served']);
    const { type, error } = JSON.parse(response.body.toString()) as {
      type: string;
      error: Record<string, string>;
    };
    expect([type, error['type']]).toEqual(['error', 'invalid_request_error']);
    expect(error['message']).toMatch(/xai, which has no \/v1\/messages .* anthropic, deepseek\./);
    expect(went()).toEqual([]);
  });

  it.each(['/deepseek/v1/messages', '/deepseek/anthropic/v1/messages'])(
    'a wrong token on %s',
    async (path) => {
      const response = await ask(path, 'deepseek-chat', 'tok-planted-2-0123456789');
      expect(response.status).toBe(401);
      expect(JSON.parse(response.body.toString())).toMatchObject({
        type: 'error',
        error: { type: 'authentication_error' },
      });
    },
  );

  it('a path with the prefix of the format’s own address is no repaired one', async () => {
    expect(
      (await ask('/deepseek/anthropic/v1/messages', 'm')).headers['x-proxy-path-repaired'],
    ).toBeUndefined();
    expect((await ask('/deepseek/anthropic/messages', 'm')).headers['x-proxy-path-repaired']).toBe(
      '/v1/messages',
    );
  });
});

it('METER_STREAMS=ask leaves a stream in Anthropic’s format as it is, since it tells its usage anyway', async () => {
  const asking = await startProxy(
    { origin: 'http://127.0.0.1:1' },
    {
      ACCESS_TOKENS: `laptop:${TOKEN}`,
      METER_STREAMS: 'ask',
      DEEPSEEK_UPSTREAM: upstreams.get('deepseek')?.origin ?? '',
      DEEPSEEK_API_KEYS: 'sk-pool-deepseek',
    },
  );
  const body = '{"model":"deepseek-chat","max_tokens":5,"stream":true,"messages":[]}';
  await send(asking.url, '/v1/messages', { headers: { ...HEADERS, 'x-api-key': TOKEN }, body });
  await asking.stop();
  expect(upstreams.get('deepseek')?.seen.map((request) => request.body.toString())).toEqual([body]);
});
