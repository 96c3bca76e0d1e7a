import { LIVE_PATH, startFakeGeminiLive } from '../../helpers/fake-gemini-live';
import { KEY_PROTOCOL, startFakeRealtime } from '../../helpers/fake-realtime';
import { echo, type FakeSockets } from '../../helpers/fake-sockets';
import { send, until } from '../../helpers/http';
import { startBundle, type RunningBundle } from '../../helpers/proxies';
import { UPGRADE_HEADERS, askUpgrade, openSocket, type OpenSocket } from '../../helpers/socket-client';
import { withProxy } from '../../helpers/with-proxy';

const TOKEN = 'tok-laptop-1-0123456789';
const bearer = (key: string) => ({ authorization: `Bearer ${key}` });

let realtime: FakeSockets;
let live: FakeSockets;
/** Has tokens and pools; `open` has neither. */
let team: RunningBundle;
let open: RunningBundle;
const sockets: OpenSocket[] = [];

const upstreams = () => ({ OPENAI_UPSTREAM: realtime.origin, GEMINI_UPSTREAM: live.origin });

beforeAll(async () => {
  realtime = await startFakeRealtime();
  live = await startFakeGeminiLive();
  team = await startBundle({
    ...upstreams(),
    ACCESS_TOKENS: `laptop:${TOKEN},phone:tok-phone-2-0123456789`,
    OPENAI_API_KEYS: 'sk-pool-1,sk-pool-2',
    GEMINI_API_KEYS: 'AIza-pool-1,AIza-pool-2',
  });
  open = await startBundle(upstreams());
});
afterAll(async () => {
  await Promise.all([team.stop(), open.stop()]);
  await realtime.close();
  await live.close();
});
beforeEach(() => {
  realtime.reset();
  live.reset();
});
afterEach(() => {
  for (const { socket } of sockets.splice(0)) socket.terminate();
});

/** Opens one that is closed after the test. */
async function opened(...args: Parameters<typeof openSocket>): Promise<OpenSocket> {
  const one = await openSocket(...args);
  sockets.push(one);
  return one;
}

const upgrade = (bundle: RunningBundle, target: string, headers: Record<string, string>) =>
  askUpgrade(bundle.url, target, { ...UPGRADE_HEADERS, ...headers });

type Place = [where: string, target: string, headers: Record<string, string>];

/** Where a client puts a token, which stands here as `{token}`. */
const OPENAI_PLACES: Place[] = [
  ['as a Bearer token', '/v1/realtime?model=m', bearer('{token}')],
  ['in x-api-key', '/openai/v1/realtime?model=m', { 'x-api-key': '{token}' }],
  ['in x-goog-api-key', '/openai/v1/realtime?model=m', { 'x-goog-api-key': '{token}' }],
  ['in the query', '/v1/realtime?key={token}&model=m', {}],
  ['in the path', '/{token}/v1/realtime?model=m', {}],
  ['in the path between a stage and a provider', '/release/{token}/openai/v1/responses', {}],
  ['behind a key of the client’s own', '/v1/responses', bearer('sk-own:{token}')],
  [
    'among the subprotocols',
    '/v1/realtime?model=m',
    { 'sec-websocket-protocol': `realtime, ${KEY_PROTOCOL}{token}` },
  ],
];
const GEMINI_PLACES: Place[] = [
  ['in the query', `${LIVE_PATH}?key={token}`, {}],
  ['in x-goog-api-key', LIVE_PATH, { 'x-goog-api-key': '{token}' }],
  ['as a Bearer token', `/gemini${LIVE_PATH}`, bearer('{token}')],
  ['in the path, with any key in the query', `/{token}${LIVE_PATH}?key=any`, {}],
];

/** An upgrade of a client that has this in the token's place. */
function placed([, target, headers]: Place, token: string) {
  const entries = Object.entries(headers).map(([name, value]) => [name, value.replace('{token}', token)]);
  return { target: target.replace('{token}', token), headers: Object.fromEntries(entries) as typeof headers };
}

describe.each([
  ['OpenAI', OPENAI_PLACES, () => realtime, /^sk-pool-[12]$/],
  ['Gemini', GEMINI_PLACES, () => live, /^AIza-pool-[12]$/],
])('a token for %s', (_provider, places, upstream, poolKey) => {
  it.each(places)('%s authenticates, and is not sent on', async (...place) => {
    const { target, headers } = placed(place, TOKEN);
    const { 'sec-websocket-protocol': protocols, ...rest } = headers;
    await opened(team.url, target, { headers: rest, subprotocols: protocols?.split(', ') ?? [] });
    expect(upstream().keys()).toEqual([expect.stringMatching(poolKey)]);
    expect(JSON.stringify(upstream().seen)).not.toMatch(/tok-laptop|sk-own|key=any/);
  });

  it('that is invalid is rejected in every position, in the provider’s error shape', async () => {
    const environment = { ACCESS_TOKENS: `laptop:${TOKEN}`, OPENAI_API_KEYS: 'k' };
    await withProxy(upstream(), environment, async ({ proxy }) => {
      for (const place of places) {
        const { target, headers } = placed(place, 'tok-wrong');
        const { status, headers: received, body } = await upgrade(proxy, target, headers);
        expect([place[0], status, received['x-proxy-error']]).toEqual([place[0], 401, 'bad-token']);
        expect(JSON.parse(body.toString())).toMatchObject({
          error: /^\/(?:gemini\/)?ws\//.test(target)
            ? { status: 'UNAUTHENTICATED' }
            : { code: 'bad-token', param: null },
        });
        expect(body.toString()).not.toContain('tok-wrong');
      }
    });
    expect(upstream().seen).toHaveLength(0);
  });
});

describe('a client’s key is sent upstream where the client had it, a server key in a header', () => {
  it('if the token was in the query, which is otherwise unchanged', async () => {
    const query = (key: string) => `?a=%7E1&alt=+x%20y&key=${key}&&c&b=%e4%bd%a0`;
    await opened(team.url, LIVE_PATH + query(TOKEN));
    await opened(open.url, LIVE_PATH + query('AIza-own'));
    expect(live.seen.map(({ url }) => url)).toEqual([
      `${LIVE_PATH}?a=%7E1&alt=+x%20y&&c&b=%e4%bd%a0`,
      LIVE_PATH + query('AIza-own'),
    ]);
    const [pooled, own] = live.seen.map(({ headers }) => headers['x-goog-api-key']);
    expect([pooled, own]).toEqual([expect.stringMatching(/^AIza-pool-[12]$/), undefined]);
  });

  it('in its header', async () => {
    await opened(team.url, LIVE_PATH, { headers: { 'x-goog-api-key': TOKEN } });
    await opened(open.url, LIVE_PATH, { headers: { 'x-goog-api-key': 'AIza-own' } });
    expect(live.seen.map(({ url, headers }) => [url, headers['x-goog-api-key']])).toEqual([
      [LIVE_PATH, expect.stringMatching(/^AIza-pool-[12]$/)],
      [LIVE_PATH, 'AIza-own'],
    ]);
  });

  it('if the token was among the subprotocols', async () => {
    const offered = (key: string) => ['openai-beta.x', KEY_PROTOCOL + key, 'realtime'];
    await opened(team.url, '/v1/realtime?model=m', { subprotocols: offered(TOKEN) });
    await opened(open.url, '/v1/realtime?model=m', { subprotocols: offered('sk-own') });
    const [pooled, own] = realtime.seen.map(({ headers }) => headers);
    expect(pooled?.['sec-websocket-protocol']).toBe('openai-beta.x, realtime');
    expect(pooled?.authorization).toMatch(/^Bearer sk-pool-[12]$/);
    expect(own?.['sec-websocket-protocol']?.split(/, ?/)).toEqual(offered('sk-own'));
    expect(own).not.toHaveProperty('authorization');
  });

  it('and a client whose key’s subprotocol is chosen, or none that it offered, gets its own back', async () => {
    realtime.selectProtocol((offered) => offered.find((one) => one.startsWith(KEY_PROTOCOL)));
    for (const [bundle, key] of [
      [team, TOKEN],
      [open, 'sk-own'],
    ] as const) {
      for (const more of [['realtime'], []]) {
        const { socket, response } = await opened(bundle.url, '/v1/realtime?model=m', {
          subprotocols: [KEY_PROTOCOL + key, ...more],
        });
        expect(socket.protocol).toBe(KEY_PROTOCOL + key);
        expect(response.rawHeaders.join()).not.toContain('sk-pool');
      }
    }
  });

  it('and any other subprotocol that the upstream chooses is passed on', async () => {
    for (const [bundle, key] of [
      [team, TOKEN],
      [open, 'sk-own'],
    ] as const) {
      const { socket } = await opened(bundle.url, '/v1/realtime?model=m', {
        subprotocols: [KEY_PROTOCOL + key, 'realtime'],
      });
      expect(socket.protocol).toBe('realtime');
    }
  });

  it('in turn for the holder of a token too, one socket after the other', async () => {
    for (let at = 0; at < 4; at++) await upgrade(team, '/v1/responses', bearer(TOKEN));
    const [first = '', second = ''] = realtime.keys();
    expect([first, second].sort()).toEqual(['sk-pool-1', 'sk-pool-2']);
    expect(realtime.keys()).toEqual([first, second, first, second]);
  });

  it('in turn, one key after the other, and is in use as long as its socket is open', async () => {
    const environment = {
      OPENAI_API_KEYS: 'sk-a,sk-b,sk-c',
      ALLOW_ANONYMOUS: 'true',
      ADMIN_TOKEN: 'admin-0123456789',
    };
    await withProxy(realtime, environment, async ({ proxy: { url, log } }) => {
      for (let at = 0; at < 6; at++) await opened(url, '/v1/responses');
      const keys = realtime.keys();
      expect(keys.slice(0, 3).sort()).toEqual(['sk-a', 'sk-b', 'sk-c']);
      expect(keys.slice(3)).toEqual(keys.slice(0, 3));

      const inUse = async () => {
        const { body } = await send(url, '/-/keys', { headers: bearer('admin-0123456789') });
        const report = JSON.parse(body.toString()) as { openai: { open: number }[] };
        return report.openai.map(({ open }) => open);
      };
      expect(await inUse()).toEqual([2, 2, 2]);
      for (const { socket } of sockets) socket.close();
      await Promise.all(sockets.map(({ closed }) => closed));
      await until('all were logged', () => log.filter((line) => line['status'] === 101).length === 6);
      expect(await inUse()).toEqual([0, 0, 0]);
    });
  });
});

it('the upstream gets the headers for it, and no data about the client', async () => {
  const { socket } = await opened(open.url, '/v1/realtime?model=m', {
    headers: {
      ...bearer('sk-own'),
      'User-Agent': 'a-client/1.0',
      'OpenAI-Beta': 'realtime=v1',
      'OpenAI-Organization': 'org-1',
      Cookie: 'planted=1',
      Referer: 'https://planted.example/',
      'X-Forwarded-For': '203.0.113.7',
      'X-Real-IP': '203.0.113.7',
      'X-Scf-Remote-Addr': '203.0.113.7',
      'Sec-Fetch-Mode': 'planted',
      'Sec-CH-UA': 'planted',
    },
    origin: 'https://planted.example',
    subprotocols: ['realtime'],
    perMessageDeflate: true,
  });
  const { rawHeaders = [], headers = {} } = realtime.seen[0] ?? {};
  expect(headers).toMatchObject({
    host: new URL(realtime.origin).host,
    connection: expect.stringMatching(/^upgrade$/i) as string,
    upgrade: 'websocket',
    authorization: 'Bearer sk-own',
    'user-agent': 'a-client/1.0',
    'openai-beta': 'realtime=v1',
    'openai-organization': 'org-1',
    'sec-websocket-version': '13',
    'sec-websocket-key': expect.stringMatching(/^[\w+/]{22}==$/) as string,
    'sec-websocket-protocol': 'realtime',
    'sec-websocket-extensions': 'permessage-deflate; client_max_window_bits',
  });
  expect(rawHeaders.join('\n')).not.toMatch(/planted|203\.0\.113|127\.0\.0\.1(?!:)|origin/i);
  expect(socket.extensions).toBe('permessage-deflate');
});

it('one line is logged when a socket has closed, with the token’s name and the key’s alias', async () => {
  realtime.behave(echo);
  const { socket, messages, closed } = await opened(team.url, `/${TOKEN}/v1/realtime?model=m`);
  const before = team.log.length;
  socket.send(Buffer.alloc(10_000));
  await until('the echo is there', () => messages.length === 1);
  expect(team.log).toHaveLength(before);
  socket.close(1000);
  await closed;
  await until('it was logged', () => team.log.length > before);
  const line = team.log[before];
  expect(line).toMatchObject({
    msg: 'request',
    method: 'GET',
    status: 101,
    provider: 'openai',
    token: 'laptop',
    key: expect.stringMatching(/^…ol-[12]-[0-9a-f]{6}$/) as string,
    attempts: 1,
  });
  expect(line?.['bytes']).toBeGreaterThan(10_000);
  expect(team.stdout() + team.stderr()).not.toMatch(/tok-laptop|sk-pool|AIza-pool/);
});
