import { startFakeUpstream, type FakeUpstream } from '../../../scripts/fakes/fake-upstream';
import { parseExposition, sumOf, type Exposition } from '../../helpers/exposition';
import { OPENAI_HEADERS, send, until } from '../../helpers/http';
import { startProxy, type RunningProxy } from '../../helpers/proxies';

const KEY = 'sk-proj-9f8e7d6c5b4a3210fedc';
const ADMIN = 'admin-0123456789abcdef';
const SCRAPER = 'scraper-0123456789abcdef';
const MUM = 'mum-0123456789abcdef';
const SETTINGS = {
  OPENAI_API_KEYS: `${KEY}@5usd/month`,
  ACCESS_TOKENS: `mum:${MUM}`,
  ADMIN_TOKEN: ADMIN,
  METRICS_TOKEN: SCRAPER,
  PRICES: 'gpt-5-mini*=1/2,gpt-5*=10/20',
  TOKEN_LIMITS: 'mum: usd=20/month',
};

let upstream: FakeUpstream;
let proxy: RunningProxy;
let usual: ReturnType<FakeUpstream['currentResponder']>;
beforeAll(async () => {
  upstream = await startFakeUpstream();
  usual = upstream.currentResponder();
  proxy = await startProxy(upstream, SETTINGS);
});
afterAll(async () => {
  await proxy.stop();
  await upstream.close();
});

const bearer = (token: string) => ({ headers: { authorization: `Bearer ${token}` } });
const get = (token: string, running = proxy) => send(running.url, '/-/metrics', bearer(token));
async function page(running = proxy): Promise<Exposition> {
  return parseExposition((await get(SCRAPER, running)).body.toString());
}

/** Sends a chat, and waits until it is logged, after which it is counted. */
async function chat(body: object, running = proxy, headers: Record<string, string> = {}): Promise<void> {
  const before = running.log.length;
  await send(running.url, '/v1/chat/completions', {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${MUM}`, ...headers },
    body: JSON.stringify({ messages: [], ...body }),
  });
  await until('it is logged', () => running.log.length > before);
}

it('The page has the type of Prometheus’s text, and is for the admin token and the metrics token.', async () => {
  for (const token of [ADMIN, SCRAPER]) {
    const { status, headers } = await get(token);
    expect(status).toBe(200);
    expect(headers['content-type']).toBe('text/plain; version=0.0.4; charset=utf-8');
    expect(headers['cache-control']).toBe('no-store');
  }
});

it('The metrics token opens the metrics and nothing else.', async () => {
  for (const path of ['/-/keys', '/-/usage', '/-/me', '/v1/models']) {
    expect(await send(proxy.url, path, bearer(SCRAPER))).toMatchObject({ status: 401 });
  }
});

it('Chats are counted by provider, model and token, a failed one with its status.', async () => {
  const before = await page();
  await chat({ model: 'gpt-5-mini' });
  await chat({ model: 'gpt-5-mini', stream: true, stream_options: { include_usage: true } });
  upstream.respond((_request, response) => response.writeHead(400).end('{"error":{"code":"nonsense"}}'));
  await chat({ model: 'gpt-5-mini' });
  upstream.respond(usual);
  const after = await page();
  const grown = (name: string, labels: Record<string, string> = {}) =>
    sumOf(after, name, labels) - sumOf(before, name, labels);
  const model = { gen_ai_request_model: 'gpt-5-mini', gen_ai_provider_name: 'openai' };
  expect(grown('gen_ai_client_operation_duration_seconds_count', model)).toBe(3);
  expect(grown('gen_ai_client_token_usage_count', { ...model, gen_ai_token_type: 'output' })).toBe(1);
  expect(grown('gen_ai_server_time_to_first_token_seconds_count', model)).toBe(1);
  expect(grown('proxy_requests_total', { outcome: 'complete', provider: 'openai' })).toBe(2);
  expect(grown('proxy_requests_total', { outcome: 'upstream-error', error: '400' })).toBe(1);
  expect(grown('proxy_access_token_requests_total', { token: 'mum' })).toBe(3);
  expect(grown('proxy_cost_usd_total', { model: 'gpt-5-mini' })).toBeGreaterThan(0);
});

it('A page names keys by their hash, and budgets of keys and tokens with what was spent of them.', async () => {
  const shown = await page();
  const live = shown.samples.filter(({ name, value }) => name === 'proxy_key_state' && value === 1);
  expect(live).toEqual([
    {
      name: 'proxy_key_state',
      labels: { pool: 'openai', key: expect.stringMatching(/^[0-9a-f]{6}$/) as unknown, state: 'live' },
      value: 1,
    },
  ]);
  expect(sumOf(shown, 'proxy_budget_limit_usd', { kind: 'key', period: 'month' })).toBe(5);
  expect(sumOf(shown, 'proxy_budget_limit_usd', { kind: 'token', name: 'mum' })).toBe(20);
  expect(sumOf(shown, 'proxy_budget_spent_usd', { kind: 'token', name: 'mum' })).toBeGreaterThan(0);
  expect(sumOf(shown, 'proxy_build_info', { version: '0.0.0-test', commit: 'abcdef012345' })).toBe(1);
  expect(sumOf(shown, 'process_resident_memory_bytes')).toBeGreaterThan(1e6);
});

it('A stream is open while it is sent, and no longer.', async () => {
  let end: () => void = () => undefined;
  upstream.respond((_request, response) => {
    response.writeHead(200, { 'content-type': 'text/event-stream' }).write('data: {}\n\n');
    end = () => response.end('data: [DONE]\n\n');
  });
  const sent = chat({ model: 'gpt-5-mini', stream: true });
  let shown = await page();
  while (sumOf(shown, 'proxy_open_streams') === 0) shown = await page();
  expect(sumOf(shown, 'proxy_open_requests')).toBe(1);
  end();
  await sent;
  upstream.respond(usual);
  shown = await page();
  expect([sumOf(shown, 'proxy_open_streams'), sumOf(shown, 'proxy_open_requests')]).toEqual([0, 0]);
});

it('No secret is on the page, also one that a client has sent as the name of a model.', async () => {
  const planted = [KEY, MUM, ADMIN, SCRAPER, 'sk-ant-REDACTED'];
  for (const model of planted) await chat({ model });
  await chat({ model: `odd "name"\\\n${MUM}` });
  const text = (await get(SCRAPER)).body.toString();
  for (const secret of [...planted, KEY.slice(-4) + '-']) expect(text).not.toContain(secret);
  const models = parseExposition(text)
    .samples.filter(({ name }) => name === 'gen_ai_client_operation_duration_seconds_count')
    .map(({ labels }) => labels['gen_ai_request_model']);
  expect(models).toContain('odd "name"\\ [redacted]');
});

it('Wrong metrics tokens are throttled with the wrong admin tokens, and the right one is then rejected as well.', async () => {
  const throttled = await startProxy(upstream, SETTINGS);
  try {
    const statuses: number[] = [];
    while (statuses.length < 40 && statuses.at(-1) !== 429) {
      const path = statuses.length % 2 === 0 ? '/-/metrics' : '/-/keys';
      const token = `wrong-0123456789-${statuses.length}`;
      statuses.push((await send(throttled.url, path, bearer(token))).status);
    }
    expect(statuses.at(-1)).toBe(429);
    expect((await get('wrong-0123456789abcdef', throttled)).status).toBe(429);
  } finally {
    await throttled.stop();
  }
});

it('Without an admin token and a metrics token there is no such page, and nothing is counted.', async () => {
  const { METRICS_TOKEN, ADMIN_TOKEN, ...others } = SETTINGS;
  const bare = await startProxy(upstream, others);
  try {
    expect((await get(ADMIN_TOKEN, bare)).status).toBe(404);
    expect((await get(METRICS_TOKEN, bare)).status).toBe(404);
  } finally {
    await bare.stop();
  }
});

it('With a metrics token alone the page is there, and the response to a request without a token says which one it takes.', async () => {
  const { ADMIN_TOKEN: _, ...others } = SETTINGS;
  const scraped = await startProxy(upstream, others);
  try {
    expect((await get(SCRAPER, scraped)).status).toBe(200);
    const { status, body } = await send(scraped.url, '/-/metrics', { headers: {} });
    expect(status).toBe(401);
    expect(body.toString()).toContain('METRICS_TOKEN');
    expect((await send(scraped.url, '/-/metrics', { headers: OPENAI_HEADERS })).status).toBe(401);
  } finally {
    await scraped.stop();
  }
});

it('Scrapes are logged as health probes are, not as requests.', () => {
  expect(proxy.log.filter(({ path, status }) => path === '/-/metrics' && status === 200)).toEqual([]);
});
