import { createServer, request as requestHttp } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { FAILURES, FORMATS, Providers, TOKEN, ask, linesOf, routeOf } from '../../helpers/chains';
import { until } from '../../helpers/http';
import type { RunningProxy } from '../../helpers/proxies';

let providers: Providers;
beforeAll(async () => {
  providers = await Providers.start();
});
afterEach(() => providers.reset());
afterAll(() => providers.close());

const CHAT = FORMATS.chat;
const hanging = FAILURES['no head in time'];

describe('after the first byte no second provider is asked', () => {
  it.each(Object.entries(FORMATS))('for a stream that is cut after an event (%s)', async (_name, format) => {
    const [first, second] = format.members;
    providers.at(first).respond((_request, response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      response.write('data: {"type":"message_start"}\n\n', () => response.destroy());
    });
    const proxy = await providers.proxy({ MODEL_ROUTES: routeOf(format, 2) });
    const response = await ask(proxy, format, { stream: true });
    expect([response.status, response.complete]).toEqual([200, false]);
    expect(response.body.toString()).toMatch(
      /^data: \{"type":"message_start"\}\n\n(?:event: error\n)?data: \{/,
    );
    expect(response.headers['x-proxy-served-by']).toBe(`${first}/model-a`);
    expect(providers.at(second).seen).toHaveLength(0);
  });

  it('for a body that is cut after its first byte', async () => {
    providers.at('openai').respond((_request, response) => {
      response.writeHead(200, { 'content-type': 'application/json', 'content-length': '100' });
      response.write('{', () => response.destroy());
    });
    const proxy = await providers.proxy({ MODEL_ROUTES: routeOf(CHAT, 2) });
    const response = await ask(proxy, CHAT);
    expect([response.status, response.complete, response.body.toString()]).toEqual([200, false, '{']);
    expect(providers.at('deepseek').seen).toHaveLength(0);
  });

  it('for a failure in a later event', async () => {
    providers.at('openai').respond((_request, response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      response.end('data: {"choices":[]}\n\ndata: {"error":{"code":"server_error","message":"No."}}\n\n');
    });
    const proxy = await providers.proxy({ MODEL_ROUTES: routeOf(CHAT, 2) });
    expect((await ask(proxy, CHAT, { stream: true })).body.toString()).toContain('server_error');
    expect(providers.at('deepseek').seen).toHaveLength(0);
  });
});

describe('FIRST_BYTE_TIMEOUT', () => {
  it('does not count once the head has come', async () => {
    const proxy = await providers.proxy({ MODEL_ROUTES: routeOf(CHAT, 2), FIRST_BYTE_TIMEOUT: '60' });
    providers.at('openai').respond((_request, response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' }).flushHeaders();
      setTimeout(() => response.end('data: {"choices":[],"model":"slow"}\n\ndata: [DONE]\n\n'), 150);
    });
    const response = await ask(proxy, CHAT, { stream: true });
    expect(response.body.toString()).toContain('"model":"slow"');
    expect(providers.at('deepseek').seen).toHaveLength(0);
  });

  it('does not end the request to the last provider', async () => {
    const proxy = await providers.proxy({ MODEL_ROUTES: routeOf(CHAT, 2), FIRST_BYTE_TIMEOUT: '60' });
    providers.at('openai').respond(hanging);
    const usual = providers.at('deepseek').currentResponder();
    providers.at('deepseek').respond((...of) => setTimeout(() => usual(...of), 150));
    const response = await ask(proxy, CHAT);
    expect([response.status, response.headers['x-proxy-served-by']]).toEqual([200, 'deepseek/model-b']);
  });
});

it('no provider is begun with that cannot respond before the function’s own limit', async () => {
  const proxy = await providers.proxy({ MODEL_ROUTES: routeOf(CHAT, 2) });
  providers.at('openai').respond(FAILURES['a 500']);
  const late = await ask(proxy, CHAT, { headers: { 'x-scf-timeout': '1' } }); // less a margin of 100 ms
  expect([late.status, late.headers['x-proxy-served-by']]).toEqual([500, 'openai/model-a']);
  expect(providers.at('deepseek').seen).toHaveLength(0);
  expect((await ask(proxy, CHAT, { headers: { 'x-scf-timeout': '60' } })).status).toBe(200);
});

it('a body of 3 MB, which a first provider refuses before it has read it, arrives whole at the second', async () => {
  const early = createServer((_request, response) => {
    response.writeHead(503, { 'content-type': 'application/json' }).end('{"error":{"message":"Full."}}');
  });
  const sockets: Socket[] = [];
  early.on('connection', (socket: Socket) => sockets.push(socket));
  await new Promise<void>((resolve) => early.listen(0, '127.0.0.1', resolve));
  const { port } = early.address() as AddressInfo;
  const proxy = await providers.proxy({
    MODEL_ROUTES: routeOf(CHAT, 2),
    OPENAI_UPSTREAM: `http://127.0.0.1:${port}`,
  });
  const text = (model: string) =>
    `{"model":"${model}","messages":[{"role":"user","content":"${'é'.repeat(1_500_000)}"}]}`;
  const response = await ask(proxy, CHAT, { text: text('m') });
  await until('the first upload is ended', () => sockets.every(({ destroyed }) => destroyed));
  early.close();
  expect([response.status, response.headers['x-proxy-served-by']]).toEqual([200, 'deepseek/model-b']);
  expect(providers.at('deepseek').seen[0]?.body.equals(Buffer.from(text('model-b')))).toBe(true);
});

it('a request whose own time is over goes to no other provider', async () => {
  const proxy = await providers.proxy({ MODEL_ROUTES: routeOf(CHAT, 2), TIMEOUT: '120', LOG_LEVEL: 'debug' });
  providers.at('openai').respond(hanging);
  const response = await ask(proxy, CHAT);
  expect([response.status, response.headers['x-proxy-error']]).toEqual([504, 'upstream-timeout']);
  expect(linesOf(proxy, 'a provider of a chain has not served the request')).toEqual([]);
  expect(providers.at('deepseek').seen).toHaveLength(0);
});

it('a body that is too large to be kept is sent once, and the first provider’s error is passed on', async () => {
  const proxy = await providers.proxy({ MODEL_ROUTES: routeOf(CHAT, 2), REPLAY_BODY_BYTES: '100' });
  providers.at('openai').respond(FAILURES['a 500']);
  const text = `{"model":"m","messages":[{"role":"user","content":"${'x'.repeat(200)}"}]}`;
  expect((await ask(proxy, CHAT, { text })).status).toBe(500);
  expect(providers.at('deepseek').seen).toHaveLength(0);
});

describe('a client that disconnects', () => {
  it.each([
    ['the first provider', 'openai', ['openai']],
    ['the second provider', 'deepseek', ['openai', 'deepseek']],
  ])('while %s is asked ends the request there, and is nobody’s failure', async (_what, name, asked) => {
    const proxy = await providers.proxy({ MODEL_ROUTES: routeOf(CHAT, 3), LOG_LEVEL: 'debug' });
    providers.at('openai').respond(FAILURES['a 503']);
    providers.at(name).respond(hanging);
    await leaveOnce(proxy, () => providers.at(name).seen.length === 1);
    await until('the provider’s request is ended', () => providers.at(name).aborts.length === 1);
    await until('the request is logged', () => linesOf(proxy, 'request').length === 1);
    expect(linesOf(proxy, 'request')).toMatchObject([
      { provider: name, status: 499, outcome: 'caller-left', attempts: asked.length },
    ]);
    const failed = linesOf(proxy, 'a provider of a chain has not served the request');
    expect(failed).toHaveLength(asked.length - 1);
    expect(['openai', 'deepseek', 'groq'].filter((one) => providers.at(one).seen.length > 0)).toEqual(asked);
  });
});

async function leaveOnce({ port }: RunningProxy, holds: () => boolean): Promise<void> {
  const request = requestHttp({
    port,
    host: '127.0.0.1',
    path: CHAT.path,
    method: 'POST',
    agent: false,
    headers: { authorization: `Bearer ${TOKEN}`, 'content-type': 'application/json' },
  });
  request.on('error', () => undefined);
  request.end(CHAT.body('m', false));
  await until('the provider has the request', holds);
  request.destroy();
}
