import Anthropic from '@anthropic-ai/sdk';
import { spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { readdirSync, statSync } from 'node:fs';
import path from 'node:path';
import OpenAI, { toFile } from 'openai';
import { SIMULATED_TEXT, anthropicError, openaiError } from '../../../scripts/fakes/simulated-replies';
import type { EventResponse } from '../../../src/event/response';
import { Runtime, apiGateway, fetchThrough, functionUrl, type Shape } from '../../event/runtime';
import { EVENT_BUNDLE } from '../../helpers/built-bundles';
import { startFakeUpstream, type Responder, type FakeUpstream } from '../../../scripts/fakes/fake-upstream';

let upstream: FakeUpstream;
let runtime: Runtime;
let asTheApi: Responder;
let responses: EventResponse[] = [];

beforeAll(async () => {
  upstream = await startFakeUpstream();
  asTheApi = upstream.currentResponder();
  runtime = new Runtime({
    OPENAI_UPSTREAM: upstream.origin,
    ANTHROPIC_UPSTREAM: upstream.origin,
    GEMINI_UPSTREAM: upstream.origin,
    TENCENTCLOUD_RUNENV: 'SCF',
  });
});
afterAll(async () => {
  await runtime.stop();
  await upstream.close();
});
beforeEach(() => {
  responses = [];
  upstream.respond(asTheApi);
});

const platform = (shape: Shape) => fetchThrough(runtime, shape, (response) => responses.push(response));
const replyWith =
  ({ status, headers, pieces }: ReturnType<typeof openaiError>): Responder =>
  (_request, response) => {
    response.writeHead(status, headers);
    response.end(pieces.join(''));
  };
const caught = (error: unknown) => error;

describe.each([
  ['a Function URL', functionUrl],
  ['an API gateway', apiGateway],
])('the event bundle behind %s', (_where, shape) => {
  const openai = () =>
    new OpenAI({
      apiKey: 'sk-proj-test',
      baseURL: 'https://fn.example/v1',
      maxRetries: 0,
      fetch: platform(shape),
    });
  const anthropic = (apiKey = 'sk-ant-api03-test') =>
    new Anthropic({
      apiKey,
      authToken: null,
      baseURL: 'https://fn.example',
      maxRetries: 0,
      fetch: platform(shape),
    });
  const messages = [{ role: 'user' as const, content: 'Hi, 你好' }];
  const talk = { model: 'm', max_tokens: 99, messages };

  it('chats, with both clients', async () => {
    const completion = await openai().chat.completions.create({ model: 'm', messages });
    expect(completion.choices[0]?.message.content).toBe(SIMULATED_TEXT);
    expect(completion._request_id).toBe('req_simulated_openai');
    expect(JSON.parse(upstream.seen[upstream.seen.length - 1]?.body.toString() ?? '')).toMatchObject({
      messages,
    });
    const message = await anthropic().messages.create(talk);
    expect(message.content).toEqual([{ type: 'text', text: SIMULATED_TEXT }]);
  });

  it('streams, held back, and says so', async () => {
    let text = '';
    for await (const chunk of await openai().chat.completions.create({
      model: 'm',
      messages,
      stream: true,
    })) {
      text += chunk.choices[0]?.delta.content ?? '';
    }
    expect(text).toBe(SIMULATED_TEXT);
    expect(await anthropic().messages.stream(talk).finalText()).toBe(SIMULATED_TEXT);
    for (const { headers } of responses) expect(headers['x-proxy-buffered']).toBe('event-function');
  });

  it('carries audio byte for byte', async () => {
    const audio = randomBytes(300_000);
    upstream.respond((_request, response) => {
      response.writeHead(200, { 'content-type': 'audio/opus' }).end(audio);
    });
    const speech = await openai().audio.speech.create({ model: 'tts-1', voice: 'alloy', input: 'Hi' });
    expect(speech.headers.get('content-type')).toBe('audio/opus');
    expect(Buffer.from(await speech.arrayBuffer()).equals(audio)).toBe(true);
    expect(responses[0]?.isBase64Encoded).toBe(true);
  });

  it('carries an upload', async () => {
    upstream.respond((_request, response) => {
      response.writeHead(200, { 'content-type': 'application/json' }).end('{"id":"file-1","object":"file"}');
    });
    await openai().files.create({
      file: await toFile(Buffer.from('{"a":1}\r\n'), 'a.jsonl'),
      purpose: 'batch',
    });
    const seen = upstream.seen[upstream.seen.length - 1];
    expect(seen?.headers['content-type']).toMatch(/^multipart\/form-data; boundary=/);
    expect(seen?.body.includes('{"a":1}\r\n')).toBe(true);
  });

  it('carries repeated parameters', async () => {
    upstream.respond((_request, response) => {
      response.writeHead(200, { 'content-type': 'application/json' }).end('{"id":"resp_1","output":[]}');
    });
    await openai().responses.retrieve('resp_1', {
      include: ['reasoning.encrypted_content', 'message.output_text.logprobs'],
    });
    const url = new URL(upstream.seen[upstream.seen.length - 1]?.url ?? '', upstream.origin);
    expect(url.pathname).toBe('/v1/responses/resp_1');
    expect([...url.searchParams.values()]).toEqual([
      'reasoning.encrypted_content',
      'message.output_text.logprobs',
    ]);
  });

  it('raises the upstream’s 401, and the proxy’s, as the clients’ own class', async () => {
    upstream.respond(replyWith(openaiError(401, 'invalid_api_key')));
    const first = await openai().models.list().catch(caught);
    expect(first).toBeInstanceOf(OpenAI.AuthenticationError);
    expect(first).toMatchObject({ code: 'invalid_api_key', requestID: 'req_simulated_openai' });
    upstream.respond(replyWith(anthropicError(401, 'authentication_error')));
    expect(await anthropic().messages.create(talk).catch(caught)).toBeInstanceOf(
      Anthropic.AuthenticationError,
    );
    expect(await anthropic(',').messages.create(talk).catch(caught)).toMatchObject({
      status: 401,
      type: 'authentication_error',
    });
  });

  it('raises an error for a stream that the upstream interrupts, after the content before', async () => {
    upstream.respond((request, response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      response.write('data: {"choices":[{"delta":{"content":"half"}}]}\n\n', () => request.socket.destroy());
    });
    let text = '';
    const error = await (async () => {
      for await (const chunk of await openai().chat.completions.create({
        model: 'm',
        messages,
        stream: true,
      }))
        text += chunk.choices[0]?.delta.content ?? '';
    })().catch(caught);
    expect(text).toBe('half');
    expect(error).toMatchObject({ code: 'upstream-cut' });
  });
});

describe('The built event function', () => {
  it('is one file within 520 KB and its licences, and logs neither key nor address', () => {
    expect(readdirSync(path.dirname(EVENT_BUNDLE)).sort()).toEqual([
      'THIRD-PARTY-LICENSES',
      'console.js',
      'index.js',
      'monitoring.js',
      'page.js',
      'redis-client.js',
      'request-rules.js',
      'token-form.js',
    ]);
    expect(statSync(EVENT_BUNDLE).size).toBeLessThanOrEqual(520 * 1024);
    expect(runtime.stdout).toContain('"outcome":"complete"');
    expect(runtime.stdout).not.toMatch(/sk-proj-test|sk-ant-api03-test|203\.0\.113/);
  });

  it('responds to every request if the configuration is invalid, and logs every problem without values', async () => {
    const bad = new Runtime({ PORT: 'secret-1', OPENAI_UPSTREAM: 'secret-2', ACCESS_TOKEN: 'secret-3' });
    const response = await bad.invoke({ httpMethod: 'GET', path: '/v1/models', headers: {} });
    await bad.stop();
    expect(response).toMatchObject({ statusCode: 500, headers: { 'x-proxy-error': 'proxy-error' } });
    expect(bad.stdout).toMatch(
      /ACCESS_TOKEN is not .*ACCESS_TOKENS.*PORT must be .*OPENAI_UPSTREAM must be /,
    );
    expect(bad.stderr).toMatch(/^The configuration has problems:\n/);
    expect(bad.stdout + bad.stderr + response.body).not.toContain('secret-');
  });

  it('exports the entry that SCF calls, and keeps no handle open', () => {
    const run = spawnSync(
      process.execPath,
      ['-e', 'console.log(Object.keys(require(process.argv[1])).join())', EVENT_BUNDLE],
      { env: {}, encoding: 'utf8', timeout: 10_000 },
    );
    expect([run.status, run.stdout, run.stderr]).toEqual([0, 'main_handler\n', '']);
  });
});
