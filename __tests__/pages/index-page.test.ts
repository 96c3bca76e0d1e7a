import { createHash } from 'node:crypto';
import { gunzipSync } from 'node:zlib';
import { clientSettings, snippets } from '../../src/pages/index-page/clients';
import { languageOf } from '../../src/pages/index-page/language';
import { indexPage, type PageContent } from '../../src/pages/index-page/markup';
import { LOADER } from '../../src/pages/index-page/loader';
import { TEXTS, type Language } from '../../src/pages/index-page/texts';
import { publicUrl } from '../../src/proxy/routing/public-url';
import { startFakeUpstream, type FakeUpstream } from '../../scripts/fakes/fake-upstream';
import { send } from '../helpers/http';
import { startBundle, type RunningBundle } from '../helpers/proxies';

const BASE = 'https://x.example/release';
const LANGUAGES = Object.keys(TEXTS) as Language[];

const page = (content: Partial<PageContent> = {}) =>
  indexPage({
    language: 'en',
    baseUrl: BASE,
    providers: ['anthropic', 'openai', 'deepseek'],
    segment: undefined,
    version: '1.2.3',
    needsToken: true,
    hasPathToken: false,
    hasSignIn: true,
    ...content,
  });

/** HTML as a person sees it: no tags, and no character references. */
const shown = (html: string) =>
  html
    .replace(/<(style|script)>.*?<\/\1>|<[^>]*>/gs, '')
    .replace(/&#(\d+);/g, (_match, code: string) => String.fromCharCode(Number(code)));

describe('the base URL', () => {
  it.each([
    [{ host: '1234-abc.ap-singapore.tencentscf.com' }, '', 'https://1234-abc.ap-singapore.tencentscf.com'],
    [{ host: 'x.example' }, '/release', 'https://x.example/release'],
    [{ host: 'localhost:9000' }, '', 'http://localhost:9000'],
    [{ host: '[::1]:9000' }, '', 'http://[::1]:9000'],
    [{ host: '10.0.0.5:9000', 'x-forwarded-proto': 'http' }, '', 'http://10.0.0.5:9000'],
    [{ host: '"><script>alert(1)</script>' }, '', 'https://this-host'],
    [{ host: 'x.example/evil?"' }, '', 'https://this-host'],
    [{ host: 'x.example', 'x-forwarded-proto': 'javascript' }, '', 'https://x.example'],
    [{}, '', 'https://this-host'],
  ])('of %j at stage %j is %s', (headers, stage, expected) => {
    expect(publicUrl({ headers }, stage)).toBe(expected);
  });
});

describe('the client settings', () => {
  it.each([
    ['OpenAI SDKs', 'OPENAI_BASE_URL, base_url', '/v1'],
    ['Anthropic SDKs', 'ANTHROPIC_BASE_URL, base_url', ''],
    ['Google GenAI SDKs', 'httpOptions.baseUrl, base_url', ''],
    ['Claude Code', 'ANTHROPIC_BASE_URL', ''],
    ['Codex CLI', 'openai_base_url', '/v1'],
    ['Gemini CLI', 'GOOGLE_GEMINI_BASE_URL', ''],
    ['Vercel AI SDK: OpenAI, Anthropic', 'baseURL', '/v1'],
    ['Vercel AI SDK: Google', 'baseURL', '/v1beta'],
    ['NextChat', 'Endpoint', ''],
    ['LobeChat', 'API proxy URL', '/v1'],
    ['Cherry Studio', 'API host', ''],
    ['BetterChatGPT', 'API endpoint', '/v1/chat/completions'],
    ['Cursor', 'Override OpenAI Base URL', '/v1'],
    ['Open WebUI', 'OPENAI_API_BASE_URL', '/v1'],
    ['Dify: OpenAI-API-compatible', 'API Base URL', '/v1'],
    ['Immersive Translate', 'Custom API Interface Address', '/v1/chat/completions'],
  ])('of %s are %s, with %j behind the base URL', (client, setting, path) => {
    expect(clientSettings(BASE)).toContainEqual([client, setting, BASE + path]);
  });

  it.each(LANGUAGES)('stand on the %s page, for browsers without JavaScript as well', (language) => {
    const html = page({ language });
    for (const [client, setting, url] of clientSettings(BASE, TEXTS[language])) {
      expect(html).toContain(`<th role="rowheader" scope="row">${client}</th>`);
      expect(html).toContain(`<td role="cell">${setting}</td>`);
      expect(html).toContain(`<code><span data-base>${BASE}</span>${url.slice(BASE.length)}</code>`);
    }
  });

  it.each(LANGUAGES)('come ready to paste on the %s page', (language) => {
    const text = shown(page({ language }));
    for (const [title, snippet] of snippets(BASE, TEXTS[language])) {
      expect(text).toContain(title);
      expect(text).toContain(snippet);
    }
  });

  it('name each provider that this proxy has', () => {
    const html = page();
    for (const name of ['anthropic', 'openai', 'deepseek'])
      expect(html).toContain(`<span data-base>${BASE}</span>/${name}/v1</code>`);
    expect(html).not.toContain('</span>/xai/v1');
  });
});

describe('the language', () => {
  it.each([
    [undefined, undefined, 'en'],
    [undefined, 'zh-CN,zh;q=0.9,en;q=0.8', 'zh'],
    [undefined, 'en-GB,en;q=0.9,zh;q=0.8', 'en'],
    [undefined, 'en;q=0.5, zh;q=0.9', 'zh'],
    [undefined, 'fr, zh-Hant-TW;q=0.5, en;q=0.4', 'zh'],
    [undefined, 'zh;q=0, en', 'en'],
    [undefined, 'fr,de', 'en'],
    [undefined, '*', 'en'],
    [undefined, ';q=,,;;zh', 'en'],
    [undefined, 'x,'.repeat(10_000), 'en'],
    ['zh', 'en', 'zh'],
    ['zh-CN', 'en', 'zh'],
    ['en', 'zh', 'en'],
    ['fr', 'zh', 'zh'],
    ['', 'zh', 'zh'],
    [['zh', 'en'], 'en', 'en'],
    [{ a: 'zh' }, undefined, 'en'],
  ] as const)('for ?lang=%j and Accept-Language %j is %s', (asked, accepted, expected) => {
    expect(languageOf(asked, accepted)).toBe(expected);
  });

  it('is declared by the page, and each page links to the other', () => {
    expect(page({ language: 'en' })).toMatch(/<html lang="en" [^]*<a href="\?lang=zh" [^>]*>中文<\/a>/);
    expect(page({ language: 'zh' })).toMatch(/<html lang="zh-CN" [^]*<a href="\?lang=en" [^>]*>English<\/a>/);
  });

  it('has every text, in words of its own', () => {
    const [english, chinese] = [flat(TEXTS.en), flat(TEXTS.zh)];
    expect(Object.keys(chinese)).toEqual(Object.keys(english));
    for (const [name, text] of Object.entries(english)) {
      expect(text).not.toBe('');
      expect(text).not.toMatch(/\p{Script=Han}/u);
      if (name !== 'tag') expect(chinese[name]).toMatch(/\p{Script=Han}/u);
      expect(chinese[name]?.match(/\{\w+\}/g)).toEqual(text.match(/\{\w+\}/g));
    }
  });

  it.each(LANGUAGES)('%s shows all of its texts, and none of the other page', (language) => {
    const html = page({ language });
    const text = shown(html) + shown(page({ language, needsToken: false })) + html;
    for (const [name, one] of Object.entries(flat(TEXTS[language])))
      if (name !== 'name') expect(text).toContain(one);
    expect(text).not.toContain(TEXTS[language === 'en' ? 'zh' : 'en'].intro);
  });
});

/** `{ fields: { nextChat: 'x' } }` → `{ 'fields.nextChat': 'x' }` */
function flat(texts: object, prefix = ''): Record<string, string> {
  return Object.fromEntries(
    Object.entries(texts).flatMap(([name, value]: [string, string | object]) =>
      typeof value === 'string' ? [[prefix + name, value]] : Object.entries(flat(value, `${prefix}${name}.`)),
    ),
  );
}

describe('the page', () => {
  it('escapes all its inputs', () => {
    const hostile = '"><script>alert(1)</script><img src=x onerror=alert(1)>&\'';
    const html = page({ baseUrl: hostile, providers: [hostile], segment: hostile, version: hostile });
    expect(html).not.toMatch(/<script|<img|onerror=alert\(1\)>/);
    const data = /data-page="([^"]*)"/.exec(html)?.[1] ?? '';
    expect(JSON.parse(shown(data))).toMatchObject({ segment: `/${hostile}`, version: hostile });
  });

  it('says whether a token is needed', () => {
    expect(shown(page())).toContain(TEXTS.en.tokenNeeded);
    expect(shown(page({ needsToken: false }))).toContain(TEXTS.en.noTokenNeeded);
  });

  it('has a loader that needs nothing of the compiler or of other modules', () => {
    expect(LOADER).not.toMatch(/<\/|<!--/);
    expect(LOADER).not.toMatch(/__\w+|\b(?:exports|require|process)\b|\w_\d\./);
    expect(LOADER).not.toMatch(
      /innerHTML|outerHTML|insertAdjacentHTML|document\.write|eval|localStorage|cookie/,
    );
  });

  it.each(LANGUAGES)('loads nothing from another origin (%s)', (language) => {
    const addresses = [...page({ language }).matchAll(/\b(?:src|href|action|srcset)="([^"]*)"/g)].map(
      (match) => match[1],
    );
    expect(addresses.length).toBeGreaterThan(0);
    for (const address of addresses) expect(address).toMatch(/^(?:#|\?lang=|data:image\/svg)/);
  });
});

/** That a page's scripts and styles are those that its policy has the hashes of. */
function expectToFit(html: string, header: string, consoleScript: string): void {
  const hash = (text = '') => `'sha256-${createHash('sha256').update(text).digest('base64')}'`;
  const scripts = [...html.matchAll(/<script[^>]*>(.*?)<\/script>/gs)].map((match) => hash(match[1]));
  const styles = [...html.matchAll(/<style[^>]*>(.*?)<\/style>/gs)].map((match) => hash(match[1]));
  const policy = header.split('; ').map((directive) => directive.split(' '));
  expect(Object.fromEntries(policy.map(([name = '', ...values]) => [name, values]))).toEqual({
    'default-src': ["'none'"],
    'script-src': [...scripts, hash(consoleScript), "'strict-dynamic'"],
    'style-src': styles,
    'img-src': ['data:'],
    'connect-src': ["'self'"],
    'base-uri': ["'none'"],
    'form-action': ["'none'"],
    'frame-ancestors': ["'none'"],
    'require-trusted-types-for': ["'script'"],
    'trusted-types': ['page'],
  });
  expect([scripts.length, styles.length]).toEqual([1, 1]);
  expect(html).not.toMatch(/<[^>]*\s(?:style|on\w+)=/i);
  expect(html).not.toContain('\r'); // a parser would change it, and so the hash
  expect(html).not.toMatch(/url\(|@import/);
}

function scriptPathIn(html: string): string {
  const data = /data-page="([^"]*)"/.exec(html)?.[1] ?? '';
  return (JSON.parse(shown(data)) as { script: string }).script;
}

/** As long as the platform's are. */
const HOST = '1234567890-0123456789-na-siliconvalley.scf.tencentcs.example';

describe('GET / of the bundle', () => {
  let upstream: FakeUpstream;
  let bundle: RunningBundle;
  beforeAll(async () => {
    upstream = await startFakeUpstream();
    bundle = await startBundle({
      OPENAI_UPSTREAM: upstream.origin,
      ANTHROPIC_UPSTREAM: upstream.origin,
      CORS_ORIGINS: 'https://chat.example',
    });
  });
  afterAll(async () => {
    await bundle.stop();
    await upstream.close();
  });

  it.each([
    ['/', { 'accept-language': 'zh-CN' }, 'zh-CN', ''],
    ['/release/?lang=en', { 'accept-language': 'zh-CN' }, 'en', '/release'],
    ['/release?lang=zh', {}, 'zh-CN', '/release'],
    ['/openai/', {}, 'en', ''],
  ])('%s with %j gets a page in %s, with the stage %j', async (path, headers, language, stage) => {
    const response = await send(bundle.url, path, {
      headers: { ...headers, host: HOST } as Record<string, string>,
    });
    const html = response.body.toString();
    expect(response.status).toBe(200);
    expect(html).toContain(`<html lang="${language}" `);
    expect(html).toContain(`<span data-base>https://${HOST}${stage}</span>/v1</code>`);
    expect(response.body.length).toBeLessThan(64 * 1024);
    const script = await send(bundle.url, scriptPathIn(html));
    expectToFit(html, String(response.headers['content-security-policy']), script.body.toString());
    expect(response.headers['content-type']).toBe('text/html; charset=utf-8');
    expect(response.headers['referrer-policy']).toBe('no-referrer');
    expect(response.headers['cache-control']).toBe('no-store');
    expect(String(response.headers.vary).split(/, */)).toEqual(['Origin', 'Accept-Language']);
    expect(upstream.seen).toEqual([]);
  });

  it('has a script of at most 120 KB, which a browser keeps for good', async () => {
    const path = scriptPathIn((await send(bundle.url, '/')).body.toString());
    const packed = await send(bundle.url, path, { headers: { 'accept-encoding': 'br, gzip' } });
    expect(packed.status).toBe(200);
    expect(packed.headers).toMatchObject({
      'content-encoding': 'gzip',
      'content-type': 'text/javascript; charset=utf-8',
      'cache-control': 'public, max-age=31536000, immutable',
      'x-content-type-options': 'nosniff',
    });
    expect(packed.body.length).toBeLessThan(120 * 1024);
    const plain = await send(bundle.url, path, { headers: { 'accept-encoding': 'gzip;q=0, identity' } });
    expect(plain.headers['content-encoding']).toBeUndefined();
    expect(gunzipSync(packed.body).equals(plain.body)).toBe(true);
  });

  it.each(['/-/console.js', '/-/console.0123456789abcdef.js'])('has no script at %s', async (path) => {
    const response = await send(bundle.url, path);
    expect([response.status, response.headers['x-proxy-error']]).toEqual([404, 'not-found']);
  });

  it('shows a hostile Host nowhere', async () => {
    const response = await send(bundle.url, '/', { headers: { host: '"><script>alert(1)</script>' } });
    expect(response.body.toString()).not.toContain('alert(1)');
  });
});
