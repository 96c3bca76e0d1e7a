import { ApiError, GoogleGenAI } from '@google/genai';
import { createHash, randomBytes } from 'node:crypto';
import { SIMULATED_TEXT } from '../../../scripts/fakes/simulated-replies';
import { fakeGemini, type FakeGemini } from '../../helpers/fake-gemini';
import { CHUNK_GRANULARITY } from '../../helpers/fake-gemini-files';
import { startFakeUpstream, type FakeUpstream } from '../../../scripts/fakes/fake-upstream';
import { until } from '../../helpers/http';
import { startBundle, type RunningBundle } from '../../helpers/proxies';
import { TEST_CA_FILE, TEST_TLS } from '../../helpers/tls';
import { withProxy } from '../../helpers/with-proxy';

let upstream: FakeUpstream;
let google: FakeGemini;
let open: RunningBundle;
let team: RunningBundle;

/** Google's client, against the built bundle, in front of an API that speaks TLS and checks what it gets. */
beforeAll(async () => {
  upstream = await startFakeUpstream(TEST_TLS);
  const shared = { ...TRUST, GEMINI_UPSTREAM: upstream.origin };
  [open, team] = await Promise.all([
    startBundle(shared),
    startBundle({ ...shared, ...pool('AIzaPool1|AIzaPool2') }),
  ]);
});
afterAll(async () => {
  await Promise.all([open.stop(), team.stop()]);
  await upstream.close();
});
beforeEach(() => {
  google = fakeGemini();
  upstream.respond(google.respond);
});

const TRUST = { NODE_EXTRA_CA_CERTS: TEST_CA_FILE };
const pool = (keys: string) => ({
  ACCESS_TOKENS: 'laptop:tok-planted-1-0123456789',
  GEMINI_API_KEYS: keys,
});

/** Where the clients' requests of a test went. */
const contacted = new Set<string>();
beforeEach(() => {
  contacted.clear();
});

const clientOf = (baseUrl: string, apiKey: string) =>
  new GoogleGenAI({
    apiKey,
    httpOptions: {
      baseUrl,
      fetch: (input, init) => {
        contacted.add(new URL(input instanceof Request ? input.url : input).origin);
        return fetch(input, init);
      },
    },
  });

const flash = { model: 'gemini-2.5-flash', contents: 'Hi' };
const caught = (promise: Promise<unknown>): Promise<unknown> =>
  promise.then(
    () => undefined,
    (error: unknown) => error,
  );

describe.each([
  ['a key of its own', () => open, '', 'AIzaOwn', /^AIzaOwn$/],
  ['a provider segment behind a stage prefix', () => open, '/release/gemini', 'AIzaOwn', /^AIzaOwn$/],
  ['a token as its key', () => team, '', 'tok-planted-1-0123456789', /^AIzaPool[12]$/],
  ['a token in the path', () => team, '/test/tok-planted-1-0123456789/gemini', 'any', /^AIzaPool[12]$/],
  ['a token behind its own key', () => team, '/gemini', 'AIzaOwn:tok-planted-1-0123456789', /^AIzaPool[12]$/],
] as const)('Google’s client with %s', (_how, bundle, prefix, apiKey, keyUpstream) => {
  const client = () => clientOf(bundle().url + prefix, apiKey);

  afterEach(() => {
    for (const { url, rawHeaders, headers } of upstream.seen.splice(0)) {
      // A chunk is identified by its upload's id: it needs no key, but must not have another client's.
      if (!url.includes('upload_id=') || headers['x-goog-api-key'] !== undefined)
        expect(headers['x-goog-api-key']).toMatch(keyUpstream);
      expect(`${url} ${rawHeaders.join()}`).not.toContain('tok-planted');
    }
  });

  it('chats', async () => {
    const response = await client().models.generateContent(flash);
    expect(response.text).toBe(SIMULATED_TEXT);
    expect(response.usageMetadata).toMatchObject({ totalTokenCount: 32 });
    expect(upstream.seen).toMatchObject([{ url: '/v1beta/models/gemini-2.5-flash:generateContent' }]);
  });

  it('streams a chat', async () => {
    const pieces: string[] = [];
    for await (const piece of await client().models.generateContentStream(flash))
      pieces.push(piece.text ?? '');
    expect(pieces.join('')).toBe(SIMULATED_TEXT);
    expect(pieces.length).toBeGreaterThan(5);
    expect(upstream.seen).toMatchObject([
      { url: '/v1beta/models/gemini-2.5-flash:streamGenerateContent?alt=sse' },
    ]);
  });

  it('counts, embeds and lists', async () => {
    const { models } = client();
    expect(await models.countTokens(flash)).toMatchObject({ totalTokens: 14 });
    const { embeddings } = await models.embedContent({ model: 'gemini-embedding-001', contents: ['a', 'b'] });
    expect(embeddings).toMatchObject([
      { values: [0, 0.125, 0.25, 0.375] },
      { values: expect.any(Array) as [] },
    ]);
    const names: (string | undefined)[] = [];
    for await (const { name } of await models.list()) names.push(name);
    expect(names).toEqual([
      'models/gemini-2.5-flash',
      'models/gemini-2.5-pro',
      'models/gemini-embedding-001',
    ]);
    expect(await models.get({ model: 'gemini-2.5-pro' })).toMatchObject({ displayName: 'gemini-2.5-pro' });
  });

  it('uploads a file in two chunks, through the proxy alone, and manages it', async () => {
    const bytes = randomBytes(CHUNK_GRANULARITY + 1_234_567);
    const file = await client().files.upload({
      file: new Blob([bytes]),
      config: { mimeType: 'video/mp4', displayName: '你好' },
    });
    const sha256 = createHash('sha256').update(bytes).digest('hex');
    expect(file).toMatchObject({
      sizeBytes: String(bytes.length),
      mimeType: 'video/mp4',
      displayName: '你好',
    });
    expect(Buffer.from(file.sha256Hash ?? '', 'base64').toString()).toBe(sha256);
    expect([...contacted]).toEqual([bundle().url]);
    expect(upstream.seen.map(({ body }) => body.length)).toEqual([
      expect.any(Number) as number,
      CHUNK_GRANULARITY,
      1_234_567,
    ]);
    for (const { url } of upstream.seen.slice(1))
      expect(upstream.origin + url).toBe(google.files.uploadUrls[0]);

    const { files } = client();
    const name = file.name ?? '';
    expect(await files.get({ name })).toMatchObject({ state: 'ACTIVE' });
    const listed: (string | undefined)[] = [];
    for await (const one of await files.list()) listed.push(one.name);
    expect(listed).toEqual([name]);
    await files.delete({ name });
    expect(await caught(files.get({ name }))).toMatchObject({ status: 403 });
  });

  it('raises the API’s errors as its own class, with status and message', async () => {
    const missing = await caught(client().models.generateContent({ ...flash, model: 'gemini-0' }));
    expect(missing).toBeInstanceOf(ApiError);
    expect(missing).toMatchObject({
      status: 404,
      message: expect.stringContaining('models/gemini-0 is not found') as string,
    });
    const hot = await caught(client().models.generateContentStream({ ...flash, config: { temperature: 9 } }));
    expect(hot).toBeInstanceOf(ApiError);
    expect(hot).toMatchObject({ status: 400 });
  });

  it('raises an error for a stream that the API interrupts, after the content before', async () => {
    upstream.respond((request, response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      response.write('data: {"candidates":[{"content":{"parts":[{"text":"half"}]}}]}\r\n\r\n', () =>
        request.socket.destroy(),
      );
    });
    let text = '';
    const error = await caught(
      (async () => {
        for await (const piece of await client().models.generateContentStream(flash))
          text += piece.text ?? '';
      })(),
    );
    expect(text).toBe('half');
    expect(error).toBeInstanceOf(ApiError);
    expect(error).toMatchObject({ status: 502 });
  });

  it('disconnects in mid-stream, and the API sees it', async () => {
    upstream.respond((_request, response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      response.write('data: {"candidates":[{"content":{"parts":[{"text":"x"}]}}]}\r\n\r\n');
    });
    const before = upstream.aborts.length;
    const abort = new AbortController();
    const stream = await client().models.generateContentStream({
      ...flash,
      config: { abortSignal: abort.signal },
    });
    const error = await caught(
      (async () => {
        for await (const _piece of stream) abort.abort();
      })(),
    );
    expect(error).toMatchObject({ name: 'AbortError' });
    await until('the API was left', () => upstream.aborts.length > before);
  });
});

describe('a key that Google rejects', () => {
  it.each([
    ['invalid', 400],
    ['expired', 400],
    ['leaked', 403],
    ['exhausted', 429],
  ] as const)('is raised in Google’s own words where it is the client’s (%s)', async (refusal, status) => {
    google.refuse('AIzaOwn', refusal);
    const error = await caught(clientOf(open.url, 'AIzaOwn').models.generateContent(flash));
    expect(error).toBeInstanceOf(ApiError);
    expect(error).toMatchObject({ status, message: expect.stringMatching(/API key|quota/) as string });
    expect(upstream.seen.splice(0)).toHaveLength(1);
  });

  it('causes no error if it is the server’s and another is available', async () => {
    google.refuse('AIzaA', 'invalid');
    google.refuse('AIzaB', 'expired');
    google.refuse('AIzaC', 'leaked');
    google.refuse('AIzaD', 'suspended');
    google.refuse('AIzaE', 'exhausted');
    const environment = { ...TRUST, ...pool('AIzaA|AIzaB|AIzaC|AIzaD|AIzaE|AIzaGood') };
    await withProxy(upstream, environment, async ({ proxy }) => {
      const { models } = clientOf(proxy.url, 'tok-planted-1-0123456789');
      for (let at = 0; at < 3; at++) expect((await models.generateContent(flash)).text).toBe(SIMULATED_TEXT);
    });
    const keys = upstream.seen.splice(0).map(({ headers }) => headers['x-goog-api-key']);
    const good = ['AIzaGood', 'AIzaGood', 'AIzaGood'];
    expect(keys.sort()).toEqual(['AIzaA', 'AIzaB', 'AIzaC', 'AIzaD', 'AIzaE', ...good]); // each bad one once
  });
});

it.each([
  ['no key', () => open, ',', /No API key was sent/],
  ['a wrong token', () => team, 'wrong', /access token/],
] as const)(
  'a failure of the proxy is raised as its own class (%s)',
  async (_what, bundle, apiKey, words) => {
    const error = await caught(clientOf(bundle().url, apiKey).models.generateContent(flash));
    expect(error).toBeInstanceOf(ApiError);
    expect(error).toMatchObject({ status: 401 });
    expect(JSON.parse((error as ApiError).message)).toMatchObject({
      error: { code: 401, status: 'UNAUTHENTICATED', message: expect.stringMatching(words) as string },
    });
    expect(upstream.seen).toHaveLength(0);
  },
);
