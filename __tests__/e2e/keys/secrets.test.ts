import type { IncomingHttpHeaders } from 'node:http';
import { startFakeUpstream, type FakeUpstream } from '../../../scripts/fakes/fake-upstream';
import { send, sendRaw, until, type WireResponse } from '../../helpers/http';
import { startBundle, type RunningBundle } from '../../helpers/proxies';

let upstream: FakeUpstream;
let bundle: RunningBundle;

beforeAll(async () => {
  upstream = await startFakeUpstream();
  bundle = await startBundle({
    LOG_LEVEL: 'debug', // every line that there is
    OPENAI_UPSTREAM: upstream.origin,
    ANTHROPIC_UPSTREAM: upstream.origin,
    GEMINI_UPSTREAM: upstream.origin,
    TENCENTCLOUD_SECRETKEY: 'planted-platform-secret',
  });
});
afterAll(async () => {
  await bundle.stop();
  await upstream.close();
});

/** The one key that may go upstream, and only as the upstream's credential. */
const KEY = 'planted-key-1';

/** The places where clients and platforms put what must not be sent on; the value of each is planted. */
const PLANTED_HEADERS = [
  ...['Cookie', 'Proxy-Authorization', 'Referer', 'Origin'],
  ...[
    'X-Scf-Secret-Id',
    'X-Scf-Secret-Key',
    'X-Scf-Session-Token',
    'X-Scf-Request-Id',
    'X-Scf-Appid',
    'X-Scf-Uin',
    'X-Api-RequestId',
  ],
];
const PLANTED_ADDRESS_HEADERS = [
  'X-Forwarded-For',
  'X-Real-Ip',
  'Forwarded',
  'Via',
  'CF-Connecting-IP',
  'True-Client-IP',
  'X-Client-IP',
  'X-Scf-Remote-Addr',
  'X-Vercel-Forwarded-For',
  'X-AppEngine-User-IP',
  'EO-Connecting-IP',
  'Fastly-Client-Ip',
  'X-Cluster-Client-Ip',
  'X-Original-Forwarded-For',
  'X-Envoy-External-Address',
];
const ADDRESS = '203.0.113.77';

/** The one credential of a request, from wherever its provider has it. */
const credentialOf = (headers: IncomingHttpHeaders) => {
  const places = [headers.authorization, headers['x-api-key'], headers['x-goog-api-key']];
  expect(places.filter((value) => value !== undefined)).toHaveLength(1);
  return places.find((value) => value !== undefined);
};

const planted = (): Record<string, string> => ({
  ...Object.fromEntries(PLANTED_HEADERS.map((name, at) => [name, `planted-header-${at}`])),
  ...Object.fromEntries(PLANTED_ADDRESS_HEADERS.map((name) => [name, ADDRESS])),
});

it('no planted secret is sent upstream, except the key to its provider', async () => {
  const responses: WireResponse[] = [];
  const targets = [
    '/v1/chat/completions',
    '/v1/messages',
    '/v1/files',
    '/planted-path-token/v1/models',
    '/v1/models/planted-path-id',
    '/v1/x?cursor=planted-query-key&api_key=planted-query-2',
    '/%00planted-bad-path',
    '/-/planted-own-path',
    '/-/health',
    '/',
  ];
  for (const path of targets) {
    for (const credential of [
      { Authorization: `Bearer ${KEY}` },
      { 'X-Api-Key': KEY },
      { Authorization: `Bearer ${KEY}|planted-key-2`, 'X-Api-Key': `planted-key-3,${KEY}` },
      { 'X-Goog-Api-Key': KEY },
      { 'Api-Key': KEY },
      { Authorization: `Bearer ${KEY}`, 'Api-Key': 'planted-other' },
      { Authorization: 'Basic planted-basic' },
      {},
    ]) {
      for (const method of ['GET', 'POST', 'OPTIONS']) {
        responses.push(
          await send(bundle.url, path, {
            method,
            headers: { ...planted(), ...credential, 'Content-Type': 'application/json' },
            ...(method === 'POST' ? { body: '{"model":"m"}' } : {}),
          }),
        );
      }
    }
  }
  // failures of every stage: unparsable, upstream closed before and during its response
  responses.push({
    ...responses[0],
    body: Buffer.from(
      await sendRaw(
        bundle.port,
        'GET /planted-raw HTTP/1.1\r\nAuthorization: Bearer planted-raw\r\nX A: planted-raw\r\nConnection: close\r\n\r\n',
      ),
    ),
  } as WireResponse);
  for (const before of [true, false]) {
    upstream.respond((request, response) => {
      if (!before) response.writeHead(200, { 'content-type': 'text/event-stream' }).write('data: 1\n\n');
      setTimeout(() => request.socket.destroy(), 5);
    });
    responses.push(
      await send(bundle.url, '/planted-path-token/v1/chat/completions', {
        headers: { ...planted(), authorization: `Bearer ${KEY}` },
        body: '{}',
      }),
    );
  }
  await until(
    'all were logged',
    () => bundle.log.filter((line) => line['msg'] === 'request').length >= responses.length - 1,
  );

  const output = bundle.stdout() + bundle.stderr();
  expect(output).not.toMatch(/planted|203\.0\.113/);
  expect(output).not.toContain('127.0.0.1'); // where the clients of this test come from
  for (const { rawHeaders, body } of responses) {
    expect(rawHeaders.join('\n')).not.toMatch(/planted|203\.0\.113/);
    expect(body.toString()).not.toMatch(/planted|203\.0\.113/);
  }

  expect(upstream.seen.length).toBeGreaterThan(30);
  for (const { url, rawHeaders, headers } of upstream.seen) {
    expect(credentialOf(headers)).toMatch(/^(?:Bearer )?planted-key-[123]$/); // one key, never the joined string
    const others = rawHeaders.filter(
      (_, at) => !/^(?:authorization|x-api-key|x-goog-api-key|host)$/i.test(rawHeaders[at - (at % 2)] ?? ''),
    );
    expect(others.join('\n')).not.toMatch(/planted|203\.0\.113|127\.0\.0\.1/);
    expect(url).not.toMatch(/planted-(?!path|query)/); // path and query are the client's own request
    expect(rawHeaders.join('\n')).not.toMatch(/scf-llm-proxy/i);
  }
});

it('no token or pool key is sent upstream, except the key to its provider', async () => {
  const team = await startBundle({
    LOG_LEVEL: 'debug', // every line that there is
    OPENAI_UPSTREAM: upstream.origin,
    ANTHROPIC_UPSTREAM: upstream.origin,
    GEMINI_UPSTREAM: upstream.origin,
    ACCESS_TOKENS: 'laptop:planted-token-1-0123456789,phone:planted-token-2-0123456789',
    OPENAI_API_KEYS: 'planted-pool-1|planted-pool-2|planted-pool-3',
    ANTHROPIC_API_KEYS: 'planted-pool-4',
    ADMIN_TOKEN: 'planted-admin-0123456789',
    KEY_STRATEGY: 'affinity',
  });
  const first = upstream.seen.length;
  const statusByKey: Record<string, number> = { 'planted-pool-1': 401, 'planted-pool-2': 429 };
  upstream.respond((request, response) => {
    const key = request.headers.authorization?.replace('Bearer ', '') ?? '';
    response.writeHead(statusByKey[key] ?? 200, { 'content-type': 'application/json', 'x-request-id': 'r' });
    response.end('{"error":{"message":"Incorrect API key"}}');
  });
  const token = 'planted-token-1-0123456789';
  const responses: WireResponse[] = [];
  for (const path of [
    '/v1/chat/completions',
    '/v1/messages',
    '/v1/files',
    '/v1/%00x',
    '/-/keys',
    '/-/health',
    '/',
  ]) {
    for (const place of [
      { headers: { Authorization: `Bearer ${token}` } },
      { headers: { 'X-Api-Key': token, Referer: `https://x.example/${token}/`, Cookie: `t=${token}` } },
      { headers: { 'X-Goog-Api-Key': token } },
      { headers: { Authorization: `Bearer planted-own:${token}` } },
      {
        headers: { Authorization: `Bearer planted-own`, 'X-Api-Key': `planted-own:${token}` },
        prefix: '/release',
      },
      { headers: { Authorization: 'Bearer planted-any' }, prefix: `/${token}` },
      {
        headers: { Authorization: 'Bearer planted-token-2-0123456789' },
        prefix: `/test/${token}`,
        query: `?a=1&key=${token}`,
      },
      { headers: {}, query: `?key=${token}&b=2` },
      {
        headers: { Authorization: 'Bearer planted-wrong' },
        prefix: '/planted-wrong',
        query: '?key=planted-wrong',
      },
      { headers: { Authorization: 'Bearer planted-admin-0123456789' } },
    ] as { headers: Record<string, string>; prefix?: string; query?: string }[]) {
      for (const method of ['GET', 'POST']) {
        const request = {
          method,
          headers: { ...planted(), ...place.headers, 'Content-Type': 'application/json' },
        };
        const target = (place.prefix ?? '') + path + (place.query ?? '');
        responses.push(
          await send(team.url, target, {
            ...request,
            ...(method === 'POST' ? { body: '{"model":"m","messages":[]}' } : {}),
          }),
        );
      }
    }
  }
  await until(
    'all were logged',
    () => team.log.filter((line) => line['msg'] === 'request').length >= responses.length,
  );
  await team.stop();

  expect(responses.filter(({ status }) => status === 200).length).toBeGreaterThan(40);
  expect(team.stdout() + team.stderr()).not.toMatch(/planted|203\.0\.113|127\.0\.0\.1/);
  for (const { rawHeaders, body } of responses) {
    expect(rawHeaders.join('\n')).not.toMatch(/planted|203\.0\.113/);
    expect(body.toString()).not.toMatch(/planted|203\.0\.113/);
  }
  const sent = upstream.seen.slice(first);
  expect(sent.length).toBeGreaterThan(40);
  for (const { url, rawHeaders, headers } of sent) {
    expect(credentialOf(headers)).toMatch(/^(?:Bearer )?planted-pool-[1-4]$/);
    const others = rawHeaders.filter(
      (_, at) => !/^(?:authorization|x-api-key|x-goog-api-key|host)$/i.test(rawHeaders[at - (at % 2)] ?? ''),
    );
    expect(`${url}\n${others.join('\n')}`).not.toMatch(/planted|203\.0\.113/);
  }
});
