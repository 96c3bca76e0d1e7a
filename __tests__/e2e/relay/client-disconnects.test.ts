import http from 'node:http';
import { startFakeUpstream, type Responder, type FakeUpstream } from '../../../scripts/fakes/fake-upstream';
import { OPENAI_HEADERS, until } from '../../helpers/http';
import { startProxy, type RunningProxy } from '../../helpers/proxies';

let upstream: FakeUpstream;
let proxy: RunningProxy;

beforeAll(async () => {
  upstream = await startFakeUpstream();
  proxy = await startProxy(upstream);
});
afterAll(async () => {
  await proxy.stop();
  await upstream.close();
});

const EVENT_STREAM = { 'content-type': 'text/event-stream' };

const silentBeforeHeaders: Responder = () => undefined;
const silentStream: Responder = (_request, response) => {
  response.writeHead(200, EVENT_STREAM);
  response.write('data: 1\n\n');
};
const flowingStream: Responder = (_request, response) => {
  response.writeHead(200, EVENT_STREAM);
  const timer = setInterval(() => response.write('data: 1\n\n'), 5);
  response.on('close', () => clearInterval(timer));
};

function start(body?: string, headers: http.OutgoingHttpHeaders = {}): http.ClientRequest {
  const { hostname, port } = new URL(proxy.url);
  const request = http.request({
    hostname,
    port,
    path: '/v1/chat/completions',
    method: 'POST',
    headers: { ...OPENAI_HEADERS, ...headers },
    agent: false,
  });
  request.on('error', () => undefined);
  if (body !== undefined) request.end(body);
  return request;
}

describe('a client that disconnects', () => {
  it.each([
    ['before the response’s headers', silentBeforeHeaders, false, 499],
    ['in a silent stream', silentStream, true, 200],
    ['in a flowing stream', flowingStream, true, 200],
  ])(
    '%s aborts the upstream request, and is logged as disconnected',
    async (_when, responder, started, status) => {
      upstream.respond(responder);
      const [seen, aborts, logged] = [upstream.seen.length, upstream.aborts.length, proxy.log.length];
      const request = start('{}');
      if (started)
        await new Promise((resolve) => request.on('response', (response) => response.once('data', resolve)));
      else await until('the request is upstream', () => upstream.seen.length > seen);
      request.destroy();
      await until('the upstream was left', () => upstream.aborts.length > aborts);
      await until('it was logged', () => proxy.log.length > logged);
      expect(proxy.log[logged]).toMatchObject({ status, outcome: 'caller-left' });
    },
  );

  it('while it still sends its body aborts the upstream request', async () => {
    const connections = upstream.connections();
    const request = start(undefined, {
      'content-type': 'application/octet-stream',
      'content-length': '1000',
    });
    request.write('half of it');
    await until('something is upstream', () => upstream.connections() >= connections);
    const logged = proxy.log.length;
    setTimeout(() => request.destroy(), 20);
    await until('it was logged', () => proxy.log.length > logged);
    expect(proxy.log[logged]).toMatchObject({ status: 499, outcome: 'caller-left' });
  });

  it('before its chat was complete sends nothing upstream', async () => {
    const seen = upstream.seen.length;
    const logged = proxy.log.length;
    const request = start(undefined, { 'content-length': '1000' });
    request.write('{"model":');
    setTimeout(() => request.destroy(), 20);
    await until('it was logged', () => proxy.log.length > logged);
    expect(proxy.log[logged]).toMatchObject({ status: 499, outcome: 'caller-left', attempts: 0 });
    expect(upstream.seen).toHaveLength(seen);
  });

  it('leaves no socket open: 200 disconnect in every state, and the next is served', async () => {
    for (const responder of [silentBeforeHeaders, silentStream, flowingStream]) {
      upstream.respond(responder);
      const aborts = upstream.aborts.length;
      const seen = upstream.seen.length;
      const requests = Array.from({ length: 70 }, () => start('{}'));
      await until('all are upstream', () => upstream.seen.length === seen + 70);
      for (const request of requests) request.destroy();
      await until('all were aborted', () => upstream.aborts.length === aborts + 70);
    }
    upstream.respond((_request, response) => response.end('fine'));
    const status = await new Promise((resolve) =>
      start('{}').on('response', (response) => resolve(response.statusCode)),
    );
    expect(status).toBe(200);
  });
});
