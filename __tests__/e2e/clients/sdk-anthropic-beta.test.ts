import Anthropic, { toFile } from '@anthropic-ai/sdk';
import { createHash, randomBytes } from 'node:crypto';
import { SIMULATED_TEXT, anthropicError } from '../../../scripts/fakes/simulated-replies';
import { startFakeUpstream, type Responder, type FakeUpstream } from '../../../scripts/fakes/fake-upstream';
import { startBundle, type RunningBundle } from '../../helpers/proxies';
import { TEST_CA_FILE, TEST_TLS } from '../../helpers/tls';

let upstream: FakeUpstream;
let responder: Responder;
let open: RunningBundle;
let team: RunningBundle;

/** What Anthropic's client sends in beta, against the built bundle: none of it may be touched. */
beforeAll(async () => {
  upstream = await startFakeUpstream(TEST_TLS);
  responder = withFiles(upstream.currentResponder());
  const environment = {
    ANTHROPIC_UPSTREAM: upstream.origin,
    NODE_EXTRA_CA_CERTS: TEST_CA_FILE,
  };
  [open, team] = await Promise.all([
    startBundle(environment),
    startBundle({
      ...environment,
      ACCESS_TOKENS: 'tok-planted-1-0123456789',
      ANTHROPIC_API_KEYS: 'sk-ant-pool-1',
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

const FILE = {
  id: 'file_simulated',
  type: 'file',
  filename: '你好.pdf',
  mime_type: 'application/pdf',
  size_bytes: 11,
  created_at: '2030-01-01T00:00:00Z',
  downloadable: true,
};

/** https://docs.anthropic.com/en/api/files-list, for those who ask for the beta. */
function withFiles(otherwise: Responder): Responder {
  return (request, response, seen) => {
    const [target = ''] = seen.url.split('?');
    if (!target.startsWith('/v1/files')) return otherwise(request, response, seen);
    const json = (status: number, body: object) =>
      response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
    if (!String(seen.headers['anthropic-beta']).includes('files-api')) {
      const { status, pieces } = anthropicError(404, 'not_found_error');
      return response.writeHead(status, { 'content-type': 'application/json' }).end(pieces.join(''));
    }
    if (target.endsWith('/content')) return response.writeHead(200).end('hello world');
    if (seen.method === 'DELETE') return json(200, { id: FILE.id, type: 'file_deleted' });
    if (seen.method === 'POST') return json(200, { ...FILE, filename: seen.sha256 });
    if (target !== '/v1/files') return json(200, FILE);
    return json(200, { data: [FILE], has_more: false, first_id: FILE.id, last_id: FILE.id, next_page: null });
  };
}

const rawHeader = (name: string) =>
  upstream.seen.map(({ rawHeaders }) =>
    rawHeaders.filter((_, at) => at % 2 === 1 && rawHeaders[at - 1]?.toLowerCase() === name),
  );
const VERSION = expect.stringMatching(/^\d{4}-\d{2}-\d{2}$/) as string;
const request = {
  model: 'm',
  max_tokens: 99,
  messages: [{ role: 'user' as const, content: 'Hi' }],
};

describe.each([
  ['a key of its own', () => open, '', 'sk-ant-api03-own', 'sk-ant-api03-own'],
  [
    'a provider segment behind a stage prefix',
    () => open,
    '/release/anthropic',
    'sk-ant-api03-own',
    'sk-ant-api03-own',
  ],
  ['a token as its key', () => team, '', 'tok-planted-1-0123456789', 'sk-ant-pool-1'],
] as const)('Anthropic’s client in beta, with %s', (_how, bundle, prefix, apiKey, keyUpstream) => {
  const client = (defaultQuery: Record<string, string> = {}) =>
    new Anthropic({ apiKey, authToken: null, baseURL: bundle().url + prefix, maxRetries: 0, defaultQuery })
      .beta;

  afterEach(() => {
    for (const { headers, rawHeaders } of upstream.seen) {
      expect(headers).toMatchObject({ 'x-api-key': keyUpstream, 'anthropic-version': VERSION });
      expect(rawHeaders.join()).not.toContain('tok-planted');
    }
  });

  it.each([
    ['one', ['context-1m-2025-08-07'], 'context-1m-2025-08-07'],
    [
      'several, in their order',
      ['interleaved-thinking-2025-05-14', 'context-1m-2025-08-07', 'a-beta-of-tomorrow'],
      'interleaved-thinking-2025-05-14,context-1m-2025-08-07,a-beta-of-tomorrow',
    ],
    [
      'the same twice',
      ['output-128k-2025-02-19', 'output-128k-2025-02-19'],
      'output-128k-2025-02-19,output-128k-2025-02-19',
    ],
  ])('talks and streams with betas, which arrive byte for byte: %s', async (_which, betas, expected) => {
    const message = await client().messages.create({ ...request, betas });
    expect(message.content).toEqual([{ type: 'text', text: SIMULATED_TEXT }]);
    expect(message._request_id).toBe('req_simulated_anthropic');
    expect(
      await client()
        .messages.stream({ ...request, betas })
        .finalText(),
    ).toBe(SIMULATED_TEXT);
    expect(rawHeader('anthropic-beta')).toEqual([[expected], [expected]]);
    expect(upstream.seen.map(({ url }) => url)).toEqual(['/v1/messages', '/v1/messages']);
  });

  it('sends no beta header if none is requested', async () => {
    await client().messages.create(request);
    expect(rawHeader('anthropic-beta')).toEqual([[]]);
  });

  it('counts tokens', async () => {
    expect(await client().messages.countTokens({ ...request, betas: ['x-1'] })).toMatchObject({
      input_tokens: 14,
    });
    expect(upstream.seen.map(({ url }) => url)).toEqual(['/v1/messages/count_tokens']);
    expect(rawHeader('anthropic-beta')[0]?.[0]).toMatch(/^x-1,token-counting-/);
  });

  it.each([
    ['newest', {}, '', '?limit=7'],
    ['earlier ones', { beta: 'true' }, '?beta=true', '?beta=true&limit=7'],
  ])('manages files, with the query that the %s send', async (_which, query, everywhere, ofList) => {
    const { files } = client(query);
    const betas = ['files-api-2025-04-14'];
    const listed: string[] = [];
    for await (const { filename } of files.list({ limit: 7, betas })) listed.push(filename);
    expect(listed).toEqual(['你好.pdf']);
    expect(await files.retrieveMetadata('file_simulated', { betas })).toMatchObject({ size_bytes: 11 });
    const content = await files.download('file_simulated', { betas });
    expect(await content.text()).toBe('hello world');
    expect(await files.delete('file_simulated', { betas })).toMatchObject({ type: 'file_deleted' });
    expect(upstream.seen.map(({ method, url }) => `${method} ${url}`)).toEqual([
      `GET /v1/files${ofList}`,
      `GET /v1/files/file_simulated${everywhere}`,
      `GET /v1/files/file_simulated/content${everywhere}`,
      `DELETE /v1/files/file_simulated${everywhere}`,
    ]);
    expect(new Set(rawHeader('anthropic-beta').flat())).toEqual(new Set(betas));
  });

  it('uploads a file of 3 MB unchanged', async () => {
    const bytes = randomBytes(3 * 1024 * 1024);
    await client().files.upload({ file: await toFile(bytes, 'big.pdf'), betas: ['files-api-2025-04-14'] });
    const [seen] = upstream.seen;
    const start = (seen?.body.indexOf('\r\n\r\n') ?? 0) + 4;
    const sha256 = (part: Buffer | undefined) =>
      createHash('sha256')
        .update(part ?? '')
        .digest('hex');
    expect(sha256(seen?.body.subarray(start, start + bytes.length))).toBe(sha256(bytes));
    expect(seen?.headers['content-type']).toMatch(/^multipart\/form-data; boundary=/);
  });

  it('raises the API’s errors and the proxy’s as its own classes', async () => {
    const refused: unknown = await client()
      .files.retrieveMetadata('file_simulated', { betas: ['another'] })
      .catch((caught: unknown) => caught);
    expect(refused).toBeInstanceOf(Anthropic.NotFoundError);
    const nobody = new Anthropic({
      apiKey: ',',
      authToken: null,
      baseURL: bundle().url + prefix,
      maxRetries: 0,
    });
    const error: unknown = await nobody.beta.messages
      .create({ ...request, betas: ['x-1'] })
      .catch((caught: unknown) => caught);
    expect(error).toBeInstanceOf(Anthropic.AuthenticationError);
    expect(error).toMatchObject({ type: 'authentication_error' });
  });
});

it('headers that a program adds, such as Claude Code’s, arrive byte for byte', async () => {
  const betas = 'claude-code-20250219, oauth-2025-04-20,fine-grained-tool-streaming-2025-05-14';
  const client = new Anthropic({
    apiKey: null,
    authToken: 'tok-planted-1-0123456789',
    baseURL: team.url,
    maxRetries: 0,
    defaultHeaders: {
      'anthropic-beta': betas,
      'anthropic-dangerous-direct-browser-access': 'true',
      'x-claude-code-session-id': '2f1c0b7e',
    },
  });
  await client.messages.create(request, { query: { beta: 'true' } });
  expect(upstream.seen[0]?.url).toBe('/v1/messages?beta=true');
  expect(rawHeader('anthropic-beta')).toEqual([[betas]]);
  expect(upstream.seen[0]?.headers).toMatchObject({
    'anthropic-dangerous-direct-browser-access': 'true',
    'x-claude-code-session-id': '2f1c0b7e',
    'x-api-key': 'sk-ant-pool-1',
  });
  expect(upstream.seen[0]?.headers).not.toHaveProperty('authorization');
});
