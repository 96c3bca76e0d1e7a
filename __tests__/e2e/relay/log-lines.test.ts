import { openaiError, type SimulatedReply } from '../../../scripts/fakes/simulated-replies';
import { startFakeUpstream, type FakeUpstream, type Responder } from '../../../scripts/fakes/fake-upstream';
import { OPENAI_HEADERS, send, until } from '../../helpers/http';
import { startProxy, type LogLine, type RunningProxy } from '../../helpers/proxies';

let upstream: FakeUpstream;
const running: RunningProxy[] = [];
beforeEach(async () => {
  upstream = await startFakeUpstream();
});
afterEach(async () => {
  await Promise.all(running.splice(0).map((proxy) => proxy.stop()));
  await upstream.close();
});

async function start(environment: Record<string, string> = {}): Promise<RunningProxy> {
  const proxy = await startProxy(upstream, environment);
  running.push(proxy);
  return proxy;
}

const linesOf = ({ log }: RunningProxy, wanted: string): LogLine[] => log.filter(({ msg }) => msg === wanted);
const reply =
  ({ status, headers, pieces }: SimulatedReply): Responder =>
  (_request, response) =>
    response.writeHead(status, headers).end(pieces.join(''));

it.each([400, 429, 500, 529])(
  'a %i of the provider that is passed on is a warning with its status',
  async (status) => {
    const proxy = await start();
    upstream.respond(reply(openaiError(status, 'some_code')));
    await send(proxy.url, '/v1/models', { headers: OPENAI_HEADERS });
    await until('it was logged', () => proxy.log.length > 0);
    expect(proxy.log).toMatchObject([{ level: 'warn', status, outcome: `upstream-${status}` }]);
  },
);

it.each([
  ['info', ['/']],
  ['debug', ['/-/health', '/', '/api/hello', '/']],
])(
  'at LOG_LEVEL=%s the requests for %j have lines, and none of them names a provider',
  async (level, paths) => {
    const proxy = await start({ LOG_LEVEL: level });
    await send(proxy.url, '/-/health');
    await send(proxy.url, '/', { method: 'HEAD' });
    await send(proxy.url, '/api/hello', { method: 'HEAD' });
    await send(proxy.url, '/');
    await until('the page was logged', () => proxy.log.some(({ level: of }) => of === 'info'));
    expect(proxy.log.map(({ path }) => path)).toEqual(paths);
    for (const line of proxy.log) expect(line).not.toHaveProperty('provider');
  },
);

it('at LOG_LEVEL=warn a request that succeeds has no line', async () => {
  const proxy = await start({ LOG_LEVEL: 'warn' });
  await send(proxy.url, '/v1/models', { headers: OPENAI_HEADERS });
  await send(proxy.url, '/v1/nowhere', { headers: OPENAI_HEADERS });
  await until('the second was logged', () => proxy.log.length > 0);
  expect(proxy.log).toMatchObject([{ outcome: 'upstream-404' }]);
});

const POOL = { OPENAI_API_KEYS: 'key-bad0,key-good', ALLOW_ANONYMOUS: 'true' };
const chat = (proxy: RunningProxy) =>
  send(proxy.url, '/v1/chat/completions', {
    headers: { 'content-type': 'application/json' },
    body: '{"model":"m","messages":[]}',
  });

/** Rejects one key, and serves the other. */
function rejectBad(failure: SimulatedReply): void {
  const asTheApi = upstream.currentResponder();
  upstream.respond((request, response, seen) =>
    (request.headers.authorization === 'Bearer key-bad0' ? reply(failure) : asTheApi)(
      request,
      response,
      seen,
    ),
  );
}

it('at LOG_LEVEL=debug each attempt has a line, with the key’s alias and how it went', async () => {
  rejectBad(openaiError(401, 'invalid_api_key'));
  const proxy = await start({ ...POOL, LOG_LEVEL: 'debug' });
  const response = await chat(proxy);
  const line = { level: 'debug', request_id: response.headers['x-proxy-request-id'], provider: 'openai' };
  expect(linesOf(proxy, 'attempt')).toMatchObject([
    { ...line, attempt: 1, key: expect.stringMatching(/^…bad0-/) as string, status: 401 },
    { ...line, attempt: 2, key: expect.stringMatching(/^…good-/) as string, status: 200 },
  ]);
  expect(JSON.stringify(proxy.log)).not.toMatch(/key-(?:bad0|good)/);
});

it('at LOG_LEVEL=debug an attempt without a response has the code of why', async () => {
  await upstream.close();
  const proxy = await start({ LOG_LEVEL: 'debug' });
  await send(proxy.url, '/v1/models', { headers: OPENAI_HEADERS });
  expect(linesOf(proxy, 'attempt')).toMatchObject([{ attempt: 1, error: 'upstream-unreachable' }]);
});

it('a key that goes out has a line of its own, with its alias, the reason and the time', async () => {
  rejectBad(openaiError(429, 'rate_limit_exceeded', { 'retry-after': '60' }));
  const proxy = await start(POOL);
  await Promise.all([chat(proxy), chat(proxy)]);
  await chat(proxy);
  expect(linesOf(proxy, 'a key is out')).toEqual([
    {
      level: 'warn',
      time: expect.any(String) as string,
      pool: 'openai',
      key: expect.stringMatching(/^…bad0-[0-9a-f]{6}$/) as string,
      reason: 'rate-limited',
      endpoint: expect.any(String) as string,
      model: 'm',
      until: expect.stringMatching(/^\d{4}-\d\d-\d\dT.*Z$/) as string,
      msg: 'a key is out',
    },
  ]);
});

it('a key that serves again has a line', async () => {
  const asTheApi = upstream.currentResponder();
  rejectBad(openaiError(429, 'rate_limit_exceeded', { 'retry-after-ms': '1' }));
  const proxy = await start({ ...POOL, OPENAI_API_KEYS: 'key-bad0' });
  await chat(proxy);
  upstream.respond(asTheApi);
  await until('it serves', () => linesOf(proxy, 'a key is out').length === 1);
  for (let tries = 0; tries < 50 && linesOf(proxy, 'a key is back').length === 0; tries++) await chat(proxy);
  expect(linesOf(proxy, 'a key is back')).toMatchObject([{ level: 'info', pool: 'openai', model: 'm' }]);
});
