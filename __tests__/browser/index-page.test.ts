/// <reference lib="dom" />
import { once } from 'node:events';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import { chromium, type Browser, type Page } from 'playwright-core';
import { clientSettings, snippets } from '../../src/pages/index-page/clients';
import { TEXTS, type Language } from '../../src/pages/index-page/texts';
import { FAILURES } from '../../src/errors/failures';
import { startFakeUpstream, type FakeUpstream } from '../../scripts/fakes/fake-upstream';
import { startFront, type Front } from '../helpers/front';
import { until } from '../helpers/http';
import { startBundle, type RunningBundle } from '../helpers/proxies';
import { CHROMIUM, closePages, openPage, tooWide, type PageOptions } from './open-page';
import { PIECES, WHOLE, streamSlowly } from './slow-streams';

/** The bundle's page for everybody in a real browser, with everything on loopback. */
const TOKEN = 'tok-browser-1-0123456789';
const INTERVAL_MS = 150;
const LANGUAGES = Object.keys(TEXTS) as Language[];

jest.setTimeout(60_000); // one test presses every button

let upstream: FakeUpstream;
let bundle: RunningBundle;
let front: Front;
let browser: Browser;
/** Whatever a page complained of: console errors, exceptions, violations of its policy. */
let complaints: string[];

beforeAll(async () => {
  upstream = await startFakeUpstream();
  bundle = await startBundle({
    OPENAI_UPSTREAM: upstream.origin,
    ANTHROPIC_UPSTREAM: upstream.origin,
    GEMINI_UPSTREAM: upstream.origin,
    OPENAI_API_KEYS: 'sk-pool-openai',
    ANTHROPIC_API_KEYS: 'sk-ant-pool',
    GEMINI_API_KEYS: 'AIza-pool',
    ACCESS_TOKENS: `browser:${TOKEN}`,
  });
  // Like a custom domain that does not send its own name to the function.
  front = await startFront(bundle.url, {
    requestHeaders: { host: 'inner.scf.example', 'x-forwarded-proto': 'https' },
  });
  browser = await chromium.launch(CHROMIUM);
});
afterAll(async () => {
  await browser.close();
  await front.close();
  await bundle.stop();
  await upstream.close();
});
beforeEach(() => {
  complaints = [];
  upstream.seen.length = 0;
  upstream.aborts.length = 0;
  upstream.respond(streamSlowly(INTERVAL_MS));
});
afterEach(async () => {
  await closePages(browser);
  expect(complaints).toEqual([]);
});

/** An address of the front under a name of its own. */
const atCustomDomain = () => front.url.replace('127.0.0.1', 'llm.custom.example');

const open = (url: string, options: PageOptions = {}) => openPage(browser, url, complaints, options);

const textOf = async (page: Page, selector: string) => (await page.textContent(selector)) ?? '';
/** A figure below the reply; a dash until the reply has ended. */
const figureOf = (page: Page, name: string) => textOf(page, `[data-figure=${name}]`);

/** Submits the form, and reads the reply repeatedly until its figures say that it has ended. */
async function watchReply(page: Page): Promise<string[]> {
  await page.fill('#key', TOKEN);
  await page.click('#send');
  const samples: string[] = [];
  let total = '–';
  for (const end = Date.now() + 20_000; total === '–' && Date.now() < end;) {
    total = await figureOf(page, 'total');
    const text = await textOf(page, '#reply');
    if (text !== '' && text !== samples.at(-1)) samples.push(text);
  }
  expect(total).toMatch(/^\d+\.\d+s$/);
  expect(await figureOf(page, 'first')).toMatch(/^\d+(?:ms|\.\d+s)$/);
  return samples;
}

function expectToHaveGrown(samples: readonly string[]): void {
  expect(samples.length).toBeGreaterThanOrEqual(4);
  samples.slice(1).forEach((text, at) => {
    expect(text.startsWith(samples[at] ?? '?')).toBe(true);
  });
  expect(samples.at(-1)).toBe(WHOLE);
}

describe('the form', () => {
  it.each([
    ['openai', '/v1/chat/completions', { authorization: 'Bearer sk-pool-openai' }, 'gpt-5.4-mini'],
    ['anthropic', '/v1/messages', { 'x-api-key': 'sk-ant-pool' }, 'claude-haiku-5-5'],
    [
      'gemini',
      '/v1beta/models/gemini-flash-latest:streamGenerateContent?alt=sse',
      { 'x-goog-api-key': 'AIza-pool' },
      'gemini-flash-latest',
    ],
  ])('shows a reply of %s word by word', async (api, url, headers, model) => {
    const page = await open(bundle.url);
    await page.selectOption('#api', api);
    expect(await page.inputValue('#model')).toBe(model);
    await page.fill('#message', 'Say "你好"');
    expectToHaveGrown(await watchReply(page));
    expect(await textOf(page, '#failure')).toBe('');
    expect(upstream.seen).toMatchObject([{ method: 'POST', url, headers }]);
    expect(upstream.seen[0]?.body.toString()).toContain('Say \\"你好\\"');
    expect(JSON.stringify(upstream.seen[0]?.rawHeaders)).not.toContain(TOKEN);
  });

  it('shows it word by word behind a custom domain too', async () => {
    expectToHaveGrown(await watchReply(await open(atCustomDomain())));
    expect(upstream.seen).toHaveLength(1);
  });

  it('needs no key on a path that has the access token', async () => {
    const page = await open(`${bundle.url}/release/${TOKEN}`);
    await page.waitForSelector('h1:has-text("browser")');
    expect(await page.$('#key')).toBeNull();
    await page.press('#model', 'Enter');
    await page.waitForFunction((whole) => document.querySelector('#reply')?.textContent === whole, WHOLE);
    await page.waitForSelector('#send:enabled'); // over, or its abort would be taken for the next test's
    expect(upstream.seen.filter(({ method }) => method === 'POST')).toMatchObject([
      { url: '/v1/chat/completions' },
    ]);
  });

  it('stops the upstream, and keeps what came, when Stop is pressed', async () => {
    upstream.respond(streamSlowly(INTERVAL_MS, 5)); // it does not end by itself, however slow the browser
    const page = await open(bundle.url);
    await page.fill('#key', TOKEN);
    expect(await page.isDisabled('#stop')).toBe(true);
    await page.click('#send');
    await page.waitForFunction(
      (piece) => document.querySelector('#reply')?.textContent.includes(piece),
      PIECES[1] ?? '',
    );
    expect(await page.isDisabled('#send')).toBe(true);
    await page.click('#stop');
    await until('the upstream request is aborted', () => upstream.aborts.length === 1);
    await page.waitForFunction(() =>
      document.querySelector('#status')?.textContent.startsWith('Stopped after '),
    );
    const reply = await textOf(page, '#reply');
    expect(reply).not.toBe('');
    expect(WHOLE.startsWith(reply)).toBe(true);
    expect(await textOf(page, '#failure')).toBe('');
    expect(await page.isEnabled('#send')).toBe(true);
  });

  it('shows the code and the message of an error of the proxy', async () => {
    const page = await open(bundle.url);
    await page.fill('#key', 'tok-wrong');
    await page.press('#key', 'Enter');
    await page.waitForSelector('#failure:not(:empty)');
    const [message, facts] = await page.locator('#failure p').allTextContents();
    expect(message).toBe(FAILURES['bad-token'].message);
    expect(facts).toMatch(/^HTTP 401 · bad-token · Request id: [0-9a-f]{16}$/);
    expect(await textOf(page, '#status')).toBe('');
    expect(upstream.seen).toEqual([]);
    expect(complaints.splice(0)).toEqual([expect.stringMatching(/^Failed to load resource: .* 401 /)]);
  });

  it('shows the message of an error of the provider, as text', async () => {
    const message = 'No such <img src=x> model';
    upstream.respond((_request, response) => {
      response.writeHead(404, { 'content-type': 'application/json' });
      response.end(JSON.stringify({ type: 'error', error: { type: 'not_found_error', message } }));
    });
    const page = await open(bundle.url);
    await page.selectOption('#api', 'anthropic');
    await page.fill('#key', TOKEN);
    await page.click('#send');
    await page.waitForSelector('#failure:not(:empty)');
    expect(await page.locator('#failure p').first().textContent()).toBe(message);
    expect(await page.$('#app img')).toBeNull();
    expect(complaints.splice(0)).toEqual([expect.stringMatching(/^Failed to load resource: .* 404 /)]);
  });

  it('shows an error in the middle of a stream below what came before it', async () => {
    upstream.respond((_request, response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      response.end(
        'data: {"choices":[{"delta":{"content":"Once"}}]}\n\ndata: {"error":{"message":"It broke."}}\n\n',
      );
    });
    const page = await open(bundle.url);
    await page.fill('#key', TOKEN);
    await page.click('#send');
    await page.waitForSelector('#failure:not(:empty)');
    expect(await textOf(page, '#reply')).toBe('Once');
    expect(await page.locator('#failure p').first().textContent()).toBe('It broke.');
  });
});

describe('the script', () => {
  /** Serves the page and its script; the page's body only when the script has run. */
  let slow: http.Server;
  let sendBody: (() => void) | undefined;
  beforeAll(async () => {
    const markup = await (await fetch(bundle.url)).text();
    const end = markup.indexOf('</head>');
    slow = http.createServer((request, response) => {
      if (request.url === '/') {
        response.writeHead(200, { 'content-type': 'text/html; charset=utf-8' });
        response.write(markup.slice(0, end));
        sendBody = () => response.end(markup.slice(end));
      } else {
        void fetch(`${bundle.url}${request.url ?? ''}`)
          .then((script) => script.text())
          .then((text) => response.writeHead(200, { 'content-type': 'text/javascript' }).end(text));
      }
    });
    await once(slow.listen(0, '127.0.0.1'), 'listening');
  });
  afterAll(() => {
    slow.closeAllConnections();
    return new Promise((resolve) => slow.close(resolve));
  });

  // Regression: after a reload the page stayed empty, if the browser ran the cached script before it had parsed the body.
  it('waits for the body, if the browser has the script earlier', async () => {
    const page = await open('about:blank', {
      before: () => {
        const onLoad = ({ target }: Event) => {
          if (target instanceof HTMLScriptElement) document.documentElement.dataset['scriptHasRun'] = '';
        };
        document.addEventListener('load', onLoad, { capture: true });
      },
    });
    await page.goto(`http://127.0.0.1:${(slow.address() as AddressInfo).port}/`, { waitUntil: 'commit' });
    await page.waitForSelector('[data-script-has-run]', { state: 'attached' });
    sendBody?.();
    await page.waitForSelector('#app #send');
    expect(await page.locator('#static').count()).toBe(0);
  });
});

describe('the settings', () => {
  const expected = (base: string) => clientSettings(base).map(([, , url]) => url);
  const showAll = async (page: Page) => {
    await page.waitForSelector('.all');
    for (let left = await page.locator('.all').count(); left > 0; left--)
      await page.locator('.all').first().click();
  };

  it.each([
    ['the function’s own address', () => bundle.url, () => bundle.url],
    ['a stage', () => `${bundle.url}/release/`, () => `${bundle.url}/release`],
    ['a stage without a slash', () => `${bundle.url}/release?lang=en`, () => `${bundle.url}/release`],
    ['an access token', () => `${bundle.url}/${TOKEN}/`, () => `${bundle.url}/${TOKEN}`],
    ['a provider', () => `${bundle.url}/release/openai/`, () => `${bundle.url}/release`],
    ['a custom domain', atCustomDomain, atCustomDomain],
  ])('are those of the address that was opened: %s', async (_what, url, base) => {
    const page = await open(url());
    await showAll(page);
    expect(await page.locator('table code').allTextContents()).toEqual(expected(base()));
    expect(await page.locator('.snippets code').allTextContents()).toEqual(
      snippets(base(), TEXTS.en).map(([, text]) => text),
    );
  });

  it('are there without JavaScript, with the address that the server knows', async () => {
    const page = await open(`${bundle.url}/release/`, { javaScriptEnabled: false });
    expect(await page.locator('table code').allTextContents()).toEqual(expected(`${bundle.url}/release`));
    expect(await page.locator('#static').isVisible()).toBe(true);
  });

  it('are there if the script does not load, with the address of the page', async () => {
    const context = await browser.newContext({ locale: 'en-US' });
    await context.route('**/console.*.js', (route) => route.abort());
    const page = await context.newPage();
    await page.goto(`${atCustomDomain()}/release/`);
    await page.waitForSelector('#static table');
    expect(await page.locator('table code').allTextContents()).toEqual(
      expected(`${atCustomDomain()}/release`),
    );
  });

  it('are on the clipboard, each to the letter, when their buttons are pressed', async () => {
    const page = await open(bundle.url, { permissions: ['clipboard-read', 'clipboard-write'] });
    await showAll(page);
    const copied = async (what: string) => {
      await page.evaluate(() => navigator.clipboard.writeText(''));
      const button = page.getByRole('button', { name: `Copy: ${what}`, exact: true });
      await button.click();
      await page.waitForFunction(
        (text) => document.querySelector('#announcement')?.textContent === text,
        `Copied: ${what}`,
      );
      return page.evaluate(() => navigator.clipboard.readText());
    };
    expect(await copied('Base URL')).toBe(bundle.url);
    for (const [client, setting, url] of clientSettings(bundle.url)) {
      expect(await copied(`${client}, ${setting}`)).toBe(url);
    }
    for (const [title, text] of snippets(bundle.url, TEXTS.en)) {
      expect(await copied(title)).toBe(text);
    }
    expect(await copied('deepseek')).toBe(`${bundle.url}/deepseek/v1`);
  });

  it('are found by a part of the client’s name', async () => {
    const page = await open(bundle.url);
    await page.fill('.search', 'cherry');
    expect(await page.locator('tbody th').allTextContents()).toEqual(['Cherry Studio']);
    await page.fill('.search', 'no such client');
    await page.waitForSelector('.empty');
  });

  it('can be copied without a secure context as well, and the button keeps the focus', async () => {
    const page = await open(atCustomDomain());
    expect(await page.evaluate(() => isSecureContext)).toBe(false);
    await page.locator('.snippets button.copy').nth(1).press('Enter');
    await page.waitForSelector('.snippets button.done:focus');
    await page.fill('#message', '');
    await page.press('#message', 'Control+V');
    expect(await page.inputValue('#message')).toBe(snippets(atCustomDomain(), TEXTS.en)[1]?.[1]);
  });
});

describe('a page of another origin', () => {
  let foreign: http.Server;
  beforeAll(async () => {
    foreign = http.createServer((_request, response) => {
      response
        .writeHead(200, { 'content-type': 'text/html' })
        .end('<link rel="icon" href="data:,"><p>A chat.');
    });
    await once(foreign.listen(0, '127.0.0.1'), 'listening');
  });
  afterAll(() => {
    foreign.closeAllConnections();
    return new Promise((resolve) => foreign.close(resolve));
  });
  const openForeign = () => open(`http://chat.example:${(foreign.address() as AddressInfo).port}/`);

  /** Calls the proxy as a chat front-end in the browser does. */
  const call = (page: Page, token: string) =>
    page.evaluate(
      async ({ url, key }) => {
        const response = await fetch(`${url}/v1/chat/completions`, {
          method: 'POST',
          headers: {
            authorization: `Bearer ${key}`,
            'content-type': 'application/json',
            'x-stainless-foo': 'bar',
          },
          body: '{"model":"m","stream":true,"messages":[]}',
        });
        const reader = response.body?.getReader();
        const chunks: number[][] = [];
        for (let read = await reader?.read(); read?.value; read = await reader?.read())
          chunks.push([...read.value]);
        return { status: response.status, error: response.headers.get('x-proxy-error'), chunks };
      },
      { url: bundle.url, key: token },
    );

  it('reads a stream chunk by chunk, with headers that nobody listed', async () => {
    const logged = bundle.log.length;
    const response = await call(await openForeign(), TOKEN);
    expect(response).toMatchObject({ status: 200, error: null });
    expect(response.chunks.length).toBeGreaterThanOrEqual(PIECES.length);
    const text = Buffer.from(response.chunks.flat()).toString();
    for (const piece of PIECES) expect(text).toContain(JSON.stringify(piece));
    expect(text.endsWith('data: [DONE]\n\n')).toBe(true);
    expect(upstream.seen).toMatchObject([{ headers: { 'x-stainless-foo': 'bar' } }]);
    await until('both requests are logged', () => bundle.log.length >= logged + 2);
    const lines = bundle.log.slice(logged).map(({ method, status }) => [method, status]);
    expect(lines).toEqual([
      ['OPTIONS', 204],
      ['POST', 200],
    ]);
  });

  it('reads the code of an error of the proxy', async () => {
    expect(await call(await openForeign(), 'tok-wrong')).toMatchObject({ status: 401, error: 'bad-token' });
    expect(complaints.splice(0)).toEqual([expect.stringMatching(/^Failed to load resource: .* 401 /)]);
  });
});

describe.each(LANGUAGES)('in %s', (language) => {
  const locale = TEXTS[language].tag;

  it.each([320, 360, 768, 1440])('nothing is wider than %d px', async (width) => {
    const page = await open(`${atCustomDomain()}/release/`, { locale, viewport: { width, height: 800 } });
    await page.waitForSelector('#reply');
    await page.evaluate(() => {
      for (const id of ['reply', 'failure', 'status']) {
        document.getElementById(id)?.append('a-word-without-an-end-'.repeat(20));
      }
    });
    expect(await tooWide(page)).toEqual([false]);
  });

  it('the page is in that language, and its button changes to the other', async () => {
    const page = await open(`${bundle.url}/release`, { locale });
    await page.waitForSelector('h1');
    expect(await page.getAttribute('html', 'lang')).toBe(locale);
    const other = TEXTS[language === 'en' ? 'zh' : 'en'];
    await page.getByRole('button', { name: other.name }).click();
    expect(await page.getAttribute('html', 'lang')).toBe(other.tag);
    await page.reload(); // it stays
    await page.waitForSelector('h1');
    expect(await page.getAttribute('html', 'lang')).toBe(other.tag);
    expect(new URL(page.url()).pathname).toBe('/release');
  });
});
