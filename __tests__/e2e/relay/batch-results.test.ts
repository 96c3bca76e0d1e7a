import { gzipSync } from 'node:zlib';
import Anthropic from '@anthropic-ai/sdk';
import { startFakeUpstream, type FakeUpstream } from '../../../scripts/fakes/fake-upstream';
import { send } from '../../helpers/http';
import { startProxy, type RunningProxy } from '../../helpers/proxies';

const TOKEN = 'tok-planted-1-0123456789';
const HEADERS = { 'x-api-key': TOKEN, 'anthropic-version': '2023-06-01' };
const BATCHES = '/v1/messages/batches';

let upstream: FakeUpstream;
let proxy: RunningProxy;

beforeAll(async () => {
  upstream = await startFakeUpstream();
  proxy = await startProxy(upstream, {
    ACCESS_TOKENS: `laptop:${TOKEN}`,
    ANTHROPIC_API_KEYS: 'sk-ant-pool-1',
  });
});
afterAll(async () => {
  await proxy.stop();
  await upstream.close();
});
beforeEach(() => {
  upstream.seen.length = 0;
});

const batch = (more: object = {}) => ({
  id: 'msgbatch_1',
  type: 'message_batch',
  processing_status: 'ended',
  results_url: `${upstream.origin}${BATCHES}/msgbatch_1/results`,
  ...more,
});
const respondWith = (value: object, status = 200) => {
  upstream.respond((_request, response) => {
    response.writeHead(status, { 'content-type': 'application/json', 'request-id': 'r' });
    response.end(JSON.stringify(value));
  });
};

it.each([
  ['GET', '', `${BATCHES}/msgbatch_1`],
  ['POST', '', BATCHES],
  ['POST', '/release/anthropic', `${BATCHES}/msgbatch_1/cancel`],
])('%s %s%s: the address of the results is this proxy’s', async (method, prefix, path) => {
  respondWith(batch());
  const response = await send(proxy.url, prefix + path, {
    method,
    headers: { ...HEADERS, 'accept-encoding': 'gzip' },
  });
  expect(response).toMatchObject({ status: 200, complete: true });
  expect(response.headers['content-length']).toBe(String(response.body.length));
  expect(response.headers['request-id']).toBe('r');
  expect(JSON.parse(response.body.toString())).toEqual(
    batch({ results_url: `${proxy.url}${prefix}${BATCHES}/msgbatch_1/results` }),
  );
  expect(upstream.seen[0]?.headers['accept-encoding']).toBe('identity');
});

it('so are all of a list', async () => {
  respondWith({ data: [batch(), batch({ results_url: null }), batch()], has_more: false });
  const { body } = await send(proxy.url, `${BATCHES}?limit=3`, { headers: HEADERS });
  const { data } = JSON.parse(body.toString()) as { data: { results_url: string | null }[] };
  const ours = `${proxy.url}${BATCHES}/msgbatch_1/results`;
  expect(data.map((one) => one.results_url)).toEqual([ours, null, ours]);
});

it('the official client fetches the results through the proxy', async () => {
  const line = { custom_id: 'a', result: { type: 'canceled' } };
  upstream.respond((_request, response, { url }) => {
    response.writeHead(200, {
      'content-type': url.endsWith('/results') ? 'application/x-jsonl' : 'application/json',
    });
    response.end(`${JSON.stringify(url.endsWith('/results') ? line : batch())}\n`);
  });
  const client = new Anthropic({ apiKey: TOKEN, authToken: null, baseURL: proxy.url, maxRetries: 0 });
  const lines: unknown[] = [];
  for await (const one of await client.messages.batches.results('msgbatch_1')) lines.push(one);
  expect(lines).toEqual([line]);
  expect(upstream.seen.map(({ url, headers }) => [url, headers['x-api-key']])).toEqual([
    [`${BATCHES}/msgbatch_1`, 'sk-ant-pool-1'],
    [`${BATCHES}/msgbatch_1/results`, 'sk-ant-pool-1'],
  ]);
});

it.each<[what: string, path: string, status: number, headers: Record<string, string>, body: () => Buffer]>([
  ['an error', `${BATCHES}/x`, 404, {}, () => Buffer.from(JSON.stringify(batch()))],
  ['another path', `${BATCHES}/x/results`, 200, {}, () => Buffer.from(JSON.stringify(batch()))],
  [
    'another type',
    `${BATCHES}/x`,
    200,
    { 'content-type': 'text/plain' },
    () => Buffer.from(JSON.stringify(batch())),
  ],
  [
    'what is compressed all the same',
    `${BATCHES}/x`,
    200,
    { 'content-encoding': 'gzip' },
    () => gzipSync(JSON.stringify(batch())),
  ],
  [
    'what is too long to be read',
    BATCHES,
    200,
    {},
    () => Buffer.from(JSON.stringify(batch({ pad: 'x'.repeat(3_000_000) }))),
  ],
])('%s passes unchanged and complete', async (_what, path, status, headers, body) => {
  const bytes = body();
  upstream.respond((_request, response) => {
    response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(bytes);
  });
  const response = await send(proxy.url, path, { headers: HEADERS });
  expect(response).toMatchObject({ status, complete: true });
  expect(response.body.equals(bytes)).toBe(true);
});

it('an incomplete one is an error, and no part of it is sent', async () => {
  upstream.respond((request, response) => {
    response.writeHead(200, { 'content-type': 'application/json', 'content-length': 1_000 });
    response.write('{"id":', () => request.socket.destroy());
  });
  const response = await send(proxy.url, `${BATCHES}/x`, { headers: HEADERS });
  expect(response.status).toBe(502);
  expect(response.headers['x-proxy-error']).toBe('upstream-cut');
});

it('a HEAD gets the length, and no body', async () => {
  upstream.respond((_request, response) => {
    response.writeHead(200, { 'content-type': 'application/json', 'content-length': 7 }).end();
  });
  const response = await send(proxy.url, `${BATCHES}/x`, { method: 'HEAD', headers: HEADERS });
  expect(response.headers['content-length']).toBe('7');
});
