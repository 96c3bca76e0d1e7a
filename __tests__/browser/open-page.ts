import type { Browser, BrowserContext, BrowserContextOptions, Page } from 'playwright-core';

/** Debian's. Names under `.example` are this machine: a page there is not in a secure context, unlike one at 127.0.0.1. */
export const CHROMIUM = {
  executablePath: '/usr/bin/chromium',
  args: ['--no-sandbox', '--host-resolver-rules=MAP *.example 127.0.0.1'],
};

export interface PageOptions extends BrowserContextOptions {
  /** Runs in the page before its own scripts. */
  readonly before?: () => void;
}

/** The contexts of each browser by their options: a new one takes chromium about a second, which a new tab does not. */
const sharedContexts = new WeakMap<Browser, Map<string, Promise<BrowserContext>>>();

/**
 * Opens a page in a tab of its own, and so with a session storage of its own.
 * @param complaints gets whatever the page complains of: console errors, exceptions, violations of its policy
 */
export async function openPage(
  browser: Browser,
  url: string,
  complaints: string[],
  { before, ...options }: PageOptions = {},
): Promise<Page> {
  const context = await contextFor(browser, options);
  const page = await context.newPage();
  if (before) await page.addInitScript(before);
  page.setDefaultTimeout(20_000);
  page.on('console', (message) => {
    if (['error', 'warning'].includes(message.type())) complaints.push(message.text());
  });
  page.on('pageerror', (error) => complaints.push(String(error)));
  await page.goto(url);
  return page;
}

function contextFor(browser: Browser, options: BrowserContextOptions): Promise<BrowserContext> {
  const contexts = sharedContexts.get(browser) ?? new Map<string, Promise<BrowserContext>>();
  sharedContexts.set(browser, contexts);
  const key = JSON.stringify(options);
  const context = contexts.get(key) ?? createContext(browser, options);
  contexts.set(key, context);
  return context;
}

async function createContext(browser: Browser, options: BrowserContextOptions): Promise<BrowserContext> {
  const context = await browser.newContext({ locale: 'en-US', ...options });
  await context.addInitScript(() => {
    document.addEventListener('securitypolicyviolation', (event) => {
      console.error(`policy: ${event.violatedDirective} ${event.blockedURI}`); // eslint-disable-line no-console -- the page's
    });
  });
  await context.newPage(); // keeps the window when a test's pages are closed
  return context;
}

/** Closes what a test has opened: its pages, and the contexts that it made itself. */
export async function closePages(browser: Browser): Promise<void> {
  const shared = await Promise.all([...(sharedContexts.get(browser)?.values() ?? [])]);
  await Promise.all(
    browser
      .contexts()
      .flatMap((context): { close: () => Promise<void> }[] =>
        shared.includes(context) ? context.pages().slice(1) : [context],
      )
      .map((one) => one.close()),
  );
}

/** The elements that are wider than the page, and whether the page itself can be scrolled sideways. */
export function tooWide(page: Page): Promise<(string | boolean)[]> {
  return page.evaluate(() => {
    const limit = document.documentElement.clientWidth;
    const scrolls = [...document.querySelectorAll('body, body *')].filter(
      (element) =>
        element.closest('.unseen, thead, nav, .scrolls, .skip') === null &&
        element.getBoundingClientRect().right > limit + 0.5,
    );
    return [document.documentElement.scrollWidth > limit, ...scrolls.map((element) => element.outerHTML)];
  });
}
