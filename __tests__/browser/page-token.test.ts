/// <reference lib="dom" />
import { chromium, type Browser, type Page } from 'playwright-core';
import { APP_TEXTS } from '../../src/pages/console-app/texts/texts';
import { startBundle, type RunningBundle } from '../helpers/proxies';
import { CHROMIUM, closePages, openPage, tooWide, type PageOptions } from './open-page';

/** With PAGE=token the address shows a form to everybody, and the page to those with a token. */
const ADMIN = 'admin-of-the-form-0123456789';
const TOKEN = 'tok-of-the-form-0123456789';
const UNAUTHORIZED = /^Failed to load resource: .* 401 /;

jest.setTimeout(60_000);

let bundle: RunningBundle;
let browser: Browser;
let complaints: string[];

beforeAll(async () => {
  bundle = await startBundle({
    ACCESS_TOKENS: `mum:${TOKEN}`,
    ADMIN_TOKEN: ADMIN,
    OPENAI_API_KEYS: 'planted-key-of-the-form',
    OPENAI_UPSTREAM: 'http://127.0.0.1:9',
    EGRESS_GUARD: 'off',
    PAGE: 'token',
  });
  browser = await chromium.launch(CHROMIUM);
}, 60_000);
afterAll(async () => {
  await browser.close();
  await bundle.stop();
});
beforeEach(() => {
  complaints = [];
});
afterEach(async () => {
  await closePages(browser);
  // The page's policy is kept, and nothing fails but what was not allowed.
  expect(complaints.filter((one) => !UNAUTHORIZED.test(one))).toEqual([]);
});

async function open(url = bundle.url, options: PageOptions = {}): Promise<Page> {
  const page = await openPage(browser, 'about:blank', complaints, options);
  await page.route('**/v1/models', (route) => route.fulfill({ json: { data: [] } }));
  await page.goto(url);
  return page;
}

/** Enters a token in the form. */
async function enter(page: Page, token: string): Promise<void> {
  await page.fill('#token', token);
  await page.press('#token', 'Enter');
}

const isForm = (page: Page) => page.waitForSelector('form:not([hidden]) #token');

it('a stranger gets a form and loads nothing else', async () => {
  const requests: string[] = [];
  const page = await openPage(browser, 'about:blank', complaints, { viewport: { width: 360, height: 640 } });
  page.on('request', (request) => requests.push(request.url()));
  await page.goto(bundle.url);
  await isForm(page);
  expect(requests).toEqual([`${bundle.url}/`]);
  expect(await page.content()).not.toMatch(/openai|anthropic|gemini|scf-llm-proxy|mum/i);
  expect(await page.title()).toBe('401');
  expect(await tooWide(page)).toEqual([false]);
});

it('a token that is typed in opens the holder’s page, which stays after a reload until "Sign out"', async () => {
  const page = await open();
  await enter(page, TOKEN);
  await page.waitForSelector('.who');
  expect(await page.locator('h1').textContent()).toBe('Token mum');
  expect(page.url()).toBe(`${bundle.url}/`);
  await page.reload();
  await page.waitForSelector('.who');
  await page.getByRole('button', { name: APP_TEXTS.en.signIn.out }).click();
  await page.reload();
  await isForm(page);
});

it('the admin token in the fragment opens the console, with its style, and leaves the address', async () => {
  const page = await open(`${bundle.url}/?lang=zh#${ADMIN}`);
  await page.waitForSelector('nav');
  expect(page.url()).toBe(`${bundle.url}/?lang=zh`);
  expect(await page.getAttribute('html', 'lang')).toBe(APP_TEXTS.zh.tag);
  expect(await page.locator('nav a').allTextContents()).toContain(APP_TEXTS.zh.nav.keys);
  expect(await page.locator('header.top').evaluate((one) => getComputedStyle(one).position)).toBe('sticky');
  await page.goto(`${bundle.url}/?lang=zh#/keys`);
  await page.waitForSelector('nav [href="#/keys"][aria-current]');
  await page.reload();
  await page.waitForSelector('nav [href="#/keys"][aria-current]');
});

it('a token that is typed in works where storage is forbidden', async () => {
  const page = await open(bundle.url, {
    before: () => {
      Object.defineProperty(window, 'sessionStorage', {
        get() {
          throw new DOMException('forbidden', 'SecurityError');
        },
      });
    },
  });
  await enter(page, TOKEN);
  await page.waitForSelector('.who');
  expect(page.url()).toBe(`${bundle.url}/`);
});

it('the form says that a token is wrong, and the right one can be entered then', async () => {
  const page = await open(`${bundle.url}/#wrong-token-0123456789`);
  await page.waitForSelector('[data-status="401"]:not([hidden])');
  expect(page.url()).toBe(`${bundle.url}/`);
  await enter(page, TOKEN);
  await page.waitForSelector('.who');
});

it('a token that is no longer valid is tried once and forgotten', async () => {
  const page = await open();
  await enter(page, TOKEN);
  await page.waitForSelector('.who');
  await page.evaluate(() => {
    for (const name of Object.keys(sessionStorage)) sessionStorage.setItem(name, 'revoked-token-0123456789');
  });
  await page.reload();
  await page.waitForSelector('[data-status="401"]:not([hidden])');
  await page.reload();
  await isForm(page);
  expect(await page.inputValue('#token')).toBe('');
});
