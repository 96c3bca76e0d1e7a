import { startFakeUpstream, type FakeUpstream } from '../../../scripts/fakes/fake-upstream';
import { send, until } from '../../helpers/http';
import { startBundle } from '../../helpers/proxies';

let upstream: FakeUpstream;

beforeAll(async () => {
  upstream = await startFakeUpstream();
});
afterAll(() => upstream.close());

/** Base64, as Basic authentication has it (RFC 7617). */
const basic = (text: string) => `Basic ${Buffer.from(text).toString('base64')}`;

describe('an access token goes nowhere, in whatever place and form a client sends it', () => {
  const TOKEN = 'planted-token-1-0123456789';
  const OTHER = 'planted-token-2-0123456789';
  const TARGETS = [
    '/v1/chat/completions',
    '/v1/embeddings',
    '/v1/messages',
    '/groq/v1/chat/completions',
    '/v1beta/models/gemini-2.5-pro:generateContent',
    '/v1/models/gemini-2.5-pro:countTokens',
    '/upload/v1beta/files?upload_id=UP1',
    '/gate/chat/completions',
  ];
  const encoded = TOKEN.replace(/[a-z]/g, (one) => `%${one.charCodeAt(0).toString(16)}`);
  const inQuery = [
    `key=own-key-0123:${TOKEN}`,
    `key=own-key-0123%3A${TOKEN}`,
    `key=own-key-0123%253A${TOKEN}`,
    `key=${TOKEN}&key=${TOKEN}`,
    `key=${TOKEN}&key=${OTHER}`,
    `key=own-key-0123:${OTHER}:${TOKEN}`,
    `key=${encoded}`,
    `key=own-key-0123:${TOKEN}&access_token=${OTHER}`,
    `key=${TOKEN}&api_key=${TOKEN}&token=own:${OTHER}&x=${encodeURIComponent(encoded)}`,
  ].map((query) => ({ query }));
  const bearer = (text: string) => ({ Authorization: `Bearer ${text}` });
  const inHeaders = [
    { ...bearer(`own-key-0123:${TOKEN}`), 'X-Api-Key': OTHER },
    { ...bearer(`own-key-0123:${OTHER}:${TOKEN}`) },
    { ...bearer(`own-key-0123%3A${TOKEN}`) },
    { ...bearer(`own-key-0123|${OTHER}|other-key-0123:${TOKEN}`) },
    { ...bearer(TOKEN), 'X-Api-Key': `own-key-0123,${OTHER}` },
    { ...bearer(TOKEN), Cookie: `t=${TOKEN}`, 'Proxy-Authorization': basic(`u:${TOKEN}`) },
    { 'X-Api-Key': TOKEN, Authorization: basic(`user:${TOKEN}`) },
    { 'X-Api-Key': TOKEN, Authorization: `Token ${TOKEN}` },
    { ...bearer(TOKEN), 'X-Anything': TOKEN, 'User-Agent': `client/${TOKEN}`, 'OpenAI-Beta': `x;${OTHER}` },
    { ...bearer(TOKEN), 'X-Anything': encoded, 'X-Auth-Token': TOKEN, 'X-Access-Token': OTHER },
    { ...bearer(TOKEN), 'Sec-WebSocket-Protocol': `x, openai-insecure-api-key.${OTHER}` },
    { 'X-Auth-Token': TOKEN, 'Ocp-Apim-Subscription-Key': OTHER, [`x-${TOKEN}`]: '1' },
  ].map((headers): Record<string, string> => headers);
  const inPath = [
    { prefix: `/${TOKEN}`, headers: bearer(OTHER) },
    { prefix: `/${TOKEN}`, headers: bearer(`own-key-0123:${OTHER}`), query: `key=${OTHER}` },
    { prefix: `/${TOKEN}/${TOKEN}`, headers: bearer('own-key-0123') },
  ];
  const places: { prefix?: string; query?: string; headers?: Record<string, string> }[] = [
    ...inQuery,
    ...inHeaders.map((headers) => ({ headers })),
    ...inPath,
  ];

  it.each([
    [
      'server keys',
      {
        OPENAI_API_KEYS: 'pool-openai',
        ANTHROPIC_API_KEYS: 'pool-anthropic',
        GEMINI_API_KEYS: 'pool-gemini',
        GROQ_API_KEYS: 'pool-groq',
        GATE_API_KEYS: 'pool-gate',
      },
    ],
    ['clients with keys of their own', {}],
  ])('%s', async (_whose, keys) => {
    const team = await startBundle({
      LOG_LEVEL: 'debug', // every line that there is
      ...Object.fromEntries(
        ['OPENAI', 'ANTHROPIC', 'GEMINI', 'GROQ'].map((name) => [`${name}_UPSTREAM`, upstream.origin]),
      ),
      PROVIDERS: `gate=${upstream.origin}/v1`,
      ALLOW_PRIVATE_PROVIDERS: 'true',
      ACCESS_TOKENS: `laptop:${TOKEN},phone:${OTHER}`,
      ...keys,
    });
    const first = upstream.seen.length;
    upstream.respond((_request, response) => response.writeHead(200).end('{}'));
    let sent = 0;
    for (const { prefix = '', query, headers = {} } of places) {
      for (const target of TARGETS) {
        const separator = target.includes('?') ? '&' : '?';
        const url = prefix + target + (query === undefined ? '' : `${separator}${query}&alt=json`);
        const request = {
          headers: { ...headers, 'Content-Type': 'application/json' },
          body: '{"model":"m"}',
        };
        const { status } = await send(team.url, url, request);
        expect([url, status]).not.toEqual([url, 500]);
        sent++;
      }
    }
    // A path with a token in the middle is rejected, even if the client is authenticated otherwise.
    const refused = await send(team.url, `/openai/v1/models/${TOKEN}`, {
      headers: bearer(`own-key-0123:${TOKEN}`),
    });
    await until('all were logged', () => team.log.filter((line) => line['msg'] === 'request').length > sent);
    await team.stop();
    expect([refused.status, refused.headers['x-proxy-error']]).toEqual([400, 'bad-path']);
    const arrived = upstream.seen.slice(first);
    expect(arrived.length).toBeGreaterThan(places.length);
    const spoken = arrived.map(({ url, rawHeaders, body }) => [url, rawHeaders, body.toString()]);
    const text = decodeURIComponent(decodeURIComponent(JSON.stringify(spoken)));
    expect(text).not.toMatch(/planted-token/);
    expect(text).not.toContain(Buffer.from(TOKEN).toString('base64').slice(4, -4));
    expect(team.stdout() + team.stderr()).not.toMatch(/planted-token/);
  });
});
