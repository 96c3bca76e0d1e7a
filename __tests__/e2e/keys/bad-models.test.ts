import type { Responder } from '../../../scripts/fakes/fake-upstream';
import { Providers, TOKEN } from '../../helpers/chains';
import { send } from '../../helpers/http';
import type { RunningProxy } from '../../helpers/proxies';

/** OpenAI is the default; `deepseek-*` is DeepSeek's, and `a` and `b` stand for each other. */

let providers: Providers;
let proxy: RunningProxy;

beforeAll(async () => {
  providers = await Providers.start();
});
afterAll(() => providers.close());
beforeEach(async () => {
  proxy = await providers.proxy({
    DEFAULT_PROVIDER: 'openai',
    MODEL_ROUTES: 'a=deepseek/b,b=deepseek/a,c=groq/c > deepseek/a',
    MAX_BODY_BYTES: '8000000',
  });
});
afterEach(() => providers.reset());

const ask = (body: string, path = '/v1/chat/completions') =>
  send(proxy.url, path, {
    headers: { authorization: `Bearer ${TOKEN}`, 'content-type': 'application/json' },
    body,
  });

/** What each provider got. */
const bodiesAt = (name: string) => providers.at(name).seen.map(({ body }) => body.toString());
const MESSAGES = '"messages":[{"role":"user","content":"x"}]';

describe('A model that no line of the table has goes to the default provider, byte for byte', () => {
  it.each([
    ['nobody’s', '"nobody-has-it"'],
    ['with slashes', '"a/b/c"'],
    ['that ends in one', '"deepseek/"'],
    ['with a colon', '"deepseek:v3"'],
    ['in Chinese', '"深度求索-聊天"'],
    ['in Arabic, from right to left', '"نموذج"'],
    ['with half of a surrogate pair', '"\\ud83d"'],
    ['with NUL', '"deepseek\\u0000-chat"'],
    ['with a line break', '"deepseek\\n-chat"'],
    ['in capitals', '"DEEPSEEK-CHAT"'],
    ['of 300 KB', `"deepseek-${'x'.repeat(300_000)}"`],
    ['that is a member of every object', '"__proto__"'],
    ['that is one as well', '"constructor"'],
    ['that is empty', '""'],
    ['that is a number', '5'],
    ['that is null', 'null'],
    ['that is a list', '["deepseek-chat"]'],
    ['that is an object', '{"model":"deepseek-chat"}'],
  ])('%s', async (_what, model) => {
    const body = `{"model" : ${model},${MESSAGES}}`;
    await ask(body);
    expect(bodiesAt('openai')).toEqual([body]);
    expect(bodiesAt('deepseek')).toEqual([]);
  });
});

describe('A model that is found goes to its provider', () => {
  it.each([
    ['written with escapes', '"deep\\u0073eek-chat"'],
    ['behind another one, which does not count', '"gpt-5","model":"deepseek-chat"'],
  ])('%s', async (_what, model) => {
    await ask(`{"model":${model},${MESSAGES}}`);
    expect(bodiesAt('deepseek')).toHaveLength(1);
    expect(bodiesAt('openai')).toEqual([]);
  });

  it('whichever of two a provider reads, it is the one that was routed', async () => {
    await ask(`{"model":"gpt-5",${MESSAGES},"model":"a"}`);
    expect(bodiesAt('deepseek')).toEqual([`{"model":"b",${MESSAGES},"model":"b"}`]);
  });

  it('behind 5 MB of prompt, with an alias replaced', async () => {
    const prompt = `"messages":[{"role":"user","content":"${'p'.repeat(5_000_000)}"}]`;
    await ask(`{${prompt},"model":"a"}`);
    expect(bodiesAt('deepseek')[0]?.slice(-30)).toBe(`{${prompt},"model":"b"}`.slice(-30));
    expect(providers.at('deepseek').seen[0]?.body.length).toBe(prompt.length + 14);
  });

  it('under its name there, which is not looked up again: names that stand for each other are no loop', async () => {
    await ask(`{"model":"a",${MESSAGES}}`);
    await ask(`{"model":"b",${MESSAGES}}`);
    expect(bodiesAt('deepseek')).toEqual([`{"model":"b",${MESSAGES}}`, `{"model":"a",${MESSAGES}}`]);
  });

  it('nor is a chain whose members name aliases', async () => {
    providers.at('groq').respond((_request, response) => response.writeHead(503).end());
    providers.at('deepseek').respond((_request, response) => response.writeHead(503).end());
    expect((await ask(`{"model":"c",${MESSAGES}}`)).status).toBe(503);
    expect([bodiesAt('groq'), bodiesAt('deepseek')]).toEqual([
      [`{"model":"c",${MESSAGES}}`],
      [`{"model":"a",${MESSAGES}}`],
    ]);
  });
});

describe('A provider that answers in another format than it should', () => {
  const stream = 'data: {"choices":[{"delta":{"content":"x"}}]}\n\ndata: [DONE]\n\n';
  const of =
    (type: string, body: string): Responder =>
    (_request, response) => {
      response.writeHead(200, { 'content-type': type }).end(body);
    };
  it.each([
    ['OpenAI’s stream', 'text/event-stream', stream],
    ['OpenAI’s JSON', 'application/json', '{"id":"x","choices":[],"usage":{"prompt_tokens":"many"}}'],
    ['HTML', 'text/html', '<h1>Hello</h1>'],
    ['a list', 'application/json', '[1]'],
    ['nothing', 'application/json', ''],
    ['JSON that is called a stream', 'text/event-stream', '{"type":"message"}'],
    ['a stream that is called JSON', 'application/json', stream],
  ])('has its bytes passed on, in Anthropic’s format: %s', async (_what, type, body) => {
    providers.at('deepseek').respond(of(type, body));
    const response = await ask(`{"model":"deepseek-chat","max_tokens":9,${MESSAGES}}`, '/v1/messages');
    expect([response.status, response.body.toString()]).toEqual([200, body]);
    expect(providers.at('anthropic').seen).toHaveLength(0);
  });
});
