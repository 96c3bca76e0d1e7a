import { clientLinks } from '../../../src/pages/index-page/client-links';

const BASE = 'https://x.example/release';
const TOKEN = 'slp1~mum~t5k2x9~abc_-.0123456789';

const links = new Map(clientLinks(BASE, TOKEN).map(({ client, url }) => [client, url]));
const urlOf = (client: string) => new URL(links.get(client) ?? '');
const decoded = (base64: string | null) =>
  JSON.parse(Buffer.from(base64 ?? '', 'base64').toString()) as unknown;

/** What each client reads, in the way that its source or its document describes (the rows of client-links.ts name them). */
describe('a link that sets up', () => {
  it.each([
    ['claude', 'CC Switch: Claude Code', BASE],
    ['codex', 'CC Switch: Codex', `${BASE}/v1`],
    ['gemini', 'CC Switch: Gemini CLI', BASE],
  ])('CC Switch for %s has the address as that program takes it', (app, client, endpoint) => {
    const url = urlOf(client);
    expect([url.protocol, url.host, url.pathname]).toEqual(['ccswitch:', 'v1', '/import']);
    expect(Object.fromEntries(url.searchParams)).toEqual({
      resource: 'provider',
      app,
      name: 'scf-llm-proxy',
      homepage: BASE,
      endpoint,
      apiKey: TOKEN,
    });
  });

  it('Cherry Studio has its data in its own Base64', () => {
    const url = urlOf('Cherry Studio');
    expect([url.protocol, url.host, url.pathname]).toEqual(['cherrystudio:', 'providers', '/api-keys']);
    const search = new URLSearchParams(url.search.replaceAll('+', '_').replaceAll('/', '-'));
    const data = search.get('data')?.replaceAll('_', '+').replaceAll('-', '/') ?? '';
    expect(decoded(data)).toEqual({
      id: 'scf-llm-proxy',
      name: 'scf-llm-proxy',
      type: 'openai',
      baseUrl: BASE,
      apiKey: TOKEN,
    });
  });

  it('Chatbox has the host and the path apart', () => {
    const url = urlOf('Chatbox');
    expect(url.href).toMatch(/^chatbox:\/\/provider\/import\?config=/);
    expect(decoded(url.searchParams.get('config'))).toMatchObject({
      type: 'openai',
      settings: { apiHost: BASE, apiPath: '/v1/chat/completions', apiKey: TOKEN, models: [] },
    });
  });

  it('DeepChat has a provider of its own', () => {
    const url = urlOf('DeepChat');
    expect(url.href).toMatch(/^deepchat:\/\/provider\/install\?v=1&data=/);
    expect(decoded(url.searchParams.get('data'))).toEqual({
      name: 'scf-llm-proxy',
      type: 'openai-completions',
      baseUrl: `${BASE}/v1`,
      apiKey: TOKEN,
    });
  });

  it('NextChat has the token in the fragment alone', () => {
    const url = urlOf('NextChat');
    expect(url.origin + url.pathname + url.search).toBe('https://app.nextchat.dev/');
    const settings = new URLSearchParams(url.hash.replace(/^#\/\?/, '')).get('settings') ?? '';
    expect(JSON.parse(settings)).toEqual({ key: TOKEN, url: BASE });
  });

  it('a client sends the token to no server', () => {
    for (const url of links.values()) {
      if (/^https?:/.test(url)) expect(url.split('#')[0]).not.toContain(TOKEN);
    }
  });
});
