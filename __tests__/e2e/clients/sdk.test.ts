import Anthropic from '@anthropic-ai/sdk';
import crossFetch from 'cross-fetch';
import { createParser, type EventSourceMessage } from 'eventsource-parser';
import { createHash, randomBytes } from 'node:crypto';
import OpenAI, { toFile } from 'openai';
import {
  SIMULATED_TEXT,
  anthropicError,
  openaiError,
  type SimulatedReply,
} from '../../../scripts/fakes/simulated-replies';
import { startFakeUpstream, type Responder, type FakeUpstream } from '../../../scripts/fakes/fake-upstream';
import { until } from '../../helpers/http';
import { startBundle, type RunningBundle } from '../../helpers/proxies';
import { TEST_CA_FILE, TEST_TLS } from '../../helpers/tls';

let upstream: FakeUpstream;
let bundle: RunningBundle;
let asTheApi: Responder;

/** The official clients, against the built bundle, in front of an upstream that speaks TLS. */
beforeAll(async () => {
  upstream = await startFakeUpstream(TEST_TLS);
  bundle = await startBundle({
    OPENAI_UPSTREAM: upstream.origin,
    ANTHROPIC_UPSTREAM: upstream.origin,
    NODE_EXTRA_CA_CERTS: TEST_CA_FILE,
  });
  asTheApi = upstream.currentResponder();
});
afterAll(async () => {
  await bundle.stop();
  await upstream.close();
});
beforeEach(() => {
  upstream.respond(asTheApi);
});

const reply =
  ({ status, headers, pieces }: SimulatedReply): Responder =>
  (_request, response) => {
    response.writeHead(status, headers);
    response.end(pieces.join(''));
  };

describe.each([
  ['its own address', ''],
  ['a stage prefix', '/release'],
  ['a provider segment', '/openai'],
  ['both', '/test/openai'],
])('the openai client at %s', (_where, prefix) => {
  const client = () =>
    new OpenAI({ apiKey: 'sk-proj-test', baseURL: `${bundle.url}${prefix}/v1`, maxRetries: 0 });
  const messages = [{ role: 'user' as const, content: 'Hi' }];

  it('chats', async () => {
    const completion = await client().chat.completions.create({ model: 'm', messages });
    expect(completion.choices[0]?.message.content).toBe(SIMULATED_TEXT);
    expect(completion._request_id).toBe('req_simulated_openai');
  });

  it('streams a chat', async () => {
    let text = '';
    for await (const chunk of await client().chat.completions.create({
      model: 'm',
      messages,
      stream: true,
    })) {
      text += chunk.choices[0]?.delta.content ?? '';
    }
    expect(text).toBe(SIMULATED_TEXT);
  });

  it('streams a response', async () => {
    const types: string[] = [];
    let text = '';
    for await (const event of await client().responses.create({ model: 'm', input: 'Hi', stream: true })) {
      types.push(event.type);
      if (event.type === 'response.output_text.delta') text += event.delta;
    }
    expect(text).toBe(SIMULATED_TEXT);
    expect([types[0], types[types.length - 1]]).toEqual(['response.created', 'response.completed']);
  });

  it('lists models and embeds', async () => {
    const models = [];
    for await (const model of client().models.list()) models.push(model.id);
    expect(models).toEqual(['simulated-large', 'simulated-small']);
    const embedding = await client().embeddings.create({ model: 'text-embedding-3-small', input: 'Hi' });
    expect(embedding.data[0]?.embedding.slice(0, 3)).toEqual([0, 0.125, 0.25]);
  });

  it('uploads 20 MB, and they arrive unchanged', async () => {
    const file = randomBytes(20 * 1024 * 1024);
    upstream.respond((_request, response, seen) => {
      const start = seen.body.indexOf('\r\n\r\n', seen.body.indexOf('filename="big.bin"')) + 4;
      const got = createHash('sha256')
        .update(seen.body.subarray(start, start + file.length))
        .digest('hex');
      response.writeHead(200, { 'content-type': 'application/json' });
      response.end(JSON.stringify({ id: 'file-1', object: 'file', filename: got }));
    });
    const uploaded = await client().files.create({
      file: await toFile(file, 'big.bin'),
      purpose: 'user_data',
    });
    expect(uploaded.filename).toBe(createHash('sha256').update(file).digest('hex'));
  });

  it('gets audio with its type', async () => {
    const audio = randomBytes(300_000);
    upstream.respond((_request, response) => {
      response.writeHead(200, { 'content-type': 'audio/opus' }).end(audio);
    });
    const speech = await client().audio.speech.create({
      model: 'tts-1',
      voice: 'alloy',
      input: 'Hi',
      response_format: 'opus',
    });
    expect(speech.headers.get('content-type')).toBe('audio/opus');
    expect(Buffer.from(await speech.arrayBuffer()).equals(audio)).toBe(true);
  });

  it.each([
    [401, 'invalid_api_key', OpenAI.AuthenticationError],
    [429, 'rate_limit_exceeded', OpenAI.RateLimitError],
    [400, 'invalid_value', OpenAI.BadRequestError],
    [500, 'server_error', OpenAI.InternalServerError],
  ])('raises the upstream’s %i as its own class, with retry-after', async (status, code, type) => {
    upstream.respond(reply(openaiError(status, code, { 'retry-after': '7' })));
    const error: unknown = await client()
      .chat.completions.create({ model: 'm', messages, stream: true })
      .catch((caught: unknown) => caught);
    expect(error).toBeInstanceOf(type);
    expect(error).toMatchObject({ status, code, requestID: 'req_simulated_openai' });
    expect((error as InstanceType<typeof OpenAI.APIError>).headers?.get('retry-after')).toBe('7');
  });

  it('raises the proxy’s errors as its own classes', async () => {
    const nobody = new OpenAI({ apiKey: '|', baseURL: `${bundle.url}${prefix}/v1`, maxRetries: 0 });
    const error: unknown = await nobody.models.list().catch((caught: unknown) => caught);
    expect(error).toBeInstanceOf(OpenAI.AuthenticationError);
    expect(error).toMatchObject({ code: 'missing-key' });
  });

  it('raises an error for a stream that the upstream interrupts, after the content before', async () => {
    upstream.respond((request, response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      response.write('data: {"choices":[{"delta":{"content":"half"}}]}\n\n', () => request.socket.destroy());
    });
    let text = '';
    const error: unknown = await (async () => {
      for await (const chunk of await client().chat.completions.create({
        model: 'm',
        messages,
        stream: true,
      }))
        text += chunk.choices[0]?.delta.content ?? '';
    })().catch((caught: unknown) => caught);
    expect(text).toBe('half');
    expect(error).toBeInstanceOf(OpenAI.APIError);
    expect(error).toMatchObject({ code: 'upstream-cut' });
  });

  it('aborts in mid-stream, and the upstream sees it', async () => {
    upstream.respond((_request, response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      response.write('data: {"choices":[{"delta":{"content":"x"}}]}\n\n');
    });
    const before = upstream.aborts.length;
    const stream = await client().chat.completions.create({ model: 'm', messages, stream: true });
    for await (const _chunk of stream) break; // leaving the loop aborts
    await until('the upstream was left', () => upstream.aborts.length > before);
  });
});

describe.each([
  ['its own address', ''],
  ['a stage prefix', '/release'],
  ['a provider segment', '/anthropic'],
])('the Anthropic client at %s', (_where, prefix) => {
  const clients = {
    'with an API key': () =>
      new Anthropic({
        apiKey: 'sk-ant-api03-test',
        authToken: null,
        baseURL: bundle.url + prefix,
        maxRetries: 0,
      }),
    'with an auth token, as Claude Code has': () =>
      new Anthropic({
        apiKey: null,
        authToken: 'sk-ant-oat01-test',
        baseURL: bundle.url + prefix,
        maxRetries: 0,
      }),
  };
  const request = { model: 'm', max_tokens: 99, messages: [{ role: 'user' as const, content: 'Hi' }] };

  it.each(Object.entries(clients))('talks, counts and streams %s', async (_how, client) => {
    const message = await client().messages.create(request);
    expect(message.content).toEqual([{ type: 'text', text: SIMULATED_TEXT }]);
    expect(message._request_id).toBe('req_simulated_anthropic');
    expect(await client().messages.countTokens(request)).toMatchObject({ input_tokens: 14 });
    const stream = client().messages.stream(request);
    expect(await stream.finalText()).toBe(SIMULATED_TEXT);
    const seen = upstream.seen[upstream.seen.length - 1];
    expect(seen?.headers).toMatchObject({ 'anthropic-version': expect.stringMatching(/^\d{4}-/) as string });
  });

  it.each([
    [401, 'authentication_error', Anthropic.AuthenticationError],
    [429, 'rate_limit_error', Anthropic.RateLimitError],
    [529, 'overloaded_error', Anthropic.InternalServerError],
  ])('raises the upstream’s %i as its own class, with retry-after', async (status, type, errorClass) => {
    upstream.respond(reply(anthropicError(status, type, { 'retry-after': '7' })));
    const error: unknown = await clients['with an API key']()
      .messages.create(request)
      .catch((caught: unknown) => caught);
    expect(error).toBeInstanceOf(errorClass);
    expect(error).toMatchObject({ status, error: { error: { type } } });
    expect((error as InstanceType<typeof Anthropic.APIError>).headers?.get('retry-after')).toBe('7');
  });

  it('raises the proxy’s errors as its own classes', async () => {
    const nobody = new Anthropic({
      apiKey: ',',
      authToken: null,
      baseURL: bundle.url + prefix,
      maxRetries: 0,
    });
    const error: unknown = await nobody.messages.create(request).catch((caught: unknown) => caught);
    expect(error).toBeInstanceOf(Anthropic.AuthenticationError);
    expect(error).toMatchObject({ type: 'authentication_error' });
  });

  it('raises an error for a stream that the upstream interrupts', async () => {
    upstream.respond((incoming, response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      response.write('event: ping\ndata: {"type":"ping"}\n\n', () => incoming.socket.destroy());
    });
    const error: unknown = await clients['with an API key']()
      .messages.stream(request)
      .finalText()
      .catch((caught: unknown) => caught);
    expect(error).toBeInstanceOf(Anthropic.APIError);
    expect(String(error)).toContain('in the middle of its response');
  });
});

describe('a web page’s code', () => {
  it('reads a stream with cross-fetch and eventsource-parser, as front-ends do', async () => {
    const response = await crossFetch(`${bundle.url}/v1/chat/completions`, {
      method: 'POST',
      headers: {
        authorization: 'Bearer any',
        'content-type': 'application/json',
        origin: 'https://chat.example',
      },
      body: JSON.stringify({ model: 'm', stream: true }),
    });
    expect(response.headers.get('access-control-allow-origin')).toBe('*');
    const events: EventSourceMessage[] = [];
    const parser = createParser({ onEvent: (event) => events.push(event) });
    parser.feed(await response.text());
    expect(events[events.length - 1]?.data).toBe('[DONE]');
    expect(upstream.seen[upstream.seen.length - 1]?.headers).not.toHaveProperty('origin');
  });
});
