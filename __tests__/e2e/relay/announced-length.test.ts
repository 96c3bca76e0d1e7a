import { startFakeUpstream, type FakeUpstream } from '../../../scripts/fakes/fake-upstream';
import { OPENAI_HEADERS, sendRaw } from '../../helpers/http';
import { startProxy, type RunningProxy } from '../../helpers/proxies';

/** Nothing of ours may stand among as many bytes as the head has announced, or behind them. */
let upstream: FakeUpstream;
let proxy: RunningProxy;

beforeAll(async () => {
  upstream = await startFakeUpstream();
  proxy = await startProxy(upstream, { HEARTBEAT_AFTER: '20', IDLE_TIMEOUT: '300' });
});
afterAll(async () => {
  await proxy.stop();
  await upstream.close();
});

const SENT = 'data: 1\n\n';

/** All that the client's connection carries behind the head. */
async function bodyOf(): Promise<string> {
  const headers = Object.entries(OPENAI_HEADERS).map(([name, value]) => `${name}: ${value}\r\n`);
  const body = '{"model":"m","stream":true,"messages":[]}';
  const request = `POST /v1/chat/completions HTTP/1.1\r\nHost: x\r\n${headers.join('')}Content-Length: ${body.length}\r\n\r\n${body}`;
  const response = await sendRaw(Number(new URL(proxy.url).port), request);
  expect(response).toMatch(/^HTTP\/1\.1 200 /);
  expect(response).toMatch(/\r\nContent-Length: \d+\r\n/i);
  return response.slice(response.indexOf('\r\n\r\n') + '\r\n\r\n'.length);
}

describe.each([10, 100, 10_000])('an event stream whose head announces %i bytes', (length) => {
  const begin = () => ({ 'content-type': 'text/event-stream', 'content-length': length });

  it('and that is cut ends there', async () => {
    upstream.respond((_request, response) => {
      response.writeHead(200, begin()).write(SENT);
      setTimeout(() => response.destroy(), 10);
    });
    expect(await bodyOf()).toBe(SENT);
  });

  it('and that falls silent gets no heartbeat, and ends there', async () => {
    upstream.respond((_request, response) => {
      response.writeHead(200, begin()).write(SENT);
    });
    expect(await bodyOf()).toBe(SENT);
  });
});
