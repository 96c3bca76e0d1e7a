import http, { type ServerResponse } from 'node:http';
import { brotliCompressSync } from 'node:zlib';
import { startFakeUpstream, type FakeUpstream, type Responder } from '../../../scripts/fakes/fake-upstream';
import { OPENAI_HEADERS, send, until } from '../../helpers/http';
import { overHttp2PerTest } from '../../helpers/over-http2';
import { startProxy, type LogLine, type RunningProxy } from '../../helpers/proxies';

const BODY = '{"model":"gpt-5","stream":true,"messages":[]}';
const HI = '{"id":"c","choices":[{"index":0,"delta":{"content":"Hi 😀"}}]}';
const [ASKED_HI, ADDED] = [
  `data: ${HI.slice(0, -1)},"usage":null}\n\n`,
  'data: {"id":"c","choices":[],"usage":{"prompt_tokens":5,"completion_tokens":7}}\n\n',
];
const DONE = 'data: [DONE]\n\n';
/** What a client gets that has not asked. */
const WITHOUT = `data: ${HI}\n\n${DONE}`;
const HEARTBEAT = 'data: {"id":"","object":"chat.completion.chunk","created":0,"model":"","choices":[]}\n\n';
const EVENTS = { 'content-type': 'text/event-stream' };
const METERED = { meter: 'metered', input_tokens: 5, output_tokens: 7, outcome: 'complete' };

/** Tells its usage to those who ask for it. */
const provider: Responder = (_request, response, { body }) => {
  const isAsked = body.toString().includes('"include_usage":true');
  const text = isAsked ? ASKED_HI + ADDED + DONE : WITHOUT;
  response.writeHead(200, EVENTS);
  for (const part of text.match(/.{1,7}/gs) ?? []) response.write(part);
  response.end();
};
/** Refuses the country of the request. */
const refusing: Responder = (_request, response) => {
  response
    .writeHead(403, { 'content-type': 'application/json' })
    .end('{"error":{"code":"unsupported_country_region_territory","type":"request_forbidden"}}');
};

const upstreams: FakeUpstream[] = [];
const proxies: RunningProxy[] = [];
afterEach(async () => {
  await Promise.all(proxies.splice(0).map((proxy) => proxy.stop()));
  await Promise.all(upstreams.splice(0).map((upstream) => upstream.close()));
});

async function startUpstream(respond: Responder): Promise<FakeUpstream> {
  const upstream = await startFakeUpstream();
  upstreams.push(upstream);
  upstream.respond(respond);
  return upstream;
}

async function startAsking(
  upstream: FakeUpstream,
  environment: Record<string, string> = {},
): Promise<RunningProxy> {
  const proxy = await startProxy(upstream, { METER_STREAMS: 'ask', ...environment });
  proxies.push(proxy);
  return proxy;
}

const chat = async (url: string, headers: Record<string, string> = {}) => {
  const request = { headers: { ...OPENAI_HEADERS, ...headers }, body: BODY };
  const { body, complete } = await send(url, '/v1/chat/completions', request);
  return { text: body.toString(), complete };
};

async function requestLine({ log }: Pick<RunningProxy, 'log'>): Promise<LogLine | undefined> {
  await until('the request is logged', () => log.some(({ msg }) => msg === 'request'));
  return log.find(({ msg }) => msg === 'request');
}

const count = (text: string, part: string) => text.split(part).length - 1;

describe('METER_STREAMS=ask', () => {
  it('sends heartbeats between the events that the client gets, also where the added one was', async () => {
    let side: ServerResponse | undefined;
    const upstream = await startUpstream((_request, response) => {
      (side = response).writeHead(200, EVENTS).write(ASKED_HI + ADDED.slice(0, 20));
    });
    const proxy = await startAsking(upstream, { HEARTBEAT_AFTER: '20' });
    let text = '';
    let isOver = false;
    const request = http.request(`${proxy.url}/v1/chat/completions`, {
      method: 'POST',
      agent: false,
      headers: OPENAI_HEADERS,
    });
    request.on('response', (response) => {
      response.setEncoding('utf8').on('data', (part: string) => (text += part));
      response.on('end', () => (isOver = true));
    });
    request.end(BODY);
    await until('the first event arrived', () => text.includes('Hi'));
    side?.write(ADDED.slice(20));
    await until('it beats behind the event that was taken out', () => count(text, HEARTBEAT) > 1);
    side?.end(DONE);
    await until('it is over', () => isOver);
    expect(text.replaceAll(HEARTBEAT, '')).toBe(WITHOUT);
    expect(await requestLine(proxy)).toMatchObject(METERED);
  });

  it.each([
    ['that asks as well', {}],
    ['that only observes', { METER_STREAMS: 'off' }],
  ])('takes the added event out of the response of a sister %s', async (_which, ofSister) => {
    const healthy = await startUpstream(provider);
    const sister = await startAsking(healthy, ofSister);
    const first = await startAsking(await startUpstream(refusing), { SISTER_URL: sister.url });
    const { text, complete } = await chat(first.url, { 'accept-encoding': 'gzip' });
    expect([text, complete]).toEqual([WITHOUT, true]);
    expect(healthy.seen.map(({ body, headers }) => [body.toString(), headers['accept-encoding']])).toEqual([
      ['{"model":"gpt-5","stream":true,"messages":[],"stream_options":{"include_usage":true}}', 'identity'],
    ]);
    expect(await requestLine(first)).toMatchObject({ ...METERED, sister: 'responded' });
    expect(await requestLine(sister)).toMatchObject(METERED);
  });

  it('gives on what a provider compresses nevertheless, byte for byte, and meters it', async () => {
    const bytes = brotliCompressSync(ASKED_HI + ADDED + DONE);
    const upstream = await startUpstream((_request, response) => {
      response.writeHead(200, { ...EVENTS, 'content-encoding': 'br' });
      for (let at = 0; at < bytes.length; at += 7) response.write(bytes.subarray(at, at + 7));
      response.end();
    });
    const proxy = await startAsking(upstream, { HEARTBEAT_AFTER: '20' });
    const { body, headers } = await send(proxy.url, '/v1/chat/completions', {
      headers: { ...OPENAI_HEADERS, 'accept-encoding': 'br' },
      body: BODY,
    });
    expect(body.equals(bytes)).toBe(true);
    expect(headers['content-encoding']).toBe('br');
    expect(await requestLine(proxy)).toMatchObject(METERED);
  });
});

describe('METER_STREAMS=ask over HTTP/2', () => {
  const start = overHttp2PerTest();

  it('gives the client what it would get without it, and meters the stream', async () => {
    const { upstream, proxy, chat: ask, protocols } = await start({ METER_STREAMS: 'ask' });
    upstream.respond(provider);
    const { body, complete } = await ask(BODY);
    expect([body.toString(), complete]).toEqual([WITHOUT, true]);
    expect(protocols()).toEqual(['h2']);
    expect(upstream.seen[0]?.headers).toMatchObject({ 'accept-encoding': 'identity' });
    expect(await requestLine(proxy)).toMatchObject(METERED);
  });
});
