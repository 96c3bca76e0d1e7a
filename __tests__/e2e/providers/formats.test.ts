import { startFakeUpstream, type FakeUpstream } from '../../../scripts/fakes/fake-upstream';
import { BUILT_IN } from '../../../src/providers/registry';
import { send } from '../../helpers/http';
import { startProxy, type RunningProxy } from '../../helpers/proxies';

interface Row {
  readonly name: string;
  /** What each provider documents for a format; `undefined` if it documents none. */
  readonly chat?: string;
  readonly responses?: string;
  readonly messages?: string;
  /** Where it takes the key for Anthropic's format. */
  readonly header?: 'authorization' | 'x-api-key';
}

const ROWS: readonly Row[] = [
  {
    name: 'anthropic',
    chat: 'https://api.anthropic.com/v1/chat/completions',
    messages: 'https://api.anthropic.com/v1/messages',
    header: 'x-api-key',
  },
  {
    name: 'gemini',
    chat: 'https://generativelanguage.googleapis.com/v1beta/openai/chat/completions',
  },
  {
    name: 'openai',
    chat: 'https://api.openai.com/v1/chat/completions',
    responses: 'https://api.openai.com/v1/responses',
  },
  {
    name: 'deepseek',
    chat: 'https://api.deepseek.com/v1/chat/completions',
    responses: 'https://api.deepseek.com/v1/responses',
    messages: 'https://api.deepseek.com/anthropic/v1/messages',
    header: 'x-api-key',
  },
  {
    name: 'groq',
    chat: 'https://api.groq.com/openai/v1/chat/completions',
    responses: 'https://api.groq.com/openai/v1/responses',
  },
  { name: 'mistral', chat: 'https://api.mistral.ai/v1/chat/completions' },
  {
    name: 'xai',
    chat: 'https://api.x.ai/v1/chat/completions',
    responses: 'https://api.x.ai/v1/responses',
  },
  {
    name: 'moonshot',
    chat: 'https://api.moonshot.cn/v1/chat/completions',
    responses: 'https://api.moonshot.cn/v1/responses',
    messages: 'https://api.moonshot.cn/anthropic/v1/messages',
    header: 'authorization',
  },
  {
    name: 'dashscope',
    chat: 'https://dashscope.aliyuncs.com/compatible-mode/v1/chat/completions',
    responses: 'https://dashscope.aliyuncs.com/compatible-mode/v1/responses',
    messages: 'https://dashscope.aliyuncs.com/apps/anthropic/v1/messages',
    header: 'x-api-key',
  },
  {
    name: 'openrouter',
    chat: 'https://openrouter.ai/api/v1/chat/completions',
    responses: 'https://openrouter.ai/api/v1/responses',
    messages: 'https://openrouter.ai/api/v1/messages',
    header: 'authorization',
  },
  {
    name: 'siliconflow',
    chat: 'https://api.siliconflow.cn/v1/chat/completions',
    messages: 'https://api.siliconflow.cn/v1/messages',
    header: 'authorization',
  },
  { name: 'together', chat: 'https://api.together.xyz/v1/chat/completions' },
  {
    name: 'zhipu',
    chat: 'https://open.bigmodel.cn/api/paas/v4/chat/completions',
    responses: 'https://open.bigmodel.cn/api/v1/responses',
    messages: 'https://open.bigmodel.cn/api/anthropic/v1/messages',
    header: 'x-api-key',
  },
  {
    name: 'minimax',
    chat: 'https://api.minimaxi.com/v1/chat/completions',
    responses: 'https://api.minimaxi.com/v1/responses',
    messages: 'https://api.minimaxi.com/anthropic/v1/messages',
    header: 'x-api-key',
  },
  {
    name: 'volcengine',
    chat: 'https://ark.cn-beijing.volces.com/api/v3/chat/completions',
    responses: 'https://ark.cn-beijing.volces.com/api/v3/responses',
    messages: 'https://ark.cn-beijing.volces.com/api/compatible/v1/messages',
    header: 'authorization',
  },
  {
    name: 'tokenhub',
    chat: 'https://tokenhub.tencentmaas.com/v1/chat/completions',
    responses: 'https://tokenhub.tencentmaas.com/v1/responses',
    messages: 'https://tokenhub.tencentmaas.com/v1/messages',
    header: 'x-api-key',
  },
  {
    name: 'qianfan',
    chat: 'https://qianfan.baidubce.com/v2/chat/completions',
    responses: 'https://qianfan.baidubce.com/v2/responses',
    messages: 'https://qianfan.baidubce.com/anthropic/v1/messages',
    header: 'x-api-key',
  },
  {
    name: 'stepfun',
    chat: 'https://api.stepfun.com/v1/chat/completions',
    responses: 'https://api.stepfun.com/v1/responses',
    messages: 'https://api.stepfun.com/v1/messages',
    header: 'authorization',
  },
  { name: 'nvidia', chat: 'https://integrate.api.nvidia.com/v1/chat/completions' },
  { name: 'cerebras', chat: 'https://api.cerebras.ai/v1/chat/completions' },
  {
    name: 'fireworks',
    chat: 'https://api.fireworks.ai/inference/v1/chat/completions',
    responses: 'https://api.fireworks.ai/inference/v1/responses',
    messages: 'https://api.fireworks.ai/inference/v1/messages',
    header: 'authorization',
  },
  { name: 'perplexity', responses: 'https://api.perplexity.ai/v1/responses' },
  { name: 'cohere', chat: 'https://api.cohere.ai/compatibility/v1/chat/completions' },
  {
    name: 'huggingface',
    chat: 'https://router.huggingface.co/v1/chat/completions',
    responses: 'https://router.huggingface.co/v1/responses',
  },
  {
    name: 'vercel',
    chat: 'https://ai-gateway.vercel.sh/v1/chat/completions',
    responses: 'https://ai-gateway.vercel.sh/v1/responses',
    messages: 'https://ai-gateway.vercel.sh/v1/messages',
    header: 'x-api-key',
  },
  {
    name: 'azure',
    chat: 'https://resource.services.ai.azure.com/openai/v1/chat/completions',
    responses: 'https://resource.services.ai.azure.com/openai/v1/responses',
    messages: 'https://resource.services.ai.azure.com/anthropic/v1/messages',
    header: 'x-api-key',
  },
];

const TOKEN = 'tok-planted-1-0123456789';
const FORMATS = { chat: '/v1/chat/completions', responses: '/v1/responses', messages: '/v1/messages' };
type Format = keyof typeof FORMATS;

let upstream: FakeUpstream;
let proxy: RunningProxy;
/** Each provider has keys, the prefix of its own address, and a model by an alias. */
beforeAll(async () => {
  upstream = await startFakeUpstream();
  const environment: Record<string, string> = {
    ACCESS_TOKENS: TOKEN,
    PROVIDERS: 'other=https://other.example.com/v1',
    DEFAULT_PROVIDER: 'other',
    MODEL_ROUTES: ROWS.map(({ name }) => `of-${name}=${name}`).join(),
  };
  for (const { name, defaultUpstream } of BUILT_IN) {
    const prefix = defaultUpstream === undefined ? '' : new URL(defaultUpstream).pathname;
    environment[`${name.toUpperCase()}_UPSTREAM`] = upstream.origin + prefix;
    environment[`${name.toUpperCase()}_API_KEYS`] = `key-of-${name}`;
  }
  proxy = await startProxy(upstream, environment);
});
afterAll(async () => {
  await proxy.stop();
  await upstream.close();
});
beforeEach(() => {
  upstream.seen.length = 0;
});

const ask = (path: string, model: string) =>
  send(proxy.url, path, {
    headers: { 'content-type': 'application/json', authorization: `Bearer ${TOKEN}` },
    body: `{"model":"${model}","max_tokens":5,"input":"hi","messages":[]}`,
  });
/** Path and key, as they reached the upstream. */
const went = () =>
  upstream.seen.map(({ url, headers }) => [
    url,
    Object.fromEntries(
      ['authorization', 'x-api-key', 'api-key', 'x-goog-api-key'].flatMap((name) =>
        headers[name] === undefined ? [] : [[name, headers[name]]],
      ),
    ),
  ]);

function keyIn({ name, header }: Row, format: Format): Record<string, string> {
  const key = `key-of-${name}`;
  if (name === 'azure' && format !== 'messages') return { 'api-key': key };
  return format === 'messages' && header === 'x-api-key'
    ? { 'x-api-key': key }
    : { authorization: `Bearer ${key}` };
}

const CASES = ROWS.flatMap((row) =>
  (Object.keys(FORMATS) as Format[]).map((format) => ({ ...row, format, address: row[format] })),
);

it('every built-in provider is in the table', () => {
  expect(ROWS.map(({ name }) => name).sort()).toEqual(BUILT_IN.map(({ name }) => name).sort());
});

it.each(CASES.filter(({ address, name }) => address !== undefined && name !== 'azure'))(
  '$name has $format at the host that it documents',
  ({ name, address = '' }) => {
    const own = BUILT_IN.find((provider) => provider.name === name)?.defaultUpstream ?? '';
    expect(new URL(own).host).toBe(new URL(address).host);
  },
);

it.each(CASES.filter(({ address }) => address !== undefined))(
  '$format at $name goes to $address, by segment and by model, with the key in its header',
  async (row) => {
    const { pathname } = new URL(row.address ?? '');
    const path = FORMATS[row.format];
    for (const [asked, model] of [
      [`/${row.name}${path}`, 'any-model'],
      [path, `of-${row.name}`],
      [`/release${path}?beta=true`, `of-${row.name}`],
    ] as const) {
      upstream.seen.length = 0;
      const response = await ask(asked, model);
      expect(response.headers['x-proxy-error']).toBeUndefined();
      const query = asked.includes('?') ? '?beta=true' : '';
      expect(went()).toEqual([[pathname + query, keyIn(row, row.format)]]);
    }
  },
);

it.each(CASES.filter(({ address }) => address === undefined))(
  '$format of a model of $name is 400, since it documents none',
  async ({ name, format }) => {
    const response = await ask(FORMATS[format], `of-${name}`);
    expect([response.status, response.headers['x-proxy-error']]).toEqual([400, 'format-not-served']);
    expect(response.body.toString()).toContain(`This model is of ${name}`);
    expect(went()).toEqual([]);
  },
);

it.each([
  ['/zhipu/api/anthropic/v1/messages', '/api/anthropic/v1/messages'],
  ['/zhipu/api/v1/responses', '/api/v1/responses'],
  ['/zhipu/api/paas/v4/chat/completions', '/api/paas/v4/chat/completions'],
  ['/zhipu/chat/completions', '/api/paas/v4/chat/completions'],
  ['/volcengine/api/v3/chat/completions', '/api/v3/chat/completions'],
  ['/volcengine/api/compatible/v1/messages', '/api/compatible/v1/messages'],
  ['/dashscope/apps/anthropic/v1/messages/count_tokens', '/apps/anthropic/v1/messages/count_tokens'],
  ['/openrouter/api/v1/messages', '/api/v1/messages'],
  ['/qianfan/v2/chat/completions', '/v2/chat/completions'],
  ['/azure/anthropic/v1/messages', '/anthropic/v1/messages'],
  ['/azure/openai/v1/responses', '/openai/v1/responses'],
  ['/deepseek/v1/responses/resp_1', '/v1/responses/resp_1'],
  ['/zhipu/v1/responses/resp_1/cancel', '/api/v1/responses/resp_1/cancel'],
])('a client with the whole address of an endpoint: %s → %s', async (asked, expected) => {
  await ask(asked, 'any-model');
  expect(upstream.seen.map(({ url }) => url)).toEqual([expected]);
});

describe('a provider of one’s own', () => {
  const start = async (formats: string): Promise<RunningProxy> =>
    startProxy(upstream, {
      ACCESS_TOKENS: TOKEN,
      ALLOW_PRIVATE_PROVIDERS: 'true',
      PROVIDERS: `mine=${upstream.origin}/base/v3${formats}`,
      MINE_API_KEYS: 'key-of-mine',
      MODEL_ROUTES: 'llama-*=mine',
      ANTHROPIC_API_KEYS: 'key-of-anthropic',
      DEFAULT_PROVIDER: 'openai',
      OPENAI_API_KEYS: 'key-of-openai',
    });

  it.each([
    ['', '/v1/chat/completions', '/base/v3/chat/completions'],
    [';anthropic=$/claude', '/v1/messages', '/claude/v1/messages'],
    [';anthropic=$/claude/', '/mine/claude/v1/messages', '/claude/v1/messages'],
    [';anthropic=$', '/mine/v1/messages', '/v1/messages'],
    [';anthropic=$/a/v2', '/v1/messages', '/a/v2/messages'],
    [';anthropic=$/a/v1', '/mine/a/v1/messages/count_tokens', '/a/v1/messages/count_tokens'],
    [';responses=$/r/v1', '/v1/responses', '/r/v1/responses'],
    ['; responses=$/r/v2 ; anthropic=$/c', '/mine/v1/responses/resp_1', '/r/v2/responses/resp_1'],
    [';responses=$/r', '/v1/responses', '/r/responses'],
    [';responses=$/base/v3', '/mine/responses', '/base/v3/responses'],
  ])('with %j: %s → %s', async (formats, asked, expected) => {
    const own = await start(formats.replaceAll('$', upstream.origin));
    await send(own.url, asked, {
      headers: { 'content-type': 'application/json', 'x-api-key': TOKEN },
      body: '{"model":"llama-3","messages":[]}',
    });
    await own.stop();
    expect(went()).toEqual([[expected, { authorization: 'Bearer key-of-mine' }]]);
  });

  it.each(['/v1/messages', '/v1/responses'])('without the format of %s is 400', async (path) => {
    const own = await start('');
    const response = await send(own.url, path, {
      headers: { 'content-type': 'application/json', 'x-api-key': TOKEN },
      body: '{"model":"llama-3","messages":[]}',
    });
    await own.stop();
    expect(response.headers['x-proxy-error']).toBe('format-not-served');
    expect(went()).toEqual([]);
  });

  it('has the warning in the log if its base URL has no version', async () => {
    const own = await startProxy(upstream, { PROVIDERS: 'mine=https://llm.example.com/planted-secret' });
    await own.stop();
    const warnings = own.log.filter(({ level }) => level === 'warn');
    expect(warnings).toEqual([
      expect.objectContaining({
        warning: expect.stringContaining('PROVIDERS has an entry, mine,') as string,
      }),
    ]);
    expect(JSON.stringify(warnings)).not.toContain('planted');
  });
});
