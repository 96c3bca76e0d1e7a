import { createHash } from 'node:crypto';
import { startFakeUpstream, type FakeUpstream } from '../../scripts/fakes/fake-upstream';
import { readConfig } from '../../src/config/read-config';
import { send } from '../helpers/http';
import { startProxy, type RunningProxy } from '../helpers/proxies';

const MUM = 'mum-0123456789abcdef';
const ADMIN = 'admin-0123456789abcdef';
const SETTINGS = { ACCESS_TOKENS: `mum:${MUM}`, ADMIN_TOKEN: ADMIN };
const BROWSER = { accept: 'text/html,application/xhtml+xml,*/*;q=0.8' };

let upstream: FakeUpstream;
let proxy: RunningProxy | undefined;

beforeAll(async () => {
  upstream = await startFakeUpstream();
});
afterEach(async () => {
  await proxy?.stop();
  proxy = undefined;
});
afterAll(() => upstream.close());

async function get(path: string, headers: Record<string, string> = {}, method = 'GET') {
  const response = await send(proxy?.url ?? '', path, { method, headers });
  return { ...response, text: response.body.toString(), error: response.headers['x-proxy-error'] };
}

describe('PAGE=off', () => {
  it('hides the page and its files behind a 404 of the proxy, and leaves HEAD / to Claude Code', async () => {
    proxy = await startProxy(upstream, { ...SETTINGS, PAGE: 'off' });
    for (const path of ['/', `/${MUM}/`, '/-/page-1a2b.js']) {
      const { status, error, text } = await get(path, { ...BROWSER, authorization: `Bearer ${MUM}` });
      expect([path, status, error]).toEqual([path, 404, 'not-found']);
      expect(JSON.parse(text)).toHaveProperty('error.code', 'not-found');
    }
    const { status, text } = await get('/', {}, 'HEAD');
    expect([status, text]).toEqual([200, '']);
    expect((await get('/-/health')).status).toBe(200);
  });
});

describe('PAGE=token', () => {
  beforeEach(async () => {
    proxy = await startProxy(upstream, { ...SETTINGS, PAGE: 'token' });
  });

  it('tells a stranger that a token is needed, and nothing else', async () => {
    const { status, text, error, headers } = await get('/', BROWSER);
    expect([status, error, headers['cache-control']]).toEqual([401, 'bad-token', 'no-store']);
    expect(text).toContain('An access token is needed');
    expect(text).toContain('需要访问令牌');
    expect(text).not.toMatch(/openai|anthropic|gemini|scf-llm-proxy|0\.0\.0-test|mum/i);
    expect(JSON.stringify(headers)).not.toMatch(/openai|anthropic|gemini|scf-llm-proxy|0\.0\.0-test|mum/i);
    expect(await get('/')).toMatchObject({ status: 401, error: 'bad-token' });
  });

  it('lets only its own script run where it asks for a token, and that load the page’s', async () => {
    const { text, headers } = await get('/', BROWSER);
    const [script = ''] = /(?<=<script>).*(?=<\/script>)/s.exec(text) ?? [];
    const [style = ''] = /(?<=<style>).*?(?=<\/style>)/s.exec(text) ?? [];
    const hash = (part: string) => createHash('sha256').update(part).digest('base64');
    const policy = String(headers['content-security-policy']);
    expect(policy).toContain(`default-src 'none'; script-src 'sha256-${hash(script)}' 'strict-dynamic'; `);
    expect(policy).toContain(`; style-src 'sha256-${hash(style)}'; `);
    expect(policy).toContain("; require-trusted-types-for 'script'; ");
    expect(policy).not.toContain('unsafe');
  });

  it('asks for a token also if there is only that of the operator', async () => {
    await proxy?.stop();
    proxy = await startProxy(upstream, { ADMIN_TOKEN: ADMIN, PAGE: 'token' });
    expect(await get('/', BROWSER)).toMatchObject({ status: 401, error: 'bad-token' });
    const { status, text } = await get('/', { ...BROWSER, authorization: `Bearer ${ADMIN}` });
    expect(status).toBe(200);
    expect(text).toContain('scf-llm-proxy');
  });

  it.each([
    ['in the path', `/${MUM}/`, {}],
    ['as a Bearer token', '/', { authorization: `Bearer ${MUM}` }],
    ['for the operator', '/', { authorization: `Bearer ${ADMIN}` }],
  ])('shows the page to who has a token: %s', async (_where, path, headers: Record<string, string>) => {
    const { status, text } = await get(path, { ...BROWSER, ...headers });
    expect(status).toBe(200);
    expect(text).toContain('scf-llm-proxy');
  });

  it('throttles who guesses tokens', async () => {
    let last = await get('/', BROWSER);
    for (let at = 0; at <= 10; at++)
      last = await get('/', { ...BROWSER, authorization: `Bearer guess-0123456789abcde${at}` });
    expect([last.status, last.error]).toEqual([429, 'too-many-bad-tokens']);
  });

  it('needs a token to be configured', () => {
    expect(() => readConfig({ PAGE: 'token' })).toThrow(/- PAGE=token needs ACCESS_TOKENS/);
    expect(() => readConfig({ PAGE: 'hidden' })).toThrow(/PAGE/);
  });
});
