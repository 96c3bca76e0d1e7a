/// <reference lib="dom" />
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { chromium, type Browser, type Page } from 'playwright-core';
import { startFakeUpstream, type FakeUpstream, type Responder } from '../../scripts/fakes/fake-upstream';
import { APP_TEXTS } from '../../src/pages/console-app/texts/texts';
import { FAILURES_ZH } from '../../src/pages/console-app/texts/failures-zh';
import { FAILURES } from '../../src/errors/failures';
import type { Language } from '../../src/pages/index-page/texts';
import { OPENAI_HEADERS, send, until } from '../helpers/http';
import { startBundle, type LogLine, type RunningBundle } from '../helpers/proxies';
import { CHROMIUM, closePages, openPage, tooWide, type PageOptions } from './open-page';

/** The page for a token's holder and for the operator, of the bundle, in a real browser, with everything on loopback. */
const ADMIN = 'admin-browser-0123456789';
const TOKENS = { anna: 'tok-anna-0123456789abcdef', ben: 'tok-ben-0123456789abcdef' };
const VIEWS = ['overview', 'tokens', 'keys', 'requests', 'health', 'clients'] as const;
const LANGUAGES = Object.keys(APP_TEXTS) as Language[];
const AXE = readFileSync(createRequire(__filename).resolve('axe-core/axe.min.js'), 'utf8');
/** Markup in whatever others can name. */
const PLANTED = '<img src=x onerror=alert(1)>';
const REQUESTS = 60;

jest.setTimeout(60_000); // axe inspects eight pages in one test

let upstream: FakeUpstream;
let bundle: RunningBundle;
let browser: Browser;
let complaints: string[];

/** Chats with a usage that differs from one to the next; some models fail. */
const respond: Responder = (_request, response, { body }) => {
  if (body.length === 0) {
    response.writeHead(200, { 'content-type': 'application/json' });
    response.end(JSON.stringify({ object: 'list', data: [{ id: `model-${PLANTED}`, object: 'model' }] }));
    return;
  }
  const { model, stream } = JSON.parse(body.toString()) as { model: string; stream?: boolean };
  const usage = {
    prompt_tokens: model.length * 10,
    completion_tokens: 7,
    total_tokens: model.length * 10 + 7,
  };
  if (model.startsWith('broken')) {
    response.writeHead(400, { 'content-type': 'application/json' });
    response.end(JSON.stringify({ error: { message: PLANTED, type: 't', param: null, code: PLANTED } }));
  } else if (stream === true) {
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    response.write(`data: ${JSON.stringify({ choices: [{ index: 0, delta: { content: 'Hi' } }] })}\n\n`);
    response.end(`data: ${JSON.stringify({ choices: [], usage })}\n\ndata: [DONE]\n\n`);
  } else {
    response.writeHead(200, { 'content-type': 'application/json' });
    response.end(JSON.stringify({ choices: [{ message: { content: 'Hi' } }], usage }));
  }
};

function chat(token: string, model: string, stream: boolean) {
  return send(bundle.url, '/v1/chat/completions', {
    headers: { ...OPENAI_HEADERS, authorization: `Bearer ${token}` },
    body: JSON.stringify({ model, stream, messages: [] }),
  });
}

/** The lines of requests that count: all that are for a provider. */
const relayed = (): readonly LogLine[] =>
  bundle.log.filter(
    ({ msg, provider, token }) => msg === 'request' && provider !== undefined && token !== undefined,
  );

beforeAll(async () => {
  upstream = await startFakeUpstream();
  upstream.respond(respond);
  bundle = await startBundle({
    OPENAI_UPSTREAM: upstream.origin,
    OPENAI_API_KEYS: 'sk-browser-0123456789-one,sk-browser-0123456789-two',
    ACCESS_TOKENS: Object.entries(TOKENS)
      .map(([name, token]) => `${name}:${token}`)
      .join(','),
    ADMIN_TOKEN: ADMIN,
    EGRESS_GUARD: 'off',
  });
  const models = ['gpt-5.4-mini', 'gpt-5.4', 'unpriced-model', 'broken-model', `planted-${PLANTED}`];
  for (let at = 0; at < REQUESTS; at++) {
    await chat(at % 3 === 0 ? TOKENS.ben : TOKENS.anna, models[at % models.length] ?? '', at % 2 === 0);
  }
  await until('all requests are logged', () => relayed().length === REQUESTS);
  browser = await chromium.launch(CHROMIUM);
}, 60_000);
afterAll(async () => {
  await browser.close();
  await bundle.stop();
  await upstream.close();
});
beforeEach(() => {
  complaints = [];
});
afterEach(async () => {
  await closePages(browser);
  expect(complaints).toEqual([]);
});

async function openAs(token: string, view = '', options: PageOptions = {}): Promise<Page> {
  const page = await openPage(browser, `${bundle.url}/#${token}`, complaints, options);
  await page.waitForSelector('.who, .notice', { state: 'attached' }); // a phone has no room for the name
  if (view !== '') {
    await page.goto(`${bundle.url}/#/${view}`);
    await page.waitForSelector(`nav [href="#/${view}"][aria-current]`);
    await page.waitForFunction(() => document.querySelector('.skeleton') === null);
  }
  return page;
}

const sumOf = (lines: readonly LogLine[], name: string) =>
  lines.reduce((sum, line) => sum + Number(line[name] ?? 0), 0);
const digits = (text: string | null) => Number(text?.replaceAll(/[^\d.]/g, ''));
/** The figure of a card by its place. */
const figure = (page: Page, at: number) => page.locator('.stats .figure').nth(at).textContent();

describe('signing in', () => {
  it('takes a token from the fragment, and leaves it neither in the address nor in the history', async () => {
    const page = await openAs(TOKENS.anna);
    expect(await page.locator('h1').textContent()).toBe('Token anna');
    expect(page.url()).not.toContain(TOKENS.anna);
    await page.reload();
    await page.waitForSelector('.who');
    expect(await page.locator('.who').textContent()).toBe('anna');
    expect(await page.evaluate(() => [localStorage.length, document.cookie])).toEqual([0, '']);
  });

  it('opens the console for the admin token that is typed in, and forgets it with "Sign out"', async () => {
    const page = await openPage(browser, bundle.url, complaints);
    await page.fill('#token', ADMIN);
    await page.press('#token', 'Enter');
    await page.waitForSelector('nav');
    expect(await page.locator('nav a').allTextContents()).toEqual(
      VIEWS.map((view) => APP_TEXTS.en.nav[view]),
    );
    await page.getByRole('button', { name: APP_TEXTS.en.signIn.out }).click();
    await page.waitForSelector('#token');
    await page.reload();
    await page.waitForSelector('#token');
  });

  it('says in the reader’s language what is wrong with a token', async () => {
    const page = await openPage(browser, bundle.url, complaints, { locale: 'zh-CN' });
    await page.fill('#token', 'not-a-token-of-this-proxy');
    await page.press('#token', 'Enter');
    await page.waitForSelector('.notice.bad');
    expect(await page.locator('.notice.bad p').first().textContent()).toBe(FAILURES_ZH['bad-token']);
    expect(complaints.splice(0)).toEqual([expect.stringMatching(/^Failed to load resource: .* 401 /)]);
  });

  it('works where storage is forbidden, and says that a reload forgets the token', async () => {
    const page = await openPage(browser, bundle.url, complaints, {
      before: () => {
        Object.defineProperty(window, 'sessionStorage', {
          get() {
            throw new DOMException('forbidden', 'SecurityError');
          },
        });
      },
    });
    expect(await page.locator('#token-hint').textContent()).toContain(APP_TEXTS.en.signIn.noStorage);
    await page.fill('#token', TOKENS.anna);
    await page.press('#token', 'Enter');
    await page.waitForSelector('.who');
  });
});

describe('the figures', () => {
  it('of the overview are the sums over the log', async () => {
    const page = await openAs(ADMIN, 'overview');
    const lines = relayed();
    expect(digits(await figure(page, 0))).toBe(lines.length);
    expect(digits(await figure(page, 1))).toBe(sumOf(lines, 'input_tokens') + sumOf(lines, 'output_tokens'));
    const usd = sumOf(lines, 'usd');
    expect(Math.abs(digits(await figure(page, 2)) - usd)).toBeLessThan(0.00501); // whole cents, above a dollar
    const failed = lines.filter(({ status }) => Number(status) >= 400).length;
    expect(await page.locator('.stat').nth(3).textContent()).toContain(
      `${String(failed)} / ${String(lines.length)}`,
    );
  });

  it('of the chart are the same, however it is stacked', async () => {
    const page = await openAs(ADMIN, 'overview');
    await page.getByRole('button', { name: APP_TEXTS.en.overview.requests, exact: true }).click();
    for (const by of ['token', 'provider', 'model'] as const) {
      await page.getByRole('button', { name: APP_TEXTS.en.overview[by], exact: true }).click();
      expect(digits(await page.locator('.legend .total .number').textContent())).toBe(relayed().length);
      const parts = await page.locator('.legend li:not(.total) .number').allTextContents();
      expect(parts.reduce((sum, text) => sum + digits(text), 0)).toBe(relayed().length);
    }
    await page.getByRole('button', { name: APP_TEXTS.en.overview.days }).click();
    await page.waitForSelector('.legend');
    expect(digits(await page.locator('.legend .total .number').textContent())).toBe(relayed().length);
  });

  it.each(['anna', 'ben'] as const)('of the token %s are the sums over its lines', async (name) => {
    const linesOf = () => relayed().filter(({ token }) => token === name);
    const page = await openAs(ADMIN, 'tokens');
    const row = page.locator('tbody tr', { has: page.locator(`th:has-text("${name}")`) });
    expect(await row.locator('td.number').first().textContent()).toMatch(
      new RegExp(`^${String(linesOf().length)} ·`),
    );
    const before = linesOf().length;
    const own = await openAs(TOKENS[name]);
    await until('its list of models is logged', () => linesOf().length > before);
    await own.route('**/v1/models', (route) => route.fulfill({ json: { data: [] } })); // which would count as well
    await own.reload();
    await own.waitForSelector('.uses');
    const lines = linesOf();
    const text = await own.locator('.uses').textContent();
    expect(text).toContain(`${String(lines.length)} requests`);
    const tokens = sumOf(lines, 'input_tokens') + sumOf(lines, 'output_tokens');
    expect(text).toContain(`${tokens.toLocaleString('en')} tokens`);
  });
});

describe('the requests', () => {
  const rows = (page: Page) => page.locator('tbody tr:not(.details)');

  it('are listed, the newest first, and a new one comes without a reload', async () => {
    const page = await openAs(ADMIN, 'requests');
    await page.waitForSelector('.live .good');
    expect(await rows(page).count()).toBe(relayed().length);
    await chat(TOKENS.anna, 'model-that-is-new', true);
    await page.waitForSelector('tbody tr:first-child td:has-text("model-that-is-new")');
    await until('it is logged', () => relayed().some(({ model }) => model === 'model-that-is-new'));
    expect(await rows(page).count()).toBe(relayed().length);
  });

  it('stand still while they are paused', async () => {
    const page = await openAs(ADMIN, 'requests');
    await page.waitForSelector('.live .good');
    const before = await rows(page).count();
    await page.getByRole('button', { name: APP_TEXTS.en.requests.pause }).click();
    await chat(TOKENS.ben, 'gpt-5.4', false);
    await page.waitForSelector('.live:has-text("1 new")');
    expect(await rows(page).count()).toBe(before);
    await page.getByRole('button', { name: APP_TEXTS.en.requests.resume }).click();
    expect(await rows(page).count()).toBe(before + 1);
  });

  it.each([
    ['token', 'ben', (line: LogLine) => line['token'] === 'ben'],
    ['model', 'MINI', (line: LogLine) => String(line['model']).includes('mini')],
    ['provider', 'openai', () => true],
    ['status', '400', (line: LogLine) => line['status'] === 400],
    ['outcome', 'complete', (line: LogLine) => Number(line['status']) < 400],
    [
      'tokens',
      '100',
      (line: LogLine) => Number(line['input_tokens'] ?? 0) + Number(line['output_tokens'] ?? 0) >= 100,
    ],
  ] as const)('that are filtered by %s are those of the log', async (column, text, matches) => {
    const page = await openAs(ADMIN, 'requests');
    await page.getByLabel(`Filter by ${APP_TEXTS.en.requests[column]}`, { exact: true }).fill(text);
    expect(await rows(page).count()).toBe(relayed().filter(matches).length);
  });

  it('that failed show their attempts, the code, and nothing as markup', async () => {
    const page = await openAs(ADMIN, 'requests');
    await page.getByLabel(APP_TEXTS.en.requests.failedOnly).check();
    expect(await rows(page).count()).toBe(relayed().filter(({ status }) => Number(status) >= 400).length);
    await page.locator('.opener').first().click();
    await page.waitForSelector('.details table');
    expect(await page.locator('.details').textContent()).toContain('Attempt 1');
    expect(await page.locator('.opener').first().getAttribute('aria-expanded')).toBe('true');
  });

  it('go on when the event stream broke', async () => {
    const page = await openPage(browser, `${bundle.url}/#${ADMIN}`, complaints);
    let broken = 0;
    await page.route('**/-/console/events', async (route) => {
      if (broken++ === 0)
        await route.fulfill({
          status: 200,
          contentType: 'text/event-stream',
          body: 'retry: 50\ndata: x\n\n',
        });
      else await route.continue();
    });
    await page.waitForSelector('nav');
    await page.goto(`${bundle.url}/#/requests`);
    await page.waitForSelector('.live .good');
    await until('it has connected again', () => broken > 1);
    await page.waitForSelector('.live .good');
    await chat(TOKENS.anna, 'after-the-break', true);
    await page.waitForSelector('td:has-text("after-the-break")');
  });
});

describe('what others have named', () => {
  it.each(VIEWS)('stands as text in %s, never as markup', async (view) => {
    const page = await openAs(ADMIN, view);
    expect(await page.locator('#app img, #app script').count()).toBe(0);
    if (view === 'requests' || view === 'overview') {
      expect(await page.locator('main').textContent()).toContain(PLANTED);
    }
  });

  it('stands as text wherever the proxy reports it', async () => {
    const page = await openPage(browser, `${bundle.url}/#${ADMIN}`, complaints);
    await page.waitForSelector('nav');
    // Every text that the server sends gets markup in it.
    await page.route('**/-/console/*', async (route) => {
      if (route.request().url().endsWith('/events')) return route.continue();
      const response = await route.fetch();
      return route.fulfill({ response, json: planted(await response.json()) });
    });
    for (const view of VIEWS) {
      await page.goto(`${bundle.url}/#/${view}`);
      await page.waitForFunction(() => document.querySelector('.skeleton') === null);
      if (view === 'clients') continue;
      await page.waitForFunction(
        (text) => document.querySelector('main')?.textContent.includes(text),
        PLANTED,
      );
      await page.locator('.opener').evaluateAll((all) => {
        for (const opener of all) (opener as HTMLButtonElement).click();
      });
      expect(await page.locator('#app img, #app script').count()).toBe(0);
    }
  });
});

/** Words that the page has texts for, and looks up. */
const WORDS = new Set([
  ...['state', 'kind', 'status', 'reason', 'scope', 'verdict', 'meter', 'period'],
  ...['range', 'date', 'method'],
]);

function planted(value: unknown, name = ''): unknown {
  if (typeof value === 'string') return WORDS.has(name) ? value : value + PLANTED;
  if (Array.isArray(value)) return value.map((one) => planted(one, name));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, planted(one, key)]));
}

describe('a holder’s page', () => {
  it('has the token in its settings, its links and its QR code, and the last errors with their remedies', async () => {
    const page = await openAs(TOKENS.anna);
    await page.waitForSelector('.snippets');
    expect(await page.locator('.snippets').textContent()).toContain(TOKENS.anna);
    const links = await page
      .locator('.card a.button')
      .evaluateAll((all) => all.map((one) => (one as HTMLAnchorElement).href));
    expect(links.map((link) => new URL(link).protocol)).toEqual(
      expect.arrayContaining(['ccswitch:', 'cherrystudio:', 'chatbox:', 'deepchat:', 'https:']),
    );
    await page.getByRole('button', { name: APP_TEXTS.en.clients.qrShow }).click();
    expect(await page.getByRole('img', { name: APP_TEXTS.en.clients.qrLabel }).count()).toBe(1);
    await page.waitForSelector('.errors li');
    expect(await page.locator('.errors').textContent()).toContain('broken-model');
  });

  it('shows what a chat took: first token, tokens and price', async () => {
    const page = await openAs(TOKENS.anna);
    await page.click('#send');
    await page.waitForFunction(() =>
      document.querySelector('[data-figure=price]')?.textContent.startsWith('$'),
    );
    expect(await page.locator('#reply').textContent()).toBe('Hi');
    expect(await page.locator('[data-figure=tokens]').textContent()).toBe('120 in, 7 out');
  });
});

describe('without the console’s pages', () => {
  it.each([
    [503, 'proxy-error', FAILURES['proxy-error'].message],
    [404, 'not-found', APP_TEXTS.en.errors.missing],
    [0, '', APP_TEXTS.en.errors.offline],
  ])('a view says so (%d %s), and loads when they are back', async (status, code, message) => {
    const page = await openAs(ADMIN, 'health');
    await page.route('**/-/console/keys', (route) =>
      status === 0
        ? route.abort()
        : route.fulfill({ status, headers: { 'x-proxy-error': code }, json: { error: { message: 'x' } } }),
    );
    await page.goto(`${bundle.url}/#/keys`);
    await page.waitForSelector('main .notice.bad');
    expect(await page.locator('main .notice.bad').textContent()).toContain(message);
    await page.unroute('**/-/console/keys');
    await page.getByRole('button', { name: APP_TEXTS.en.common.retry }).click();
    await page.waitForSelector('main table');
    expect(complaints.splice(0)).toHaveLength(1);
  });
});

describe.each(LANGUAGES)('in %s', (language) => {
  const locale = APP_TEXTS[language].tag;

  it.each([
    [language === 'en' ? 'light' : 'dark', 1440],
    [language === 'en' ? 'dark' : 'light', 360],
  ] as const)('every view is accessible and fits, %s at %d px', async (colorScheme, width) => {
    const options = {
      locale,
      colorScheme,
      viewport: { width, height: 900 },
      reducedMotion: 'reduce',
    } as const;
    const inspect = async (page: Page, what: string) => {
      await page.evaluate(AXE);
      const violations = await page.evaluate(async () => {
        const { axe } = window as unknown as {
          axe: { run: () => Promise<{ violations: { id: string; nodes: { html: string }[] }[] }> };
        };
        return (await axe.run()).violations.map(({ id, nodes }) => [
          id,
          ...nodes.map(({ html }) => html.slice(0, 200)),
        ]);
      });
      expect([what, violations]).toEqual([what, []]);
      expect([what, await tooWide(page)]).toEqual([what, [false]]);
    };
    const page = await openAs(ADMIN, 'overview', options);
    expect(await page.getAttribute('html', 'lang')).toBe(locale);
    for (const view of VIEWS) {
      await page.goto(`${bundle.url}/#/${view}`);
      await page.waitForSelector(`nav [href="#/${view}"][aria-current]`);
      await page.waitForFunction(() => document.querySelector('.skeleton') === null);
      if (view === 'requests') {
        await page.locator('.filters input').nth(2).fill('broken'); // axe takes its time with a long list
        await page.waitForSelector('tr.failed');
      }
      if (view === 'requests' || view === 'tokens') await page.locator('.opener').first().click();
      expect(await page.locator('h1, h2').first().textContent()).toMatch(
        language === 'zh' ? /\p{Script=Han}/u : /^[^\p{Script=Han}]+$/u,
      );
      await inspect(page, view);
    }
    const holder = await openAs(TOKENS.anna, '', options);
    await holder.waitForSelector('.errors li');
    await inspect(holder, 'holder');
    await inspect(await openPage(browser, bundle.url, complaints, options), 'visitor');
  });
});
