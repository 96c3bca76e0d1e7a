import http from 'node:http';
import { startFakeUpstream, type FakeUpstream, type Responder } from '../../../scripts/fakes/fake-upstream';
import type {
  ConsoleEvents,
  HealthReport,
  KeysReport,
  Overview,
  OwnErrors,
  OwnStatus,
  RequestRow,
  RequestsReport,
  TokensReport,
} from '../../../src/pages/console/report';
import { signToken } from '../../../src/proxy/tokens/signed-tokens';
import { send, until } from '../../helpers/http';
import { startProxy, type RunningProxy } from '../../helpers/proxies';

/** Secrets are planted wherever something could repeat them: no page and no event may have any. */
const KEYS = ['sk-proj-9f8e7d6c5b4a3210fedc', 'sk-proj-0a1b2c3d4e5f67890abc', 'sk-proj-aaaabbbbccccdddd1234'];
const ADMIN = 'admin-0123456789abcdef';
const SECRET = 'a-secret-of-more-than-32-characters-0';
const MUM = 'mum-0123456789abcdef';
const DAD = 'dad-0123456789abcdef';
const ISSUED = Math.floor(Date.now() / 1_000) - 10;
const KID = signToken(
  {
    name: 'kid',
    issuedAt: ISSUED,
    expiresAt: 4_102_444_800,
    limits: { requestsPerMinute: 20, providers: ['openai'] },
  },
  SECRET,
);
const GONE = signToken({ name: 'gone', issuedAt: ISSUED, limits: {} }, SECRET);
const ADDRESS = '203.0.113.77';
const WORDS = 'the-words-of-a-body-that-nobody-may-see';
const QUERY = 'a-query-that-nobody-may-see';
const PLANTED = [...KEYS, ADMIN, SECRET, MUM, DAD, KID, GONE, ADDRESS, WORDS, QUERY, '127.0.0.1'];
const SETTINGS = {
  OPENAI_API_KEYS: KEYS.join(','),
  ACCESS_TOKENS: `mum:${MUM},dad:${DAD}`,
  TOKEN_SECRET: SECRET,
  REVOKED_TOKENS: 'gone',
  ADMIN_TOKEN: ADMIN,
  KEY_STRATEGY: 'round-robin',
  PRICES: 'gpt-5-mini*=1/2',
};

let upstream: FakeUpstream;
let proxy: RunningProxy;
let asTheApi: Responder;
const texts: string[] = [];

beforeAll(async () => {
  upstream = await startFakeUpstream();
  asTheApi = upstream.currentResponder();
  proxy = await startProxy(upstream, SETTINGS);
  await chat(MUM, { model: 'gpt-5-mini' });
  await chat(MUM, { model: 'gpt-5-mini', stream: true });
  await chat(DAD, { model: KEYS[1] });
  await chat(DAD, { model: `a\n${MUM}` });
  await chat(KID, { model: 'house' });
  await chat(KID, { model: 'claude-x' }, '/anthropic/v1/messages');
  await chat(GONE, { model: 'house' });
  await chat('wrong-0123456789abcdef', { model: 'house' });
  // Of three keys the first that is asked is limited, and the second has no credit.
  const codes = ['rate_limit_exceeded', 'insufficient_quota'];
  upstream.respond((request, response, seen) => {
    const code = codes.shift();
    if (code === undefined) return asTheApi(request, response, seen);
    response.writeHead(429, { 'content-type': 'application/json' });
    response.end(JSON.stringify({ error: { code, type: code, message: `${KEYS[0] ?? ''} ${WORDS}` } }));
    return undefined;
  });
  await chat(DAD, { model: 'gpt-5-mini' });
  upstream.respond((_request, response) =>
    response.writeHead(400).end(JSON.stringify({ error: { code: 'bad_thing' } })),
  );
  await chat(DAD, { model: 'gpt-5-mini' });
  upstream.respond(asTheApi);
});
afterAll(async () => {
  await proxy.stop();
  await upstream.close();
});

const bearer = (token: string) => ({ authorization: `Bearer ${token}`, 'x-forwarded-for': ADDRESS });

/** Sends a request and waits until it is logged, after which it is listed. */
async function chat(token: string, body: object, path = '/v1/chat/completions') {
  const before = proxy.log.filter(({ msg }) => msg === 'request').length;
  const { status } = await send(proxy.url, `${path}?q=${QUERY}`, {
    headers: { ...bearer(token), 'content-type': 'application/json' },
    body: JSON.stringify({ messages: [{ role: 'user', content: WORDS }], ...body }),
  });
  await until('it is logged', () => proxy.log.filter(({ msg }) => msg === 'request').length > before);
  return status;
}

async function get(url: string, token = ADMIN, method = 'GET') {
  const { status, headers, body } = await send(proxy.url, url, { method, headers: bearer(token) });
  const text = body.toString();
  texts.push(text);
  return { status, headers, text, json: (text === '' ? {} : JSON.parse(text)) as unknown };
}
interface Pages {
  readonly overview: Overview;
  readonly tokens: TokensReport;
  readonly keys: KeysReport;
  readonly requests: RequestsReport;
}
async function page<Name extends keyof Pages>(name: Name, query = ''): Promise<Pages[Name]> {
  return (await get(`/-/console/${name}?${query}`)).json as Pages[Name];
}

describe('GET /-/console/overview', () => {
  it.each(['24h', '30d'])('tells what was used in the last %s, and by whom', async (range) => {
    const { today, yesterday, series, first_token, unmetered } = await page('overview', `range=${range}`);
    // Requests that were not authenticated are nobody's.
    const use = { requests: 8, errors: 2, metered: 5, input_tokens: 70, output_tokens: 90, tokens: 160 };
    expect(today).toMatchObject({ scope: 'instance', ...use, nano_usd: 100_000, unpriced: 3 });
    expect(yesterday).toMatchObject({ requests: 0, tokens: 0, nano_usd: 0 });
    expect(first_token.today).toMatchObject({ count: 1, p50_ms: expect.any(Number) as number });
    expect(first_token.yesterday).toEqual({ count: 0, p50_ms: null, p95_ms: null });
    expect(series.starts_ms).toHaveLength(range === '24h' ? 24 : 30);
    expect(series.total).toMatchObject(use);
    const of = (name: string | null, by: 'token' | 'model' | 'provider') =>
      series[by].find((line) => line.name === name);
    expect(of('mum', 'token')?.tokens.at(-1)).toBe(32);
    expect(of('dad', 'token')?.errors.at(-1)).toBe(1);
    expect(of('gpt-5-mini', 'model')?.nano_usd.at(-1)).toBe(100_000);
    expect(of('openai', 'provider')?.requests.at(-1)).toBe(7);
    const streamed = {
      token: 'mum',
      provider: 'openai',
      model: 'gpt-5-mini',
      requests: 2,
      partial: 0,
      unmetered: 1,
    };
    expect(unmetered).toEqual({ rows: [streamed], truncated: false });
  });
});

describe('GET /-/console/tokens', () => {
  it('lists static tokens, and signed ones that were seen, with their limits, use and state', async () => {
    const { tokens, total, cursor } = await page('tokens');
    expect(tokens.map(({ name, kind, state }) => [name, kind, state])).toEqual([
      ['dad', 'static', 'valid'],
      ['gone', 'signed', 'revoked'],
      ['kid', 'signed', 'valid'],
      ['mum', 'static', 'valid'],
    ]);
    expect([total, cursor]).toEqual([4, null]);
    expect(tokens[2]).toMatchObject({
      id: expect.stringMatching(/^kid~t/) as string,
      issued_at_ms: ISSUED * 1_000,
      expires_at_ms: 4_102_444_800_000,
      limits: [
        { kind: 'requests-per-minute', limit: 20, used: 1, left: 19 },
        { kind: 'money', period: 'day' },
      ],
      providers: ['openai'],
      models: null,
      today: { requests: 2, errors: 1 },
      networks: null,
    });
    expect(tokens[3]).toMatchObject({
      today: { requests: 2, tokens: 32, nano_usd: 50_000, unmetered: 1 },
      last_seen_ms: expect.any(Number) as number,
    });
  });

  it('lists them in pages, and by a part of the name', async () => {
    const first = await page('tokens', 'limit=3');
    const rest = await page('tokens', `limit=3&cursor=${encodeURIComponent(first.cursor ?? '')}`);
    expect([...first.tokens, ...rest.tokens].map(({ name }) => name)).toEqual(['dad', 'gone', 'kid', 'mum']);
    expect(rest.cursor).toBeNull();
    expect((await page('tokens', 'find=u')).tokens.map(({ name }) => name)).toEqual(['mum']);
  });
});

describe('GET /-/console/keys', () => {
  it('tells the state of each key and why, in words', async () => {
    const { providers, truncated } = await page('keys');
    expect([providers.length, truncated, providers[0]?.total]).toEqual([1, false, 3]);
    const keys = providers[0]?.keys ?? [];
    expect(keys.map(({ reason }) => reason ?? 'live').sort()).toEqual([
      'live',
      'out-of-credit',
      'rate-limited',
    ]);
    const out = keys.find(({ state }) => state === 'out');
    expect(out).toMatchObject({
      why: expect.stringContaining('no credit') as string,
      until_ms: expect.any(Number) as number,
    });
    expect(keys.find(({ state }) => state === 'live')?.latency?.count).toBeGreaterThan(0);
  });
});

describe('GET /-/console/requests', () => {
  it('lists the last requests, newest first, with their attempts', async () => {
    const { requests, kept, capacity } = await page('requests');
    expect([requests.length, kept, capacity]).toEqual([8, 8, 300]);
    const [failed, retried, refused, , , , streamed] = requests;
    expect(failed).toMatchObject({
      outcome: 'upstream-400',
      upstream_error: 'bad_thing',
      is_error: true,
      error: null,
    });
    expect(retried).toMatchObject({ token: 'dad', status: 200, attempts: 3, nano_usd: 50_000, error: null });
    expect(retried?.tried.map(({ status, code, why }) => [status, code, why])).toEqual([
      [429, 'rate_limit_exceeded', 'rate-limited'],
      [429, 'insufficient_quota', 'out-of-credit'],
      [200, null, null],
    ]);
    expect(refused).toMatchObject({
      ...{ token: 'kid', status: 403, error: 'provider-not-allowed', attempts: 0, tried: [] },
      message: expect.stringContaining('not for this provider') as string,
    });
    expect(streamed).toMatchObject({
      ...{
        token: 'mum',
        model: 'gpt-5-mini',
        stream: true,
        path: '/v1/chat/completions',
        meter: 'unmetered',
        tokens: null,
      },
      first_token_ms: expect.any(Number) as number,
    });
  });

  it.each([
    ['token=mum', 2],
    ['model=gpt-5-mini', 4],
    ['provider=anthropic', 1],
    ['status=403', 1],
    ['status=4xx', 2],
    ['failed=1', 2],
    ['failed=0&token=dad', 3],
    ['stream=1', 1],
    ['error=bad_thing', 1],
    ['outcome=complete', 6],
    ['min_ms=600000', 0],
    ['after=6', 2],
    ['limit=1', 8],
  ])('lists those that match %s', async (query, matching) => {
    const report = await page('requests', query);
    expect(report.matching).toBe(matching);
    expect(report.requests).toHaveLength(query === 'limit=1' ? 1 : matching);
  });
});

describe('GET /-/console/health', () => {
  it('tells of the instance, its memory, its time limit, its event loop and its prices', async () => {
    const limits = { 'x-scf-timeout': '900', 'x-scf-memory': '128' };
    const health = async () => {
      const { body } = await send(proxy.url, '/-/console/health', {
        headers: { ...bearer(ADMIN), ...limits },
      });
      texts.push(body.toString());
      return JSON.parse(body.toString()) as HealthReport;
    };
    expect((await health()).event_loop).toBeNull();
    let second = await health();
    while (second.event_loop === null) second = await health();
    expect(second).toMatchObject({
      ...{
        version: '0.0.0-test',
        commit: 'abcdef012345',
        node: process.version,
        region: 'ap-test',
        instances: null,
      },
      memory: { limit_bytes: 134_217_728 },
      open: { requests: 0, streams: 0, listeners: 0 },
      deadline: { function_limit_ms: 899_000, margin_ms: 299_000 },
      prices: { date: expect.stringMatching(/^20\d\d-\d\d-\d\d$/) as string },
      event_loop: { max_ms: expect.any(Number) as number },
    });
    expect(second.checks.map(({ name, status }) => [name, status])).toEqual(
      expect.arrayContaining([
        ['limits', 'ok'],
        ['access', 'ok'],
        ['keys openai', 'warning'],
      ]) as unknown,
    );
  });
});

interface Listener {
  readonly events: { readonly name: string; readonly id: string; readonly data: unknown }[];
  readonly response: http.IncomingMessage;
  text: string;
}
async function listen(headers: http.OutgoingHttpHeaders = {}): Promise<Listener> {
  const response = await new Promise<http.IncomingMessage>((resolve, reject) => {
    http
      .get(
        `${proxy.url}/-/console/events`,
        { agent: false, headers: { ...bearer(ADMIN), ...headers } },
        resolve,
      )
      .on('error', reject);
  });
  const listener: Listener = { events: [], response, text: '' };
  response.setEncoding('utf8').on('data', (chunk: string) => {
    listener.text += chunk;
    texts.push(chunk);
    listener.events.splice(0, Infinity, ...eventsIn(listener.text));
  });
  response.on('error', () => undefined);
  return listener;
}
function eventsIn(text: string): Listener['events'] {
  return text
    .split('\n\n')
    .slice(0, -1)
    .filter((block) => block.includes('event:'))
    .map((block) => {
      const field = (name: string) => new RegExp(`^${name}: (.*)$`, 'm').exec(block)?.[1] ?? '';
      return { name: field('event'), id: field('id'), data: JSON.parse(field('data')) as unknown };
    });
}
const names = ({ events }: Listener) => events.map(({ name }) => name);

describe('GET /-/console/events', () => {
  it('sends each request that ends, and those that were missed', async () => {
    const listener = await listen({ 'last-event-id': '6' });
    try {
      expect(listener.response.headers).toMatchObject({
        'content-type': 'text/event-stream; charset=utf-8',
        'cache-control': 'no-store, no-transform',
      });
      await until('the missed ones have come', () => listener.events.length >= 3);
      await chat(MUM, { model: KEYS[2] });
      await until('the new one has come', () => listener.events.length >= 4);
      expect(names(listener)).toEqual(['hello', 'request', 'request', 'request']);
      expect(listener.events.map(({ id }) => id)).toEqual(['', '7', '8', '9']);
      expect((listener.events[0]?.data as ConsoleEvents['hello']).now_ms).toBeGreaterThan(0);
      expect(listener.events[3]?.data as RequestRow).toMatchObject({ token: 'mum', seq: 9, status: 200 });
    } finally {
      listener.response.destroy();
    }
  });

  it('ends before the function does, and says when to come back', async () => {
    const listener = await listen({ 'x-scf-timeout': '1' });
    await until('it has ended', () => listener.response.complete);
    expect(names(listener)).toEqual(['hello', 'end']);
    expect(listener.events[1]?.data).toEqual({ reason: 'deadline' });
    expect(listener.text).toContain('retry: ');
  });

  it('takes eight listeners, and the next one when one has left', async () => {
    const listeners = await Promise.all(Array.from({ length: 8 }, () => listen()));
    const { status, headers } = await get('/-/console/events');
    expect([status, headers['x-proxy-error'], headers['retry-after']]).toEqual([503, 'console-busy', '10']);
    listeners.pop()?.response.destroy();
    let ninth = await listen();
    while (ninth.response.statusCode === 503) ninth = await listen();
    expect(ninth.response.statusCode).toBe(200);
    for (const { response } of [...listeners, ninth]) response.destroy();
  });
});

describe('A token’s holder', () => {
  it('sees its own last errors with their remedy, and nothing of others', async () => {
    const kid = (await get('/-/me/errors', KID)).json as OwnErrors;
    expect(kid).toMatchObject({
      kept: true,
      errors: [
        { status: 403, error: 'provider-not-allowed', retry: false, message: expect.any(String) as string },
      ],
    });
    const dad = (await get('/-/me/errors', DAD)).json as OwnErrors;
    expect(dad.errors).toMatchObject([
      { status: 400, upstream_error: 'bad_thing', error: null, retry: false },
    ]);
    expect(((await get('/-/me/errors', MUM)).json as OwnErrors).errors).toEqual([]);
  });

  it('sees how many keys are ready, and none of them', async () => {
    const { json, text } = await get('/-/me/status', MUM);
    expect(json as OwnStatus).toMatchObject({
      ...{ region: 'ap-test', version: '0.0.0-test', first_token: { count: 1 } },
      providers: [{ name: 'openai', keys_ready: 2, keys_total: 3 }],
    });
    expect(text).not.toContain('…');
  });
});

describe('The pages of the console', () => {
  const URLS = ['overview', 'tokens', 'keys', 'requests', 'events', 'health'].map(
    (name) => `/-/console/${name}`,
  );

  it('are nobody’s without the admin token', async () => {
    for (const url of URLS) {
      const { status, headers } = await get(url, url.endsWith('keys') ? 'x'.repeat(20) : MUM);
      expect([url, status, headers['x-proxy-error']]).toEqual([url, 401, 'bad-admin-token']);
    }
  });

  it.each([...URLS, '/-/me/errors', '/-/me/status'])(
    'are kept by no cache, and take no POST: %s',
    async (url) => {
      const token = url.startsWith('/-/me') ? MUM : ADMIN;
      const { status, headers, text } = await get(url, token, 'HEAD');
      expect([status, text]).toEqual([200, '']);
      expect(headers['cache-control']).toContain('no-store');
      const posted = await get(url, token, 'POST');
      expect(posted.status).toBe(405);
    },
  );

  it.each([
    'overview?range=1y',
    'overview?other=1',
    'tokens?limit=501',
    'tokens?limit=1&limit=2',
    'keys?a=1',
    'requests?status=9xx',
    'requests?toString=1',
    'requests?limit=0',
    'events?a=1',
    'health?a=1',
  ])('reject a parameter that they do not have: %s', async (url) => {
    const { status, headers } = await get(`/-/console/${url}`);
    expect([status, headers['x-proxy-error']]).toEqual([400, 'bad-parameter']);
  });

  it('are not there without ADMIN_TOKEN, and then no requests are listed', async () => {
    const { ADMIN_TOKEN: _none, ...settings } = SETTINGS;
    const other = await startProxy(upstream, settings);
    try {
      const { headers } = await send(other.url, '/-/console/overview', { headers: bearer(ADMIN) });
      expect(headers['x-proxy-error']).toBe('not-found');
      const { body } = await send(other.url, '/-/me/errors', { headers: bearer(MUM) });
      expect(JSON.parse(body.toString())).toEqual({ scope: 'instance', kept: false, errors: [] });
    } finally {
      await other.stop();
    }
  });

  it('throttle whoever guesses the admin token', async () => {
    let last = await get('/-/console/overview', 'guess-0123456789abcdef');
    for (let at = 0; at < 10; at++) last = await get('/-/console/overview', `guess-0123456789abcde${at}`);
    expect([last.status, last.headers['x-proxy-error']]).toEqual([429, 'too-many-bad-tokens']);
  });

  it('are not listed themselves', async () => {
    proxy = await restarted();
    await page('overview');
    expect((await page('requests')).kept).toBe(0);
  });

  it('never have had a secret, a client’s address, a body or a query', () => {
    expect(texts.length).toBeGreaterThan(50);
    const all = texts.join('\n');
    for (const secret of PLANTED) expect(all).not.toContain(secret);
  });
});

/** Another one, which has listed nothing, and to which nobody has sent a wrong token. */
async function restarted(): Promise<RunningProxy> {
  await proxy.stop();
  return startProxy(upstream, SETTINGS);
}
