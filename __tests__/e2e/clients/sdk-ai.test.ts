import { createAnthropic } from '@ai-sdk/anthropic';
import { createGoogleGenerativeAI } from '@ai-sdk/google';
import { createOpenAI } from '@ai-sdk/openai';
import { APICallError, embed, generateText, streamText, type LanguageModel } from 'ai';
import { SIMULATED_TEXT } from '../../../scripts/fakes/simulated-replies';
import { fakeGemini } from '../../helpers/fake-gemini';
import { startFakeUpstream, type Responder, type FakeUpstream } from '../../../scripts/fakes/fake-upstream';
import { until } from '../../helpers/http';
import { startBundle, type RunningBundle } from '../../helpers/proxies';
import { TEST_CA_FILE, TEST_TLS } from '../../helpers/tls';

let upstream: FakeUpstream;
let responder: Responder;
let open: RunningBundle;
let team: RunningBundle;

/** Vercel's AI SDK with three providers, against the built bundle, in front of an upstream that speaks TLS. */
beforeAll(async () => {
  upstream = await startFakeUpstream(TEST_TLS);
  const asTheOthers = upstream.currentResponder();
  const google = fakeGemini();
  responder = (request, response, seen) =>
    (seen.url.startsWith('/v1beta/') ? google.respond : asTheOthers)(request, response, seen);
  const environment = {
    OPENAI_UPSTREAM: upstream.origin,
    ANTHROPIC_UPSTREAM: upstream.origin,
    GEMINI_UPSTREAM: upstream.origin,
    NODE_EXTRA_CA_CERTS: TEST_CA_FILE,
  };
  [open, team] = await Promise.all([
    startBundle(environment),
    startBundle({
      ...environment,
      ACCESS_TOKENS: 'tok-planted-1-0123456789',
      OPENAI_API_KEYS: 'sk-pool-1',
      ANTHROPIC_API_KEYS: 'sk-ant-pool-1',
      GEMINI_API_KEYS: 'AIzaPool1',
    }),
  ]);
});
afterAll(async () => {
  await Promise.all([open.stop(), team.stop()]);
  await upstream.close();
});
beforeEach(() => {
  upstream.respond(responder);
  upstream.seen.length = 0;
});

interface Speaker {
  /** What stands before the version in the provider's own segment. */
  readonly segment: string;
  readonly ownKey: string;
  readonly path: { readonly whole: string; readonly streamed: string };
  readonly upstreamKey: readonly [header: string, own: string, pooled: string];
  readonly model: (base: string, apiKey: string) => LanguageModel;
}

const SPEAKERS: Record<string, Speaker> = {
  'openai, by Responses': {
    segment: '/openai',
    ownKey: 'sk-proj-own',
    path: { whole: '/v1/responses', streamed: '/v1/responses' },
    upstreamKey: ['authorization', 'Bearer sk-proj-own', 'Bearer sk-pool-1'],
    model: (base, apiKey) => createOpenAI({ baseURL: `${base}/v1`, apiKey })('gpt-5'),
  },
  'openai, by chat completions': {
    segment: '/openai',
    ownKey: 'sk-proj-own',
    path: { whole: '/v1/chat/completions', streamed: '/v1/chat/completions' },
    upstreamKey: ['authorization', 'Bearer sk-proj-own', 'Bearer sk-pool-1'],
    model: (base, apiKey) => createOpenAI({ baseURL: `${base}/v1`, apiKey }).chat('gpt-5'),
  },
  anthropic: {
    segment: '/anthropic',
    ownKey: 'sk-ant-api03-own',
    path: { whole: '/v1/messages', streamed: '/v1/messages' },
    upstreamKey: ['x-api-key', 'sk-ant-api03-own', 'sk-ant-pool-1'],
    model: (base, apiKey) => createAnthropic({ baseURL: `${base}/v1`, apiKey })('claude-sonnet-4-5'),
  },
  google: {
    segment: '/gemini',
    ownKey: 'AIzaOwn',
    path: {
      whole: '/v1beta/models/gemini-2.5-flash:generateContent',
      streamed: '/v1beta/models/gemini-2.5-flash:streamGenerateContent?alt=sse',
    },
    upstreamKey: ['x-goog-api-key', 'AIzaOwn', 'AIzaPool1'],
    model: (base, apiKey) =>
      createGoogleGenerativeAI({ baseURL: `${base}/v1beta`, apiKey })('gemini-2.5-flash'),
  },
};

/** Base path, and whether a token is presented as the key or in the path. */
const PLACES: readonly (readonly [
  where: string,
  prefix: string,
  token: 'none' | 'as the key' | 'in the path',
])[] = [
  ['its own address', '', 'none'],
  ['a stage prefix and a segment', '/release{segment}', 'none'],
  ['its own address with a token as the key', '', 'as the key'],
  ['a token in the path and a segment', '/tok-planted-1-0123456789{segment}', 'in the path'],
];

describe.each(Object.entries(SPEAKERS))('the AI SDK with %s', (_name, speaker) => {
  const { segment, ownKey, path: paths, upstreamKey, model } = speaker;

  it.each(PLACES)('talks and streams at %s', async (_where, prefix, token) => {
    const base = (token === 'none' ? open : team).url + prefix.replace('{segment}', segment);
    const one = model(base, token === 'as the key' ? 'tok-planted-1-0123456789' : ownKey);
    const { text, usage } = await generateText({ model: one, prompt: 'Hi', maxRetries: 0 });
    expect(text).toBe(SIMULATED_TEXT);
    expect(usage).toMatchObject({ inputTokens: 14, outputTokens: 18 });

    const deltas: string[] = [];
    const { textStream } = streamText({ model: one, prompt: 'Hi', maxRetries: 0 });
    for await (const delta of textStream) deltas.push(delta);
    expect(deltas.join('')).toBe(SIMULATED_TEXT);
    expect(deltas.length).toBeGreaterThan(5);

    expect(upstream.seen.map(({ url }) => url)).toEqual([paths.whole, paths.streamed]);
    const [header, own, pooled] = upstreamKey;
    for (const { headers, rawHeaders } of upstream.seen) {
      expect(headers[header]).toBe(token === 'none' ? own : pooled);
      expect(rawHeaders.join()).not.toContain('tok-planted');
    }
  });

  it.each([
    ['a refused key', 401, false],
    ['a limit', 429, true],
    ['an overload', 503, true],
  ])('raises the upstream’s error as an APICallError (%s)', async (_what, status, retryable) => {
    const body = '{"error":{"code":1,"message":"As the API says.","type":"t","status":"S"},"type":"error"}';
    upstream.respond((_request, response) => {
      response.writeHead(status, { 'content-type': 'application/json', 'retry-after': '7' }).end(body);
    });
    const error: unknown = await generateText({
      model: model(open.url, ownKey),
      prompt: 'Hi',
      maxRetries: 0,
    }).catch((caught: unknown) => caught);
    expect(APICallError.isInstance(error)).toBe(true);
    expect(error).toMatchObject({ statusCode: status, isRetryable: retryable, responseBody: body });
    expect(error).toMatchObject({ responseHeaders: { 'retry-after': '7' } });
    expect(upstream.seen).toHaveLength(1);
  });

  it('raises the proxy’s errors as its own class, with their message', async () => {
    const error: unknown = await generateText({
      model: model(team.url + segment, 'wrong'),
      prompt: 'Hi',
      maxRetries: 0,
    }).catch((caught: unknown) => caught);
    expect(APICallError.isInstance(error)).toBe(true);
    expect(error).toMatchObject({
      statusCode: 401,
      message: expect.stringContaining('access token') as string,
      responseHeaders: { 'x-proxy-error': 'bad-token' },
    });
    expect(upstream.seen).toHaveLength(0);
  });

  it('aborts in mid-stream, and the upstream sees it', async () => {
    upstream.respond((_request, response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' }).flushHeaders();
    });
    const before = upstream.aborts.length;
    const abort = new AbortController();
    const stream = streamText({
      model: model(open.url, ownKey),
      prompt: 'Hi',
      maxRetries: 0,
      abortSignal: abort.signal,
    });
    const consumed = stream.consumeStream();
    await until('the request is upstream', () => upstream.seen.length === 1);
    abort.abort();
    await consumed;
    await until('the upstream was left', () => upstream.aborts.length > before);
  });
});

it('the AI SDK embeds with Google', async () => {
  const google = createGoogleGenerativeAI({
    baseURL: `${team.url}/v1beta`,
    apiKey: 'tok-planted-1-0123456789',
  });
  const { embedding } = await embed({ model: google.embedding('gemini-embedding-001'), value: 'Hi' });
  expect(embedding).toEqual([0, 0.125, 0.25, 0.375]);
});
