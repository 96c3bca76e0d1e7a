import { createServer, type IncomingHttpHeaders, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { gzipSync } from 'node:zlib';
import { until } from '../../helpers/http';
import { startProxy, type LogLine, type RunningProxy } from '../../helpers/proxies';

const HI = '{"id":"c","choices":[{"index":0,"delta":{"content":"Hi 😀"}}]';
const ADDED = 'data: {"id":"c","choices":[],"usage":{"prompt_tokens":5,"completion_tokens":7}}\n\n';
const DONE = 'data: [DONE]\n\n';
const WITHOUT = `data: ${HI}}\n\n${DONE}`;

let upstream: Server;
let asking: RunningProxy;
let observing: RunningProxy;
let seen: { headers: IncomingHttpHeaders; body: string } | undefined;

beforeAll(async () => {
  upstream = createServer((request, response) => {
    let body = '';
    request.setEncoding('utf8').on('data', (text: string) => (body += text));
    request.on('end', () => {
      seen = { headers: request.headers, body };
      const isAsked = body.includes('"include_usage":true');
      const text = isAsked ? `data: ${HI},"usage":null}\n\n${ADDED}${DONE}` : WITHOUT;
      const isCompressed = request.url?.endsWith('?gzip') === true;
      response.writeHead(200, {
        'content-type': 'text/event-stream',
        ...(isCompressed ? { 'content-encoding': 'gzip' } : {}),
      });
      if (isCompressed) response.end(gzipSync(text));
      else if (request.url?.endsWith('?cut')) {
        response.write(text.slice(0, text.indexOf(ADDED) + 20), () => response.destroy());
      } else {
        for (const byte of Buffer.from(text)) response.write(Buffer.of(byte));
        response.end();
      }
    });
  });
  await new Promise<void>((resolve) => upstream.listen(0, '127.0.0.1', resolve));
  const origin = `http://127.0.0.1:${(upstream.address() as AddressInfo).port}`;
  asking = await startProxy({ origin }, { METER_STREAMS: 'ask', XAI_UPSTREAM: origin });
  observing = await startProxy({ origin });
});
afterAll(async () => {
  await Promise.all([asking.stop(), observing.stop()]);
  upstream.close();
});

const STREAMED = '{"model":"m","stream":true}';

/** Sends one chat; resolves with what the client got and what was logged. */
async function chat(proxy: RunningProxy, { query = '', body = STREAMED, provider = 'openai' } = {}) {
  const before = proxy.log.length;
  const response = await fetch(`${proxy.url}/${provider}/v1/chat/completions${query}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: 'Bearer sk-0123456789abcdef' },
    body,
  });
  let text = '';
  try {
    const decoder = new TextDecoder();
    for await (const bytes of response.body ?? []) text += decoder.decode(bytes, { stream: true });
  } catch {
    text += '(cut)';
  }
  await until('it was logged', () => proxy.log.length > before);
  const line: LogLine | undefined = proxy.log[before];
  return { text, line };
}

describe('METER_STREAMS=ask', () => {
  it('meters a stream whose client gets the very bytes that it would get without it', async () => {
    const [asked, observed] = [await chat(asking), await chat(observing)];
    expect(asked.text).toBe(WITHOUT);
    expect(observed.text).toBe(WITHOUT);
    expect(asked.line).toMatchObject({
      meter: 'metered',
      input_tokens: 5,
      output_tokens: 7,
      outcome: 'complete',
    });
    expect(observed.line).toMatchObject({ meter: 'unmetered' });
  });

  it('adds one member to the request, and asks for a response without compression', async () => {
    await chat(asking);
    expect(seen?.body).toBe('{"model":"m","stream":true,"stream_options":{"include_usage":true}}');
    expect(seen?.headers).toMatchObject({ 'accept-encoding': 'identity', 'content-length': '67' });
  });

  it('changes nothing for a client that asks for the usage itself', async () => {
    const body = '{"stream":true,"stream_options":{"include_usage":true}}';
    const { text } = await chat(asking, { body });
    expect(text).toContain(ADDED);
    expect(seen?.body).toBe(body);
    expect(seen?.headers['accept-encoding']).not.toBe('identity');
  });

  it('changes nothing for a provider that is not known to accept it', async () => {
    await chat(asking, { provider: 'xai' });
    expect(seen?.body).toBe(STREAMED);
  });

  it('gives on a response that is compressed nevertheless as it is', async () => {
    const { text, line } = await chat(asking, { query: '?gzip' });
    expect(text).toBe(`data: ${HI},"usage":null}\n\n${ADDED}${DONE}`);
    expect(line).toMatchObject({ meter: 'metered', input_tokens: 5 });
  });

  it('leaves out the event that a stream breaks in, so that the error event stands alone', async () => {
    const { text, line } = await chat(asking, { query: '?cut' });
    const [first, ...others] = text.split('\n\n').filter((event) => event.trim() !== '');
    expect(first).toBe(`data: ${HI}}`);
    expect(others[0]).toMatch(/^data: \{"error":\{"message":/);
    expect(others.join('')).not.toContain('"choices"');
    expect(line).toMatchObject({ meter: 'partial', outcome: 'upstream-cut' });
  });
});
