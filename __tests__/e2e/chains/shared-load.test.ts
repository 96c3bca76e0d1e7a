import { FAILURES, FORMATS, Providers, ask, linesOf, routeOf } from '../../helpers/chains';
import { send, until } from '../../helpers/http';

let providers: Providers;
beforeAll(async () => {
  providers = await Providers.start();
});
afterEach(() => providers.reset());
afterAll(() => providers.close());

const CHAT = FORMATS.chat;
const OTHER = 'tok-planted-2-0123456789';
const TOKENS = { ACCESS_TOKENS: `laptop:tok-planted-1-0123456789,phone:${OTHER}` };
const servedBy = async (...of: Parameters<typeof ask>) => (await ask(...of)).headers['x-proxy-served-by'];
const repeat = async <T>(times: number, one: () => Promise<T>): Promise<T[]> => {
  const all: T[] = [];
  for (let at = 0; at < times; at++) all.push(await one());
  return all;
};

describe('a provider that fails again and again is passed over', () => {
  it('by all clients, if it cannot be reached', async () => {
    const proxy = await providers.proxy({
      ...TOKENS,
      MODEL_ROUTES: routeOf(CHAT, 2),
      OPENAI_UPSTREAM: 'http://127.0.0.1:1',
    });
    await repeat(3, () => ask(proxy, CHAT));
    await ask(proxy, CHAT, { headers: { authorization: `Bearer ${OTHER}` } });
    await until('all are logged', () => linesOf(proxy, 'request').length === 4);
    expect(linesOf(proxy, 'request').map(({ attempts }) => attempts)).toEqual([2, 2, 2, 1]);
    expect(linesOf(proxy, 'a provider of a chain is passed over')).toMatchObject([
      { level: 'warn', member: 'openai/model-a', pause_ms: 30_000 },
    ]);
  });

  it('by the one client whose requests have failed, until another’s fail as well', async () => {
    const proxy = await providers.proxy({ ...TOKENS, MODEL_ROUTES: routeOf(CHAT, 2) });
    providers.at('openai').respond(FAILURES['a 500']);
    await repeat(5, () => ask(proxy, CHAT));
    expect(providers.at('openai').seen).toHaveLength(3);
    const headers = { authorization: `Bearer ${OTHER}` };
    await repeat(2, () => ask(proxy, CHAT, { headers }));
    expect(providers.at('openai').seen).toHaveLength(4); // now it is known of two clients
  });

  it('but not for mistakes of the client', async () => {
    const proxy = await providers.proxy({ MODEL_ROUTES: routeOf(CHAT, 2) });
    const usual = providers.at('openai').currentResponder();
    providers.at('openai').respond((_request, response) => {
      response.writeHead(400, { 'content-type': 'application/json' }).end('{"error":{"message":"No."}}');
    });
    await repeat(5, () => ask(proxy, CHAT));
    providers.at('openai').respond(usual);
    expect(await servedBy(proxy, CHAT)).toBe('openai/model-a');
    expect(providers.at('deepseek').seen).toHaveLength(0);
  });

  it('and is asked all the same if no other is left', async () => {
    const proxy = await providers.proxy({ MODEL_ROUTES: routeOf(CHAT, 2) });
    const usual = providers.at('openai').currentResponder();
    providers.at('openai').respond(FAILURES['a 500']);
    await repeat(3, () => ask(proxy, CHAT));
    providers.at('openai').respond(usual);
    providers.at('deepseek').respond(FAILURES['a 500']);
    expect(await servedBy(proxy, CHAT)).toBe('openai/model-a');
  });
});

describe('a conversation', () => {
  const turn = (opening: string, ...later: string[]) =>
    JSON.stringify({
      model: 'm',
      messages: [
        { role: 'user', content: opening },
        ...later.flatMap((text) => [
          { role: 'assistant', content: 'So.' },
          { role: 'user', content: text },
        ]),
      ],
    });

  it('stays where it was answered, although the first provider has recovered', async () => {
    const proxy = await providers.proxy({ MODEL_ROUTES: routeOf(CHAT, 2) });
    const usual = providers.at('openai').currentResponder();
    providers.at('openai').respond(FAILURES['a 503']);
    expect(await servedBy(proxy, CHAT, { text: turn('Where?') })).toBe('deepseek/model-b');
    providers.at('openai').respond(usual);
    expect(await servedBy(proxy, CHAT, { text: turn('Where?', 'And now?') })).toBe('deepseek/model-b');
    expect(await servedBy(proxy, CHAT, { text: turn('Who?', 'And now?') })).toBe('openai/model-a');
    providers.at('deepseek').respond(FAILURES['a 503']);
    expect(await servedBy(proxy, CHAT, { text: turn('Where?', 'And?', 'Well?') })).toBe('openai/model-a');
    providers.at('deepseek').respond(usual);
    expect(await servedBy(proxy, CHAT, { text: turn('Where?', 'A', 'B', 'C') })).toBe('openai/model-a');
  });

  it('that the client names by a session stays as well, from its first request on', async () => {
    const MODEL_ROUTES = 'm=openai/model-a | deepseek/model-b';
    const sessions = ['one', 'two', 'three', 'four', 'five', 'six', 'seven', 'eight'];
    const places = await Promise.all(
      [1, 2].map(async () => {
        const proxy = await providers.proxy({ MODEL_ROUTES });
        return Promise.all(
          sessions.map((name) => servedBy(proxy, CHAT, { headers: { 'x-session-id': name } })),
        );
      }),
    );
    expect(places[0]).toEqual(places[1]); // in every instance
    expect(new Set(places[0]).size).toBe(2);
  });
});

describe('a request that names an earlier response', () => {
  const format = FORMATS.responses;
  const next = '{"model":"m","input":"And?","previous_response_id":"resp_simulated"}';

  it('goes to the provider that made it, and to no other if that fails', async () => {
    const proxy = await providers.proxy({ MODEL_ROUTES: routeOf(format, 2) });
    const usual = providers.at('openai').currentResponder();
    providers.at('openai').respond(FAILURES['a 503']);
    const made = await ask(proxy, format);
    expect(JSON.parse(made.body.toString())).toMatchObject({ id: 'resp_simulated' });
    providers.at('openai').respond(usual);
    expect(await servedBy(proxy, format, { text: next })).toBe('azure/model-b');
    providers.at('azure').respond(FAILURES['a 500']);
    const failed = await ask(proxy, format, { text: next });
    expect([failed.status, failed.headers['x-proxy-served-by']]).toEqual([500, 'azure/model-b']);
    expect(providers.at('openai').seen).toHaveLength(1);
  });

  it('goes to the first provider alone if nobody knows who made it', async () => {
    const proxy = await providers.proxy({ MODEL_ROUTES: routeOf(format, 2) });
    providers.at('openai').respond(FAILURES['a 500']);
    expect((await ask(proxy, format, { text: next })).status).toBe(500);
    expect(providers.at('azure').seen).toHaveLength(0);
  });
});

describe('access tokens and their limits', () => {
  it.each([
    ['providers=deepseek,groq', ['deepseek/model-b', 'deepseek', 'groq']],
    ['models=model-c', ['groq/model-c', 'groq']],
    ['providers=openai,groq models=model-c,model-b', ['groq/model-c', 'groq']],
    ['usd=5/month models=model-*', ['openai/model-a', 'openai', 'deepseek', 'groq']],
  ])('a token with %s gets only those members of a chain', async (limits, [first, ...asked]) => {
    const proxy = await providers.proxy({
      MODEL_ROUTES: routeOf(CHAT, 3),
      TOKEN_LIMITS: `laptop: ${limits}`,
    });
    expect(await servedBy(proxy, CHAT)).toBe(first);
    const failing = FAILURES['a 500'];
    for (const name of CHAT.members) {
      providers.at(name).respond(failing);
      providers.at(name).seen.length = 0;
    }
    expect((await ask(proxy, CHAT)).status).toBe(500);
    expect(CHAT.members.filter((name) => providers.at(name).seen.length > 0)).toEqual(asked);
  });

  it.each([
    ['providers=anthropic', 'provider-not-allowed'],
    ['models=gpt-5', 'model-not-allowed'],
  ])('a token with %s, which is for none of a chain, gets an error that says so', async (limits, code) => {
    const proxy = await providers.proxy({
      MODEL_ROUTES: routeOf(CHAT, 3),
      TOKEN_LIMITS: `laptop: ${limits}`,
    });
    const response = await ask(proxy, CHAT);
    expect([response.status, response.headers['x-proxy-error']]).toEqual([403, code]);
  });

  it('a request reserves what the dearest provider of its chain may cost, as long as it runs', async () => {
    const proxy = await providers.proxy({
      MODEL_ROUTES: routeOf(CHAT, 2),
      PRICES: 'model-a=1/1,model-b=900000/900000',
      TOKEN_LIMITS: 'laptop: usd=2/month',
    });
    const usual = providers.at('openai').currentResponder();
    let respond = () => undefined as unknown;
    providers.at('openai').respond((...of) => {
      respond = () => usual(...of);
    });
    const running = ask(proxy, CHAT);
    await until('the first one runs', () => providers.at('openai').seen.length === 1);
    expect((await ask(proxy, CHAT)).status).toBe(429);
    respond();
    expect((await running).status).toBe(200);
    providers.at('openai').respond(usual);
    expect((await ask(proxy, CHAT)).status).toBe(200); // it was charged what the cheap one costs
  });

  it('what a request costs is charged once, by the price of the model that answered', async () => {
    const proxy = await providers.proxy({
      MODEL_ROUTES: routeOf(CHAT, 2),
      PRICES: 'model-a=900000/900000,model-b=1/1',
      DAILY_CAP_USD: '50',
    });
    providers.at('openai').respond(FAILURES['a 500']);
    await ask(proxy, CHAT);
    await until('the request is logged', () => linesOf(proxy, 'request').length === 1);
    const [line] = linesOf(proxy, 'request');
    expect(line).toMatchObject({ charge: 'known', provider: 'deepseek' });
    expect(line?.['charged_usd']).toBeLessThan(0.01);
  });
});

it('only the key that was answered with is charged, of keys with budgets of their own', async () => {
  const admin = 'admin-planted-0123456789';
  const proxy = await providers.proxy({
    MODEL_ROUTES: routeOf(CHAT, 2),
    PRICES: 'model-a=1000/1000,model-b=1000/1000',
    OPENAI_API_KEYS: 'sk-pool-openai@9usd',
    DEEPSEEK_API_KEYS: 'sk-pool-deepseek@9usd',
    ADMIN_TOKEN: admin,
  });
  providers.at('openai').respond(FAILURES['a 500']);
  await ask(proxy, CHAT);
  await until('the request is logged', () => linesOf(proxy, 'request').length === 1);
  const report = await send(proxy.url, '/-/keys', { headers: { authorization: `Bearer ${admin}` } });
  const spent = (pools: Record<string, { budget: { spent_usd: number } }[]>) =>
    ['openai', 'deepseek'].map((name) => (pools[name]?.[0]?.budget.spent_usd ?? NaN) > 0);
  expect(spent(JSON.parse(report.body.toString()) as Parameters<typeof spent>[0])).toEqual([false, true]);
});

describe('METER_STREAMS=ask', () => {
  const lastBody = (name: string) => providers.at(name).seen.at(-1)?.body.toString() ?? '';

  it('asks each provider of a chain once, if all of them know the question', async () => {
    const proxy = await providers.proxy({ MODEL_ROUTES: routeOf(CHAT, 2), METER_STREAMS: 'ask' });
    providers.at('openai').respond(FAILURES['a 500']);
    providers.at('deepseek').respond((_request, response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      response.end(
        'data: {"choices":[{"delta":{}}],"usage":null}\n\ndata: {"choices":[],"usage":{"prompt_tokens":5,"completion_tokens":7}}\n\ndata: [DONE]\n\n',
      );
    });
    const response = await ask(proxy, CHAT, { stream: true });
    expect(lastBody('openai').match(/include_usage/g)).toHaveLength(1);
    expect(lastBody('deepseek').match(/include_usage/g)).toHaveLength(1);
    expect(response.body.toString()).toBe('data: {"choices":[{"delta":{}}]}\n\ndata: [DONE]\n\n');
  });

  it('asks none of them if one does not know it', async () => {
    const proxy = await providers.proxy({
      MODEL_ROUTES: 'm=openai/model-a > anthropic/model-b',
      METER_STREAMS: 'ask',
    });
    providers.at('openai').respond(FAILURES['a 500']);
    await ask(proxy, CHAT, { stream: true });
    expect(lastBody('openai')).toBe(CHAT.body('model-a', true));
    expect(lastBody('anthropic')).toBe(CHAT.body('model-b', true));
  });
});

it('a model that the client names, and that no header may have as it stands, is encoded in the header', async () => {
  const proxy = await providers.proxy({ MODEL_ROUTES: 'm*=openai > deepseek' });
  const text = '{"model":"mé\\r\\nx","messages":[]}';
  const response = await ask(proxy, CHAT, { text });
  expect([response.status, response.headers['x-proxy-served-by']]).toEqual([200, 'openai/m%C3%A9%0D%0Ax']);
  expect(providers.at('openai').seen[0]?.body.toString()).toBe(text);
});
