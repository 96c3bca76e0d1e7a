import { openaiError } from '../../../scripts/fakes/simulated-replies';
import { startFakeUpstream, type FakeUpstream } from '../../../scripts/fakes/fake-upstream';
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

it('keys that run out of credit, and the pool that is empty then, are told once, without the keys', async () => {
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
