import { startFakeUpstream, type FakeUpstream, type Responder } from '../../../scripts/fakes/fake-upstream';
import { startFakeRealtime } from '../../helpers/fake-realtime';
import { ANTHROPIC_HEADERS, OPENAI_HEADERS, send, sendRaw, until } from '../../helpers/http';
import { startProxy, type RunningProxy } from '../../helpers/proxies';
import { UPGRADE_HEADERS, rawConnect, requestHead } from '../../helpers/socket-client';

let upstream: FakeUpstream;
let asTheApi: Responder;
let proxy: RunningProxy;
beforeAll(async () => {
  upstream = await startFakeUpstream();
  asTheApi = upstream.currentResponder();
  proxy = await startProxy(upstream, { LOG_LEVEL: 'debug' });
});
afterAll(async () => {
  await proxy.stop();
  await upstream.close();
});
afterEach(() => {
  upstream.respond(asTheApi);
});

const GEMINI = { 'x-goog-api-key': 'AIza-own', 'content-type': 'application/json' };
const PREFLIGHT = { origin: 'https://a.example', 'access-control-request-method': 'POST' };

interface Asked {
  readonly method?: string;
  readonly headers?: Record<string, string>;
  readonly body?: string;
}

it.each<[what: string, path: string, request: Asked]>([
  ['a relayed response', '/v1/models', { headers: OPENAI_HEADERS }],
  ['a relayed stream', '/v1/chat/completions', { headers: OPENAI_HEADERS, body: '{"stream":true}' }],
  ['an error response of the provider', '/v1/nowhere', { headers: OPENAI_HEADERS }],
  ['an error response of the proxy', '/v1/models', {}],
  ['a page', '/-/health', {}],
  ['the error response of a page', '/-/nowhere', {}],
  ['a preflight', '/v1/models', { method: 'OPTIONS', headers: PREFLIGHT }],
])('%s has the id of its line in the log, and none that a client has sent', async (_what, path, request) => {
  const before = proxy.log.length;
  const headers = { ...request.headers, 'x-proxy-request-id': 'planted' };
  const response = await send(proxy.url, path, { ...request, headers });
  const id = response.headers['x-proxy-request-id'];
  expect(id).toMatch(/^\w+$/);
  expect(id).not.toBe('planted');
  const lines = () => proxy.log.slice(before).filter(({ msg }) => msg === 'request');
  await until('it was logged', () => lines().length > 0);
  expect(lines()).toMatchObject([{ request_id: id }]);
});

it('the id of another proxy upstream is replaced, so that there is one', async () => {
  upstream.respond((_request, response) => {
    response.writeHead(200, { 'X-Proxy-Request-Id': 'of-the-other' }).end('{}');
  });
  const { rawHeaders, headers } = await send(proxy.url, '/v1/models', { headers: OPENAI_HEADERS });
  expect(rawHeaders.filter((name) => /^x-proxy-request-id$/i.test(name))).toHaveLength(1);
  expect(headers['x-proxy-request-id']).not.toBe('of-the-other');
});

it.each([
  ['OpenAI', '/v1/models', {}],
  ['Anthropic', '/v1/messages', { 'anthropic-version': '2023-06-01' }],
  ['Gemini', '/v1beta/models', {}],
])('an error of the proxy in the form of %s quotes its id', async (_name, path, headers) => {
  const response = await send(proxy.url, path, { headers });
  const { error } = JSON.parse(response.body.toString()) as { error: { message: string } };
  const id = String(response.headers['x-proxy-request-id']);
  expect(error.message.endsWith(`. Request id: ${id}`)).toBe(true);
});

it.each([
  ['/v1/chat/completions', OPENAI_HEADERS],
  ['/v1/messages', ANTHROPIC_HEADERS],
  ['/v1beta/models/m:streamGenerateContent', GEMINI],
])('the error event that ends a stream of %s quotes its id', async (path, headers) => {
  upstream.respond((request, response) => {
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    response.write('data: 1\n\n', () => request.socket.destroy());
  });
  const response = await send(proxy.url, path, { headers, body: '{"stream":true}' });
  expect(response.body.toString()).toContain(
    ` Request id: ${String(response.headers['x-proxy-request-id'])}"`,
  );
});

it('the error response to a request that cannot be parsed has an id, which the log has as well', async () => {
  const text = await sendRaw(proxy.port, 'GET / HTTP/1.1\r\nX A: 1\r\nConnection: close\r\n\r\n');
  const id = /\r\nX-Proxy-Request-Id: ([0-9a-f]{16})\r\n/.exec(text)?.[1];
  expect(text).toContain(` Request id: ${String(id)}"`);
  expect(proxy.log).toContainEqual(expect.objectContaining({ msg: 'unparsable', request_id: id }));
});

it('the response that opens a WebSocket has an id', async () => {
  const realtime = await startFakeRealtime();
  const front = await startProxy(realtime);
  const client = rawConnect(front.port);
  const headers = { ...UPGRADE_HEADERS, authorization: 'Bearer sk-own' };
  client.wire.write(requestHead('GET /v1/realtime?model=m', headers));
  await until('a response arrived', () => client.received().includes('\r\n\r\n'));
  expect(client.received().toString()).toMatch(/^HTTP\/1\.1 101 .*\r\nX-Proxy-Request-Id: \w+\r\n/s);
  client.wire.destroy();
  await front.stop();
  await realtime.close();
});
