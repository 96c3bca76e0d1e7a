import http from 'node:http';
import Anthropic from '@anthropic-ai/sdk';
import OpenAI from 'openai';
import { startFakeUpstream, type FakeUpstream, type Responder } from '../../../scripts/fakes/fake-upstream';
import { newSignedToken, type LimitTexts } from '../../../scripts/token/signed';
import { send, until } from '../../helpers/http';
import { startBundle, startProxy, type RunningProxy } from '../../helpers/proxies';

const SECRET = 'a-secret-of-the-tests-0123456789-0123';
const CHAT = '/v1/chat/completions';
const STATIC = 'a-static-token-0123456789';

let upstream: FakeUpstream;
let proxy: RunningProxy;
let issued = 0;

beforeAll(async () => {
  upstream = await startFakeUpstream();
  proxy = await startProxy(upstream, {
    TOKEN_SECRET: SECRET,
    ACCESS_TOKENS: `laptop:${STATIC}`,
    DAILY_CAP_USD: '2',
    OPENAI_API_KEYS: 'sk-pool-1-0123456789',
    ANTHROPIC_API_KEYS: 'sk-ant-pool-1-0123456789',
    PRICES: 'a-dollar=0/100000,free=0/0',
  });
});
afterAll(async () => {
  await proxy.stop();
  await upstream.close();
});
beforeEach(() => {
  upstream.respond(usedDollars(1));
});

/** A token that no other test uses. */
function token(limits: LimitTexts): string {
  const result = newSignedToken({ name: `mum-${++issued}`, ...limits }, SECRET, Date.now());
  if ('problem' in result) throw new Error(result.problem);
  return result.token;
}

/** Ten tokens of output cost a dollar. */
function usedDollars(dollars: number, model = 'a-dollar'): Responder {
  const usage = { prompt_tokens: 3, completion_tokens: 10 * dollars, total_tokens: 10 * dollars + 3 };
  return (_request, response) => {
    response
      .writeHead(200, { 'content-type': 'application/json' })
      .end(JSON.stringify({ model, choices: [], usage }));
  };
}

function chat(key: string, members: Record<string, unknown> = {}, agent?: http.Agent) {
  return send(proxy.url, CHAT, {
    headers: { Authorization: `Bearer ${key}`, 'Content-Type': 'application/json' },
    body: JSON.stringify({ model: 'a-dollar', max_tokens: 10, messages: [], ...members }),
    ...(agent ? { agent } : {}),
  });
}

/** The same, when it is counted. */
async function chatAlone(...args: Parameters<typeof chat>) {
  const lines = proxy.log.length;
  const response = await chat(...args);
  await until('it is logged', () => proxy.log.length > lines);
  return response;
}

const messageOf = ({ body }: Awaited<ReturnType<typeof chat>>) =>
  (JSON.parse(body.toString()) as { error: { message: string } }).error.message;

/** The dollars that the log says a token was charged. */
const charged = (name: string) =>
  proxy.log
    .filter((line) => line['token'] === name)
    .reduce((sum, line) => sum + Number(line['charged_usd'] ?? 0), 0);

describe('a token of 5 USD', () => {
  it('has passed within one request of it, however many come at once', async () => {
    const mum = token({ usd: '5' });
    const agent = new http.Agent({ keepAlive: true, maxSockets: 100 });
    const results = await Promise.all(Array.from({ length: 300 }, () => chat(mum, {}, agent)));
    // What was reserved and not spent is free again.
    for (let at = 0; at < 20; at++) results.push(await chatAlone(mum));
    agent.destroy();
    const passed = results.filter(({ status }) => status === 200);
    expect(passed).toHaveLength(5);
    expect(charged(`mum-${issued}`)).toBe(5);
    expect(results.at(-1)?.headers['x-proxy-error']).toBe('token-budget-spent');
  });

  it('is exceeded by one request alone that costs more than is left', async () => {
    upstream.respond(usedDollars(3));
    const mum = token({ usd: '5' });
    const results = await Promise.all(Array.from({ length: 50 }, () => chat(mum, { max_tokens: 30 })));
    for (let at = 0; at < 3; at++) results.push(await chatAlone(mum, { max_tokens: 30 }));
    expect(results.filter(({ status }) => status === 200)).toHaveLength(2);
    expect(charged(`mum-${issued}`)).toBe(6);
  });

  it('says when it can be spent again, and that SDKs are not to wait for it', async () => {
    const mum = token({ usd: '1/month' });
    await chatAlone(mum);
    const { status, headers, body } = await chatAlone(mum);
    expect([status, headers['x-proxy-error'], headers['x-should-retry']]).toEqual([
      429,
      'token-budget-spent',
      'false',
    ]);
    expect(headers).toMatchObject({ 'x-proxy-limit': '1', 'x-proxy-remaining': '0' });
    const now = new Date();
    const end = Date.UTC(now.getUTCFullYear(), now.getUTCMonth() + 1, 1);
    expect(Math.abs(Number(headers['retry-after']) - (end - now.getTime()) / 1_000)).toBeLessThan(60);
    expect(JSON.parse(body.toString())).toMatchObject({
      error: { type: 'insufficient_quota', message: expect.stringContaining('1 USD a month') as string },
    });
  });

  it('may still do what costs nothing', async () => {
    const mum = token({ usd: '1' });
    await chatAlone(mum);
    expect((await chatAlone(mum)).status).toBe(429);
    const headers = { Authorization: `Bearer ${mum}` };
    expect((await send(proxy.url, '/v1/models', { headers })).status).toBe(200);
    const tokens = await send(proxy.url, '/v1/messages/count_tokens', { headers, body: '{}' });
    expect(tokens.status).toBe(200);
  });

  it.each([
    [
      'does not tell its usage',
      { model: 'a-dollar', choices: [] },
      { charged_usd: 0.1, charge: 'assumed', meter: 'unmetered' },
    ],
    [
      'has a model without a price',
      { model: 'nobody-knows-it', choices: [], usage: { prompt_tokens: 1, completion_tokens: 1 } },
      { charged_usd: 0.1, charge: 'assumed', meter: 'metered' },
    ],
    [
      'has usage that cannot be',
      { model: 'a-dollar', choices: [], usage: { prompt_tokens: 1e18, completion_tokens: -1 } },
      { charged_usd: 0.1, charge: 'assumed', meter: 'unmetered' },
    ],
    [
      'has usage null',
      { model: 'a-dollar', choices: [], usage: null },
      { charged_usd: 0.1, charge: 'assumed', meter: 'unmetered' },
    ],
    [
      'is free',
      { model: 'free', choices: [], usage: { prompt_tokens: 1, completion_tokens: 1 } },
      { charged_usd: 0, charge: 'known', meter: 'metered' },
    ],
  ])('is charged what the log says if the response %s', async (_what, body, expected) => {
    upstream.respond((_request, response) => {
      response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(body));
    });
    const model = body.model === 'a-dollar' ? 'other-unknown' : body.model;
    await chatAlone(token({ usd: '5' }), { model });
    const name = `mum-${issued}`;
    await until('it is logged', () => proxy.log.some((line) => line['token'] === name));
    expect(proxy.log.find((line) => line['token'] === name)).toMatchObject(expected);
  });

  it('is not charged for an error response', async () => {
    upstream.respond((_request, response) => {
      response.writeHead(400, { 'content-type': 'application/json' }).end('{"error":{"message":"no"}}');
    });
    const mum = token({ usd: '0.05' });
    await chatAlone(mum);
    expect((await chatAlone(mum)).status).toBe(400);
  });

  it('is not charged for a stream that begins with an error', async () => {
    upstream.respond((_request, response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      response.end('data: {"error":{"message":"no","code":"server_error"}}\n\n');
    });
    const mum = token({ usd: '0.05' });
    await chatAlone(mum);
    expect((await chatAlone(mum)).body.toString()).toContain('server_error');
    const name = `mum-${issued}`;
    await until('it is logged', () => proxy.log.some((line) => line['token'] === name));
    const line = proxy.log.find((one) => one['token'] === name);
    expect(line).toMatchObject({ outcome: 'failed-in-stream', charge: 'known', charged_usd: 0 });
    expect(line).not.toHaveProperty('meter');
  });

  it('is charged if the client leaves before the response begins', async () => {
    const mum = token({ usd: '0.05' });
    upstream.respond(() => undefined);
    const seen = upstream.seen.length;
    const request = http.request(proxy.url + CHAT, {
      method: 'POST',
      headers: { Authorization: `Bearer ${mum}`, 'Content-Type': 'application/json' },
    });
    request.on('error', () => undefined).end('{"model":"a-dollar","messages":[]}');
    await until('the request arrives', () => upstream.seen.length > seen);
    request.destroy();
    const name = `mum-${issued}`;
    await until('it is logged', () => proxy.log.some((line) => line['token'] === name));
    expect((await chatAlone(mum)).headers['x-proxy-error']).toBe('token-budget-spent');
  });

  it('is not charged for what the client’s own key pays', async () => {
    const mum = token({ usd: '1' });
    const own = await startProxy(upstream, { TOKEN_SECRET: SECRET });
    const headers = { Authorization: `Bearer sk-own-0123456789:${mum}`, 'Content-Type': 'application/json' };
    const body = JSON.stringify({ model: 'a-dollar', messages: [] });
    for (let at = 0; at < 3; at++) expect((await send(own.url, CHAT, { headers, body })).status).toBe(200);
    expect(own.log.every((line) => line['charged_usd'] === undefined)).toBe(true);
    await own.stop();
  });
});

describe('a token of 100 tokens a minute', () => {
  it('is refused once a minute has had them, and told for how long', async () => {
    upstream.respond(usedDollars(6, 'free'));
    const mum = token({ tpm: '100' });
    expect((await chatAlone(mum)).status).toBe(200);
    expect((await chatAlone(mum)).status).toBe(200);
    const { status, headers } = await chatAlone(mum);
    expect([status, headers['x-proxy-error'], headers['x-should-retry']]).toEqual([
      429,
      'token-tokens-limited',
      undefined,
    ]);
    expect(headers).toMatchObject({ 'x-proxy-limit': '100', 'x-proxy-remaining': '0' });
    expect(Number(headers['retry-after'])).toBeLessThanOrEqual(61);
  });

  it('counts a response that does not tell its usage as 5,000', async () => {
    upstream.respond((_request, response) => {
      response.writeHead(200, { 'content-type': 'application/json' }).end('{"choices":[]}');
    });
    const mum = token({ tpm: '5k' });
    expect((await chatAlone(mum)).status).toBe(200);
    expect((await chatAlone(mum)).headers['x-proxy-error']).toBe('token-tokens-limited');
  });
});

describe('DAILY_CAP_USD', () => {
  it('limits a token without a limit of money of its own, and names itself in the error response', async () => {
    await chatAlone(STATIC);
    await chatAlone(STATIC);
    const refused = await chatAlone(STATIC);
    expect(refused.headers['x-proxy-error']).toBe('token-budget-spent');
    expect(messageOf(refused)).toMatch(/2 USD a day \(DAILY_CAP_USD\)/);
    const mum = token({ rpm: '100' });
    await chatAlone(mum);
    await chatAlone(mum);
    expect(messageOf(await chatAlone(mum))).toContain('DAILY_CAP_USD');
  });

  it('does not concern a token with a limit of its own, nor one with off', async () => {
    const mum = token({ usd: '10/day' });
    for (let at = 0; at < 4; at++) expect((await chatAlone(mum)).status).toBe(200);
    const off = await startProxy(upstream, {
      ACCESS_TOKENS: `laptop:${STATIC}`,
      DAILY_CAP_USD: 'off',
      OPENAI_API_KEYS: 'sk-pool-1-0123456789',
      PRICES: 'a-dollar=0/100000',
    });
    const headers = { Authorization: `Bearer ${STATIC}`, 'Content-Type': 'application/json' };
    const body = JSON.stringify({ model: 'a-dollar', messages: [] });
    for (let at = 0; at < 60; at++) expect((await send(off.url, CHAT, { headers, body })).status).toBe(200);
    expect(off.log.every((line) => line['charge'] === undefined)).toBe(true);
    await off.stop();
  });
});

describe('the built bundle', () => {
  it('charges by the list of prices that is packed into it', async () => {
    const usage = { prompt_tokens: 1_000, completion_tokens: 500 };
    upstream.respond((_request, response) => {
      response
        .writeHead(200, { 'content-type': 'application/json' })
        .end(JSON.stringify({ model: 'gpt-5-mini-2025-08-07', choices: [], usage }));
    });
    const bundle = await startBundle({
      OPENAI_UPSTREAM: upstream.origin,
      OPENAI_API_KEYS: 'sk-pool-1-0123456789',
      ACCESS_TOKENS: `laptop:${STATIC}`,
      TOKEN_SECRET: SECRET,
    });
    const body = JSON.stringify({ model: 'gpt-5-mini', messages: [] });
    for (const key of [STATIC, token({ usd: '5/month' })]) {
      const headers = { Authorization: `Bearer ${key}`, 'Content-Type': 'application/json' };
      expect((await send(bundle.url, CHAT, { headers, body })).status).toBe(200);
    }
    const lines = () => bundle.log.filter((line) => line['token'] !== undefined);
    await until('both are logged', () => lines().length === 2);
    for (const line of lines()) expect(line).toMatchObject({ charged_usd: 0.00125, charge: 'known' });
    await bundle.stop();
  });
});

describe('an official client', () => {
  const messages = [{ role: 'user' as const, content: 'Hi' }];

  it('of OpenAI raises RateLimitError at once when a budget is spent', async () => {
    const apiKey = token({ usd: '1/month' });
    const client = new OpenAI({ apiKey, baseURL: `${proxy.url}/v1` });
    await client.chat.completions.create({ model: 'a-dollar', messages });
    const error: unknown = await client.chat.completions
      .create({ model: 'a-dollar', messages })
      .catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(OpenAI.RateLimitError);
    expect(error).toMatchObject({ code: 'token-budget-spent', type: 'insufficient_quota' });
    expect(proxy.log.filter((line) => line['token'] === `mum-${issued}`)).toHaveLength(2);
  });

  it('of Anthropic raises RateLimitError at once when a budget is spent', async () => {
    const usage = { input_tokens: 1, output_tokens: 10 };
    upstream.respond((_request, response) => {
      response
        .writeHead(200, { 'content-type': 'application/json' })
        .end(JSON.stringify({ type: 'message', model: 'a-dollar', content: [], usage }));
    });
    const client = new Anthropic({ apiKey: token({ usd: '1/month' }), authToken: null, baseURL: proxy.url });
    await client.messages.create({ model: 'a-dollar', max_tokens: 1, messages });
    const error: unknown = await client.messages
      .create({ model: 'a-dollar', max_tokens: 1, messages })
      .catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(Anthropic.RateLimitError);
    expect(error).toMatchObject({ status: 429, error: { error: { type: 'rate_limit_error' } } });
  });
});
