import { randomBytes } from 'node:crypto';
import type { OutgoingHttpHeaders } from 'node:http';
import { fakeGemini, type FakeGemini } from '../../helpers/fake-gemini';
import { CHUNK_GRANULARITY } from '../../helpers/fake-gemini-files';
import { startFakeUpstream, type FakeUpstream } from '../../../scripts/fakes/fake-upstream';
import { send, type WireResponse } from '../../helpers/http';
import { startProxy, type RunningProxy } from '../../helpers/proxies';

let upstream: FakeUpstream;
let google: FakeGemini;
let open: RunningProxy;
let team: RunningProxy;
/** Another instance of the same function. */
let sibling: RunningProxy;

const TEAM = {
  ACCESS_TOKENS: 'laptop:tok-planted-1-0123456789,phone:tok-planted-2-0123456789',
  GEMINI_API_KEYS: 'AIzaPool1',
  OPENAI_API_KEYS: 'sk-pool-1',
};

beforeAll(async () => {
  upstream = await startFakeUpstream();
  const gemini = { GEMINI_UPSTREAM: upstream.origin };
  open = await startProxy(upstream, gemini);
  team = await startProxy(upstream, { ...gemini, ...TEAM });
  sibling = await startProxy(upstream, { ...gemini, ...TEAM });
});
afterAll(async () => {
  await Promise.all([open.stop(), team.stop(), sibling.stop()]);
  await upstream.close();
});
beforeEach(() => {
  google = fakeGemini();
  upstream.respond(google.respond);
  upstream.seen.length = 0;
});

const START = {
  'content-type': 'application/json',
  'x-goog-upload-protocol': 'resumable',
  'x-goog-upload-command': 'start',
  'x-goog-upload-header-content-type': 'text/plain',
};
const PATH = '/upload/v1beta/files';

const begin = (proxy: RunningProxy, path: string, length: number, headers: OutgoingHttpHeaders) =>
  send(proxy.url, path, {
    headers: { ...START, 'x-goog-upload-header-content-length': length, ...headers },
    body: '{"file":{"displayName":"raw"}}',
  });

/** Sends a chunk as raw clients do: with no credential at all. */
const carryOn = (proxy: RunningProxy, address: URL, body: Buffer, offset = 0, last = true) =>
  send(proxy.url, address.pathname + address.search, {
    headers: {
      'content-length': body.length,
      'x-goog-upload-offset': offset,
      'x-goog-upload-command': last ? 'upload, finalize' : 'upload',
    },
    body,
  });

const addressIn = ({ headers }: WireResponse) => new URL(String(headers['x-goog-upload-url']));

const PLACES: [where: string, whose: () => RunningProxy, prefix: string, headers: OutgoingHttpHeaders][] = [
  ['with a key of its own', () => open, '', { 'x-goog-api-key': 'AIzaOwn' }],
  ['behind a stage prefix', () => open, '/release', { 'x-goog-api-key': 'AIzaOwn' }],
  ['beside a provider segment', () => open, '/gemini', { 'x-goog-api-key': 'AIzaOwn' }],
  ['with a token', () => team, '', { 'x-goog-api-key': 'tok-planted-1-0123456789' }],
  [
    'with a token and a segment',
    () => team,
    '/test/gemini',
    { 'x-goog-api-key': 'tok-planted-1-0123456789' },
  ],
  ['with a token in the path', () => team, '/tok-planted-1-0123456789', {}],
  ['with all of them in the path', () => team, '/release/tok-planted-1-0123456789/gemini', {}],
];

describe.each(PLACES)('an upload that begins %s', (_where, whose, prefix, headers) => {
  it('continues at the upload URL, which is the proxy’s own, without any credential', async () => {
    const started = await begin(whose(), prefix + PATH, 11, headers);
    expect(started.status).toBe(200);
    expect(started.headers).toMatchObject({
      'x-goog-upload-status': 'active',
      'x-goog-upload-chunk-granularity': String(CHUNK_GRANULARITY),
    });
    const address = addressIn(started);
    expect(address.origin + address.pathname).toBe(whose().url + prefix + PATH);
    const theirs = new URL(google.files.uploadUrls[0] ?? '');
    for (const name of ['upload_id', 'upload_protocol'])
      expect(address.searchParams.get(name)).toBe(theirs.searchParams.get(name));
    expect(started.headers['x-goog-upload-control-url']).toBe(String(address));
    expect(started.rawHeaders.join()).not.toContain(new URL(upstream.origin).host);

    const finished = await carryOn(whose(), address, Buffer.from('hello world'));
    expect(finished.headers['x-goog-upload-status']).toBe('final');
    expect(JSON.parse(finished.body.toString())).toMatchObject({
      file: { displayName: 'raw', sizeBytes: '11', state: 'ACTIVE' },
    });
    expect(upstream.seen.map(({ url }) => upstream.origin + url)).toEqual([
      upstream.origin + PATH,
      String(theirs),
    ]);
    for (const { rawHeaders } of upstream.seen)
      expect(rawHeaders.join()).not.toMatch(/tok-planted|proxy-grant/);
  });
});

it.each([
  ['of the client’s own', () => open, '?key=AIzaOwn', '?key=AIzaOwn'],
  ['that is a token', () => team, '?key=tok-planted-1-0123456789', ''],
  ['beside a token', () => team, '?a=1&key=AIzaOwn:tok-planted-1-0123456789&b', '?a=1&b'],
] as const)(
  'a key in the query begins an upload, too (%s); Google repeats it, and the proxy removes its own',
  async (_what, whose, query, expected) => {
    const started = await begin(whose(), PATH + query, 2, {});
    expect(upstream.seen[0]?.url).toBe(PATH + expected);
    expect(google.files.uploadUrls[0]).toContain(expected);
    expect(started.rawHeaders.join()).not.toContain('AIzaPool1');
    const finished = await carryOn(whose(), addressIn(started), Buffer.from('hi'));
    expect(finished.headers['x-goog-upload-status']).toBe('final');
    expect(upstream.seen[1]?.url).not.toMatch(/tok-planted|proxy-grant/);
  },
);

it.each([
  ['https at a domain', { host: 'llm.example.com', 'x-forwarded-proto': 'https' }, 'https://llm.example.com'],
  ['http at a domain', { host: 'llm.example.com', 'x-forwarded-proto': 'http' }, 'http://llm.example.com'],
  ['a port', { host: 'localhost:8443', 'x-forwarded-proto': 'https' }, 'https://localhost:8443'],
  ['nothing in front', { host: '127.0.0.1:9000' }, 'http://127.0.0.1:9000'],
])('the address has scheme and host as the client reached them: %s', async (_how, headers, origin) => {
  const started = await begin(open, `/release/gemini${PATH}`, 1, { ...headers, 'x-goog-api-key': 'AIzaOwn' });
  expect(addressIn(started).origin).toBe(origin);
  expect(addressIn(started).pathname).toBe(`/release/gemini${PATH}`);
});

it('two chunks arrive in order, the second at another instance', async () => {
  const bytes = randomBytes(CHUNK_GRANULARITY + 5);
  const started = await begin(team, PATH, bytes.length, { 'x-goog-api-key': 'tok-planted-2-0123456789' });
  const address = addressIn(started);
  const first = await carryOn(team, address, bytes.subarray(0, CHUNK_GRANULARITY), 0, false);
  expect(first.headers['x-goog-upload-status']).toBe('active');
  const second = await carryOn(sibling, address, bytes.subarray(CHUNK_GRANULARITY), CHUNK_GRANULARITY);
  expect(second.headers['x-goog-upload-status']).toBe('final');
  expect(Buffer.concat(upstream.seen.slice(1).map(({ body }) => body)).equals(bytes)).toBe(true);
});

describe('a grant', () => {
  let address: URL;
  let grant: string;
  beforeEach(async () => {
    address = addressIn(await begin(team, PATH, 2, { 'x-goog-api-key': 'tok-planted-1-0123456789' }));
    grant = address.searchParams.get('proxy-grant') ?? '';
    upstream.seen.length = 0;
  });

  it('exists only if there are access tokens, and reveals nothing of them', async () => {
    expect(grant).toMatch(/^[\w.-]{20,200}$/);
    expect(grant).not.toContain('planted');
    const other = await begin(open, PATH, 2, { 'x-goog-api-key': 'AIzaOwn' });
    expect(addressIn(other).searchParams.has('proxy-grant')).toBe(false);
  });

  it.each<[string, (address: URL, grant: string) => void]>([
    ['changed in one character', ({ searchParams }, one) => searchParams.set('proxy-grant', altered(one))],
    ['cut short', ({ searchParams }, one) => searchParams.set('proxy-grant', one.slice(0, -2))],
    ['made up', ({ searchParams }) => searchParams.set('proxy-grant', 'laptop.AAAA')],
    ['empty', ({ searchParams }) => searchParams.set('proxy-grant', '')],
    ['left out', ({ searchParams }) => searchParams.delete('proxy-grant')],
    [
      'of another token',
      ({ searchParams }, one) => searchParams.set('proxy-grant', one.replace('laptop', 'phone')),
    ],
    ['beside another upload’s id', ({ searchParams }) => searchParams.set('upload_id', 'ABPtcPother')],
    ['without the id', ({ searchParams }) => searchParams.delete('upload_id')],
  ])('opens nothing %s', async (_how, forge) => {
    const before = String(address);
    forge(address, grant);
    expect(String(address)).not.toBe(before);
    const response = await carryOn(team, address, Buffer.from('hi'));
    expect(response.status).toBe(401);
    expect(response.headers['x-proxy-error']).toBe('bad-token');
    expect(JSON.parse(response.body.toString())).toMatchObject({ error: { status: 'UNAUTHENTICATED' } });
    expect(upstream.seen).toHaveLength(0);
  });

  it.each([
    '/v1beta/models',
    '/v1beta/models/gemini-2.5-flash:generateContent',
    '/v1beta/files',
    '/v1/chat/completions',
    '/gemini/v1beta/openai/chat/completions',
    '/openai/upload/v1/chat/completions',
    '/openai/upload/v1beta/files',
    '/anthropic/upload/v1beta/files',
    '/upload/v1beta/files/x',
    '/upload/v1/files',
    '/v1/upload/v1beta/files',
  ])('opens nothing but its upload (%s)', async (path) => {
    for (const method of ['GET', 'POST', 'PUT', 'DELETE']) {
      const response = await send(team.url, path + address.search, { method });
      expect(response.status).toBe(401);
      expect(response.headers['x-proxy-error']).toBe('bad-token');
    }
    expect(upstream.seen).toHaveLength(0);
  });
});

describe('an upload’s address', () => {
  it.each(['GET', 'DELETE', 'PATCH'])('is not opened to %s, with which no upload goes on', async (method) => {
    const address = addressIn(await begin(team, PATH, 2, { 'x-goog-api-key': 'tok-planted-1-0123456789' }));
    upstream.seen.length = 0;
    const response = await send(team.url, address.pathname + address.search, { method });
    expect(response.status).toBe(401);
    expect(upstream.seen).toHaveLength(0);
  });

  it('is also accessible with a token beside an invalid grant', async () => {
    const address = addressIn(await begin(team, PATH, 2, { 'x-goog-api-key': 'tok-planted-1-0123456789' }));
    address.searchParams.set('proxy-grant', altered(address.searchParams.get('proxy-grant') ?? ''));
    const response = await send(team.url, address.pathname + address.search, {
      headers: {
        'x-goog-api-key': 'tok-planted-2-0123456789',
        'x-goog-upload-offset': 0,
        'x-goog-upload-command': 'upload, finalize',
        'content-length': 2,
      },
      body: 'hi',
    });
    expect(response.headers['x-goog-upload-status']).toBe('final');
    expect(upstream.seen[1]?.url).not.toContain('proxy-grant');
  });

  it('is also granted if clients send their own keys', async () => {
    const guarded = await startProxy(upstream, { ACCESS_TOKENS: 'laptop:tok-planted-1-0123456789' });
    const started = await begin(guarded, PATH, 2, { 'x-goog-api-key': 'AIzaOwn:tok-planted-1-0123456789' });
    const finished = await carryOn(guarded, addressIn(started), Buffer.from('hi'));
    await guarded.stop();
    expect(finished.headers['x-goog-upload-status']).toBe('final');
    expect(JSON.stringify(upstream.seen.map(({ rawHeaders }) => rawHeaders))).not.toContain('tok-planted');
  });
});

function altered(grant: string): string {
  // Not the last character: its lowest bits are none of the signature's.
  const at = grant.length - 2;
  return grant.slice(0, at) + (grant[at] === 'A' ? 'B' : 'A') + grant.slice(at + 1);
}

it.each([
  'https://attacker.example',
  'http://169.254.169.254',
  'https://generativelanguage.googleapis.com.attacker.example',
])('an upload address at %s is not passed on to the client', async (origin) => {
  google.files.uploadOrigin = origin;
  for (const proxy of [open, team]) {
    const started = await begin(proxy, PATH, 1, {
      'x-goog-api-key': proxy === open ? 'AIzaOwn' : 'tok-planted-1-0123456789',
    });
    expect(started.status).toBe(200);
    expect(started.headers['x-goog-upload-status']).toBe('active');
    expect(started.rawHeaders.join()).not.toContain(new URL(origin).host);
    expect(started.headers['x-goog-upload-url']).toBeUndefined();
    expect(started.headers['x-goog-upload-control-url']).toBeUndefined();
  }
});

it('a location of the API itself points to the proxy as well', async () => {
  upstream.respond((_request, response, seen) => {
    response
      .writeHead(200, { location: `${upstream.origin}${seen.url}?upload_id=1&upload_protocol=resumable` })
      .end();
  });
  const headers = { 'x-goog-api-key': 'AIzaOwn' };
  const { headers: received } = await begin(open, `/release/gemini${PATH}`, 1, headers);
  expect(received.location).toBe(`${open.url}/release/gemini${PATH}?upload_id=1&upload_protocol=resumable`);
});
