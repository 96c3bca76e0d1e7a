import type { IncomingHttpHeaders } from 'node:http';
import { brotliCompressSync, gzipSync } from 'node:zlib';
import { startFakeUpstream, type FakeUpstream, type SeenRequest } from '../../../scripts/fakes/fake-upstream';
import { send, type WireRequest, type WireResponse } from '../../helpers/http';
import { startProxy, type RunningProxy } from '../../helpers/proxies';

/** Three keys of three projects: what was made with one, the others know nothing of. */

const TOKEN = 'planted-access-token';
let upstream: FakeUpstream;
let running: RunningProxy[] = [];
/** Which key made what. */
let owners: Map<string, string>;
let made = 0;

beforeEach(async () => {
  upstream = await startFakeUpstream();
  owners = new Map();
  upstream.respond((_request, response, seen) => {
    const { status, headers = {}, body } = respond(seen);
    response.writeHead(status, { 'content-type': 'application/json', ...headers });
    response.end(body);
  });
});
afterEach(async () => {
  await Promise.all(running.splice(0).map((proxy) => proxy.stop()));
  running = [];
  await upstream.close();
});

interface Said {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body: string | Buffer;
}

const keyOf = (headers: IncomingHttpHeaders) =>
  headers.authorization?.replace('Bearer ', '') ?? String(headers['x-api-key'] ?? headers['x-goog-api-key']);
const json = (status: number, value: object, headers = {}): Said => ({
  status,
  headers,
  body: JSON.stringify(value),
});
const missing = (id: string): Said =>
  json(404, {
    error: { message: `No such object: ${id}`, type: 'invalid_request_error', param: 'id', code: null },
  });

/** What it makes has ids of the kind that the real APIs give; a request that names another project's gets what they say. */
function respond({ method, url, headers, body }: SeenRequest): Said {
  const key = keyOf(headers);
  const path = url.split('?', 1)[0] ?? '';
  const last = path.slice(path.lastIndexOf('/') + 1);
  const text = body.toString();
  const named = [...`${path} ${text}`.matchAll(/[a-z]+_made\d+/g)].map(([id]) => id);
  const foreign = named.find((id) => owners.get(id) !== key);
  if (foreign?.startsWith('resp') && method === 'POST')
    return json(400, {
      error: { message: 'Previous response not found.', code: 'previous_response_not_found' },
    });
  if (foreign?.startsWith('goog'))
    return json(403, {
      error: {
        code: 403,
        message: `You do not have permission to access the File ${foreign} or it may not exist.`,
        status: 'PERMISSION_DENIED',
      },
    });
  if (foreign !== undefined) return missing(foreign);
  if (method !== 'POST' || path.endsWith(':generateContent')) return json(200, { ok: true });
  if (headers['x-goog-upload-command'] === 'start')
    return json(200, {}, { 'x-goog-upload-url': `${upstream.origin}${path}?upload_id=UP-${key.slice(-1)}` });
  // The key itself must not stand in the address: it would be masked.
  const uploader = /upload_id=UP-(\d)/.exec(url)?.[1];
  const uploadsWith = uploader === undefined ? undefined : `gemini-key-${uploader}`;
  const prefix = path.startsWith('/upload/')
    ? 'goog'
    : path.includes('responses')
      ? 'resp'
      : last.replaceAll('_', '');
  const id = `${prefix}_made${++made}`;
  owners.set(id, uploadsWith ?? key);
  if (prefix === 'goog')
    return json(200, { file: { name: `files/${id}`, uri: `https://x/v1beta/files/${id}` } });
  if (prefix === 'calls')
    return {
      status: 201,
      headers: { location: `/v1/realtime/calls/${id}`, 'content-type': 'application/sdp' },
      body: 'v=0',
    };
  const object = { id, object: prefix, padding: 'x'.repeat(6_000) };
  if (text.includes('"stream":true'))
    return {
      status: 200,
      headers: { 'content-type': 'text/event-stream' },
      body: `event: response.created\ndata: ${JSON.stringify({ type: 'response.created', response: object })}\n\n`,
    };
  if (text.includes('"gzip"'))
    return { ...json(200, object, { 'content-encoding': 'gzip' }), body: gzipSync(JSON.stringify(object)) };
  if (text.includes('"br"'))
    return {
      ...json(200, object, { 'content-encoding': 'br' }),
      body: brotliCompressSync(JSON.stringify(object)),
    };
  return json(200, object);
}

async function start(environment: Record<string, string> = {}): Promise<RunningProxy> {
  const keys = (name: string) => [1, 2, 3].map((at) => `${name}-key-${at}`).join();
  const proxy = await startProxy(upstream, {
    OPENAI_API_KEYS: keys('openai'),
    ANTHROPIC_API_KEYS: keys('anthropic'),
    GEMINI_API_KEYS: keys('gemini'),
    ACCESS_TOKENS: `ann:${TOKEN}`,
    ...environment,
  });
  running.push(proxy);
  return proxy;
}

const ask = (proxy: RunningProxy, request: string, body?: object, headers = {}): Promise<WireResponse> => {
  const [method = '', path = ''] = request.split(' ');
  const more: WireRequest = body ? { body: JSON.stringify(body) } : {};
  return send(proxy.url, path, {
    method,
    ...more,
    headers: { authorization: `Bearer ${TOKEN}`, 'content-type': 'application/json', ...headers },
  });
};
const lastMade = () => [...owners.keys()].pop() ?? '';

/** Makes one, and then names it. */
const CASES: readonly (readonly [
  name: string,
  make: string,
  first: object,
  then: (id: string) => readonly [request: string, body?: object],
])[] = [
  ['a response', 'POST /v1/responses', { input: 'x' }, (id) => [`GET /v1/responses/${id}`]],
  [
    'a cancelled one',
    'POST /v1/responses',
    { background: true },
    (id) => [`POST /v1/responses/${id}/cancel`, {}],
  ],
  [
    'the response before',
    'POST /v1/responses',
    { input: 'x' },
    (id) => ['POST /v1/responses', { previous_response_id: id }],
  ],
  [
    'the response before, streamed',
    'POST /v1/responses',
    { stream: true },
    (id) => ['POST /v1/responses', { previous_response_id: id }],
  ],
  ['a gzipped one', 'POST /v1/responses', { gzip: 'gzip' }, (id) => [`GET /v1/responses/${id}`]],
  ['one in brotli', 'POST /v1/responses', { br: 'br' }, (id) => [`GET /v1/responses/${id}`]],
  ['a conversation', 'POST /v1/conversations', {}, (id) => ['POST /v1/responses', { conversation: { id } }]],
  ['a deleted file', 'POST /v1/files', {}, (id) => [`DELETE /v1/files/${id}`]],
  ['the file of a batch', 'POST /v1/files', {}, (id) => ['POST /v1/batches', { input_file_id: id }]],
  [
    'a file in a prompt',
    'POST /v1/files',
    {},
    (id) => [
      'POST /v1/responses',
      { input: [{ role: 'user', content: [{ type: 'input_file', file_id: id }] }] },
    ],
  ],
  [
    'a vector store',
    'POST /v1/vector_stores',
    {},
    (id) => ['POST /v1/responses', { tools: [{ vector_store_ids: [id] }] }],
  ],
  ['a call', 'POST /v1/realtime/calls', {}, (id) => [`POST /v1/realtime/calls/${id}/hangup`, {}]],
  ["Anthropic's batch", 'POST /v1/messages/batches', {}, (id) => [`GET /v1/messages/batches/${id}/results`]],
  [
    "Google's file",
    'POST /upload/v1beta/files',
    {},
    (id) => [
      'POST /v1beta/models/gemini-2.5-pro:generateContent',
      { contents: [{ parts: [{ fileData: { fileUri: `https://x/v1beta/files/${id}` } }] }] },
    ],
  ],
  ["Google's file itself", 'POST /upload/v1beta/files', {}, (id) => [`GET /v1beta/files/${id}`]],
];

describe('an object that a provider stores for a key is requested with that key', () => {
  it.each(CASES)('%s', async (_, make, first, then) => {
    const proxy = await start();
    for (let at = 0; at < 4; at++) {
      await ask(proxy, make, first);
      const id = lastMade();
      const before = upstream.seen.length;
      expect((await ask(proxy, ...then(id))).status).toBe(200);
      expect(upstream.seen.slice(before).map((seen) => keyOf(seen.headers))).toEqual([owners.get(id)]);
    }
  });

  it.each(CASES)(
    'by trying the keys in turn if another instance made it: %s',
    async (_, make, first, then) => {
      const [one, other] = [await start(), await start()];
      for (let at = 0; at < 4; at++) {
        await ask(one, make, first);
        const id = lastMade();
        expect((await ask(other, ...then(id))).status).toBe(200);
      }
    },
  );
});

describe('the pages of a list', () => {
  it.each(['/v1/batches?limit=1', '/v1/videos?limit=1', '/v1beta/cachedContents?pageSize=1'])(
    'are requested with one key: %s',
    async (list) => {
      const proxy = await start();
      for (const next of ['', '', '&after=unknown', '&pageToken=1', '&pageToken=2'])
        await ask(proxy, `GET ${list}${next}`);
      expect(new Set(upstream.seen.map((seen) => keyOf(seen.headers))).size).toBe(1);
    },
  );

  it('are requested with the key of the object behind which they begin', async () => {
    const proxy = await start();
    for (let at = 0; at < 4; at++) {
      await ask(proxy, 'POST /v1/batches', {});
      const id = lastMade();
      await ask(proxy, `GET /v1/batches?after=${id}`);
      expect(keyOf(upstream.seen.at(-1)?.headers ?? {})).toBe(owners.get(id));
    }
  });
});

describe('a file that was uploaded in two requests', () => {
  it('belongs to the key that began the upload', async () => {
    const proxy = await start();
    for (let at = 0; at < 4; at++) {
      const begun = await ask(proxy, 'POST /upload/v1beta/files', {}, { 'x-goog-upload-command': 'start' });
      const { pathname, search } = new URL(String(begun.headers['x-goog-upload-url']));
      await ask(proxy, `POST ${pathname}${search}`, {}, { 'x-goog-upload-command': 'upload, finalize' });
      const id = lastMade();
      const before = upstream.seen.length;
      expect((await ask(proxy, `GET /v1beta/files/${id}`)).status).toBe(200);
      expect(upstream.seen.slice(before).map((seen) => keyOf(seen.headers))).toEqual([owners.get(id)]);
    }
  });
});

describe('an unknown object', () => {
  it('is requested with each key once, and the client gets the provider’s response', async () => {
    const proxy = await start();
    const response = await ask(proxy, 'GET /v1/files/files_made0');
    expect(response.status).toBe(404);
    expect(response.body.toString()).toContain('No such object: files_made0');
    expect(upstream.seen.map((seen) => keyOf(seen.headers)).sort()).toEqual([
      'openai-key-1',
      'openai-key-2',
      'openai-key-3',
    ]);
  });
});
