import http from 'node:http';
import OpenAI from 'openai';
import { anthropicError, openaiError, type SimulatedReply } from '../../../scripts/fakes/simulated-replies';
import { startFakeUpstream, type Responder, type FakeUpstream } from '../../../scripts/fakes/fake-upstream';
import { ANTHROPIC_HEADERS, send, until, type WireRequest } from '../../helpers/http';
import { startProxy, type RunningProxy } from '../../helpers/proxies';

let upstream: FakeUpstream;
let asTheApi: Responder;
const running: RunningProxy[] = [];

beforeEach(async () => {
  upstream = await startFakeUpstream();
  asTheApi = upstream.currentResponder();
});
afterEach(async () => {
  await Promise.all(running.splice(0).map((proxy) => proxy.stop()));
  await upstream.close();
});

async function start(environment: Record<string, string>): Promise<RunningProxy> {
  const proxy = await startProxy(upstream, { ALLOW_ANONYMOUS: 'true', ...environment });
  running.push(proxy);
  return proxy;
}

const keyOf = (headers: http.IncomingHttpHeaders) =>
  headers.authorization?.replace('Bearer ', '') ?? String(headers['x-api-key']);
const asked = () => upstream.seen.map(({ headers }) => keyOf(headers));
const times = (key: string) => asked().filter((one) => one === key).length;

const reply =
  ({ status, headers, pieces }: SimulatedReply): Responder =>
  (_request, response) => {
    response.writeHead(status, headers);
    response.end(pieces.join(''));
  };

/** Responds to each key as given, and to every other as the API would. */
function respondByKey(responders: Record<string, Responder>): void {
  upstream.respond((request, response, seen) =>
    (responders[keyOf(request.headers)] ?? asTheApi)(request, response, seen),
  );
}

const INVALID = reply(openaiError(401, 'invalid_api_key'));
const NO_QUOTA = reply({
  status: 429,
  headers: { 'content-type': 'application/json' },
  pieces: ['{"error":{"code":"insufficient_quota"}}'],
});
const LIMITED = (seconds: number) =>
  reply(openaiError(429, 'rate_limit_exceeded', { 'retry-after': String(seconds) }));
/** https://platform.openai.com/docs/guides/error-codes */
const MISSING_SCOPES = reply({
  status: 401,
  headers: { 'content-type': 'application/json' },
  pieces: [
    '{"error":{"message":"You have insufficient permissions for this operation. Missing scopes: model.request.","type":"invalid_request_error","param":null,"code":"missing_scope"}}',
  ],
});
const REFUSED_COUNTRY = reply(openaiError(403, 'unsupported_country_region_territory'));

const chat = (proxy: RunningProxy, more: WireRequest = {}) =>
  send(proxy.url, '/v1/chat/completions', {
    headers: { 'content-type': 'application/json' },
    body: '{"model":"m","messages":[]}',
    ...more,
  });

describe('a pool of three, one invalid, one limited, one good', () => {
  it('serves 1,000 concurrent requests, streamed and not, and uses each of the bad ones once', async () => {
    respondByKey({ 'key-dead': INVALID, 'key-limited': LIMITED(300) });
    const proxy = await start({ OPENAI_API_KEYS: 'key-dead,key-limited,key-good' });
    const agent = new http.Agent({ keepAlive: true, maxSockets: 200 });
    const responses = await Promise.all(
      Array.from({ length: 1_000 }, (_, at) =>
        chat(proxy, { agent, body: JSON.stringify({ model: 'm', stream: at % 2 === 0, messages: [] }) }),
      ),
    );
    expect(responses.filter(({ status, complete }) => status === 200 && complete)).toHaveLength(1_000);
    expect(responses.filter(({ body }) => body.toString().endsWith('data: [DONE]\n\n'))).toHaveLength(500);
    expect([times('key-dead'), times('key-limited'), times('key-good')]).toEqual([1, 1, 1_000]);
    agent.destroy();
  });

  it('uses the limited one again once its time is over, and not the invalid one', async () => {
    respondByKey({ 'key-dead': INVALID, 'key-limited': LIMITED(1) });
    const proxy = await start({ OPENAI_API_KEYS: 'key-dead,key-limited,key-good' });
    for (let at = 0; at < 3; at++) expect((await chat(proxy)).status).toBe(200);
    respondByKey({ 'key-dead': INVALID });
    const endMs = performance.now() + 10_000;
    while (times('key-limited') < 2 && performance.now() < endMs) {
      expect((await chat(proxy)).status).toBe(200);
    }
    expect([times('key-dead'), times('key-limited')]).toEqual([1, 2]);
  });
});

/** The log's lines about requests. */
const requestsOf = ({ log }: RunningProxy) => log.filter(({ msg }) => msg === 'request');

describe('the next key is tried', () => {
  it.each<[string, Responder]>([
    ['an invalid key', INVALID],
    ['a key without quota', NO_QUOTA],
    ['a limited key', LIMITED(60)],
    ['a key without the scope', MISSING_SCOPES],
  ])('after %s, with the very same request', async (_what, responder) => {
    respondByKey({ 'key-bad': responder });
    const proxy = await start({ OPENAI_API_KEYS: 'key-bad,key-good' });
    const response = await chat(proxy);
    expect(response.status).toBe(200);
    expect(asked()).toEqual(['key-bad', 'key-good']);
    expect(upstream.seen[0]?.body).toEqual(upstream.seen[1]?.body);
    expect(upstream.seen[0]?.url).toBe(upstream.seen[1]?.url);
    await until('it was logged', () => requestsOf(proxy).length > 0);
    expect(requestsOf(proxy)[0]).toMatchObject({
      attempts: 2,
      status: 200,
      outcome: 'complete',
      key: expect.stringMatching(/^…good-[0-9a-f]{6}$/) as string,
    });
  });

  it.each([
    ['multipart', 'multipart/form-data; boundary=x', 2_000_000],
    ['gzip', 'application/octet-stream', 5_000_000],
    ['JSON of no chat', 'application/json', 300_000],
  ])('with an upload that streams through, as long as it can be kept: %s', async (_what, type, size) => {
    respondByKey({ 'key-bad': INVALID });
    const proxy = await start({ OPENAI_API_KEYS: 'key-bad,key-good' });
    const body = Buffer.alloc(size, '{"model":"x"} ');
    const response = await send(proxy.url, '/v1/files', { headers: { 'content-type': type }, body });
    expect(response.status).toBe(404); // the API's response to that path: not the key's fault
    expect(asked()).toEqual(['key-bad', 'key-good']);
    expect(upstream.seen[1]?.body.equals(body)).toBe(true);
  });

  it.each([['/v1/files'], ['/v1/chat/completions']])(
    'but not with a body larger than REPLAY_BODY_BYTES (%s)',
    async (path) => {
      respondByKey({ 'key-bad': INVALID });
      const proxy = await start({ OPENAI_API_KEYS: 'key-bad,key-good', REPLAY_BODY_BYTES: '1000' });
      const response = await send(proxy.url, path, {
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ x: 'y'.repeat(2_000) }),
      });
      expect(response.status).toBe(503);
      expect(response.headers).toMatchObject({ 'x-proxy-error': 'key-refused', 'retry-after': '1' });
      expect(asked()).toEqual(['key-bad']);
    },
  );

  it('also of joined keys that the client sent', async () => {
    respondByKey({ 'sk-own-1': INVALID });
    const proxy = await start({});
    for (let at = 0; at < 4; at++) {
      const response = await chat(proxy, {
        headers: { 'content-type': 'application/json', authorization: 'Bearer sk-own-1|sk-own-2,sk-own-3' },
      });
      expect(response.status).toBe(200);
    }
    expect(times('sk-own-1')).toBe(1);
    expect(asked().join()).not.toMatch(/[|]/);
  });

  it('rejects 33 joined keys before anything is sent, in the client’s error shape', async () => {
    const proxy = await start({});
    const keys = (count: number) => Array.from({ length: count }, (_, at) => `sk-own-${at}`).join('|');
    const headers = { ...ANTHROPIC_HEADERS, 'content-type': 'application/json' };
    const body = '{"model":"m","messages":[]}';
    const refused = await send(proxy.url, '/v1/messages', {
      headers: { ...headers, 'x-api-key': keys(33) },
      body,
    });
    expect(refused.status).toBe(400);
    expect(refused.headers['x-proxy-error']).toBe('too-many-keys');
    expect(JSON.parse(refused.body.toString())).toMatchObject({
      type: 'error',
      error: { type: 'invalid_request_error', message: expect.stringContaining('32') as string },
    });
    expect(upstream.seen).toHaveLength(0);
    const served = await send(proxy.url, '/v1/messages', {
      headers: { ...headers, 'x-api-key': keys(32) },
      body,
    });
    expect(served.status).toBe(200);
  });

  it('in the other provider’s dialect, too', async () => {
    respondByKey({ 'sk-ant-bad': reply(anthropicError(401, 'authentication_error')) });
    const proxy = await start({ ANTHROPIC_API_KEYS: 'sk-ant-bad|sk-ant-good' });
    const response = await send(proxy.url, '/v1/messages', {
      headers: ANTHROPIC_HEADERS,
      body: '{"model":"m"}',
    });
    expect(response.status).toBe(200);
    expect(asked()).toEqual(['sk-ant-bad', 'sk-ant-good']);
  });
});

describe('what is not the key’s fault goes to the client as it is', () => {
  it.each([400, 404, 409, 413, 422, 500, 502, 503, 529])(
    '%i: one attempt, and the key stays',
    async (status) => {
      upstream.respond(reply(openaiError(status, 'something')));
      const proxy = await start({ OPENAI_API_KEYS: 'key-a,key-b' });
      const response = await chat(proxy);
      expect(response.status).toBe(status);
      expect(response.body.toString()).toBe(openaiError(status, 'something').pieces.join(''));
      expect(response.headers['x-proxy-error']).toBeUndefined();
      expect(upstream.seen).toHaveLength(1);
      await chat(proxy);
      expect(asked()).toEqual(['key-a', 'key-b']);
    },
  );

  it.each([
    ['a pool', 'OPENAI_API_KEYS', '/v1/models', {}, REFUSED_COUNTRY],
    ['the client’s own key', 'X_NONE', '/v1/models', { authorization: 'Bearer sk-own' }, REFUSED_COUNTRY],
    [
      'Anthropic',
      'ANTHROPIC_API_KEYS',
      '/v1/messages',
      {},
      reply({
        ...anthropicError(403, 'forbidden'),
        pieces: ['{"type":"error","error":{"type":"forbidden","message":"Request not allowed"}}'],
      }),
    ],
  ])(
    'a rejected country (%s): the provider’s own error, with the remedy',
    async (_whose, variable, path, headers, responder) => {
      upstream.respond(responder);
      const proxy = await start({ [variable]: 'key-a,key-b' });
      const response = await send(proxy.url, path, { headers });
      expect(response.status).toBe(403);
      expect(response.headers).toMatchObject({
        'x-proxy-error': 'egress-refused',
        'x-proxy-remedy': expect.stringContaining('another region') as string,
      });
      expect(response.body.toString()).toMatch(/unsupported_country|Request not allowed/);
      expect(upstream.seen).toHaveLength(1);
    },
  );

  it.each([502, 503, 529])(
    '%i is tried once more on another key with RETRY_UPSTREAM_ERRORS, and only once',
    async (status) => {
      upstream.respond(reply(openaiError(status, 'unwell')));
      const proxy = await start({ OPENAI_API_KEYS: 'key-a,key-b,key-c', RETRY_UPSTREAM_ERRORS: 'true' });
      expect((await chat(proxy)).status).toBe(status);
      expect(asked()).toEqual(['key-a', 'key-b']);
      respondByKey({ 'key-c': reply(openaiError(status, 'unwell')) });
      expect((await chat(proxy)).status).toBe(200);
    },
  );

  it('a failed connection is tried once more, too', async () => {
    const proxy = await startProxy(
      { origin: 'http://127.0.0.1:1' },
      { OPENAI_API_KEYS: 'a,b,c', ALLOW_ANONYMOUS: 'true', RETRY_UPSTREAM_ERRORS: 'true' },
    );
    running.push(proxy);
    const response = await chat(proxy);
    expect(response.headers['x-proxy-error']).toBe('upstream-unreachable');
    await until('it was logged', () => requestsOf(proxy).length > 0);
    expect(requestsOf(proxy)[0]).toMatchObject({ attempts: 2 });
  });
});

describe('while every key cools', () => {
  it('the first client gets the provider’s error, the others the proxy’s, with the soonest Retry-After, and no key is tried', async () => {
    respondByKey({ 'key-a': LIMITED(30), 'key-b': LIMITED(7) });
    const proxy = await start({ OPENAI_API_KEYS: 'key-a,key-b' });
    for (let at = 0; at < 5; at++) {
      const response = await chat(proxy);
      expect(response.status).toBe(429);
      expect(response.headers['retry-after']).toMatch(/^[67]$/);
      expect(response.headers['x-proxy-error']).toBe(at === 0 ? undefined : 'keys-cooling');
      expect(response.headers['x-should-retry']).toBeUndefined();
      expect(JSON.parse(response.body.toString())).toMatchObject({
        error: { code: at === 0 ? 'rate_limit_exceeded' : 'keys-cooling' },
      });
    }
    expect(asked()).toEqual(['key-a', 'key-b']);
    respondByKey({});
    expect((await chat(proxy, { body: '{"model":"other"}' })).status).toBe(200); // another model has limits of its own
    expect((await send(proxy.url, '/v1/models')).status).toBe(200); // and so has another kind of endpoint
  });

  it.each<[string, string, string, number, string | undefined]>([
    ['invalid, limited', 'INVALID', 'LIMITED', 429, undefined],
    ['limited, invalid', 'LIMITED', 'INVALID', 429, 'keys-cooling'],
    ['without credit, invalid', 'NO_QUOTA', 'INVALID', 429, 'keys-out-of-credit'],
    ['without the scope, limited', 'MISSING_SCOPES', 'LIMITED', 429, undefined],
    ['limited, without the scope', 'LIMITED', 'MISSING_SCOPES', 429, 'keys-cooling'],
    ['without the scope, without the scope', 'MISSING_SCOPES', 'MISSING_SCOPES', 403, 'keys-not-permitted'],
    ['without credit, without credit', 'NO_QUOTA', 'NO_QUOTA', 429, 'keys-out-of-credit'],
    ['invalid, invalid', 'INVALID', 'INVALID', 503, 'keys-invalid'],
  ])(
    'the status is of the one that is least out, and never a 401, whatever was tried last: %s',
    async (_what, a, b, status, code) => {
      const responders: Record<string, Responder> = {
        INVALID,
        NO_QUOTA,
        MISSING_SCOPES,
        LIMITED: LIMITED(9),
      };
      const [first, second] = [responders[a], responders[b]];
      if (first && second) respondByKey({ 'key-a': first, 'key-b': second });
      const proxy = await start({ OPENAI_API_KEYS: 'key-a,key-b' });
      const response = await chat(proxy);
      expect(response.status).toBe(status);
      expect(response.headers['x-proxy-error']).toBe(code);
      expect(response.headers['x-should-retry']).toBe(
        code === undefined || code === 'keys-cooling' ? undefined : 'false',
      );
      if (a === 'LIMITED' || b === 'LIMITED') expect(response.headers['retry-after']).toMatch(/^[89]$/);
    },
  );

  it('the official client waits for Retry-After, and succeeds', async () => {
    respondByKey({ 'key-a': LIMITED(1), 'key-b': LIMITED(1) });
    const proxy = await start({ OPENAI_API_KEYS: 'key-a,key-b' });
    setTimeout(() => respondByKey({}), 300);
    const client = new OpenAI({ apiKey: 'any', baseURL: `${proxy.url}/v1`, maxRetries: 1 });
    const completion = await client.chat.completions.create({
      model: 'm',
      messages: [{ role: 'user', content: 'Hi' }],
    });
    expect(completion.object).toBe('chat.completion');
    expect(upstream.seen).toHaveLength(3);
  });

  it('keys that are all rejected as invalid at once stay enabled, the log reports it once as an error, and each request tries one', async () => {
    upstream.respond(INVALID);
    const proxy = await start({ OPENAI_API_KEYS: 'key-a,key-b,key-c', ADMIN_TOKEN: 'admin-0123456789' });
    for (let at = 0; at < 5; at++) expect((await chat(proxy)).status).toBe(503);
    expect(upstream.seen).toHaveLength(3 + 4);
    expect(proxy.log.filter((line) => line['level'] === 'error')).toMatchObject([
      { pool: 'openai', reason: 'invalid' },
    ]);
    const report = await send(proxy.url, '/-/keys', {
      headers: { authorization: 'Bearer admin-0123456789' },
    });
    expect(JSON.parse(report.body.toString())).toMatchObject({
      openai: [{ state: 'live' }, { state: 'live' }, { state: 'live' }],
    });
    upstream.respond(asTheApi);
    expect((await chat(proxy)).status).toBe(200);
  });
});

describe('the attempts end', () => {
  it('with the client: one that disconnects during the second attempt causes no third', async () => {
    respondByKey({ 'key-a': INVALID, 'key-b': () => undefined });
    const proxy = await start({ OPENAI_API_KEYS: 'key-a,key-b,key-c', ADMIN_TOKEN: 'admin-0123456789' });
    const { hostname, port } = new URL(proxy.url);
    const request = http.request({
      hostname,
      port,
      path: '/v1/chat/completions',
      method: 'POST',
      agent: false,
    });
    request.on('error', () => undefined).end('{}');
    await until('the second attempt is upstream', () => upstream.seen.length === 2);
    request.destroy();
    await until('it was left', () => upstream.aborts.length === 1);
    await until('it was logged', () => requestsOf(proxy).length === 1);
    expect(requestsOf(proxy)[0]).toMatchObject({ outcome: 'caller-left', attempts: 2 });
    await new Promise((resolve) => setTimeout(resolve, 100));
    expect(asked()).toEqual(['key-a', 'key-b']);
    const report = await send(proxy.url, '/-/keys', {
      headers: { authorization: 'Bearer admin-0123456789' },
    });
    expect(JSON.parse(report.body.toString())).toMatchObject({
      openai: [{ open: 0 }, { open: 0 }, { open: 0 }],
    });
  });

  it('with the first byte: an interrupted stream is not started again', async () => {
    upstream.respond((request, response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      response.write('data: 1\n\n', () => request.socket.destroy());
    });
    const proxy = await start({ OPENAI_API_KEYS: 'key-a,key-b', RETRY_UPSTREAM_ERRORS: 'true' });
    const response = await chat(proxy);
    expect(response.complete).toBe(false);
    expect(upstream.seen).toHaveLength(1);
  });

  it('without a leak: 2,000 failovers over a handful of sockets, every lease released', async () => {
    respondByKey({ 'key-unfit': MISSING_SCOPES });
    const proxy = await start({
      OPENAI_API_KEYS: 'key-unfit,key-good',
      KEY_STRATEGY: 'affinity',
      ADMIN_TOKEN: 'admin-0123456789',
    });
    const agent = new http.Agent({ keepAlive: true, maxSockets: 20 });
    let failovers = 0;
    const worker = async (name: number) => {
      for (let at = 0; failovers < 2_000; at++) {
        const before = { headers: { 'session-id': `${name}-${at}` }, agent, method: 'GET' };
        // Each time for another model, or the key that is not permitted would come last from now on.
        expect((await send(proxy.url, `/v1/models?model=m-${name}-${at}`, before)).status).toBe(200);
        failovers = times2();
      }
    };
    let counted = 0;
    const times2 = () => {
      const fresh = upstream.seen.splice(0).filter(({ headers }) => keyOf(headers) === 'key-unfit').length;
      return (counted += fresh);
    };
    await Promise.all(Array.from({ length: 20 }, (_, name) => worker(name)));
    expect(upstream.connections()).toBeLessThanOrEqual(40);
    const report = await send(proxy.url, '/-/keys', {
      headers: { authorization: 'Bearer admin-0123456789' },
    });
    expect(JSON.parse(report.body.toString())).toMatchObject({
      openai: [
        { open: 0, state: 'live' },
        { open: 0, state: 'live' },
      ],
    });
    agent.destroy();
  }, 120_000);
});

describe('affinity', () => {
  it('keeps a conversation on its key across instances, and moves it only when that key fails', async () => {
    const environment = { OPENAI_API_KEYS: 'key-a,key-b,key-c,key-d', KEY_STRATEGY: 'affinity' };
    const [one, two] = [await start(environment), await start(environment)];
    const turn = (proxy: RunningProxy, session: string) =>
      chat(proxy, { headers: { 'content-type': 'application/json', 'session-id': session } });
    await turn(one, 's-1');
    const [own] = asked();
    for (const proxy of [two, one, two]) await turn(proxy, 's-1');
    expect(new Set(asked())).toEqual(new Set([own]));
    respondByKey({ [own ?? '']: INVALID });
    expect((await turn(one, 's-1')).status).toBe(200);
    const moved = asked()[5];
    await turn(one, 's-1');
    expect(asked().slice(4)).toEqual([own, moved, moved]);
  });
});

describe('GET /-/keys', () => {
  it('does not exist without an admin token, and rejects every other token', async () => {
    const closed = await start({ OPENAI_API_KEYS: 'key-aaaa-1111' });
    expect((await send(closed.url, '/-/keys', { headers: { authorization: 'Bearer ' } })).status).toBe(404);
    const proxy = await start({ OPENAI_API_KEYS: 'key-aaaa-1111', ADMIN_TOKEN: 'admin-0123456789' });
    for (const authorization of ['Bearer wrong', 'Bearer', 'Basic admin', '']) {
      const response = await send(proxy.url, '/-/keys', { headers: { authorization } });
      expect(response.status).toBe(401);
      expect(response.headers['x-proxy-error']).toBe('bad-admin-token');
    }
  });

  it('shows each key’s alias and state, and never the key', async () => {
    respondByKey({ 'key-aaaa-1111': INVALID, 'key-bbbb-2222': LIMITED(60) });
    const proxy = await start({
      OPENAI_API_KEYS: 'key-aaaa-1111,key-bbbb-2222,key-cccc-3333*2',
      ADMIN_TOKEN: 'admin-0123456789',
    });
    for (let at = 0; at < 4; at++) await chat(proxy);
    const { body, headers } = await send(proxy.url, '/-/keys', {
      headers: { authorization: 'Bearer admin-0123456789' },
    });
    expect(headers['cache-control']).toBe('no-store');
    const report = JSON.parse(body.toString()) as { openai: Record<string, unknown>[] };
    expect(report.openai).toMatchObject([
      {
        alias: expect.stringMatching(/^…1111-[0-9a-f]{6}$/) as string,
        state: 'out',
        why: 'invalid',
        requests: 1,
        failures: 1,
      },
      { state: 'cooling', why: 'rate-limited', models: [{ model: 'm' }] },
      { state: 'live', weight: 2, until: null },
    ]);
    expect(body.toString()).not.toMatch(/key-[abc]{4}/);
  });
});
