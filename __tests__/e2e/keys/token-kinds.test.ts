import http from 'node:http';
import { startFakeUpstream, type FakeUpstream } from '../../../scripts/fakes/fake-upstream';
import { newSignedToken } from '../../../scripts/token/signed';
import type { LimitTexts } from '../../../src/config/parsers/token-limits';
import { send, until } from '../../helpers/http';
import { startProxy, type RunningProxy } from '../../helpers/proxies';

/** Tokens of ACCESS_TOKENS with limits of TOKEN_LIMITS, and signed ones with the same. */

const SECRET = 'a-secret-of-the-tests-0123456789-0123';
const CHAT = '/v1/chat/completions';

/** What three requests get, one after the other, each of which uses ten tokens and costs a dollar. */
const ROWS: readonly (readonly [what: string, limits: LimitTexts, model: string, results: unknown[]])[] = [
  ['its models', { models: 'gpt-5-mini,claude-*' }, 'gpt-5-mini', [200, 200, 200]],
  ['other models', { models: 'gpt-5-mini,claude-*' }, 'gpt-5', Array(3).fill('model-not-allowed')],
  ['its provider', { providers: 'openai' }, 'gpt-5-mini', [200, 200, 200]],
  ['another provider', { providers: 'anthropic' }, 'gpt-5-mini', Array(3).fill('provider-not-allowed')],
  ['requests a minute', { rpm: '1' }, 'gpt-5-mini', [200, 'token-rate-limited', 'token-rate-limited']],
  ['tokens a minute', { tpm: '20' }, 'gpt-5-mini', [200, 200, 'token-tokens-limited']],
  ['money', { usd: '2/month' }, 'gpt-5-mini', [200, 200, 'token-budget-spent']],
  ['more than it uses', { usd: '20', rpm: '9', tpm: '1k', concurrency: '1' }, 'gpt-5-mini', [200, 200, 200]],
  ['a time that is over', { until: '2020-01-01' }, 'gpt-5-mini', Array(3).fill('token-expired')],
  ['a time to come', { until: '2099-01-01' }, 'gpt-5-mini', [200, 200, 200]],
];

const staticToken = (at: number) => `a-static-token-0123456789-${at}`;

const textOf = (limits: LimitTexts) =>
  Object.entries(limits)
    .map(([field, text]) => `${field}=${text ?? ''}`)
    .join(' ');

function signedToken(limits: LimitTexts, at: number): string {
  const result = newSignedToken({ name: `signed-${at}`, ...limits }, SECRET, Date.parse('2019-06-01'));
  if ('problem' in result) throw new Error(result.problem);
  return result.token;
}

let upstream: FakeUpstream;
let proxy: RunningProxy;
/** What ends the response that the upstream has begun last. */
let finish: () => void = () => undefined;

beforeAll(async () => {
  upstream = await startFakeUpstream();
  proxy = await startProxy(upstream, {
    TOKEN_SECRET: SECRET,
    ACCESS_TOKENS: [
      'plain:a-plain-token-0123456789',
      'single:a-single-token-0123456789',
      ...ROWS.map((_row, at) => `static-${at}:${staticToken(at)}`),
    ].join(),
    TOKEN_LIMITS: [
      ...ROWS.map(([, limits], at) => `static-${at}: ${textOf(limits)}`),
      'single: concurrency=1 usd=30/month models=gpt-* until=2099-01-31',
    ].join('; '),
    DAILY_CAP_USD: 'off',
    OPENAI_API_KEYS: 'sk-pool-1-0123456789',
    PRICES: 'gpt-5-mini=0/100000',
  });
});
afterAll(async () => {
  await proxy.stop();
  await upstream.close();
});
beforeEach(() => {
  upstream.respond((_request, response) =>
    response.writeHead(200, { 'content-type': 'application/json' }).end(
      JSON.stringify({
        model: 'gpt-5-mini',
        choices: [],
        usage: { prompt_tokens: 0, completion_tokens: 10 },
      }),
    ),
  );
});

/** The status of a request that passes, or the error's code; once it is counted. */
async function chat(key: string, model: string): Promise<unknown> {
  const lines = proxy.log.length;
  const { status, headers } = await send(proxy.url, CHAT, {
    headers: { Authorization: `Bearer ${key}`, 'Content-Type': 'application/json' },
    body: JSON.stringify({ model, max_tokens: 10, messages: [] }),
  });
  await until('it is logged', () => proxy.log.length > lines);
  return status === 200 ? status : headers['x-proxy-error'];
}

async function chats(key: string, model: string): Promise<unknown[]> {
  return [await chat(key, model), await chat(key, model), await chat(key, model)];
}

describe('a token with limits is held to them, whether it is signed or in ACCESS_TOKENS', () => {
  it.each(ROWS.map((row, at) => [row[0], at] as const))('with %s', async (_what, at) => {
    const [, limits, model, results] = ROWS[at] ?? ROWS[0] ?? [];
    expect(await chats(signedToken(limits ?? {}, at), model ?? '')).toEqual(results);
    expect(await chats(staticToken(at), model ?? '')).toEqual(results);
  });
});

describe('a token of ACCESS_TOKENS with limits', () => {
  it('may have as many requests at the same time as it says', async () => {
    upstream.respond((_request, response) => {
      response.writeHead(200, { 'content-type': 'application/json' }).write('{');
      finish = () => response.end('}');
    });
    const headers = { Authorization: 'Bearer a-single-token-0123456789', 'Content-Type': 'application/json' };
    const first = http.request(`${proxy.url}${CHAT}`, { method: 'POST', headers });
    const response = await new Promise<http.IncomingMessage>((resolve) =>
      first.on('response', resolve).end('{"model":"gpt-5-mini","messages":[]}'),
    );
    expect(await chat('a-single-token-0123456789', 'gpt-5-mini')).toBe('token-busy');
    finish();
    response.resume();
    await new Promise((resolve) => response.once('close', resolve));
  });

  it('tells its holder what they are', async () => {
    const { body } = await send(proxy.url, '/-/me', {
      headers: { Authorization: 'Bearer a-single-token-0123456789' },
    });
    expect(JSON.parse(body.toString())).toMatchObject({
      expires_at: '2099-02-01T00:00:00.000Z',
      limits: { concurrency: { limit: 1 }, usd: { period: 'month' }, models: ['gpt-*'] },
    });
  });

  it('does not limit its neighbours', async () => {
    expect(await chats('a-plain-token-0123456789', 'gpt-5')).toEqual([200, 200, 200]);
  });
});
