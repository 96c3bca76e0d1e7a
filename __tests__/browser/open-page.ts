import type { Browser, BrowserContextOptions, Page } from 'playwright-core';

/** Debian's. Names under `.example` are this machine: a page there is not in a secure context, unlike one at 127.0.0.1. */
export const CHROMIUM = {
  executablePath: '/usr/bin/chromium',
  args: ['--no-sandbox', '--host-resolver-rules=MAP *.example 127.0.0.1'],
};

export interface PageOptions extends BrowserContextOptions {
  /** Runs in the page before its own scripts. */
  readonly before?: () => void;
}

/**
 * Opens a page in a context of its own.
 * @param complaints gets whatever the page complains of: console errors, exceptions, violations of its policy
 */
export async function openPage(
  browser: Browser,
  url: string,
  complaints: string[],
  { before, ...options }: PageOptions = {},
): Promise<Page> {
  const context = await browser.newContext({ locale: 'en-US', ...options });
  await context.addInitScript(() => {
    document.addEventListener('securitypolicyviolation', (event) => {
      console.error(`policy: ${event.violatedDirective} ${event.blockedURI}`); // eslint-disable-line no-console -- the page's
    });
  });
  if (before) await context.addInitScript(before);
  const page = await context.newPage();
  page.setDefaultTimeout(10_000);
  page.on('console', (message) => {
    if (['error', 'warning'].includes(message.type())) complaints.push(message.text());
  });
  page.on('pageerror', (error) => complaints.push(String(error)));
  await page.goto(url);
  return page;
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
