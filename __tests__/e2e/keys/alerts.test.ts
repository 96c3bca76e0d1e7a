import { openaiError } from '../../../scripts/fakes/simulated-replies';
import { startFakeUpstream, type FakeUpstream } from '../../../scripts/fakes/fake-upstream';
import { newSignedToken } from '../../../scripts/token/signed';
import { send, until } from '../../helpers/http';
import { startProxy, type RunningProxy } from '../../helpers/proxies';

let upstream: FakeUpstream;
let receiver: FakeUpstream;
const running: RunningProxy[] = [];
beforeEach(async () => {
  upstream = await startFakeUpstream();
  receiver = await startFakeUpstream();
  receiver.respond((_request, response) => response.end());
  const { status, headers, pieces } = openaiError(429, 'insufficient_quota');
  upstream.respond((_request, response) => response.writeHead(status, headers).end(pieces.join('')));
});
afterEach(async () => {
  await Promise.all(running.splice(0).map((proxy) => proxy.stop()));
  await upstream.close();
  await receiver.close();
});

async function start(alertUrl: string): Promise<RunningProxy> {
  const proxy = await startProxy(upstream, {
    OPENAI_API_KEYS: 'planted-key-aaaa,planted-key-bbbb',
    ALLOW_ANONYMOUS: 'true',
    ALERT_URL: alertUrl,
  });
  running.push(proxy);
  return proxy;
}

const chat = (proxy: RunningProxy) =>
  send(proxy.url, '/v1/chat/completions', {
    headers: { 'content-type': 'application/json' },
    body: '{"model":"m","messages":[]}',
  });

it('there is one alert for each key that runs out of credit, and one for the pool that is empty then, without the keys', async () => {
  const proxy = await start(`${receiver.origin}/hook`);
  for (let times = 0; times < 3; times++) await chat(proxy);
  await until('three alerts came', () => receiver.seen.length === 3);
  await chat(proxy);
  const bodies = receiver.seen.map(({ body }) => JSON.parse(body.toString()) as Record<string, unknown>);
  expect(bodies.map(({ event, subject }) => `${String(event)} ${String(subject)}`)).toEqual([
    expect.stringMatching(/^key-out openai …aaaa-/),
    expect.stringMatching(/^key-out openai …bbbb-/),
    'pool-empty openai',
  ]);
  expect(JSON.stringify(bodies)).not.toContain('planted');
});

it('a receiver that never responds delays no request', async () => {
  receiver.respond(() => undefined);
  const proxy = await start(`${receiver.origin}/hook`);
  const response = await chat(proxy);
  expect(response.headers['x-proxy-error']).toBe('keys-out-of-credit');
  await until('an alert is under way', () => receiver.seen.length === 1);
  expect((await chat(proxy)).status).toBe(429);
});

it('a receiver that does not take alerts is one line of the log, with its host and nothing else of its address', async () => {
  receiver.respond((_request, response) => response.writeHead(404).end());
  const proxy = await start(`${receiver.origin}/planted-hook-0123456789?key=planted-parameter-0123456789`);
  await chat(proxy);
  await until('three alerts were sent', () => receiver.seen.length === 3);
  const lines = proxy.log.filter(({ msg }) => String(msg).startsWith('an alert'));
  expect(lines).toMatchObject([{ level: 'warn', host: new URL(receiver.origin).host, cause: 'status 404' }]);
  expect(JSON.stringify(proxy.log)).not.toContain('planted');
});

it('there is one alert each when a token reaches 80 and 100 % of its money', async () => {
  const secret = 'a-secret-of-the-tests-0123456789-0123';
  const made = newSignedToken({ name: 'mum', usd: '5' }, secret, Date.now());
  if ('problem' in made) throw new Error(made.problem);
  const usage = { prompt_tokens: 0, completion_tokens: 10, total_tokens: 10 };
  upstream.respond((_request, response) =>
    response
      .writeHead(200, { 'content-type': 'application/json' })
      .end(JSON.stringify({ model: 'a-dollar', choices: [], usage })),
  );
  const proxy = await startProxy(upstream, {
    OPENAI_API_KEYS: 'sk-pool-1-0123456789',
    TOKEN_SECRET: secret,
    PRICES: 'a-dollar=0/100000',
    ALERT_URL: `${receiver.origin}/hook`,
  });
  running.push(proxy);
  const spendADollar = async () => {
    const lines = proxy.log.length;
    await send(proxy.url, '/v1/chat/completions', {
      headers: { authorization: `Bearer ${made.token}`, 'content-type': 'application/json' },
      body: '{"model":"a-dollar","max_tokens":10,"messages":[]}',
    });
    await until('it is logged', () => proxy.log.length > lines);
  };
  for (let dollars = 1; dollars <= 3; dollars++) await spendADollar();
  expect(receiver.seen).toHaveLength(0);
  for (let dollars = 4; dollars <= 5; dollars++) await spendADollar();
  await until('two alerts came', () => receiver.seen.length === 2);
  const subjects = receiver.seen.map(
    ({ body }) => (JSON.parse(body.toString()) as { subject: string }).subject,
  );
  expect(subjects).toEqual(['mum 80 %', 'mum 100 %']);
});
