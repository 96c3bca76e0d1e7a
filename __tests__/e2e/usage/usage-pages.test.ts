import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { promisify } from 'node:util';
import { startFakeUpstream, type FakeUpstream } from '../../../scripts/fakes/fake-upstream';
import { signToken } from '../../../src/proxy/tokens/signed-tokens';
import { send, until } from '../../helpers/http';
import { startProxy, type RunningProxy } from '../../helpers/proxies';

const KEY = 'sk-proj-9f8e7d6c5b4a3210fedc';
const ADMIN = 'admin-0123456789abcdef';
const SECRET = 'a-secret-of-more-than-32-characters-0';
const MUM = 'mum-0123456789abcdef';
const DAD = 'dad-0123456789abcdef';
const signed = (name: string, limits: Parameters<typeof signToken>[0]['limits'], expiresAt?: number) =>
  signToken({ name, issuedAt: Math.floor(Date.now() / 1_000) - 10, expiresAt, limits }, SECRET);
const KID = signed(
  'kid',
  {
    requestsPerMinute: 20,
    money: { nanoUsd: 5_000_000_000, period: 'month' },
    models: ['gpt-5*'],
    providers: ['openai'],
  },
  4_102_444_800,
);
const SETTINGS = {
  OPENAI_API_KEYS: KEY,
  ACCESS_TOKENS: `mum:${MUM},dad:${DAD}`,
  TOKEN_SECRET: SECRET,
  ADMIN_TOKEN: ADMIN,
  PRICES: 'gpt-5-mini*=1/2,gpt-5*=1000/1000,claude*=3/15',
};
const BILLING = '/dashboard/billing';
/** What the fake provider says it has used. */
const CHAT = { input_tokens: 14, output_tokens: 18 };

let upstream: FakeUpstream;
let proxy: RunningProxy;

beforeAll(async () => {
  upstream = await startFakeUpstream();
  proxy = await startProxy(upstream, SETTINGS);
  await chat(MUM, 'gpt-5-mini');
  await chat(MUM, 'gpt-5-mini', { stream: true });
  await chat(DAD, 'house');
  await chat(DAD, KEY);
  await chat(DAD, `a\n${MUM}`);
  await chat(KID, 'gpt-5-nano');
  await claude(`sk-ant-0123456789abcdef:${DAD}`);
  await send(proxy.url, '/v1/chat/completions', { method: 'POST', ...bearer('wrong-0123456789abcdef') });
});
afterAll(async () => {
  await proxy.stop();
  await upstream.close();
});

type Json = Readonly<Record<string, unknown>>;
interface Page extends Json {
  readonly rows: readonly Json[];
  readonly total: Json;
}

const bearer = (token: string) => ({ headers: { authorization: `Bearer ${token}` } });
async function page(url: string, token: string, method = 'GET') {
  const { status, headers, body } = await send(proxy.url, url, { method, ...bearer(token) });
  const text = body.toString();
  return { status, headers, text, json: (text === '' ? {} : JSON.parse(text)) as Page };
}

/** Sends a request and waits until it is logged, after which it is in the book. */
async function post(url: string, headers: Record<string, string>, body: object): Promise<void> {
  const before = proxy.log.length;
  const { status } = await send(proxy.url, url, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify(body),
  });
  expect(status).toBe(200);
  await until('it is logged', () => proxy.log.length > before);
}
const chat = (token: string, model: string, more: object = {}) =>
  post('/v1/chat/completions', bearer(token).headers, { model, messages: [], ...more });
/** A stream that tells its usage, with the client's own key. */
const claude = (credential: string) =>
  post(
    '/v1/messages',
    { 'x-api-key': credential, 'anthropic-version': '2023-06-01' },
    { model: 'claude-x', stream: true, max_tokens: 9, messages: [{ role: 'user', content: 'Hello' }] },
  );

describe('GET /-/usage', () => {
  it('tells the operator the use of every token and model, since when, and with which prices', async () => {
    const { status, headers, json } = await page('/-/usage', ADMIN);
    expect([status, headers['cache-control'], headers['x-content-type-options']]).toEqual([
      ...[200, 'no-store', 'nosniff'],
    ]);
    expect(json).toMatchObject({
      scope: 'this instance',
      since: expect.stringMatching(/^\d{4}-.*Z$/) as string,
      by: ['token', 'model'],
      total: { requests: 7, errors: 0, metered: 6, unmetered: 1, partial: 0, unpriced: 3 },
      note: expect.stringContaining('Of this instance alone, since 2') as string,
      prices: expect.stringContaining('list prices') as string,
    });
    expect(json.rows).toContainEqual(
      expect.objectContaining({ token: 'kid', model: 'gpt-5-nano', usd: '0.032', ...CHAT }),
    );
    expect(json.rows).toContainEqual(
      expect.objectContaining({ token: 'mum', requests: 2, metered: 1, unmetered: 1, usd: '0.00005' }),
    );
    expect(json.rows).toContainEqual(
      expect.objectContaining({ token: 'dad', model: 'house', usd: null, unpriced: 1 }),
    );
  });

  it('counts what a stream has used', async () => {
    const { json } = await page('/-/usage?by=provider', ADMIN);
    const claudes = json.rows.find(({ provider }) => provider === 'anthropic');
    expect(claudes).toMatchObject({ requests: 1, metered: 1, usd: expect.any(String) as string });
    expect(Number(claudes?.['output_tokens'])).toBeGreaterThan(0);
  });

  it.each(['/-/usage', '/-/usage?by=token', '/-/usage?by=model,provider,day'])(
    'tells an access token its own share alone (%s)',
    async (url) => {
      const { json, text } = await page(url, MUM);
      expect(json).toMatchObject({ token: 'mum', total: { requests: 2, metered: 1, unmetered: 1 } });
      for (const foreign of ['dad', 'kid', 'house', 'gpt-5-nano', 'anthropic'])
        expect(text).not.toContain(foreign);
    },
  );

  it('finds no secret in a name that a client gave to a model', async () => {
    for (const url of ['/-/usage', `${BILLING}/usage`, '/v1/usage']) {
      const { status, text } = await page(url, url === '/-/usage' ? ADMIN : DAD);
      expect([status, text.includes('[redacted]')]).toEqual([200, true]);
      for (const secret of [KEY, MUM, DAD, ADMIN, SECRET, KID]) expect(text).not.toContain(secret);
    }
  });

  it.each<[string, number]>([
    ['since=1d', 7],
    ['since=12h&by=day', 7],
    [`since=${new Date().toISOString().slice(0, 4)}-01-01`, 7],
    ['since=2999-01-01', 0],
  ])('has the requests of the days that "%s" means', async (query, requests) => {
    expect((await page(`/-/usage?${query}`, ADMIN)).json.total).toMatchObject({ requests });
  });

  it.each([
    'by=',
    'by=key',
    'by=token,token',
    'by=token&by=day',
    'since=',
    'since=yesterday',
    'since=2026-02-30',
  ])('rejects %s', async (query) => {
    const { status, headers, text } = await page(`/-/usage?${query}`, ADMIN);
    expect([status, headers['x-proxy-error']]).toEqual([400, 'bad-parameter']);
    expect(text).toContain('by must be one or more of token, model, provider and day');
  });
});

describe('GET /-/me', () => {
  it('tells a token its limits, its use, what is left, when that begins again, and when it expires', async () => {
    const { status, headers, json, text } = await page('/-/me', KID);
    expect([status, headers['cache-control']]).toEqual([200, 'no-store']);
    const now = new Date();
    const nextMonth = new Date(Date.UTC(now.getUTCFullYear(), now.getUTCMonth() + 1, 1)).toISOString();
    const used = { requests: 1, tokens: 32, usd: '0.032', metered: 1, partial: 0, unmetered: 0, unpriced: 0 };
    expect(json).toEqual({
      name: 'kid',
      limits: {
        requests_per_minute: { limit: 20, used: 1, left: 19 },
        usd: { period: 'month', limit: '5', used: '0.032', left: '4.968', resets_at: nextMonth },
        models: ['gpt-5*'],
        providers: ['openai'],
      },
      today: { ...used, resets_at: expect.stringMatching(/T00:00:00.000Z$/) as string },
      month: { ...used, resets_at: nextMonth },
      expires_at: '2100-01-01T00:00:00.000Z',
      scope: 'this instance',
      since: expect.any(String) as string,
    });
    expect(text.length).toBeLessThan(1_000);
  });

  it('does not know what unpriced requests have cost', async () => {
    const proxyOfHouse = await startProxy(upstream, SETTINGS);
    try {
      const own = () => send(proxyOfHouse.url, '/-/me', bearer(MUM)).then(({ body }) => body.toString());
      expect(await own()).toContain('"requests":0,"tokens":0,"usd":"0"');
      await send(proxyOfHouse.url, '/v1/chat/completions', {
        method: 'POST',
        headers: { ...bearer(MUM).headers, 'content-type': 'application/json' },
        body: '{"model":"house","messages":[]}',
      });
      await until('it is logged', () => proxyOfHouse.log.some(({ model }) => model === 'house'));
      expect(await own()).toContain('"requests":1,"tokens":32,"usd":null');
    } finally {
      await proxyOfHouse.stop();
    }
  });

  it('takes the token in the path as well', async () => {
    const { status, body } = await send(proxy.url, `/release/${MUM}/-/me`);
    expect([status, body.toString()]).toEqual([200, expect.stringContaining('"name":"mum"')]);
  });

  it('is shown by the status line of Claude Code that the documents have', async () => {
    const page = readFileSync(path.resolve(__dirname, '../../../docs/usage.md'), 'utf8');
    const [, script = ''] = /```sh\n(#!\/bin\/sh\n.*?)```/s.exec(page) ?? [];
    expect(script).toContain('/-/me');
    const environment = { ANTHROPIC_BASE_URL: proxy.url, PATH: process.env['PATH'] };
    const line = async (token: string) =>
      (
        await promisify(execFile)('sh', ['-c', script], {
          env: { ...environment, ANTHROPIC_AUTH_TOKEN: token },
          encoding: 'utf8',
        })
      ).stdout;
    expect(await line(KID)).toBe('kid: $0.03 today, $4.97 left\n');
    expect(await line('wrong-0123456789abcdef')).toBe('');
  });
});

describe('Who may see the use', () => {
  it.each<[string, string, number, string]>([
    ['/-/usage', 'wrong-0123456789abcdef', 401, 'bad-token'],
    ['/-/me', 'wrong-0123456789abcdef', 401, 'bad-token'],
    ['/-/me', ADMIN, 401, 'bad-token'],
    ['/-/me', signed('old', {}, 1_000_000_000), 401, 'token-expired'],
    [`${BILLING}/usage`, signed('old', {}, 1_000_000_000), 401, 'token-expired'],
    ['/v1/usage', 'wrong-0123456789abcdef', 401, 'bad-token'],
  ])('is not who asks %s with %s: %d %s', async (url, token, status, code) => {
    const { headers, ...response } = await page(url, token);
    expect([response.status, headers['x-proxy-error']]).toEqual([status, code]);
  });

  it.each(['/-/usage', '/-/me', `${BILLING}/usage`])('is throttled after ten guesses at %s', async (url) => {
    const guessed = await startProxy(upstream, SETTINGS);
    try {
      const codes: unknown[] = [];
      for (let at = 0; at < 12; at++) {
        const { headers } = await send(guessed.url, url, bearer(`wrong-0123456789abcde${at}`));
        codes.push(headers['x-proxy-error']);
      }
      expect(codes.slice(-1)).toEqual(['too-many-bad-tokens']);
    } finally {
      await guessed.stop();
    }
  });

  it('has no such pages where there are no tokens', async () => {
    const open = await startProxy(upstream, { OPENAI_API_KEYS: KEY, ALLOW_ANONYMOUS: 'true' });
    try {
      for (const url of ['/-/usage', '/-/me'])
        expect((await send(open.url, url)).headers['x-proxy-error']).toBe('not-found');
    } finally {
      await open.stop();
    }
  });
});

describe('The billing paths of OpenAI', () => {
  const seenBefore = () => upstream.seen.length;

  it.each(['', '/v1', '/openai', '/openai/v1', `/${MUM}`])(
    'tell a token’s limit and use in dollars and cents, without a request to the provider (%s)',
    async (prefix) => {
      const before = seenBefore();
      const ownUse = async () => (await page('/-/usage', MUM)).json.total;
      const usedBefore = await ownUse();
      const subscription = await page(`${prefix}${BILLING}/subscription`, MUM);
      expect([subscription.status, subscription.headers['cache-control']]).toEqual([200, 'no-store']);
      // The cap of a day: what the month has used and what is left today, where a stream of unknown use counts as 0.10.
      expect(subscription.json).toMatchObject({
        object: 'billing_subscription',
        hard_limit_usd: 49.9,
        access_until: 0,
      });
      const usage = await page(`${prefix}${BILLING}/usage`, MUM);
      expect(usage.json).toMatchObject({
        object: 'list',
        total_usage: 0.005,
        daily_costs: [{ line_items: [{ name: 'gpt-5-mini', cost: 0.005 }] }],
      });
      expect(usage.text).not.toContain('house');
      expect(upstream.seen).toHaveLength(before);
      expect(await ownUse()).toEqual(usedBefore);
    },
  );

  it('are what NextChat expects: the limit of the month, and its use between two dates', async () => {
    const day = (ms: number) => new Date(ms).toISOString().slice(0, 10);
    const now = Date.now();
    const between = (from: number, to: number) =>
      page(`${BILLING}/usage?start_date=${day(from)}&end_date=${day(to)}`, KID);
    const subscription = await page(`${BILLING}/subscription`, KID);
    expect(subscription.json).toMatchObject({ hard_limit_usd: 5, access_until: 4_102_444_800 });
    expect((await between(now - 31 * 86_400_000, now + 86_400_000)).json).toMatchObject({ total_usage: 3.2 });
    expect((await between(now - 31 * 86_400_000, now - 86_400_000)).json).toMatchObject({ total_usage: 0 });
    expect((await between(now + 86_400_000, now + 2 * 86_400_000)).json).toMatchObject({ total_usage: 0 });
  });

  it('tell the use of a day by model, and what is left', async () => {
    const { json } = await page(`/v1/usage?date=${new Date().toISOString().slice(0, 10)}`, KID);
    expect(json).toMatchObject({
      object: 'list',
      data: [
        {
          ...{ snapshot_id: 'gpt-5-nano', n_requests: 1 },
          ...{ n_context_tokens_total: 14, n_generated_tokens_total: 18 },
        },
      ],
      current_usage_usd: 0.032,
      ...{ isValid: true, planName: 'kid', mode: 'quota_limited', unit: 'USD', remaining: 4.968 },
      quota: { limit: 5, used: 0.032, remaining: 4.968 },
    });
    expect((await page('/v1/usage?date=2020-01-01', KID)).json).toMatchObject({
      data: [],
      current_usage_usd: 0,
    });
  });

  it.each([`${BILLING}/usage?start_date=yesterday`, '/v1/usage?date=2026-13-01'])(
    'reject a date that is none, in the form of the API (%s)',
    async (url) => {
      const { status, json } = await page(url, MUM);
      expect([status, json['error']]).toEqual([
        400,
        expect.objectContaining({ code: 'bad-parameter', type: 'invalid_request_error' }),
      ]);
    },
  );

  it.each<[string, string, string]>([
    ['a key that only its client has', '/anthropic/v1/usage', `sk-ant-0123456789abcdef:${MUM}`],
    ['another method', `${BILLING}/usage`, MUM],
  ])('go to the provider for %s', async (title, url, credential) => {
    const before = seenBefore();
    await page(url, credential, title === 'another method' ? 'POST' : 'GET');
    expect(upstream.seen).toHaveLength(before + 1);
  });

  it('go to the provider where clients use the keys of their own', async () => {
    const own = await startProxy(upstream, { ACCESS_TOKENS: `mum:${MUM}` });
    try {
      const before = seenBefore();
      await send(own.url, `${BILLING}/usage`, bearer(`sk-proj-0123456789abcdef:${MUM}`));
      expect(upstream.seen).toHaveLength(before + 1);
    } finally {
      await own.stop();
    }
  });
});
