import { startFakeUpstream, type FakeUpstream } from '../../../scripts/fakes/fake-upstream';
import { parseExposition, sumOf } from '../../helpers/exposition';
import { send, until } from '../../helpers/http';
import { metricsRequestProblem, traceRequestProblem } from '../../helpers/otlp-schema';
import { startBundle, startProxy, type RunningProxy } from '../../helpers/proxies';

const KEY = 'sk-proj-9f8e7d6c5b4a3210fedc';
const MUM = 'mum-0123456789abcdef';
const ADMIN = 'admin-0123456789abcdef';
const HEADER_SECRET = 'dXNlcjpwbGFudGVkLXNlY3JldA==';
const TRACE = '0af7651916cd43dd8448eb211c80319c';
const PARENT = 'b7ad6b7169203331';

let upstream: FakeUpstream;
let collector: FakeUpstream;
beforeAll(async () => {
  upstream = await startFakeUpstream();
});
afterAll(() => upstream.close());
beforeEach(async () => {
  collector = await startFakeUpstream();
  collector.respond((_request, response) => response.end('{}'));
});
afterEach(() => collector.close());

const settings = (more: Record<string, string> = {}) => ({
  OPENAI_API_KEYS: KEY,
  ACCESS_TOKENS: `mum:${MUM}`,
  ADMIN_TOKEN: ADMIN,
  OTEL_EXPORTER_OTLP_ENDPOINT: `${collector.origin}/base/`,
  OTEL_EXPORTER_OTLP_HEADERS: `Authorization=Basic%20${encodeURIComponent(HEADER_SECRET)},x-tenant=a`,
  OTEL_SERVICE_NAME: 'llm',
  OTEL_RESOURCE_ATTRIBUTES: 'deployment.environment.name=test%2C1,service.name=other',
  ...more,
});

function chat(proxy: Pick<RunningProxy, 'url'>, model: string, headers: Record<string, string> = {}) {
  return send(proxy.url, '/v1/chat/completions', {
    headers: { 'content-type': 'application/json', authorization: `Bearer ${MUM}`, ...headers },
    body: JSON.stringify({ model, messages: [] }),
  });
}

async function withProxy(more: Record<string, string>, test: (proxy: RunningProxy) => Promise<void>) {
  const proxy = await startProxy(upstream, settings(more));
  try {
    await test(proxy);
  } finally {
    await proxy.stop();
  }
}

const bodies = (path: string) =>
  collector.seen
    .filter(({ url }) => url === `/base/v1/${path}`)
    .map(({ body }) => JSON.parse(body.toString()) as Record<string, unknown>);
const text = () => collector.seen.map(({ body }) => body.toString()).join('\n');

it('A chat is exported after it, in OTLP’s JSON, with the headers of the configuration, below the endpoint’s path.', async () => {
  await withProxy({}, async (proxy) => {
    await chat(proxy, 'gpt-5-mini', { traceparent: `00-${TRACE}-${PARENT}-01` });
    await until('both are exported', () => collector.seen.length === 2);
    expect(collector.seen.map(({ method, url }) => `${method} ${url}`)).toEqual([
      'POST /base/v1/traces',
      'POST /base/v1/metrics',
    ]);
    for (const { headers } of collector.seen) {
      expect(headers).toMatchObject({
        'content-type': 'application/json',
        authorization: `Basic ${HEADER_SECRET}`,
        'x-tenant': 'a',
      });
    }
    expect(bodies('traces').map(traceRequestProblem)).toEqual([undefined]);
    expect(bodies('metrics').map(metricsRequestProblem)).toEqual([undefined]);
    expect(text()).toContain('{"key":"service.name","value":{"stringValue":"llm"}}');
    expect(text()).toContain('{"key":"deployment.environment.name","value":{"stringValue":"test,1"}}');
    expect(text()).toContain('{"key":"faas.name","value":{"stringValue":"test"}}');
    expect(text()).toContain(`"parentSpanId":"${PARENT}"`);
    expect(text()).toContain('"name":"chat gpt-5-mini"');
    expect(text()).toContain('"name":"gen_ai.client.token.usage"');
    expect(text()).toContain('{"key":"server.address","value":{"stringValue":"127.0.0.1"}}');
  });
});

it('Everything is exported at the end of the process, and no secret is in it.', async () => {
  await withProxy({}, async (proxy) => {
    for (const model of ['gpt-5-mini', KEY, MUM, ADMIN, HEADER_SECRET, `gpt\n${MUM}`])
      await chat(proxy, model);
    await send(proxy.url, `/${MUM}/v1/models?key=${KEY}`);
    await until('all are logged', () => proxy.log.length >= 7);
  });
  expect(bodies('traces').map(traceRequestProblem)).not.toContainEqual(expect.any(String));
  expect(bodies('metrics').map(metricsRequestProblem)).not.toContainEqual(expect.any(String));
  expect(text().match(/"kind":2/g)).toHaveLength(7);
  for (const secret of [KEY, MUM, ADMIN, HEADER_SECRET]) expect(text()).not.toContain(secret);
});

it('A collector that redirects gets no second request, and the spans are dropped with one warning and a count.', async () => {
  const elsewhere = await startFakeUpstream();
  collector.respond((_request, response) =>
    response.writeHead(307, { location: `${elsewhere.origin}/v1/traces` }).end(),
  );
  await withProxy({}, async (proxy) => {
    await chat(proxy, 'gpt-5-mini');
    await until('both were tried', () => collector.seen.length === 2);
    await until('it is logged', () => proxy.log.some(({ level }) => level === 'warn'));
    const warnings = proxy.log.filter(({ level }) => level === 'warn');
    expect(warnings).toMatchObject([{ host: collector.origin.slice('http://'.length), cause: 'status 307' }]);
    const page = await send(proxy.url, '/-/metrics', { headers: { authorization: `Bearer ${ADMIN}` } });
    const metrics = parseExposition(page.body.toString());
    expect(sumOf(metrics, 'proxy_otlp_dropped_total', { signal: 'traces' })).toBe(2);
    expect(sumOf(metrics, 'proxy_otlp_dropped_total', { signal: 'metrics' })).toBe(1);
  });
  expect(elsewhere.seen).toEqual([]);
  await elsewhere.close();
});

it('Requests are served as usual while the collector does not respond at all.', async () => {
  collector.respond(() => undefined);
  await withProxy({}, async (proxy) => {
    for (let at = 0; at < 5; at++) expect((await chat(proxy, 'gpt-5-mini')).status).toBe(200);
    expect(collector.seen).toHaveLength(1);
    collector.dropConnections();
    collector.respond((_request, response) => response.end('{}'));
  });
  expect(bodies('traces').at(-1)).toBeDefined();
});

it('The bundle loads what exports from a file beside it, and sends what is left when it is stopped.', async () => {
  const proxy = await startBundle({ OPENAI_UPSTREAM: upstream.origin, ...settings() });
  try {
    expect((await chat(proxy, 'gpt-5-mini')).status).toBe(200);
    await until('the spans are exported', () => collector.seen.length === 2);
    await chat(proxy, 'gpt-5-nano');
  } finally {
    await proxy.stop();
  }
  expect(text()).toContain('chat gpt-5-nano');
  expect(bodies('traces').map(traceRequestProblem)).toEqual([undefined, undefined]);
  expect(proxy.stderr()).toBe('');
});
