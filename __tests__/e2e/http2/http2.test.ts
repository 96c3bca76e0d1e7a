import { readFileSync, readdirSync } from 'node:fs';
import http from 'node:http';
import path from 'node:path';
import { gzipSync } from 'node:zlib';
import OpenAI from 'openai';
import { OPENAI_HEADERS, send } from '../../helpers/http';
import { EVENT_STREAM, STREAM, overHttp2PerTest } from '../../helpers/over-http2';

const FIXTURES = path.resolve(__dirname, '../../fixtures/streams');
const tick = () => new Promise((resolve) => setImmediate(resolve));

const start = overHttp2PerTest();

describe('a stream over HTTP/2', () => {
  it('passes unchanged for any division into frames', async () => {
    const { chat, protocols, upstream } = await start();
    for (const name of readdirSync(FIXTURES)) {
      const bytes = readFileSync(path.join(FIXTURES, name));
      for (let cut = 1; cut < bytes.length; cut += 11) {
        upstream.respond(async (_request, response) => {
          response.writeHead(200, EVENT_STREAM).write(bytes.subarray(0, cut));
          await tick();
          response.end(bytes.subarray(cut));
        });
        const reply = await chat();
        if (!reply.complete || !reply.body.equals(bytes))
          throw new Error(`${name} came out different when cut at byte ${cut}.`);
      }
    }
    expect(new Set(protocols())).toEqual(new Set(['h2']));
    expect(upstream.connections()).toBe(1);
  });

  it('is complete, however short, and however many run at once', async () => {
    const { proxy, upstream } = await start();
    upstream.respond((_request, response) => {
      response.writeHead(200, EVENT_STREAM);
      for (let event = 0; event < 5; event++) response.write(`data: ${event}\n\n`);
      response.end('data: [DONE]\n\n');
    });
    const whole = 'data: 0\n\ndata: 1\n\ndata: 2\n\ndata: 3\n\ndata: 4\n\ndata: [DONE]\n\n';
    const agent = new http.Agent({ keepAlive: true });
    const odd: string[] = [];
    let left = 4_000;
    const client = async () => {
      while (left-- > 0) {
        const request = { headers: OPENAI_HEADERS, body: STREAM, agent };
        const { complete, body } = await send(proxy.url, '/v1/chat/completions', request);
        if (!complete || body.toString() !== whole) odd.push(body.toString());
      }
    };
    await Promise.all(Array.from({ length: 40 }, client));
    agent.destroy();
    expect(odd).toEqual([]);
    expect(upstream.connections()).toBeLessThan(10);
  });

  it('carries the request unchanged, with the pool’s key, and without data about the client', async () => {
    const { chat, upstream } = await start({
      OPENAI_API_KEYS: 'sk-pool-0123456789',
      ALLOW_ANONYMOUS: 'true',
    });
    await chat(STREAM, {
      'content-type': 'application/json',
      'user-agent': 'OpenAI/JS 1.0',
      'x-stainless-lang': 'js',
      'x-forwarded-for': '203.0.113.7',
      cookie: 'session=1',
    });
    const { port } = new URL(upstream.origin);
    expect(
      upstream.seen.map(({ headers, body }) => [
        Object.fromEntries(Object.entries(headers)),
        body.toString(),
      ]),
    ).toEqual([
      [
        {
          ':method': 'POST',
          ':path': '/v1/chat/completions',
          ':scheme': 'https',
          ':authority': `localhost:${port}`,
          'content-type': 'application/json',
          'user-agent': 'OpenAI/JS 1.0',
          'x-stainless-lang': 'js',
          authorization: 'Bearer sk-pool-0123456789',
          'content-length': String(STREAM.length),
        },
        STREAM,
      ],
    ]);
  });

  it('returns status, headers and repeated headers, with HTTP/1.1’s reason phrase for the status', async () => {
    const { chat, upstream } = await start();
    upstream.respond((_request, response) => {
      response.writeHead(418, {
        'content-type': 'application/json',
        'x-ratelimit-remaining-tokens': '17',
        'x-twice': ['1', '2'],
        'request-id': 'req_1',
      });
      response.end('{"error":{}}');
    });
    const reply = await chat();
    expect([reply.status, reply.statusMessage, reply.body.toString()]).toEqual([
      418,
      "I'm a Teapot",
      '{"error":{}}',
    ]);
    expect(reply.headers).toMatchObject({
      'content-type': 'application/json',
      'x-ratelimit-remaining-tokens': '17',
      'x-twice': '1, 2',
      'request-id': 'req_1',
    });
    expect(Object.keys(reply.headers).filter((name) => name.startsWith(':'))).toEqual([]);
  });

  it('continues with the next key when one is rejected, compressed or not', async () => {
    const { chat, upstream } = await start({
      OPENAI_API_KEYS: 'sk-dead-0123456789,sk-busy-0123456789,sk-good-0123456789',
      ALLOW_ANONYMOUS: 'true',
    });
    upstream.respond((request, response) => {
      const key = request.headers.authorization ?? '';
      const json = { 'content-type': 'application/json' };
      if (key.includes('good')) response.writeHead(200, EVENT_STREAM).end('data: [DONE]\n\n');
      else if (key.includes('busy'))
        response.writeHead(429, { ...json, 'retry-after': '20' }).end('{"error":{}}');
      else {
        response
          .writeHead(401, { ...json, 'content-encoding': 'gzip' })
          .end(gzipSync('{"error":{"code":"invalid_api_key","message":"Incorrect API key provided."}}'));
      }
    });
    for (let round = 0; round < 3; round++) {
      const reply = await chat(STREAM, { 'content-type': 'application/json' });
      expect([reply.status, reply.body.toString()]).toEqual([200, 'data: [DONE]\n\n']);
    }
    expect(upstream.connections()).toBe(1);
  });

  it('serves the official client', async () => {
    const { protocols, proxy } = await start();
    const client = new OpenAI({ apiKey: 'sk-test-client-key', baseURL: `${proxy.url}/v1`, maxRetries: 0 });
    const stream = await client.chat.completions.create({
      model: 'gpt-4o',
      stream: true,
      messages: [{ role: 'user', content: 'hi' }],
    });
    let text = '';
    for await (const chunk of stream) text += chunk.choices[0]?.delta.content ?? '';
    expect(text).not.toBe('');
    expect(protocols()).toEqual(['h2']);
  });
});
