import { readFileSync } from 'node:fs';
import http from 'node:http';
import path from 'node:path';
import { startFakeUpstream, type FakeUpstream, type Responder } from '../../../scripts/fakes/fake-upstream';
import { OPENAI_HEADERS, send, until, type WireResponse } from '../../helpers/http';
import { startBundle, startProxy, type RunningProxy } from '../../helpers/proxies';
import { respondToTrace } from '../../helpers/trace';

/** As OpenAI responded from Hong Kong. */
const ERROR_RESPONSE = JSON.stringify({
  error: {
    code: 'unsupported_country_region_territory',
    message: 'Country, region, or territory not supported',
    param: null,
    type: 'request_forbidden',
  },
});
const STREAM = readFileSync(path.resolve(__dirname, '../../fixtures/streams/chat.sse'));
const CHAT = '{"model":"gpt-5","stream":true,  "messages":[{"role":"user","content":"Grüße"}]}';
const TOKEN = 'token-of-the-laptop-0123456789';

const refusing: Responder = (_request, response) => {
  response.writeHead(403, { 'content-type': 'application/json', 'x-request-id': 'req_refused' });
  response.end(ERROR_RESPONSE);
};
const streaming: Responder = (_request, response) => {
  response.writeHead(200, { 'content-type': 'text/event-stream', 'x-request-id': 'req_streamed' });
  for (let at = 0; at < STREAM.length; at += 50) response.write(STREAM.subarray(at, at + 50));
  response.end();
};

/** The provider as it is seen from a country that it refuses, and from one that it serves. */
let refused: FakeUpstream;
let healthy: FakeUpstream;
const running: RunningProxy[] = [];

beforeEach(async () => {
  refused = await startFakeUpstream();
  refused.respond(refusing);
  healthy = await startFakeUpstream();
  healthy.respond(streaming);
});
afterEach(async () => {
  await Promise.all(running.splice(0).map((proxy) => proxy.stop()));
  await refused.close();
  await healthy.close();
});

async function start(
  upstream: FakeUpstream,
  environment: Record<string, string> = {},
): Promise<RunningProxy> {
  const proxy = await startProxy(upstream, environment);
  running.push(proxy);
  return proxy;
}

/** Two deployments, of which the first is refused and hands over to the second. */
async function startPair(
  environment: Record<string, string> = {},
  ofSister: Record<string, string> = {},
): Promise<{ readonly first: RunningProxy; readonly sister: RunningProxy }> {
  const sister = await start(healthy, { ...environment, ...ofSister });
  return { first: await start(refused, { ...environment, SISTER_URL: sister.url }), sister };
}

function chat(url: string, headers: Record<string, string> = {}, target = '/v1/chat/completions') {
  return send(url, target, { headers: { ...OPENAI_HEADERS, ...headers }, body: CHAT });
}

async function requestLine({ log }: RunningProxy): Promise<Readonly<Record<string, unknown>>> {
  await until('the request is logged', () => log.some(({ msg }) => msg === 'request'));
  return log.find(({ msg }) => msg === 'request') ?? {};
}

const essence = ({ status, body, complete }: WireResponse) => ({ status, complete, body: body.toString() });

it('two bundles, of which the provider refuses one by country, give a client the stream of the other', async () => {
  const tokens = { ACCESS_TOKENS: `laptop:${TOKEN}`, OPENAI_API_KEYS: 'sk-server-key-0123456789' };
  const sister = await startBundle({ ...tokens, OPENAI_UPSTREAM: healthy.origin });
  running.push(sister);
  const first = await startBundle({
    ...tokens,
    OPENAI_UPSTREAM: refused.origin,
    SISTER_URL: sister.url,
  });
  running.push(first);
  const response = await chat(first.url, { authorization: `Bearer ${TOKEN}` });
  expect(essence(response)).toEqual({ status: 200, complete: true, body: STREAM.toString() });
  expect(response.headers).toMatchObject({ 'x-proxy-sister': 'responded', 'x-request-id': 'req_streamed' });
  expect(healthy.seen.map(({ body, headers }) => [body.toString(), headers.authorization])).toEqual([
    [CHAT, 'Bearer sk-server-key-0123456789'],
  ]);
  expect(refused.seen).toHaveLength(1);
  expect(await requestLine(first)).toMatchObject({
    status: 200,
    token: 'laptop',
    sister: 'responded',
    upstream_error: 'unsupported_country_region_territory',
    outcome: 'complete',
  });
  expect(await requestLine(sister)).toMatchObject({ status: 200, token: 'laptop' });
});

describe('a request that the provider refuses because of the country', () => {
  it('is handed over with the credentials as they came, and the mark reaches no provider', async () => {
    const { first } = await startPair();
    expect((await chat(first.url)).status).toBe(200);
    const [seen] = healthy.seen;
    expect(seen?.headers).toMatchObject({ authorization: OPENAI_HEADERS.authorization });
    expect(JSON.stringify(seen?.rawHeaders)).not.toMatch(/sister/i);
    expect(seen?.url).toBe('/v1/chat/completions');
  });

  it.each([
    ['a token in the path', `/${TOKEN}/v1/models?limit=2`, {}, '/v1/models?limit=2'],
    ['a provider in the path', '/openai/v1/models', { authorization: `Bearer ${TOKEN}` }, '/v1/models'],
    ['the stage of a gateway', '/release/v1/models', { authorization: `Bearer ${TOKEN}` }, '/v1/models'],
    ['a token in another header', '/v1/models', { 'api-key': TOKEN }, '/v1/models'],
  ])('is handed over with %s', async (_what, target, headers, expected) => {
    const { first, sister } = await startPair(
      { ACCESS_TOKENS: `laptop:${TOKEN}`, OPENAI_API_KEYS: 'sk-server-key-0123456789' },
      { STAGE_PREFIXES: 'other' },
    );
    const response = await send(first.url, target, { headers });
    expect(essence(response)).toMatchObject({ status: 200, body: STREAM.toString() });
    expect(healthy.seen.map(({ url }) => url)).toEqual([expected]);
    expect(await requestLine(sister)).toMatchObject({ token: 'laptop' });
  });

  it('goes to the provider that its model selected, although the sister has no such route', async () => {
    const keys = {
      OPENAI_API_KEYS: 'sk-o-0123456789',
      GROQ_API_KEYS: 'gsk_0123456789',
      ALLOW_ANONYMOUS: 'true',
    };
    const sister = await start(healthy, { ...keys, GROQ_UPSTREAM: healthy.origin });
    const first = await start(refused, {
      ...keys,
      GROQ_UPSTREAM: refused.origin,
      MODEL_ROUTES: 'gpt-5=groq/fast',
      SISTER_URL: sister.url,
    });
    const response = await send(first.url, '/v1/chat/completions', {
      headers: { 'content-type': 'application/json' },
      body: CHAT,
    });
    expect(response.status).toBe(200);
    const [seen] = healthy.seen;
    expect(seen?.headers.authorization).toBe('Bearer gsk_0123456789');
    expect(JSON.parse(seen?.body.toString() ?? '')).toMatchObject({ model: 'fast' });
  });

  it('stays the provider’s error response if the sister is refused as well, and is handed over once', async () => {
    const third = await start(refused);
    const sister = await start(refused, { SISTER_URL: third.url });
    const first = await start(refused, { SISTER_URL: sister.url });
    const response = await chat(first.url);
    expect(essence(response)).toEqual({ status: 403, complete: true, body: ERROR_RESPONSE });
    expect(response.headers['x-proxy-error']).toBe('egress-refused');
    expect(refused.seen).toHaveLength(2); // from the first one and from its sister, which hands nothing over
    expect(third.log.filter(({ msg }) => msg === 'request')).toEqual([]);
  });

  it('stays the provider’s error response if the client sends the mark itself', async () => {
    const { first } = await startPair();
    const response = await chat(first.url, { 'x-proxy-from-sister': 'anything' });
    expect(essence(response)).toMatchObject({ status: 403, body: ERROR_RESPONSE });
    expect(healthy.seen).toEqual([]);
    expect(JSON.stringify(refused.seen[0]?.rawHeaders)).not.toMatch(/sister/i);
  });

  it('stays the provider’s error response if the host that the client requests is the sister’s', async () => {
    const { first, sister } = await startPair();
    const response = await chat(first.url, { host: new URL(sister.url).host });
    expect(response.status).toBe(403);
    expect(healthy.seen).toEqual([]);
  });

  it('stays the provider’s error response if the sister cannot be reached, and the log says why', async () => {
    const { first, sister } = await startPair();
    await sister.stop();
    const response = await chat(first.url);
    expect(essence(response)).toEqual({ status: 403, complete: true, body: ERROR_RESPONSE });
    expect(await requestLine(first)).toMatchObject({ status: 403, sister: 'upstream-unreachable' });
  });

  it('stays the provider’s error response if its body was too large to keep', async () => {
    const { first } = await startPair({ REPLAY_BODY_BYTES: '1000' });
    const response = await send(first.url, '/v1/files', {
      headers: { ...OPENAI_HEADERS, 'content-type': 'application/octet-stream' },
      body: Buffer.alloc(100_000, 'x'),
    });
    expect(essence(response)).toMatchObject({ status: 403, body: ERROR_RESPONSE });
    expect(await requestLine(first)).not.toHaveProperty('sister');
  });

  it('gets an error of the sister as it is', async () => {
    const { first } = await startPair({}, { ACCESS_TOKENS: `laptop:${TOKEN}` });
    const response = await chat(first.url);
    expect(response.status).toBe(401);
    expect(response.headers['x-proxy-error']).toBe('bad-token');
    expect(response.headers['x-proxy-sister']).toBe('responded');
  });

  it('has each header of the proxy once', async () => {
    const { first } = await startPair();
    const response = await chat(first.url, { origin: 'https://chat.example' }, '/v1/v1/chat/completions');
    const names = response.rawHeaders.filter((_, at) => at % 2 === 0).map((name) => name.toLowerCase());
    expect(names).toContain('x-proxy-path-repaired');
    expect(names).toContain('access-control-allow-origin');
    expect(names).toEqual([...new Set(names)]);
  });

  it('ends as an incomplete stream if the sister is cut off in the middle of its stream', async () => {
    healthy.respond((_request, response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      response.write('data: {"choices":[]}\n\n', () => response.socket?.resetAndDestroy());
    });
    const { first } = await startPair();
    const response = await chat(first.url);
    expect(response.status).toBe(200);
    expect(response.complete).toBe(false);
  });

  it('is not handed over after another error, and not without a sister', async () => {
    const { first } = await startPair();
    refused.respond((_request, response) => response.writeHead(403).end('{"error":{"code":"other"}}'));
    expect((await chat(first.url)).status).toBe(403);
    refused.respond(refusing);
    const alone = await start(refused);
    expect(essence(await chat(alone.url))).toMatchObject({ status: 403, body: ERROR_RESPONSE });
    expect(healthy.seen).toEqual([]);
  });
});

describe('with EGRESS_GUARD=enforce', () => {
  const GUARD = { EGRESS_GUARD: 'enforce' };

  it('nothing is sent to a provider that refuses the country, and the sister gets the body unread', async () => {
    respondToTrace(refused, 'HK');
    respondToTrace(healthy, 'SG');
    const { first } = await startPair(GUARD);
    const body = Buffer.alloc(600_000, 'x'); // more than is kept
    const response = await send(first.url, '/v1/files', {
      headers: { ...OPENAI_HEADERS, 'content-type': 'application/octet-stream' },
      body,
    });
    expect(essence(response)).toMatchObject({ status: 200, body: STREAM.toString() });
    expect(refused.seen.map(({ url }) => url)).toEqual(['/cdn-cgi/trace']);
    expect(healthy.seen.at(-1)?.body.equals(body)).toBe(true);
    expect(await requestLine(first)).toMatchObject({ sister: 'responded', attempts: 1 });
  });

  it('a request gets the error response of the proxy if the sister is refused as well', async () => {
    respondToTrace(refused, 'HK');
    respondToTrace(healthy, 'HK');
    const { first } = await startPair(GUARD);
    const response = await chat(first.url);
    expect(response.status).toBe(503);
    expect(response.headers['x-proxy-error']).toBe('egress-refused');
    expect(healthy.seen.map(({ url }) => url)).toEqual(['/cdn-cgi/trace']);
  });

  it('a request gets the error response of the proxy if the sister cannot be reached', async () => {
    respondToTrace(refused, 'HK');
    const { first, sister } = await startPair(GUARD);
    await sister.stop();
    expect((await chat(first.url)).headers['x-proxy-error']).toBe('egress-refused');
  });
});

it('a client that leaves while the sister thinks ends the sister’s request', async () => {
  healthy.respond(() => undefined); // never
  const { first } = await startPair();
  const outgoing = http.request(`${first.url}/v1/chat/completions`, {
    method: 'POST',
    headers: OPENAI_HEADERS,
  });
  outgoing.on('error', () => undefined).end(CHAT);
  await until('the sister’s provider has the request', () => healthy.seen.length === 1);
  outgoing.destroy();
  await until('the sister’s provider sees it end', () => healthy.aborts.length === 1);
  expect(await requestLine(first)).toMatchObject({ status: 499, outcome: 'caller-left' });
});
