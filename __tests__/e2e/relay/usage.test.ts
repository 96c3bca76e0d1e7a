import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { gzipSync } from 'node:zlib';
import { startProxy, type LogLine, type RunningProxy } from '../../helpers/proxies';
import { until } from '../../helpers/http';
import { namedEvents } from '../../meter/recorded';

const KEY = 'sk-ant-0123456789abcdef';
const STREAM = namedEvents([
  {
    type: 'message_start',
    ...{
      message: {
        model: 'claude-opus-4-5-20251101',
        usage: {
          input_tokens: 4,
          cache_read_input_tokens: 20,
          cache_creation_input_tokens: 6,
          output_tokens: 1,
        },
      },
    },
  },
  { type: 'content_block_delta', ...{ delta: { text: '"usage":{"output_tokens":9} ä€😀' } } },
  { type: 'message_delta', ...{ usage: { output_tokens: 50 } } },
  { type: 'message_stop' },
]);
const JSON_BODY = JSON.stringify({
  model: 'gpt-5-mini-2025-08-07',
  choices: [{ message: { content: 'x'.repeat(60_000) } }],
  usage: {
    prompt_tokens: 12,
    completion_tokens: 30,
    total_tokens: 42,
    prompt_tokens_details: { cached_tokens: 8, audio_tokens: 2 },
    completion_tokens_details: { reasoning_tokens: 20, audio_tokens: 1 },
  },
});

let upstream: Server;
let proxy: RunningProxy;

beforeAll(async () => {
  upstream = createServer((request, response) => {
    request.resume();
    const { url = '' } = request;
    if (url.endsWith('/limited')) {
      response
        .writeHead(429, { 'content-type': 'application/json', 'x-request-id': 'req_429' })
        .end('{"error":{}}');
    } else if (url === '/v1/messages') {
      response.writeHead(200, { 'content-type': 'text/event-stream', 'request-id': 'req_stream' });
      const bytes = Buffer.from(STREAM);
      for (let at = 0; at < bytes.length; at += 11) response.write(bytes.subarray(at, at + 11));
      response.end();
    } else if (url === '/v1/messages?cut') {
      response.writeHead(200, { 'content-type': 'text/event-stream', 'request-id': 'bad id, with spaces' });
      response.write(STREAM.slice(0, STREAM.indexOf('event: message_delta')), () => response.destroy());
    } else if (url === '/v1/chat/completions?gzip') {
      response
        .writeHead(200, { 'content-type': 'application/json', 'content-encoding': 'gzip' })
        .end(gzipSync(JSON_BODY));
    } else {
      response
        .writeHead(200, { 'content-type': 'application/json', 'x-request-id': 'req_json' })
        .end(JSON_BODY);
    }
  });
  await new Promise<void>((resolve) => upstream.listen(0, '127.0.0.1', resolve));
  const origin = `http://127.0.0.1:${(upstream.address() as AddressInfo).port}`;
  proxy = await startProxy({ origin });
});
afterAll(async () => {
  await proxy.stop();
  upstream.close();
});

/** Sends one request; resolves with what the client got and what was logged. */
async function send(path: string, method = 'POST'): Promise<{ body: string; line: LogLine | undefined }> {
  const before = proxy.log.length;
  const isAnthropic = path.includes('messages');
  const headers = {
    'content-type': 'application/json',
    ...(isAnthropic
      ? { 'x-api-key': KEY, 'anthropic-version': '2023-06-01' }
      : { authorization: 'Bearer sk-proj-0123456789abcdef' }),
  };
  const body = method === 'POST' ? { body: '{"model":"asked"}' } : {};
  const response = await fetch(`${proxy.url}${path}`, { method, headers, ...body });
  const text = await response.text().catch(() => 'cut');
  await until('it was logged', () => proxy.log.length > before);
  return { body: text, line: proxy.log[before] };
}

describe('The log line of a request', () => {
  it('tells the usage of a stream, whose bytes reach the client unchanged', async () => {
    const { body, line } = await send('/v1/messages');
    expect(body).toBe(STREAM);
    expect(line).toMatchObject({
      model: 'claude-opus-4-5-20251101',
      stream: true,
      meter: 'metered',
      input_tokens: 30,
      cached_input_tokens: 20,
      cache_write_tokens: 6,
      output_tokens: 50,
      upstream_request_id: 'req_stream',
      outcome: 'complete',
    });
    for (const absent of ['model_served', 'reasoning_tokens', 'audio_input_tokens', 'images', 'usd'])
      expect(line).not.toHaveProperty(absent);
  });

  it.each(['', '?gzip'])(
    'tells the usage of JSON, whose bytes reach the client unchanged (%s)',
    async (query) => {
      const { body, line } = await send(`/v1/chat/completions${query}`);
      expect(body).toBe(JSON_BODY);
      expect(line).toMatchObject({
        model: 'gpt-5-mini-2025-08-07',
        stream: false,
        meter: 'metered',
        input_tokens: 12,
        cached_input_tokens: 8,
        output_tokens: 30,
        reasoning_tokens: 20,
        audio_input_tokens: 2,
        audio_output_tokens: 1,
      });
    },
  );

  it('says that the usage of a stream that breaks is partial, and leaves out an id that is none', async () => {
    const { line } = await send('/v1/messages?cut');
    expect(line).toMatchObject({ meter: 'partial', input_tokens: 30, outcome: 'upstream-cut' });
    expect(line).not.toHaveProperty('output_tokens');
    expect(line).not.toHaveProperty('upstream_request_id');
  });

  it('has no usage for an error response, but the provider’s id of it', async () => {
    const { line } = await send('/v1/limited');
    expect(line).toMatchObject({ status: 429, upstream_request_id: 'req_429' });
    for (const absent of ['meter', 'stream', 'input_tokens']) expect(line).not.toHaveProperty(absent);
  });

  it('has no usage for a request that only reads', async () => {
    const { line } = await send('/v1/chat/completions/1', 'GET');
    expect(line).toMatchObject({ status: 200, stream: false });
    for (const absent of ['meter', 'input_tokens']) expect(line).not.toHaveProperty(absent);
  });

  it('tells the model that was asked for, where it was read, and the one that responded', async () => {
    const pooled = await startProxy(
      { origin: `http://127.0.0.1:${(upstream.address() as AddressInfo).port}` },
      { OPENAI_API_KEYS: 'sk-proj-fedcba9876543210', ACCESS_TOKENS: 'me:0123456789abcdef' },
    );
    try {
      const response = await fetch(`${pooled.url}/v1/chat/completions`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', authorization: 'Bearer 0123456789abcdef' },
        body: JSON.stringify({ model: 'gpt-5-mini\nsk-proj-0a1b2c3d4e5f6a7b', messages: [] }),
      });
      expect(await response.text()).toBe(JSON_BODY);
      await until('it was logged', () => pooled.log.some(({ msg }) => msg === 'request'));
      const line = pooled.log.find(({ msg }) => msg === 'request');
      expect(line).toMatchObject({ model: 'gpt-5-mini [redacted]', model_served: 'gpt-5-mini-2025-08-07' });
    } finally {
      await pooled.stop();
    }
  });
});
